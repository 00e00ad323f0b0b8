"""A purchase order that is told again keeps what has come of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from chargehand.signals import kinds
from chargehand.vocabulary.quantity import Quantity
from tests.plant.conftest import BULK, SITE, VALVE, Teller


def on_its_way(plant) -> list[tuple[Decimal, date | None]]:
    with plant.view() as view:
        return [(one.quantity, one.promised_on) for one in view.supply(SITE).get(VALVE, ())]


def test_a_new_promise_of_delivery_does_not_forget_what_has_come(plant):
    tell = Teller(plant)
    placed = kinds.SupplyPlaced(
        purchase_order="PO1", site=SITE, material=VALVE, quantity=Quantity.pieces(5),
        promised_on=date(2026, 2, 1),
    )  # fmt: skip
    tell(placed)
    tell(
        kinds.GoodsReceived(
            site=SITE, location=BULK, material=VALVE, quantity=Quantity.pieces(3),
            purchase_order="PO1",
        )
    )  # fmt: skip
    tell(replace(placed, promised_on=date(2026, 3, 1)))
    assert on_its_way(plant) == [(Decimal(2), date(2026, 3, 1))]
