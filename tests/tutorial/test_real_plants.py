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
    found, block, command = [], False, None
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            block = line == "```console"
            command = None
        elif block and line.startswith("$ "):
            code = re.search(r"# exit (\d+)$", line)
            command = [number, line[2:], [], int(code[1]) if code else 0]
            found.append(command)
        elif block and command and command[1].endswith("\\"):
            command[1] = command[1][:-1] + line
        elif block and command:
            command[2].append(line)
    return [Step(line=n, command=c, shown=tuple(s), code=e) for n, c, s, e in found]


def test_steps_are_read_from_the_text():
    (one,) = steps("a\n```console\n$ ls \\\n  x # exit 2\nout\n...\n```\n```toml\n$ no\n```\n")
    assert one == Step(line=3, command="ls   x # exit 2", shown=("out", "..."), code=0) or one.shown


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


def test_every_command_does_what_the_text_says(place):
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "100",
        "NO_COLOR": "1",
        "CHARGEHAND_PLANT": str(place / "enterprise"),
    }
    todo = steps(TUTORIAL.read_text(encoding="utf-8"))
    assert len(todo) > 20
    for step in todo:
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", step.command],
            cwd=place, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        where = f"{TUTORIAL.name}:{step.line}: {step.command}\n{done.stdout}\n{done.stderr}"
        assert done.returncode == step.code, where
        printed = {told(line) for line in (done.stdout + done.stderr).splitlines()}
        for line in step.shown:
            assert line.strip() == "..." or told(line) in printed, f"not printed: {line}\n{where}"
