"""The first month does what its page says: every command is run in order, and a month passes."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import pytest

from tests.tutorial import months
from tests.tutorial.walking import ROOT, faults_of, run, steps, surroundings

PAGE = ROOT / "docs/how-to/first-month.md"

pytestmark = pytest.mark.slow


@pytest.fixture
def place(tmp_path):
    here = tmp_path / "repository"
    here.mkdir()
    (here / "docs").symlink_to(ROOT / "docs")
    months.put_command(tmp_path / "bin")
    return here


def passes(place, environment, since, until):
    """Let the plant live on; a plant that is not made yet has nothing to do."""
    if "CHARGEHAND_PLANT" not in environment:
        return
    words = (environment["CHARGEHAND_PLANT"], since.isoformat(), until.isoformat())
    done = subprocess.run(
        [sys.executable, months.__file__, *words],
        cwd=place, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{since} to {until}: {done.stdout}\n{done.stderr}"


def test_a_month_goes_as_the_page_says(place):
    environment = surroundings(LOGNAME="m.weber")
    environment["PATH"] = f"{place.parent / 'bin'}:{environment['PATH']}"
    todo = steps(PAGE.read_text(encoding="utf-8"))
    assert todo[-1].at - todo[0].at >= timedelta(days=28)
    now = said = todo[0].at
    for step in todo:
        if step.at != said:
            passes(place, environment, now, step.at)
            now = said = step.at
        environment |= months.environment_at(now)
        done, environment = run(step.command, place, environment)
        assert not (wrong := faults_of(step, done, PAGE.name)), wrong
        now += timedelta(seconds=5)
