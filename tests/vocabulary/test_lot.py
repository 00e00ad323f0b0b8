"""Lots and handling units: what cannot be true of them is refused where they are defined."""

from __future__ import annotations

from datetime import date

import pytest

from chargehand.vocabulary import wire
from chargehand.vocabulary.lot import HandlingUnit, MaterialLot, MaterialLotProperty

MADE = date(2026, 1, 31)


def lot(**facts):
    return MaterialLot(**({"material": "GLUE", "lot": "L1"} | facts))


def test_a_lot_with_all_its_facts_is_read_as_it_was_written():
    whole = lot(
        lot="L1-A",
        parent_lot="L1",
        manufactured_on=MADE,
        expires_on=date(2026, 7, 31),
        supplier="S",
        supplier_lot="4711",
        country="DE",
        attributes=(MaterialLotProperty(name="melt", value="77"),),
    )
    assert wire.read(MaterialLot, wire.write(whole)) == whole


def test_a_stated_expiry_goes_before_the_shelf_life():
    assert lot(manufactured_on=MADE, expires_on=MADE).expiry(365) == MADE
    assert lot(manufactured_on=MADE).expiry(28) == date(2026, 2, 28)
    assert lot(manufactured_on=MADE).expiry(None) is None
    assert lot().expiry(28) is None


@pytest.mark.parametrize(
    ("facts", "fault"),
    [
        ({"lot": ""}, "needs a number"),
        ({"lot": "A|B"}, r"holds '\|'"),
        ({"parent_lot": "A|B"}, r"holds '\|'"),
        ({"material": "A|B"}, r"holds '\|'"),
        ({"parent_lot": "L1"}, "part of itself"),
        ({"country": "de"}, "two capital letters"),
        ({"country": "DEU"}, "two capital letters"),
        ({"manufactured_on": MADE, "expires_on": date(2026, 1, 30)}, "expires 2026-01-30, made"),
        ({"attributes": (MaterialLotProperty(name="x", value="1"),) * 2}, "one property twice"),
    ],
)
def test_a_lot_that_cannot_be_is_refused(facts, fault):
    with pytest.raises(ValueError, match=fault):
        lot(**facts)


def test_a_property_without_a_name_is_refused():
    with pytest.raises(ValueError, match="needs a name"):
        MaterialLotProperty(name=" ", value="77")


@pytest.mark.parametrize(
    ("facts", "fault"),
    [
        ({"handling_unit": ""}, "needs a number"),
        ({"handling_unit": "P|1"}, r"holds '\|'"),
        ({"handling_unit": "P1", "parent": "P1"}, "stand in itself"),
        ({"handling_unit": "P1", "parent": "P|2"}, r"holds '\|'"),
        ({"handling_unit": "195212345678900007"}, "6 would fit"),
    ],
)
def test_a_handling_unit_that_cannot_be_is_refused(facts, fault):
    with pytest.raises(ValueError, match=fault):
        HandlingUnit(**facts)


def test_the_plants_own_numbers_need_no_check_digit():
    assert not HandlingUnit(handling_unit="P-0017", parent="195212345678900006").is_sscc
