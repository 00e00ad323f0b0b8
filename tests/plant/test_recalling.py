"""A recall accounts for every unit of a lot: what left by whatever way, by which order, by what."""

from __future__ import annotations

from decimal import Decimal

import pytest

from chargehand.plant.plant import Plant
from chargehand.signals import kinds
from chargehand.signals.signal import Signal, Status
from chargehand.signals.stock_kinds import (
    LegReported,
    LotDefined,
    MovementReported,
    ReservationPicked,
    ReservationPlaced,
)
from chargehand.storage.history import History
from chargehand.storage.segment import segments
from chargehand.vocabulary.identifier import LocationId, LotId, OrderId, SupplierId
from chargehand.vocabulary.lot import MaterialLot
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.refusal import Refusal
from tests.plant.conftest import BULK, SITE, VALVE, Teller
from tests.plant.line import made, report, used

LOT = LotId("R1")
pytestmark = pytest.mark.engines("sqlite", "postgres")


def told(plant: Plant, *bodies: kinds.Body, key: str | None = None) -> None:
    receipts = Teller(plant)(*bodies, key=key)
    assert {one.status for one in receipts} == {Status.ACCEPTED}, receipts


def received(pieces: int) -> kinds.GoodsReceived:
    return kinds.GoodsReceived(
        site=SITE, location=BULK, material=VALVE, quantity=Quantity.pieces(pieces), lot=LOT
    )


def counted(pieces: int, location: LocationId = BULK) -> kinds.StockCounted:
    return kinds.StockCounted(
        site=SITE, location=location, material=VALVE, counted=Quantity.pieces(pieces), lot=LOT
    )


def left(pieces: int, outside: str, *, step: str, **more: str) -> MovementReported:
    """So many of the lot went out of the bulk, or came back where it is below zero."""
    legs = (
        LegReported(material=VALVE, lot=LOT, quantity=Quantity.pieces(-pieces), location=BULK),
        LegReported(material=VALVE, lot=LOT, quantity=Quantity.pieces(pieces), outside=outside),
    )
    return MovementReported(site=SITE, business_step=step, legs=legs, **more)


def lines(plant: Plant, lot: str = LOT) -> list[tuple[str, int, str, str]]:
    found = plant.recall(VALVE, lot)
    assert not isinstance(found, Refusal), found
    return sorted((one.state, int(one.quantity), one.order, one.document) for one in found.lines)


def total(plant: Plant) -> Decimal:
    return sum((one.quantity for one in plant.recall(VALVE, LOT).lines), Decimal(0))


def test_it_tells_of_what_went_back_to_the_supplier(plant):
    told(plant, received(10), left(3, "supplier", step="returning", document="RMA-4"))
    assert lines(plant) == [("returned", 3, "", "RMA-4"), ("stands", 7, "", "")]


def test_it_tells_what_order_consumed_a_lot(plant):
    use = kinds.StockMoved(
        site=SITE, material=VALVE, quantity=Quantity.pieces(4), from_location=BULK, lot=LOT,
        order=OrderId("MO-7"), document="ISS-1",
    )  # fmt: skip
    told(plant, received(10), use)
    assert lines(plant) == [("consumed", 4, "MO-7", "ISS-1"), ("stands", 6, "", "")]


def test_it_tells_what_order_a_reservation_was_picked_for(plant):
    reserved = ReservationPlaced(
        reservation="A1", site=SITE, material=VALVE, quantity=Quantity.pieces(4), lot=LOT,
        for_order=OrderId("MO-8"),
    )  # fmt: skip
    told(plant, received(10), reserved)
    told(plant, ReservationPicked(reservation="A1", quantity=Quantity.pieces(4)))
    assert lines(plant) == [("consumed", 4, "MO-8", ""), ("stands", 6, "", "")]


