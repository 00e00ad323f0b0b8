"""A serial or a handling unit that is told is booked: its hold and its count find it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from chargehand.signals import kinds
from chargehand.signals.signal import Signal, Status
from chargehand.signals.stock_kinds import LegReported, MovementReported
from chargehand.vocabulary.identifier import SerialId
from chargehand.vocabulary.quantity import Quantity, Unit
from tests.plant.conftest import BULK, FACE, SITE, VALVE

ONE = Quantity(Decimal(1), Unit.PIECE)
NONE = Quantity(Decimal(0), Unit.PIECE)
SERIAL = SerialId("SN-7")


def balances(plant) -> dict[tuple[str, str], int]:
    with plant.store.snapshot() as sql:
        rows = sql.execute(
            "SELECT location, serial, scaled FROM balance WHERE site <> '' AND scaled <> 0"
        ).fetchall()
    return {(row["location"], row["serial"]): row["scaled"] // 1_000_000 for row in rows}


@pytest.fixture
def received(plant):
    (receipt,) = plant.take(
        [
            Signal(
                key="in-1",
                source="wms",
                body=kinds.GoodsReceived(
                    site=SITE, location=BULK, material=VALVE, quantity=ONE, serial=SERIAL
                ),
            )
        ]
    )
    assert receipt.status is Status.ACCEPTED
    return plant


def tell(plant, key: str, body) -> Status:
    (receipt,) = plant.take([Signal(key=key, source="wms", body=body)])
    return receipt.status


def test_a_serial_stays_told_apart_from_receipt_to_use(received):
    moved = kinds.StockMoved(
        site=SITE, material=VALVE, quantity=ONE, from_location=BULK, to_location=FACE, serial=SERIAL
    )
    assert tell(received, "mv-1", moved) is Status.ACCEPTED
    assert balances(received)[FACE, SERIAL] == 1
    unknown = kinds.StockMoved(
        site=SITE, material=VALVE, quantity=ONE, from_location=FACE, serial=SerialId("SN-8")
    )
    assert tell(received, "mv-2", unknown) is Status.REFUSED
    assert balances(received)[FACE, SERIAL] == 1


def test_a_serial_that_a_count_does_not_find_is_gone_and_the_audit_holds(received):
    counted = kinds.StockCounted(
        site=SITE, location=BULK, material=VALVE, counted=NONE, serial=SERIAL
    )
    assert tell(received, "c-1", counted) is Status.ACCEPTED
    assert (BULK, SERIAL) not in balances(received)
    report = received.verify()
    assert report.holds, report.faults


def test_a_serial_on_hold_cannot_be_moved(received):
    hold = kinds.HoldPlaced(hold="H-1", site=SITE, reason="cracked", material=VALVE, serial=SERIAL)
    assert tell(received, "h-1", hold) is Status.ACCEPTED
    moved = kinds.StockMoved(
        site=SITE, material=VALVE, quantity=ONE, from_location=BULK, to_location=FACE, serial=SERIAL
    )
    assert tell(received, "mv-1", moved) is Status.REFUSED


def arrives(pieces: int, location=BULK) -> MovementReported:
    """So many pieces come in under one serial."""
    legs = tuple(
        LegReported(
            material=VALVE, serial=SERIAL, quantity=Quantity.pieces(sign * pieces), location=place,
            outside="supplier",
        )
        for sign, place in ((-1, None), (1, location))
    )  # fmt: skip
    return MovementReported(site=SITE, business_step="receiving", legs=legs)


def test_a_serial_is_one_thing_in_any_movement(plant):
    assert tell(plant, "in-5", arrives(5)) is Status.REFUSED
    assert tell(plant, "in-1", arrives(1)) is Status.ACCEPTED
    assert tell(plant, "in-2", arrives(1)) is Status.REFUSED
    assert balances(plant)[BULK, SERIAL] == 1
    assert plant.verify().holds


@pytest.mark.engines("sqlite", "postgres")
def test_a_serial_does_not_stand_in_two_places(received):
    again = kinds.GoodsReceived(
        site=SITE, location=FACE, material=VALVE, quantity=ONE, serial=SERIAL
    )
    counted = kinds.StockCounted(
        site=SITE, location=FACE, material=VALVE, counted=ONE, serial=SERIAL
    )
    for n, body in enumerate((again, counted, arrives(1, FACE))):
        (receipt,) = received.take([Signal(key=f"again-{n}", source="wms", body=body)])
        assert receipt.refusal is not None
        assert f"stands at {SITE}/{BULK} already" in receipt.refusal.because
    gone = kinds.StockCounted(site=SITE, location=BULK, material=VALVE, counted=NONE, serial=SERIAL)
    assert tell(received, "c-1", gone) is Status.ACCEPTED
    assert tell(received, "c-2", counted) is Status.ACCEPTED
    assert balances(received)[FACE, SERIAL] == 1
