"""Messages that come again: the same is done once, and another content is not the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from chargehand.plant.plant import Plant
from chargehand.signals.kinds import StockMoved, Unreadable
from chargehand.signals.signal import Signal, Status
from chargehand.signals.stock_kinds import LegReported, LotDefined, MovementReported
from chargehand.vocabulary.identifier import LotId
from chargehand.vocabulary.lot import MaterialLot
from chargehand.vocabulary.quantity import Quantity
from tests.plant.conftest import BULK, FACE, SITE, VALVE, Teller, count, master

LOT = LotId("A")


@pytest.fixture
def plant(make_plant) -> Plant:
    """Forty in the bulk."""
    plant = make_plant()
    Teller(plant)(*master(), count(BULK, 40))
    return plant


def lane(document: str | None) -> MovementReported:
    legs = (
        LegReported(material=VALVE, quantity=Quantity.pieces(-1), location=BULK),
        LegReported(material=VALVE, quantity=Quantity.pieces(1), location=FACE),
    )
    return MovementReported(site=SITE, business_step="storing", legs=legs, document=document)


def slow(document: str | None) -> StockMoved:
    return StockMoved(
        site=SITE, material=VALVE, quantity=Quantity.pieces(1), from_location=BULK,
        to_location=FACE, document=document,
    )  # fmt: skip


def defined(expires_on: date) -> LotDefined:
    return LotDefined(definition=MaterialLot(material=VALVE, lot=LOT, expires_on=expires_on))


def statuses(plant: Plant, *signals: Signal) -> list[Status]:
    return [plant.take([one])[0].status for one in signals]


def test_an_old_definition_that_is_delivered_again_does_not_undo_a_newer_one(plant):
    first = Signal(source="erp", key="M1", body=defined(date(2090, 1, 1)))
    second = Signal(source="erp", key="M2", body=defined(date(2027, 1, 1)))
    told = statuses(plant, first, second, first)
    assert told == [Status.ACCEPTED, Status.ACCEPTED, Status.REPEATED]
    assert plant.lot(VALVE, LOT).expires_on == date(2027, 1, 1)


def test_a_definition_that_changes_back_under_one_key_holds_again(plant):
    first = Signal(source="erp", key="A", body=defined(date(2090, 1, 1)))
    second = replace(first, body=defined(date(2027, 1, 1)))
    assert statuses(plant, first, second, first) == [Status.ACCEPTED] * 3
    assert plant.lot(VALVE, LOT).expires_on == date(2090, 1, 1)


@pytest.mark.engines("sqlite", "postgres")
@pytest.mark.parametrize("body", [lane, slow])
def test_a_movement_told_again_with_another_document_is_another_content(plant, body):
    first = Signal(source="wms", key="D1", body=body("DN-1"))
    again = replace(first, body=body("DN-2"))
    told = statuses(plant, first, first, again)
    assert told == [Status.ACCEPTED, Status.REPEATED, Status.REFUSED]
    assert plant.verify().holds


@pytest.mark.parametrize(
    ("body", "third"),
    [(lane, Status.REFUSED), (slow, Status.REPEATED)],
    ids=["new-kind", "kind-of-the-first-release"],
)
def test_the_cause_is_part_of_what_was_told_but_for_kinds_of_the_first_release(plant, body, third):
    """Those were kept without it: a plant that was brought up to date must know them again."""
    first = Signal(source="wms", key="D1", body=body(None), cause="P-1.1/0")
    told = statuses(plant, first, first, replace(first, cause="P-2.1/0"))
    assert told == [Status.ACCEPTED, Status.REPEATED, third]
    assert plant.verify().holds


def test_another_text_that_cannot_be_read_is_kept_though_its_key_came_before(plant):
    first = Signal(source="erp", key="row", body=Unreadable(raw="a;b", because="no quantity"))
    other = replace(first, body=Unreadable(raw="a;c", because="no quantity"))
    told = statuses(plant, first, first, other)
    assert told == [Status.UNREADABLE, Status.REPEATED, Status.UNREADABLE]
    assert [one.raw for one in plant.faults().rows] == ["a;c"]
    assert plant.verify().holds
