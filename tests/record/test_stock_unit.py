"""A quantity told in another unit is booked exactly in the stock unit, or refused by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from chargehand.record.stock_unit import in_stock_unit, in_stock_units
from chargehand.signals import kinds
from chargehand.signals.signal import Signal
from chargehand.signals.stock_kinds import Made, Used
from chargehand.vocabulary import wire
from chargehand.vocabulary.conversion import UnitConversion
from chargehand.vocabulary.material import MaterialDefinition
from chargehand.vocabulary.quantity import Quantity, Unit
from chargehand.vocabulary.refusal import RefusalCode

GLUE = MaterialDefinition(
    material="GLUE",
    unit=Unit.KILOGRAM,
    conversions=(UnitConversion.parse("1 XCT = 2.4 KGM"), UnitConversion.parse("3 H87 = 1 KGM")),
)


class OneMaterial:
    """Books that know glue, and nothing else."""

    def unit_of(self, material):
        return GLUE.unit if material == GLUE.material else None

    def master(self, kind, key):
        return wire.write(GLUE) if (kind, key) == ("material", GLUE.material) else None


def bodies(material, quantity):
    place = {"site": "S1", "location": "B1", "material": material}
    return [
        kinds.StockCounted(**place, counted=quantity),
        kinds.GoodsReceived(**place, quantity=quantity),
        kinds.StockMoved(site="S1", material=material, quantity=quantity, to_location="B1"),
        kinds.UsageReported(site="S1", material=material, quantity=quantity, used_on=date.min),
        kinds.SupplyPlaced(site="S1", material=material, quantity=quantity, purchase_order="7"),
    ]


def told(body):
    return Signal(source="wms", key="1", body=body)


def amount_of(body):
    return body.counted if isinstance(body, kinds.StockCounted) else body.quantity


@pytest.mark.parametrize("body", bodies("GLUE", Quantity.parse("5 XCT")), ids=lambda b: b.kind)
def test_every_signal_of_an_amount_is_turned_into_the_stock_unit(body):
    signal = in_stock_units(told(body), OneMaterial())
    assert amount_of(signal.body) == Quantity.parse("12 KGM")
    assert (signal.source, signal.key, type(signal.body)) == ("wms", "1", type(body))


@pytest.mark.parametrize("body", bodies("GLUE", Quantity.parse("1 XPX")), ids=lambda b: b.kind)
def test_a_missing_conversion_is_named_with_the_material(body):
    refusal = in_stock_units(told(body), OneMaterial())
    assert refusal.code is RefusalCode.UNIT_MISMATCH
    assert refusal.because == (
        "GLUE is stocked in KGM, and 1 XPX is not: no conversion leads from XPX to KGM: say how"
        " many KGM make 1 XPX"
    )


def production(used, made="2 XCT"):
    return kinds.ProductionReported(
        site="S1",
        order="WO-1",
        used=(
            Used(material="NEW", quantity=Quantity.parse("1 XPX"), location="B1"),
            Used(material="GLUE", quantity=Quantity.parse(used), location="B1"),
        ),
        made=(Made(material="GLUE", quantity=Quantity.parse(made), location="B1"),),
    )


def test_each_amount_inside_a_signal_belongs_to_the_material_beside_it():
    body = in_stock_units(told(production("1 XCT")), OneMaterial()).body
    assert [str(one.quantity) for one in (*body.used, *body.made)] == [
        "1 XPX",
        "2.4 KGM",
        "4.8 KGM",
    ]


@dataclass(frozen=True)
class KitPacked:
    """A material with an amount of its own, around parts of others."""

    material: str
    quantity: Quantity
    parts: tuple[Used, ...]


def test_the_material_beside_an_amount_goes_before_the_one_around_it():
    part = Used(material="GLUE", quantity=Quantity.parse("1 XCT"), location="B1")
    kit = KitPacked(material="KIT", quantity=Quantity.parse("1 XCT"), parts=(part,))
    body = in_stock_units(told(kit), OneMaterial()).body
    assert (str(body.quantity), str(body.parts[0].quantity)) == ("1 XCT", "2.4 KGM")


@pytest.mark.parametrize("wrong", [("1 XPX",), ("1 XCT", "1 LTR")])
def test_one_amount_without_conversion_refuses_the_whole_signal(wrong):
    refusal = in_stock_units(told(production(*wrong)), OneMaterial())
    assert refusal.code is RefusalCode.UNIT_MISMATCH


def test_an_amount_that_would_be_rounded_is_refused():
    refusal = in_stock_unit(Quantity.parse("1 H87"), GLUE)
    assert refusal.code is RefusalCode.CONVERSION_INEXACT
    assert "0.999999 H87 = 0.333333 KGM or 1.000002 H87 = 0.333334 KGM" in refusal.because


@pytest.mark.parametrize(
    "body",
    [
        *bodies("GLUE", Quantity.parse("5 KGM")),
        *bodies("NEW", Quantity.parse("5 XCT")),
        kinds.MaterialDefined(definition=GLUE),
    ],
    ids=lambda b: b.kind,
)
def test_what_needs_no_conversion_or_can_have_none_comes_back_as_it_was(body):
    signal = told(body)
    assert in_stock_units(signal, OneMaterial()) is signal
