"""Standing in, from the command line."""

from __future__ import annotations

import pytest

from chargehand.plant import policies
from chargehand.plant.plant import Plant
from tests.cli.conftest import POLICY

LENDING = '\n[[delegations]]\nroles = ["planner"]\ndays_max = 14\n'
BECAUSE = ("--because", "on holiday in May")


@pytest.fixture
def lending(plant):
    """A plant whose planners may be stood in for."""
    opened = Plant.open(plant)
    text = POLICY.replace("version = 1", "version = 2", 1) + LENDING
    assert not policies.first(opened.store, text)
    opened.close()
    return plant


def test_a_delegation_is_made_listed_and_ended(cli, lending):
    made = cli("delegate", "make", "p.icker", "--days", 3, *BECAUSE, "--only", "site=HALLE3",
               "--value-max", "EUR 500.00", "--json", "--plant", lending)  # fmt: skip
    assert made.code == 0, made
    assert made.json["scope"]["sites"] == ["HALLE3"]
    listed = cli("delegate", "list", "--plant", lending)
    assert "HALLE3; up to EUR 500.00" in listed.out
    ended = cli("delegate", "end", made.json["id"], "--plant", lending)
    assert ended.code == 0
    assert "no more" in ended.out
    again = cli("delegate", "end", made.json["id"], "--json", "--plant", lending)
    assert again.code == 1
    assert again.json["refused"]["cure"]


def test_what_the_policy_does_not_allow_is_refused_with_the_cure(cli, lending):
    refused = cli("delegate", "make", "p.icker", "--days", 30, *BECAUSE, "--json",
                  "--plant", lending)  # fmt: skip
    assert refused.json["refused"]["code"] == "delegation_invalid"
    assert refused.json["refused"]["cure"]


@pytest.mark.parametrize(
    "wrong", [("--only", "site"), ("--only", "zone=MRO"), ("--value-max", "much")]
)
def test_a_scope_that_cannot_be_read_is_a_usage_fault(cli, lending, wrong):
    said = cli("delegate", "make", "p.icker", "--days", 3, *BECAUSE, *wrong, "--plant", lending)
    assert said.code == 2


def test_who_is_on_duty_is_said(cli, lending):
    assert cli("delegate", "duty", "--json", "--plant", lending).json == []
