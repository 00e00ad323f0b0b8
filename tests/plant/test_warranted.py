"""No task reaches the floor unless the ruling on record cleared this very action."""

from __future__ import annotations

import pytest

from chargehand.vocabulary.refusal import RefusalCode
from tests.behind import behind_the_back, on_each_ruling
from tests.plant.conftest import AS_OF, BULK, FACE, Teller, count, master

FORGERIES = {
    "another verdict": "verdict = 'refused'",
    "nobody": "cleared_by = '[]'",
    "another action": "action_digests = '[]'",
}


def forge_rulings(plant, change: str) -> None:
    with behind_the_back(plant.folder) as sql:
        on_each_ruling(sql, "AFTER", f"UPDATE ruling SET {change} WHERE number = NEW.number")


@pytest.mark.parametrize("change", FORGERIES.values(), ids=FORGERIES)
def test_an_approval_that_is_not_on_record_places_nothing(plant, change):
    name = plant.decide(decision="mro_replenishment", as_of=AS_OF).proposals[0].id
    forge_rulings(plant, change)
    refused = plant.approve(name, by="ada")
    assert refused.code is RefusalCode.NO_RULING
    assert plant.tasks().rows == ()
    assert plant.proposal(name).row.state == "waiting"
    assert {row.reserved for row in plant.stock().rows} == {0}


def test_what_policy_cleared_off_the_record_places_nothing(make_plant):
    plant = make_plant(phase="automate")
    Teller(plant)(*master(), count(BULK, 40), count(FACE, 2))
    forge_rulings(plant, FORGERIES["another verdict"])
    report = plant.decide(decision="mro_replenishment", as_of=AS_OF)
    assert (report.cleared, report.proposals[0].state) == (0, "waiting")
    assert plant.tasks().rows == ()
