"""Walk through a page: its console blocks as steps, each run in a shell and compared."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECONDS = re.compile(r"\b\d+(\.\d+)? s\b")
MOMENT = re.compile(r"<!-- it is (\d{4}-\d\d-\d\d \d\d:\d\d) -->")


@dataclass(frozen=True, kw_only=True)
class Step:
    """One command of a console block, and what the text shows below it."""

    line: int
    command: str
    shown: tuple[str, ...]
    code: int
    at: datetime | None = None
    """When the text says that it is run (UTC)."""


def steps(text):
    """Read the console blocks; `...` stands for lines left out, `# exit 3` for an exit code.

    A command goes on in the next line after a backslash, or in lines that begin with `> `.
    """
    found, inside, at = [], False, None
    for number, line in enumerate(text.splitlines(), 1):
        if moment := MOMENT.fullmatch(line):
            at = datetime.fromisoformat(moment[1]).replace(tzinfo=UTC)
        elif line.startswith("```"):
            inside = line == "```console"
        elif inside and line.startswith("$ "):
            found.append([number, line[2:], [], at])
        elif inside and found[-1][1].endswith("\\"):
            found[-1][1] = found[-1][1][:-1] + line
        elif inside and line.startswith("> ") and not found[-1][2]:
            found[-1][1] += "\n" + line[2:]
        elif inside:
            found[-1][2].append(line)
    return [
        Step(line=line, command=command, shown=tuple(shown), code=exit_code(command), at=at)
        for line, command, shown, at in found
    ]


def exit_code(command):
    said = re.search(r"# exit (\d+)$", command)
    return int(said[1]) if said else 0


def told(line):
    """What must be found again: the line without running times and without its spacing."""
    return " ".join(SECONDS.sub("", line).split())


def surroundings(**more):
    """The environment of the commands: this Python's `chargehand`, no plant, a fixed width."""
    return {
        **{name: value for name, value in os.environ.items() if name != "CHARGEHAND_PLANT"},
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "100",
        "NO_COLOR": "1",
        **more,
    }


def run(command, place, environment):
    """Run one command in a shell; what it exports holds for the commands after it."""
    kept = place / ".environment"
    done = subprocess.run(
        ["bash", "-c", f"{command}\ncode=$?; env -0 > {kept}; exit $code"],
        cwd=place, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    after = dict(pair.split("=", 1) for pair in kept.read_text().split("\0") if "=" in pair)
    return done, after


def faults_of(step, done, page):
    """What a step did otherwise than its page says; empty where nothing."""
    where = f"{page}:{step.line}: {step.command}\n{done.stdout}\n{done.stderr}"
    if done.returncode != step.code:
        return f"ended with {done.returncode}, not {step.code}: {where}"
    printed = {told(line) for line in (done.stdout + done.stderr).splitlines()}
    for line in step.shown:
        if line.strip() != "..." and told(line) not in printed:
            return f"not printed: {line}\n{where}"
    return ""
