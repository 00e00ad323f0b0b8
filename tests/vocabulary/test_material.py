"""A definition's text is what is compared: a new field must not change the texts that exist."""

from __future__ import annotations

import pytest

from chargehand.vocabulary import wire
from chargehand.vocabulary.conversion import UnitConversion
from chargehand.vocabulary.material import MaterialDefinition

CARTON = UnitConversion.parse("1 XCT = 24 H87")


def test_a_material_without_conversions_is_written_as_it_always_was():
    assert wire.write(MaterialDefinition(material="M")) == (
        '{"criticality":null,"description":"","manufacturer":"","manufacturer_part_number":"",'
        '"material":"M","material_class":"MRO","shelf_life_days":null,"substitutes":[],'
        '"unit":"H87","unit_cost":null}'
    )


def test_conversions_are_written_and_read():
    material = MaterialDefinition(material="M", conversions=(CARTON,))
    text = wire.write(material)
    assert '"conversions":[{"denominator":1,"from_unit":"XCT","numerator":24' in text
    assert wire.read(MaterialDefinition, text) == material


def test_a_definition_that_contradicts_itself_is_refused_where_it_is_read():
    text = wire.write(MaterialDefinition(material="M", conversions=(CARTON,)))
    torn = text.replace(
        '"conversions":[',
        '"conversions":[{"from_unit":"XCT","to_unit":"H87","numerator":20,"denominator":1},',
    )
    with pytest.raises(wire.WireError, match="1 XCT is 20 H87 one way and 24 H87 another"):
        wire.read(MaterialDefinition, torn)
