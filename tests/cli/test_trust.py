"""Trust figures, reviews and drills on the command line."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from chargehand.governance.reviewing import last_boundary
from chargehand.plant import drilling, reviewing
from chargehand.plant.plant import Plant
from chargehand.plant.reading import Done
from tests.cli.conftest import POLICY

RULE = """
[[reviews]]
sites = ["*"]
roles = ["planner"]
every_days = 7
due_days = 3
sample = 3
"""
NEXT = last_boundary(datetime.now(UTC), 7) + timedelta(days=7)


@pytest.fixture
def reviewed(plant):
    """The folder of a plant with an open review."""
    with closing(Plant.open(plant)) as opened:
        text = POLICY.replace("version = 1", "version = 2") + RULE
        assert isinstance(opened.activate_policy(text, by="m.weber"), Done)
        opened.approve(opened.inbox().rows[0].id, by="m.weber", justification="it is needed")
        opened.store._clock = lambda: NEXT
        assert reviewing.tend_reviews(opened.store)
    return plant


def test_trust_says_what_is_known_and_names_nobody(cli, plant):
    ended = cli("trust", "--plant", plant)
    assert ended.code == 0
    assert "cycle_count" in ended.out
    assert "questions per person-hour" in ended.err
    assert "weber" not in (ended.out + ended.err).casefold()
    assert cli("trust", "--plant", plant, "--json").json["total"]["decision"] == "*"


def test_the_calibration_curve_has_ten_bins(cli, plant):
    ended = cli("trust", "--calibration", "--plant", plant)
    assert ended.code == 0
    assert ended.out.count("% to ") == 10


def test_a_site_or_period_that_cannot_be_is_a_mistake(cli, plant):
    assert cli("trust", "--site", "NOWHERE", "--plant", plant).code == 2
    window = ("--since", "2026-02-01", "--until", "2026-01-01")
    assert cli("trust", *window, "--plant", plant).code == 2


def test_a_review_is_worked_through(cli, reviewed):
    rows = cli("review", "list", "--plant", reviewed, "--json").json["rows"]
    number = next(f"R-{row['number']}" for row in rows if row["cases"])
    found = cli("review", "show", number, "--plant", reviewed, "--json").json
    shown = cli("review", "show", number, "--plant", reviewed)
    assert found["cases"][0]["subject"] in shown.out
    for case in found["cases"]:
        answer = ("review", "answer", number, case["subject"], "fine", "--text", "as it should be")
        ended = cli(*answer, "--as", "m.weber", "--plant", reviewed)
        assert ended.code == 0, ended.err
    assert "completed" in ended.out
    listed = cli("review", "list", "--state", "completed", "--plant", reviewed)
    assert number in listed.out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["show", "R-99"], 1),
        (["show", "last"], 1),
        (["answer", "R-1", "sample:P-1", "great"], 2),
        (["answer", "R-99", "sample:P-1", "fine", "--as", "m.weber"], 1),
        (["list", "--state", "late"], 2),
    ],
)
def test_mistakes_are_told(cli, reviewed, words, code):
    assert cli("review", *words, "--plant", reviewed).code == code


def test_a_drill_shows_each_fallback_and_is_remembered(cli, plant):
    assert "never drilled" in cli("trust", "--plant", plant).err
    ended = cli("drill", "cycle_count", "--plant", plant)
    assert ended.code == 0, ended.err
    for condition in ("model_missing", "source_stale", "service_down"):
        assert condition in ended.out
    assert "all worked" in cli("trust", "--plant", plant).err


def test_a_drill_that_fails_ends_with_three(cli, plant, monkeypatch):
    told = iter(("written", "and one more task"))
    monkeypatch.setattr(drilling.floor_sheet, "sheet", lambda _plant: next(told))
    ended = cli("drill", "cycle_count", "--plant", plant)
    assert ended.code == 3
    assert "task sheet" in ended.err
    assert "did not work: cycle_count: service_down" in cli("trust", "--plant", plant).err
