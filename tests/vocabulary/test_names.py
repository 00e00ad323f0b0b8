"""Names that would make two things one are refused where they are defined."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chargehand.vocabulary.equipment import MaintenanceOrder, PhysicalAsset, RequestState
from chargehand.vocabulary.location import OperationalLocation
from chargehand.vocabulary.material import (
    MaterialDefinition,
    StockingParameters,
    Supplier,
    SupplierItem,
)

DUE = datetime(2026, 1, 1, tzinfo=UTC)


def order(name="WO-1", site="S1"):
    return MaintenanceOrder(
        order=name, site=site, asset="A", state=RequestState.RELEASED, due_at=DUE
    )


@pytest.mark.parametrize("site", ["EU/S2", "~north", "A|B"])
@pytest.mark.parametrize(
    "define",
    [
        lambda site: OperationalLocation(location="B1", site=site),
        lambda site: PhysicalAsset(asset="A", site=site),
        lambda site: StockingParameters(site=site, material="M"),
        lambda site: order(site=site),
    ],
)
def test_a_site_can_be_told_from_its_places_and_from_the_outside(define, site):
    with pytest.raises(ValueError, match=r"site .* holds .*write another sign"):
        define(site)


@pytest.mark.parametrize(
    "define",
    [
        lambda name: OperationalLocation(location=name, site="S1"),
        lambda name: PhysicalAsset(asset=name, site="S1"),
        order,
        lambda name: MaterialDefinition(material=name),
        lambda name: StockingParameters(site="S1", material=name),
        lambda name: Supplier(supplier=name),
        lambda name: SupplierItem(supplier="S", material=name),
        lambda name: SupplierItem(supplier=name, material="M"),
    ],
)
def test_a_name_is_one_part_of_a_key(define):
    with pytest.raises(ValueError, match=r"holds '\|'"):
        define("A|B")
    define("A/B~C")
