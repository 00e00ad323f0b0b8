"""How long somebody looked: counted over many, kept beside no name, and gone once it is over."""

from __future__ import annotations

import pytest

from chargehand.plant.reading import Done
from tests.plant.conftest import AS_OF
from tests.plant.governing import DECISION, Later

SECONDS = "2.75"


@pytest.fixture
def opened(plant, monkeypatch):
    """The name of a proposal that ada and ben have open, and a clock."""
    later = Later(plant, monkeypatch)
    name = plant.decide(decision=DECISION, as_of=AS_OF).proposals[0].id
    for who in ("ada", "ben"):
        assert plant.looked_at(name, by=who)
    return name, later


def looking(plant):
    with plant.store.snapshot() as sql:
        return sql.execute("SELECT count(*) FROM look").fetchone()[0]


@pytest.mark.engines("both")
def test_what_is_kept_is_a_count_of_the_week_without_name_proposal_or_seconds(plant, opened):
    name, later = opened
    later.passes(seconds=float(SECONDS))
    assert isinstance(plant.approve(name, by="ada"), Done)
    with plant.store.snapshot() as sql:
        (row,) = sql.execute("SELECT * FROM reading").fetchall()
        ruled = sql.execute("SELECT * FROM ruling WHERE verdict = 'cleared'").fetchall()
        leaves = sql.execute("SELECT body FROM journal").fetchall()
    assert set(dict(row)) == {"decision", "site", "week", "bin", "approvals"}
    assert (row["bin"], row["approvals"]) == (0, 1)
    assert later.at.date().fromisoformat(row["week"]).weekday() == 0, "no day of anybody"
    assert "ada" in str([dict(one) for one in ruled])
    assert SECONDS not in str([[*map(dict, ruled)], [*map(dict, leaves)]])


@pytest.mark.parametrize("end", ["approve", "reject", "change", "expire"])
def test_who_had_it_open_is_forgotten_however_it_ends(plant, opened, end):
    name, later = opened
    if end == "expire":
        later.passes(days=30)
        plant.work()
        assert plant.proposal(name).row.state == "expired"
    else:
        more = {"approve": {}, "reject": {"reason": "not_needed"},
                "change": {"changes": {"quantity": "5"}}}[end]  # fmt: skip
        assert isinstance(getattr(plant, end)(name, by="ada", **more), Done)
    assert not looking(plant)
