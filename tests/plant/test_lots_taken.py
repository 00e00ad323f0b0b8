"""Which lots tasks and reservations take: the first to expire, and none that may not be used."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from chargehand.plant.plant import Plant
from chargehand.runtime import clock
from chargehand.signals.signal import Signal, Status
from chargehand.signals.stock_kinds import LotDefined, ReservationPicked, ReservationPlaced
from chargehand.storage.view import SqlRecordView
from chargehand.vocabulary.identifier import LotId
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.lot import Disposition, MaterialLot
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from tests.plant.conftest import AS_OF, BULK, FACE, SITE, VALVE, Teller, count, master, policy_text

DECISION = "mro_replenishment"
FIRST, SECOND = LotId("A"), LotId("B")
EARLY, LATE, PAST = date(2098, 1, 1), date(2099, 1, 1), date(2020, 1, 1)


@pytest.fixture
def plant(make_plant) -> Plant:
    """Forty of the first lot and ten of the second in the bulk, and two at the face."""
    plant = make_plant()
    done = plant.activate_policy(policy_text(version=2), by="ada")
    assert not isinstance(done, list | Refusal), done
    lots = [replace(count(BULK, n), lot=lot) for lot, n in ((FIRST, 40), (SECOND, 10))]
    tell(plant, *master(), *lots, count(FACE, 2))
    return plant


def tell(plant: Plant, *bodies) -> None:
    receipts = Teller(plant)(*bodies)
    assert all(one.status is Status.ACCEPTED for one in receipts), receipts


def defined(lot: LotId, **more) -> LotDefined:
    return LotDefined(definition=MaterialLot(material=VALVE, lot=lot, **more))


def reserve(pieces: int, **more) -> ReservationPlaced:
    quantity = Quantity.pieces(pieces)
    return ReservationPlaced(reservation="R1", site=SITE, material=VALVE, quantity=quantity, **more)


def rows(plant: Plant, statement: str, *values) -> list[tuple]:
    with plant.store.snapshot() as sql:
        return [tuple(row) for row in sql.execute(statement, values).fetchall()]


def approve_refill(plant: Plant) -> list[str]:
    """The orders that come of what is proposed now."""
    found = plant.decide(decision=DECISION, as_of=AS_OF)
    assert not isinstance(found, Refusal)
    done = [plant.approve(one.id, by="ada") for one in found.proposals]
    return [order for one in done if not isinstance(one, Refusal) for order in one.orders]


def lots_of(plant: Plant, order: str) -> list[str]:
    return [lot for (lot,) in rows(plant, "SELECT lot FROM reservation WHERE key = ?", order)]


@pytest.mark.engines("sqlite", "postgres")
def test_a_task_takes_the_lot_that_expires_first(plant):
    tell(plant, defined(FIRST, expires_on=LATE), defined(SECOND, expires_on=EARLY))
    (order,) = approve_refill(plant)
    assert lots_of(plant, order) == [SECOND]


def test_a_task_never_takes_an_expired_lot(plant):
    tell(plant, defined(FIRST, expires_on=PAST))
    taken = [lot for order in approve_refill(plant) for lot in lots_of(plant, order)]
    assert FIRST not in taken


def test_what_a_task_passes_over_stands_in_the_entry_of_its_reservation(plant):
    tell(plant, defined(FIRST, expires_on=PAST), defined(SECOND, expires_on=LATE))
    (order,) = approve_refill(plant)
    ((body,),) = rows(
        plant, "SELECT body FROM journal WHERE kind = 'reservation' AND key = ?", order
    )
    passed = {(one["lot"], one["code"]) for one in json.loads(body)["passed_over"]}
    assert passed == {(FIRST, "expired")}
    assert plant.verify().holds


@pytest.mark.engines("sqlite", "postgres")
@pytest.mark.parametrize(
    "facts", [{"expires_on": PAST}, {"status": Disposition.RECALLED}], ids=["expired", "recalled"]
)
def test_decisions_see_no_free_stock_in_a_lot_that_may_not_be_used(plant, facts):
    tell(plant, defined(FIRST, **facts))
    with plant.store.snapshot() as sql:
        places = SqlRecordView(sql, AS_OF).stock(SITE)[VALVE]
    free = {one.lot: (one.on_hand, one.free) for one in places if one.location == BULK}
    assert free == {FIRST: (40, 0), SECOND: (10, 10)}


def test_an_expired_lot_cannot_be_reserved_by_telling_an_old_moment(plant):
    tell(plant, defined(FIRST, expires_on=PAST))
    old = Signal(
        source="wms", key="old", body=reserve(1, lot=FIRST), occurred_at=AS_OF.replace(year=2019)
    )
    (receipt,) = plant.take([old])
    assert receipt.status is Status.REFUSED


@pytest.mark.parametrize("status", [Disposition.RECALLED, Disposition.DAMAGED])
def test_a_lot_that_is_recalled_by_its_definition_is_passed_over_and_told_so(plant, status):
    tell(plant, defined(FIRST, status=status, expires_on=EARLY))
    tell(plant, reserve(1))
    detail = plant.reservation("R1")
    assert [row.lot for row in detail.rows] == [SECOND]
    why = {line.lot: (line.code, line.because) for line in detail.passed_over}
    assert why[FIRST][0] == "disposition"
    assert str(status) in why[FIRST][1]


def test_a_lot_that_is_conformant_by_its_definition_is_taken(plant):
    tell(plant, defined(FIRST, status=Disposition.CONFORMANT), reserve(1, lot=FIRST))
    assert [row.lot for row in plant.reservation("R1").rows] == [FIRST]


@pytest.mark.engines("sqlite", "postgres")
def test_an_expired_reservation_is_not_picked_because_no_worker_has_run_yet(plant):
    tell(plant, reserve(5, expires_at=clock.now() + timedelta(days=1)))
    over = written(clock.now() - timedelta(hours=1))
    plant.store.write(lambda docket: docket.sql("UPDATE reservation SET expires_at = ?", (over,)))
    (receipt,) = Teller(plant)(ReservationPicked(reservation="R1", quantity=Quantity.pieces(5)))
    assert receipt.refusal is not None
    assert receipt.refusal.code is RefusalCode.RESERVATION_CLOSED
