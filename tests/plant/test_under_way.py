"""What is under way is not proposed a second time, though the record still asks for it."""

from __future__ import annotations

import pytest

from chargehand.signals import kinds
from chargehand.vocabulary.quantity import Quantity
from tests.plant.conftest import AS_OF, BULK, SITE, VALVE, Teller, master


@pytest.fixture
def uncounted(make_plant):
    """A plant with forty valves that nobody has counted yet."""
    plant = make_plant()
    received = kinds.GoodsReceived(
        site=SITE, location=BULK, material=VALVE, quantity=Quantity.pieces(40)
    )
    Teller(plant)(*master(), received)
    return plant


def approve_count(plant) -> str:
    [row] = plant.decide(decision="cycle_count", as_of=AS_OF).proposals
    return plant.approve(row.id, by="ada").proposal


def test_a_count_that_is_on_the_floor_is_not_proposed_again(uncounted):
    name = approve_count(uncounted)
    assert uncounted.proposal(name).row.state == "sent"
    again = uncounted.decide(decision="cycle_count", as_of=AS_OF)
    assert (again.proposals, again.unchanged) == ((), 1)


def test_a_count_that_waits_in_the_outbox_is_not_proposed_again(uncounted):
    uncounted.owners["count"] = "wms"  # which nobody has sent it to yet
    name = approve_count(uncounted)
    assert uncounted.proposal(name).row.state == "cleared"
    again = uncounted.decide(decision="cycle_count", as_of=AS_OF)
    assert (again.proposals, again.unchanged) == ((), 1)
