"""A signal is taken whole or not at all, and never takes its neighbours along."""

from __future__ import annotations

from decimal import Decimal

from chargehand.signals import kinds
from chargehand.signals.signal import Status
from chargehand.vocabulary.identifier import PersonId
from chargehand.vocabulary.quantity import Quantity, Unit
from chargehand.vocabulary.refusal import RefusalCode
from tests.plant.conftest import AS_OF, BULK, FACE, SITE, VALVE, Teller, count


def approved(plant) -> str:
    """The key of an approved refill of the pick face."""
    row = plant.decide(decision="mro_replenishment", as_of=AS_OF).proposals[0]
    return plant.approve(row.id, by="ada", justification="the face runs empty").orders[0]


def in_bulk(plant) -> Decimal:
    return plant.stock(location=BULK).rows[0].on_hand


def test_a_refused_count_changes_no_stock(plant):
    key = approved(plant)
    body = kinds.StockCounted(
        site=SITE, location=BULK, material=VALVE, counted=Quantity.pieces(99), task=key
    )
    receipt = Teller(plant)(body)[0]
    assert receipt.refusal.code is RefusalCode.UNKNOWN_TASK
    assert in_bulk(plant) == 40
    assert plant.faults().rows[0].because == receipt.refusal.because
    assert plant.verify().holds


def test_a_refused_count_closes_no_other_task(plant):
    key = approved(plant)
    body = kinds.StockCounted(
        site=SITE, location=BULK, material=VALVE, counted=Quantity.pieces(1), task=key
    )
    assert Teller(plant)(body)[0].status is Status.REFUSED
    assert [task.key for task in plant.tasks().rows] == [key]


def test_one_bad_signal_does_not_take_its_neighbours_along(plant):
    bad = kinds.TaskConfirmed(
        task=approved(plant),
        quantity=Quantity(Decimal("0.0000001"), Unit.PIECE),
        person=PersonId("ben"),
    )
    receipts = Teller(plant)(count(FACE, 3), bad, count(FACE, 4))
    assert [one.status for one in receipts] == [Status.ACCEPTED, Status.REFUSED, Status.ACCEPTED]
    assert receipts[1].refusal.code is RefusalCode.QUANTITY_INVALID
    assert plant.verify().holds


def test_what_breaks_in_the_middle_of_a_signal_is_refused_alone(plant, monkeypatch):
    """Whatever reckoning fails on, the journal keeps the signal and the books stay as they were."""

    def fail(*_):
        raise OverflowError("too large for 64 bits")

    monkeypatch.setattr("chargehand.storage.docket.Docket.counted", fail)
    refused = Teller(plant)(count(BULK, 7))[0]
    assert refused.refusal.code is RefusalCode.QUANTITY_INVALID
    assert "too large for 64 bits" in refused.refusal.because
    monkeypatch.undo()
    assert in_bulk(plant) == 40
    assert Teller(plant)(count(BULK, 7))[0].status is Status.ACCEPTED
    assert plant.verify().holds
