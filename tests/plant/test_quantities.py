"""Amounts that make no sense are refused before they reach the books, which stay exact."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from chargehand.record.ledger import BALANCE_MAX, SUPPLIER, Account, BalanceKey, transfer
from chargehand.signals import kinds
from chargehand.signals.signal import Status
from chargehand.vocabulary.identifier import MaterialId
from chargehand.vocabulary.material import MaterialDefinition
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.quantity import Quantity, Unit
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from tests.plant.conftest import BULK, FACE, SITE, VALVE, Teller, count

BAR_CODE = 4_006_381_333_931


def received(pieces: int) -> kinds.GoodsReceived:
    return kinds.GoodsReceived(
        site=SITE, location=BULK, material=VALVE, quantity=Quantity.pieces(pieces)
    )


@pytest.mark.parametrize("body", [received(BAR_CODE), count(BULK, BAR_CODE)])
def test_a_bar_code_scanned_as_a_quantity_is_refused(plant, body):
    for receipt in Teller(plant)(body, body, body):
        assert receipt.refusal.code is RefusalCode.QUANTITY_INVALID
        assert "bar code" in receipt.refusal.because
    assert plant.stock(location=BULK).rows[0].on_hand == 40
    assert plant.verify().holds


@pytest.mark.engines("sqlite")
def test_balances_stay_whole_numbers_however_much_is_received(plant):
    receipts = Teller(plant)(*(received(100_000_000) for _ in range(100)))
    assert {one.status for one in receipts} == {Status.ACCEPTED, Status.REFUSED}
    with plant.store.snapshot() as sql:
        kinds_of = sql.execute("SELECT DISTINCT typeof(scaled) AS kind FROM balance").fetchall()
    assert [row["kind"] for row in kinds_of] == ["integer"]
    assert plant.verify().holds


def test_a_balance_beyond_what_can_be_counted_exactly_is_refused(plant):
    source, target = BalanceKey(SUPPLIER, VALVE), BalanceKey(Account(f"{SITE}/{BULK}"), VALVE)
    movement = transfer(
        "k", "receiving", source=source, target=target, scaled=BALANCE_MAX, unit=Unit.PIECE
    )
    answer = plant.store.write(
        lambda docket: docket.post(movement, actor="t", cause=None, occurred_at=None)
    )
    assert isinstance(answer, Refusal)
    assert answer.code is RefusalCode.QUANTITY_INVALID
    assert plant.verify().holds


def test_stock_does_not_change_its_unit(plant):
    definition = MaterialDefinition(material=VALVE, unit=Unit.KILOGRAM, unit_cost=Money.of(30))
    receipt = Teller(plant)(kinds.MaterialDefined(definition=definition))[0]
    assert receipt.refusal.code is RefusalCode.UNIT_MISMATCH
    assert {row.unit for row in plant.stock(material=VALVE).rows} == {Unit.PIECE}


def test_a_unit_that_was_never_booked_in_can_be_mended(plant):
    wire = MaterialDefinition(material=MaterialId("WIRE"), unit_cost=Money.of(1))
    for definition in (wire, replace(wire, unit=Unit.METRE)):
        receipt = Teller(plant)(kinds.MaterialDefined(definition=definition))[0]
        assert receipt.status is Status.ACCEPTED


@pytest.mark.parametrize(("one", "two"), [("8", "8.0"), ("0.5", "0.50"), ("100", "1E+2")])
def test_the_same_amount_written_otherwise_is_the_same_content(plant, one, two):
    tell = Teller(plant)
    bodies = [
        replace(count(FACE, 0), counted=Quantity(Decimal(text), Unit.PIECE)) for text in (one, two)
    ]
    statuses = [tell(body, key="c1")[0].status for body in bodies]
    assert statuses == [Status.ACCEPTED, Status.REPEATED]
