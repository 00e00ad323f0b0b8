"""The tutorial on real plants does what it says: its commands are run, its figures are compared."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "docs/tutorial/real-plants.md"
SOURCES = ("intermittent/raf.parquet", "azure_pdm/PdM_maint.csv", "scms_delivery")
SECONDS = re.compile(r"\b\d+(\.\d+)? s\b")

pytestmark = pytest.mark.slow


@dataclass(frozen=True, kw_only=True)
class Step:
    """One command of a console block, and what the text shows below it."""

    line: int
    command: str
    shown: tuple[str, ...]
    code: int


def steps(text):
    """Read the console blocks; `...` stands for lines left out, `# exit 3` for an exit code."""
    found, inside = [], False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            inside = line == "```console"
        elif inside and line.startswith("$ "):
            found.append([number, line[2:], []])
        elif inside and found[-1][1].endswith("\\"):
            found[-1][1] = found[-1][1][:-1] + line
        elif inside:
            found[-1][2].append(line)
    return [
        Step(line=line, command=command, shown=tuple(shown), code=exit_code(command))
        for line, command, shown in found
    ]


def exit_code(command):
    said = re.search(r"# exit (\d+)$", command)
    return int(said[1]) if said else 0


def test_steps_are_read_from_the_text():
    text = "a\n```console\n$ ls \\\n  x  # exit 2\nout\n...\n```\n```toml\n$ no\n```\n"
    (one,) = steps(text)
    assert (one.line, one.command) == (3, "ls   x  # exit 2")
    assert (one.shown, one.code) == (("out", "..."), 2)


def told(line):
    """What must be found again: the line without running times and without its spacing."""
    return " ".join(SECONDS.sub("", line).split())


@pytest.fixture
def place(shared, tmp_path):
    if missing := [name for name in SOURCES if not (shared / "data" / name).exists()]:
        pytest.skip(f"no {', '.join(missing)} at {shared}")
    here = tmp_path / "repository"
    here.mkdir()
    (here / "docs").symlink_to(ROOT / "docs")
    (tmp_path / "shared").symlink_to(shared)
    return here


def run(command, place, environment):
    """Run one command in a shell; what it exports holds for the commands after it."""
    kept = place / ".environment"
    done = subprocess.run(
        ["bash", "-c", f"{command}\ncode=$?; env -0 > {kept}; exit $code"],
        cwd=place, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    after = dict(pair.split("=", 1) for pair in kept.read_text().split("\0") if "=" in pair)
    return done, after


def test_every_command_does_what_the_text_says(place):
    environment = {
        **{name: value for name, value in os.environ.items() if name != "CHARGEHAND_PLANT"},
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "100",
        "NO_COLOR": "1",
    }
    todo = steps(TUTORIAL.read_text(encoding="utf-8"))
    assert len(todo) > 20
    for step in todo:
        done, environment = run(step.command, place, environment)
        where = f"{TUTORIAL.name}:{step.line}: {step.command}\n{done.stdout}\n{done.stderr}"
        assert done.returncode == step.code, where
        printed = {told(line) for line in (done.stdout + done.stderr).splitlines()}
        for line in step.shown:
            assert line.strip() == "..." or told(line) in printed, f"not printed: {line}\n{where}"
