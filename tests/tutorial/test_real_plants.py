"""The tutorial on real plants does what it says: its commands are run, its figures are compared."""

from __future__ import annotations

import pytest

from tests.tutorial.walking import ROOT, faults_of, run, steps, surroundings

TUTORIAL = ROOT / "docs/tutorial/real-plants.md"
SOURCES = ("intermittent/raf.parquet", "azure_pdm/PdM_maint.csv", "scms_delivery")

pytestmark = pytest.mark.slow


def test_steps_are_read_from_the_text():
    text = "a\n```console\n$ ls \\\n  x  # exit 2\nout\n...\n```\n```toml\n$ no\n```\n"
    (one,) = steps(text)
    assert (one.line, one.command) == (3, "ls   x  # exit 2")
    assert (one.shown, one.code) == (("out", "..."), 2)


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
    environment = surroundings()
    todo = steps(TUTORIAL.read_text(encoding="utf-8"))
    assert len(todo) > 20
    for step in todo:
        done, environment = run(step.command, place, environment)
        assert not (wrong := faults_of(step, done, TUTORIAL.name)), wrong
