"""What belongs to a signal's content, and what a confirmation that falls short sets going."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from chargehand.signals import kinds
from chargehand.signals.signal import Signal, Status
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.refusal import RefusalCode
from tests.plant.conftest import AS_OF, BULK, SITE, VALVE

DECISION = "mro_replenishment"


def test_the_moment_belongs_to_the_content_of_a_transaction(plant):
    consumed = kinds.StockMoved(
        site=SITE, material=VALVE, quantity=Quantity.pieces(3), from_location=BULK
    )
    first = Signal(source="wms", key="T1", body=consumed, occurred_at=AS_OF)
    assert plant.take([first])[0].status is Status.ACCEPTED
    later = replace(first, occurred_at=AS_OF + timedelta(days=31))
    assert plant.take([later])[0].refusal.code is RefusalCode.KEY_REUSED
    assert [on for on, _ in plant.usage(SITE)[VALVE]] == [AS_OF.date()]


def test_a_short_pick_has_its_material_heard_again(plant):
    name = plant.decide(decision=DECISION, as_of=AS_OF).proposals[0].id
    plant.work(until_idle=True)
    key = plant.approve(name, by="ada").orders[0]
    plant.work(until_idle=True)
    assert DECISION not in {row.decision for row in plant.inbox().rows}
    plant.confirm(key, by="ben", quantity=Quantity.pieces(1))
    plant.work(until_idle=True)
    refills = [row for row in plant.inbox().rows if row.decision == DECISION]
    assert [row.state for row in refills] == ["waiting"]
