"""The house rules hold in every file, and each rule is shown to bite."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.architecture import house_rules

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src/chargehand"
PURE = frozenset(
    {
        "vocabulary", "signals", "record", "forecast", "optimization", "decisions", "governance",
        "execution", "outcomes",
    }
)  # fmt: skip
MADE = ("vendor", "node_modules", "dist", "site", "__pycache__")
FOREIGN_SUFFIXES = {".woff", ".woff2", ".ttf", ".otf", ".map"}


def is_made(file: Path) -> bool:
    parts = file.relative_to(ROOT).parts
    return any(part in MADE or (part.startswith(".") and part != ".ci") for part in parts[:-1])


def committed() -> list[Path]:
    """Every file that git keeps or would keep; outside a clone, every file that is not made."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return [f for f in sorted(ROOT.rglob("*")) if f.is_file() and not is_made(f)]
    files = {ROOT / name for name in listed.decode().split("\0") if name}
    return sorted(file for file in files if file.is_file())


def rules_for(file: Path) -> dict[str, house_rules.Rule]:
    place = file.relative_to(ROOT).parts
    if place[0] == "tests":
        return house_rules.TESTS
    rules = dict(house_rules.OURS)
    if place[:2] == ("src", "chargehand"):
        rules |= house_rules.PURE if place[2] in PURE else {}
        rules |= house_rules.DECISIONS if place[2] == "decisions" else {}
    return rules


def complaints(text: str, rules: dict[str, house_rules.Rule]) -> list[str]:
    return sorted({line for rule in rules.values() for line in rule.complaints(text)})


COMMITTED = committed()
PYTHON = [file for file in COMMITTED if file.suffix == ".py"]


@pytest.mark.parametrize("rule", house_rules.ALL.values(), ids=house_rules.ALL)
def test_rule_tells_good_from_bad(rule):
    assert list(rule.complaints(rule.bad))
    assert not list(rule.complaints(rule.good))


@pytest.mark.parametrize("file", PYTHON, ids=lambda file: str(file.relative_to(ROOT)))
def test_python_file(file):
    found = complaints(file.stem, house_rules.FILE_NAMES)
    found += complaints(file.read_text(encoding="utf-8"), rules_for(file))
    assert not found


def test_no_file_is_unfinished_or_names_a_registry():
    found = {}
    for file in COMMITTED:
        content = file.read_bytes()
        if b"\0" not in content and file.name != "LICENSE":
            lines = complaints(content.decode(errors="replace"), house_rules.EVERYWHERE)
            found |= {str(file.relative_to(ROOT)): lines} if lines else {}
    assert not found


def is_foreign(file: Path) -> bool:
    """Whether a file looks like somebody else's browser work."""
    minified = file.name.endswith((".min.js", ".min.css"))
    named = file.suffix == ".js" and file.name.startswith(("htmx", "axe", "uPlot"))
    return minified or named or file.suffix in FOREIGN_SUFFIXES or "vendor" in file.parts


@pytest.mark.parametrize("name", ["web/static/vendor/bus.js", "web/static/htmx.js", "Inter.woff2"])
def test_foreign_files_are_recognized(name):
    assert is_foreign(Path(name))
    assert not is_foreign(Path("web/static/bus.js"))


def test_no_foreign_file_is_committed():
    assert not [str(file.relative_to(ROOT)) for file in COMMITTED if is_foreign(file)]


def test_every_package_says_what_it_is_for():
    folders = {file.parent for file in PYTHON if file.is_relative_to(SOURCE)}
    assert not [str(folder) for folder in folders if not (folder / "__init__.py").is_file()]
