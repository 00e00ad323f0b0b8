"""What a goods receipt said had come, and had not, is awaited again."""

from __future__ import annotations

import pytest

from chargehand.signals.kinds import GoodsReceived, SupplyPlaced
from chargehand.signals.signal import Signal, Status
from chargehand.signals.stock_kinds import LegReported, MovementReported
from chargehand.vocabulary.identifier import LotId
from chargehand.vocabulary.quantity import Quantity
from tests.plant.conftest import BULK, SITE, VALVE

LOT = LotId("R9")


def tell(plant, key: str, body) -> None:
    (receipt,) = plant.take([Signal(source="wms", key=key, body=body)])
    assert receipt.status is Status.ACCEPTED, receipt


def awaited(plant) -> tuple[str, int]:
    with plant.store.snapshot() as sql:
        ((state, got),) = sql.execute("SELECT state, received FROM supply").fetchall()
    return state, got // 1_000_000


def taken_back(pieces: int) -> MovementReported:
    one = LegReported(material=VALVE, lot=LOT, quantity=Quantity.pieces(-pieces), location=BULK)
    other = LegReported(
        material=VALVE, lot=LOT, quantity=Quantity.pieces(pieces), outside="supplier"
    )
    return MovementReported(
        site=SITE, business_step="receiving", legs=(one, other), corrects="wms/GR1"
    )


@pytest.mark.engines("sqlite", "postgres")
def test_a_receipt_that_is_corrected_is_awaited_again(plant):
    ordered = SupplyPlaced(
        site=SITE, material=VALVE, quantity=Quantity.pieces(10), purchase_order="PO-1",
        supplier=None,
    )  # fmt: skip
    arrived = GoodsReceived(
        site=SITE, location=BULK, material=VALVE, quantity=Quantity.pieces(10), lot=LOT,
        purchase_order="PO-1",
    )  # fmt: skip
    tell(plant, "PO", ordered)
    tell(plant, "GR1", arrived)
    assert awaited(plant) == ("received", 10)
    tell(plant, "C1", taken_back(4))
    assert awaited(plant) == ("ordered", 6)
    tell(plant, "C2", taken_back(6))
    assert awaited(plant) == ("ordered", 0)
    tell(plant, "GR2", arrived)
    assert awaited(plant) == ("received", 10)
    report = plant.verify()
    assert report.holds, report.faults
