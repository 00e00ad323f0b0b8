"""Phases, breakers and notices, from the command line."""

from __future__ import annotations

import pytest

from chargehand.cli.context import FAILED, FOUND_PROBLEMS, NOT_ALLOWED, OK, USAGE

DECISION = "mro_replenishment"
LIMITS = ("--cost-max", "EUR 250.00", "--spend-per-day-max", "EUR 2000.00")
WHY = ("--because", "it has been right for weeks now")


@pytest.fixture
def site(cli, plant):
    return cli("phase", "list", "--json", "--plant", plant).json[0]["site"]


def phase(cli, plant, site):
    rows = cli("phase", "list", "--site", site, "--json", "--plant", plant).json
    return {row["phase"] for row in rows if row["decision"] == DECISION}


def test_lowering_shows_in_the_list_and_in_the_notices(cli, plant, site):
    assert phase(cli, plant, site) == {"assist"}
    lowered = cli("phase", "demote", DECISION, site, "--to", "observe", "--reason",
                  "wrong picks all morning", "--as", "p.icker", "--plant", plant)  # fmt: skip
    assert lowered.code == OK
    assert phase(cli, plant, site) == {"observe"}
    listed = cli("phase", "list", "--plant", plant).out
    assert "set back from assist: wrong picks" in listed
    told = cli("notices", "list", "--json", "--as", "m.weber", "--plant", plant).json
    assert "wrong picks all morning" in told[0]["text"]
    number = told[0]["number"]
    assert cli("notices", "seen", number, "--as", "p.icker", "--plant", plant).code != OK
    assert cli("notices", "seen", number, "--as", "m.weber", "--plant", plant).code == OK
    assert cli("notices", "list", "--json", "--as", "m.weber", "--plant", plant).json == []


def test_evidence_that_is_missing_is_named_and_a_promotion_without_it_is_refused(cli, plant, site):
    to = ("--to", "automate", *LIMITS, "--plant", plant)
    shown = cli("phase", "evidence", DECISION, site, *to)
    assert shown.code == FOUND_PROBLEMS
    assert "MISS  0 measured, 50 asked" in shown.out
    assert "dry run over 28 days" in shown.out
    refused = cli("phase", "promote", DECISION, site, *to, *WHY)
    assert refused.code == FAILED
    assert "0 measured, 50 asked" in refused.err


@pytest.mark.parametrize(
    "limits", [LIMITS[:2], ("--cost-max", "250", *LIMITS[2:]), ("--cost-max", "EUR x", *LIMITS[2:])]
)
def test_limits_that_make_no_sense_are_a_mistake_of_use(cli, plant, site, limits):
    asked = ("phase", "evidence", DECISION, site, "--to", "automate", *limits)
    assert cli(*asked, "--plant", plant).code == USAGE


def test_a_stop_is_listed_among_the_breakers_and_closed_like_one(cli, plant):
    assert cli("breaker", "list", "--json", "--plant", plant).json == []
    assert cli("stop", "--plant", plant).code == OK
    assert "stopped by a person" in cli("breaker", "list", "--plant", plant).out
    closing = ("breaker", "close", "--reason", "it was a drill and it is over", "--plant", plant)
    assert cli(*closing, "--as", "p.icker").code == NOT_ALLOWED
    assert cli(*closing, "--as", "m.weber").code == OK
    assert cli("breaker", "list", "--json", "--plant", plant).json == []