def test_it_tells_of_what_counts_missed_and_did_not_find_again(plant):
    told(plant, received(10), counted(8))
    assert lines(plant) == [("counted_off", 2, "", ""), ("stands", 8, "", "")]
    told(plant, counted(9))
    assert lines(plant) == [("counted_off", 1, "", ""), ("stands", 9, "", "")]


def test_what_a_count_found_before_anything_was_missed_came_in_by_it(plant):
    told(plant, counted(5), counted(3))
    assert lines(plant) == [("counted_off", 2, "", ""), ("stands", 3, "", "")]


def test_what_went_into_a_product_is_told_once_and_what_did_not_beside_it(plant):
    told(plant, received(10), report(used(VALVE, LOT, 3, BULK), made(VALVE, "K1", 1, BULK)))
    told(plant, report(used(VALVE, LOT, 2, BULK), order="O2"))
    assert [line for line in lines(plant) if line[0] != "stands"] == [
        ("consumed", 2, "O2", ""), ("used", 3, "O1", ""),
    ]  # fmt: skip


def test_use_told_apart_counts_as_used_when_its_order_has_made_something(plant):
    told(plant, received(10), report(used(VALVE, LOT, 2, BULK), order="O2"))
    told(plant, report(made(VALVE, "K2", 1, BULK), order="O2"))
    assert [line[:3] for line in lines(plant) if line[0] != "stands"] == [("used", 2, "O2")]


def test_a_correction_is_taken_off_what_it_corrects(plant):
    told(plant, received(10))
    plant.take([Signal(source="wms", key="S1", body=left(
        4, "customer", step="shipping", document="DN-1"
    ))])  # fmt: skip
    told(plant, left(-1, "customer", step="shipping", corrects="wms/S1"))
    assert lines(plant) == [("shipped", 3, "", "DN-1"), ("stands", 7, "", "")]


def test_a_receipt_that_never_was_is_no_return(plant):
    told(plant, received(5))
    plant.take([Signal(source="wms", key="GR1", body=received(10))])
    told(plant, left(10, "supplier", step="receiving", corrects="wms/GR1"))
    assert lines(plant) == [("stands", 5, "", "")]


def test_what_comes_back_from_a_customer_is_below_zero_and_hides_no_shipment(plant):
    told(plant, received(10), left(4, "customer", step="shipping", document="DN-1"))
    told(plant, left(-1, "customer", step="receiving", document="RET-1"))
    assert lines(plant) == [
        ("shipped", -1, "", "RET-1"), ("shipped", 4, "", "DN-1"), ("stands", 7, "", ""),
    ]  # fmt: skip


def test_every_unit_that_came_in_is_accounted_for(plant):
    told(
        plant, received(10), left(1, "scrapped", step="destroying"),
        left(2, "customer", step="shipping"), left(1, "supplier", step="returning"), counted(5),
        left(2, "consumed", step="consuming"),
    )  # fmt: skip
    assert total(plant) == 10


def test_what_the_history_has_in_segments_is_told_as_well(plant):
    told(plant, received(10), left(4, "customer", step="shipping", document="DN-1"))
    plant.store.sequence()
    History(plant.store, run=4, fan=3, slice=5).catch_up()
    with plant.store.snapshot() as sql:
        assert segments(sql)
    told(plant, left(1, "customer", step="shipping", document="DN-2"))
    assert lines(plant) == [
        ("shipped", 1, "", "DN-2"), ("shipped", 4, "", "DN-1"), ("stands", 5, "", ""),
    ]  # fmt: skip


def test_a_recall_of_a_suppliers_lot_needs_no_definition_of_the_supplier(plant):
    ghost = MaterialLot(material=VALVE, lot=LOT, supplier=SupplierId("GHOST"), supplier_lot="SL-1")
    told(plant, LotDefined(definition=ghost), received(3))
    found = plant.recall_supplier_lot("SL-1")
    assert not isinstance(found, Refusal), found
    assert {(one.lot, one.quantity) for one in found.lines} == {(LOT, 3)}
