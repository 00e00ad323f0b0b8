"""What is installed is pinned and checked, names no registry, and carries its browser files."""

from __future__ import annotations

import importlib.util
import json
import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

import chargehand

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted(ROOT.glob("requirements*.lock"))
PINNED = re.compile(r"^[a-z0-9][a-z0-9._-]*(\[[a-z0-9,._-]+\])?==[^ ;]+( ; .+)?$")
HASHED = re.compile(r"^--hash=sha256:[0-9a-f]{64}$")


def faults(lock: str) -> list[str]:
    """List the entries of a lock that are not one version with its hashes, and all else."""
    found = []
    uncommented = "\n".join(line for line in lock.splitlines() if not line.lstrip().startswith("#"))
    for entry in uncommented.replace("\\\n", "\0").splitlines():
        name, *hashes = [part.strip() for part in entry.split("\0")]
        if not PINNED.match(name) or not hashes or not all(map(HASHED.match, hashes)):
            found.append(name)
    return found


GOOD = "a==1 ; python_version < '3.12' \\\n    --hash=sha256:" + 64 * "0" + "\n    # via b\n"


@pytest.mark.parametrize(
    "bad",
    [
        "a==1",
        "a>=1 \\\n    --hash=sha256:" + 64 * "0",
        "--index" + "-url https://b",
        "-e .",
        "a @ b",
    ],
)
def test_a_loose_lock_is_seen(bad):
    assert faults(bad)
    assert not faults(GOOD)


def test_there_are_locks():
    assert {file.name for file in LOCKS} >= {"requirements.lock", "requirements-dev.lock"}


@pytest.mark.parametrize("file", LOCKS, ids=lambda file: file.name)
def test_lock_pins_and_hashes_everything(file):
    assert not faults(file.read_text())


def names(text: str) -> set[str]:
    return {
        re.sub("[._]", "-", name.lower()) for name in re.findall(r"(?m)^([A-Za-z0-9._-]+)", text)
    }


def test_every_dependency_is_locked():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = set(settings["project"]["dependencies"])
    assert names("\n".join(asked)) <= names((ROOT / "requirements.lock").read_text())
    asked |= set(settings["dependency-groups"]["dev"])
    assert names("\n".join(asked)) <= names((ROOT / "requirements-dev.lock").read_text())


def test_tests_run_on_the_versions_that_are_shipped():
    pins = [
        set(re.findall(r"(?m)^\S+==\S+", (ROOT / name).read_text()))
        for name in ("requirements.lock", "requirements-dev.lock")
    ]
    assert pins[0] <= pins[1]


def addresses(lock: dict[str, dict[str, dict[str, object]]]) -> list[str]:
    return [name for name, package in lock["packages"].items() if "resolved" in package]


def test_browser_files_are_locked_without_addresses():
    lock = json.loads((ROOT / "package-lock.json").read_text())
    assert not addresses(lock)
    assert all(package.get("integrity") for name, package in lock["packages"].items() if name)
    assert addresses({"packages": {"a": {"resolved": "somewhere"}}})


def test_browser_files_are_pinned_exactly():
    wanted = json.loads((ROOT / "package.json").read_text())
    versions = wanted["dependencies"] | wanted["devDependencies"]
    assert not [
        name for name, version in versions.items() if not re.match(r"\d+\.\d+\.\d+$", version)
    ]


@pytest.fixture
def hook():
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "tools/hatch_build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_wheel_without_browser_files_is_refused(hook, tmp_path):
    build = hook.AssetsHook(str(tmp_path), {}, None, None, str(tmp_path), "wheel")
    build.initialize("editable", {})
    with pytest.raises(FileNotFoundError, match="make assets"):
        build.initialize("standard", {})


def test_wheel_with_browser_files_is_built(hook, tmp_path):
    for name in hook.NEEDED:
        (tmp_path / hook.VENDOR).mkdir(parents=True, exist_ok=True)
        (tmp_path / hook.VENDOR / name).touch()
    build = hook.AssetsHook(str(tmp_path), {}, None, None, str(tmp_path), "wheel")
    build.initialize("standard", {})


def test_version_is_that_of_the_package():
    assert chargehand.__version__ == metadata.version("chargehand")
