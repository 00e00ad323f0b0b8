"""Replay derives the whole proposal again, from the question that the journal holds."""

from __future__ import annotations

import json

import pytest

from chargehand.vocabulary.wire import canonical
from tests.behind import behind_the_back
from tests.plant.conftest import AS_OF


@pytest.fixture
def name(plant) -> str:
    """A refill that was proposed."""
    return plant.decide(decision="mro_replenishment", as_of=AS_OF).proposals[0].id


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("actions", []),
        ("reasons", ["Because I say so."]),
        ("confidence", 0.01),
        ("decide_before", "2031-01-01T00:00:00+00:00"),
        ("cost_of_inaction", {"amount": "1", "currency": "EUR"}),
    ],
)
def test_a_recorded_field_that_does_not_follow_is_named(plant, name, field, other):
    with behind_the_back(plant.folder) as sql:
        where = "WHERE kind = 'proposal' AND key = ?"
        (body,) = sql.execute(f"SELECT body FROM journal {where}", (name,)).fetchone()
        fact = json.loads(body)
        fact["proposal"] = canonical(json.loads(fact["proposal"]) | {field: other})
        sql.execute(f"UPDATE journal SET body = ? {where}", (canonical(fact), name))
    report = plant.replay(name)
    assert not report.identical
    assert report.difference.startswith(f"{field}: recorded")


@pytest.mark.engines("sqlite", "postgres")
def test_a_question_edited_in_its_table_does_not_change_the_replay(plant, name):
    with behind_the_back(plant.folder) as sql:
        assert sql.execute("UPDATE proposal SET question = '{}'").rowcount
    assert plant.replay(name).identical
    assert not plant.verify().holds
