"""Reservations: chosen by a named policy that says what it passed over, picked, voided, expired."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from chargehand.plant.plant import Plant
from chargehand.runtime import clock
from chargehand.signals import kinds
from chargehand.signals.signal import Receipt
from chargehand.signals.stock_kinds import (
    HoldPlaced,
    LotDefined,
    ReservationPicked,
    ReservationPlaced,
    ReservationVoided,
)
from chargehand.vocabulary.conversion import UnitConversion
from chargehand.vocabulary.identifier import HoldId, LotId, OrderId
from chargehand.vocabulary.lot import MaterialLot
from chargehand.vocabulary.quantity import Quantity, Unit
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from tests.plant.conftest import AS_OF, BULK, FACE, SITE, VALVE, Teller, count, master

SOON, LATE, DEAD = LotId("SOON"), LotId("LATE"), LotId("DEAD")
_TODAY = clock.now().date()
EXPIRY = {
    SOON: _TODAY + timedelta(days=60), LATE: _TODAY + timedelta(days=400), DEAD: date(2025, 12, 1),
}  # fmt: skip


@pytest.fixture
def plant(make_plant) -> Plant:
    """Ten of each lot in the bulk: one expires soon, one late, one has expired."""
    plant = make_plant()
    lots = [
        LotDefined(definition=MaterialLot(
            material=VALVE, lot=lot, expires_on=day, received_on=date(2025, 1, n),
        ))
        for n, (lot, day) in enumerate(EXPIRY.items(), start=1)
    ]  # fmt: skip
    accepted(plant, *master(), *lots, *(replace(count(BULK, 10), lot=lot) for lot in EXPIRY))
    return plant


def accepted(plant: Plant, *bodies: kinds.Body) -> list[Receipt]:
    receipts = Teller(plant)(*bodies)
    assert all(one.status == "accepted" for one in receipts), receipts
    return receipts


def refused(plant: Plant, body: kinds.Body) -> Refusal:
    (receipt,) = Teller(plant)(body)
    assert receipt.refusal is not None, receipt
    return receipt.refusal


def reserve(name: str, pieces: int, **more) -> ReservationPlaced:
    return ReservationPlaced(
        reservation=name, site=SITE, material=VALVE, quantity=Quantity.pieces(pieces), **more
    )


def picked(name: str, pieces: int, **more) -> ReservationPicked:
    return ReservationPicked(reservation=name, quantity=Quantity.pieces(pieces), **more)


def standing(plant: Plant, lot: str = SOON) -> tuple[Decimal, Decimal]:
    (row,) = [row for row in plant.stock(location=BULK).rows if row.lot == lot]
    return row.on_hand, row.reserved


@pytest.mark.parametrize(
    ("selection", "lots"), [("fefo", [SOON]), ("fifo", [SOON]), ("lifo", [LATE])]
)
def test_the_named_policy_chooses_the_lot(plant, selection, lots):
    accepted(plant, reserve("R1", 4, selection=selection))
    detail = plant.reservation("R1")
    assert [row.lot for row in detail.rows] == lots
    assert detail.selection == selection


def test_what_was_passed_over_is_told_with_its_reason(plant):
    accepted(plant, HoldPlaced(
        hold=HoldId("H1"), site=SITE, reason="burrs", material=VALVE, lot=SOON
    ))  # fmt: skip
    accepted(plant, reserve("R1", 4))
    detail = plant.reservation("R1")
    assert [row.lot for row in detail.rows] == [LATE]
    why = {(line.lot, line.code): line.because for line in detail.passed_over}
    assert "frozen by hold H1" in why[SOON, "held"]
    assert "expired on 2025-12-01" in why[DEAD, "expired"]


def test_a_minimum_life_passes_over_the_earlier_lot_and_says_so(plant):
    accepted(plant, reserve("R1", 4, min_remaining_days=100))
    detail = plant.reservation("R1")
    assert [row.lot for row in detail.rows] == [LATE]
    assert {line.lot: line.code for line in detail.passed_over}[SOON] == "life_too_short"


def test_a_named_place_passes_over_an_earlier_lot_elsewhere_and_says_so(plant):
    accepted(plant, replace(count(FACE, 5), lot=LATE))
    accepted(plant, reserve("R1", 4, location=FACE))
    (line,) = [one for one in plant.reservation("R1").passed_over if one.lot == SOON]
    assert "place FACE-1 was asked for" in line.because


def test_the_refusal_says_what_there_is_and_why_it_cannot_be_used(plant):
    refusal = refused(plant, reserve("R1", 25))
    assert refusal.code is RefusalCode.INSUFFICIENT_STOCK
    assert "20 H87 can be used" in refusal.because
    assert "expired on 2025-12-01" in refusal.because
    assert plant.reservation("R1") is None


def test_a_lot_that_is_named_is_taken_and_no_other(plant):
    accepted(plant, reserve("R1", 4, lot=LATE))
    assert [row.lot for row in plant.reservation("R1").rows] == [LATE]
    assert refused(plant, reserve("R2", 7, lot=LATE)).code is RefusalCode.INSUFFICIENT_STOCK


@pytest.mark.engines("sqlite", "postgres")
def test_what_is_reserved_is_picked_in_parts_and_the_rest_is_freed_at_last(plant):
    accepted(plant, reserve("R1", 8, for_order=OrderId("MO-1"), to_location=FACE))
    assert standing(plant) == (10, 8)
    accepted(plant, picked("R1", 3))
    assert standing(plant) == (7, 5)
    # nobody else may take the rest
    move = kinds.StockMoved(
        site=SITE, material=VALVE, quantity=Quantity.pieces(3), from_location=BULK, lot=SOON
    )
    assert refused(plant, move).code is RefusalCode.INSUFFICIENT_STOCK
    assert refused(plant, picked("R1", 6)).code is RefusalCode.QUANTITY_INVALID
    accepted(plant, picked("R1", 2, is_last=True))
    assert standing(plant) == (5, 0)
    (row,) = plant.reservation("R1").rows
    assert (row.state, row.picked) == ("posted", 5)
    assert {row.lot: row.on_hand for row in plant.stock(location=FACE).rows} == {SOON: 5}
    assert refused(plant, picked("R1", 1)).code is RefusalCode.RESERVATION_CLOSED
    assert plant.verify().holds


def test_what_is_picked_to_be_consumed_is_demand(plant):
    accepted(plant, reserve("R1", 3, for_order=OrderId("MO-1")), picked("R1", 3))
    assert standing(plant) == (7, 0)
    assert plant.usage(SITE)[VALVE] == [(AS_OF.date(), Decimal(3))]
    assert plant.verify().holds


def test_a_voided_reservation_is_free_again(plant):
    accepted(plant, reserve("R1", 3), ReservationVoided(reservation="R1", reason="not needed"))
    assert standing(plant) == (10, 0)
    assert not plant.reservations().rows
    assert [row.state for row in plant.reservations(state=None).rows] == ["voided"]
    assert refused(plant, ReservationVoided(reservation="R1", reason="again")).code is (
        RefusalCode.RESERVATION_CLOSED
    )
    assert plant.verify().holds


def test_a_reservation_expires_by_itself_once(plant, monkeypatch):
    accepted(plant, reserve("R1", 3, expires_at=clock.now() + timedelta(hours=1)), reserve("R2", 2))
    plant.work()
    assert standing(plant) == (10, 5)
    later = clock.now() + timedelta(hours=2)
    monkeypatch.setattr(plant.store, "_clock", lambda: later)
    plant.work()
    plant.work()
    assert standing(plant) == (10, 2)
    assert [row.state for row in plant.reservation("R1").rows] == ["expired"]
    assert len(plant.journal(kind="reservation_step").rows) == 1
    assert plant.verify().holds


def test_a_count_below_what_is_reserved_ends_the_newest_reservation(plant):
    accepted(plant, reserve("R1", 4), reserve("R2", 4))
    accepted(plant, replace(count(BULK, 5), lot=SOON))
    assert standing(plant) == (5, 4)
    assert [row.state for row in plant.reservation("R2").rows] == ["voided"]
    assert plant.verify().holds


def test_an_amount_in_another_unit_is_reckoned_in_the_stock_unit(plant):
    (valve,) = (one for one in master() if isinstance(one, kinds.MaterialDefined))
    known = replace(valve.definition, conversions=(UnitConversion.parse("1 DZN = 12 H87"),))
    accepted(plant, kinds.MaterialDefined(definition=known))
    dozen = Quantity(Decimal(1), Unit.DOZEN)
    accepted(plant, replace(reserve("R1", 1), quantity=dozen))
    assert sum(row.quantity for row in plant.reservation("R1").rows) == 12
    accepted(plant, replace(picked("R1", 1), quantity=dozen))
    assert {row.state for row in plant.reservation("R1").rows} == {"posted"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (reserve("P-1.1/0", 1), RefusalCode.RESERVATION_INVALID),
        (reserve("R1", 1, selection="specific"), RefusalCode.RESERVATION_INVALID),
        (reserve("R1", 1, min_remaining_days=-1), RefusalCode.RESERVATION_INVALID),
        (reserve("R1", 1, expires_at=AS_OF), RefusalCode.RESERVATION_INVALID),
        (reserve("R1", 0), RefusalCode.QUANTITY_INVALID),
        (picked("R404", 1), RefusalCode.UNKNOWN_RESERVATION),
        (ReservationVoided(reservation="R404", reason="x"), RefusalCode.UNKNOWN_RESERVATION),
    ],
)
def test_what_contradicts_itself_is_refused(plant, body, code):
    assert refused(plant, body).code is code


def test_a_name_is_used_once(plant):
    accepted(plant, reserve("R1", 1))
    assert refused(plant, reserve("R1", 2)).code is RefusalCode.KEY_REUSED
    assert standing(plant) == (10, 1)
