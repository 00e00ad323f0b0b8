"""Kinds of things, and how a site stocks them."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from chargehand.vocabulary.conversion import UnitConversion, contradiction
from chargehand.vocabulary.identifier import (
    LocationId,
    MaterialId,
    SiteId,
    SupplierId,
    ZoneId,
    check_name,
    check_site,
)
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.quantity import Unit
from chargehand.vocabulary.wire import LATER


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterialDefinition:
    """A kind of thing that can be stocked (B2MML MaterialDefinition)."""

    material: MaterialId
    description: str = ""
    unit: Unit = Unit.PIECE
    material_class: str = "MRO"
    criticality: float | None = None
    """What its absence does (fraction): 0 nothing waits for it, 1 a line stops."""
    unit_cost: Money | None = None
    manufacturer: str = ""
    manufacturer_part_number: str = ""
    shelf_life_days: int | None = None
    substitutes: tuple[MaterialId, ...] = ()
    conversions: tuple[UnitConversion, ...] = field(default=(), metadata=LATER)
    """Its pack levels and weights: what else it is counted, packed or weighed in."""

    def __post_init__(self) -> None:
        check_name(self.material, "material")
        if self.criticality is not None and not 0 <= self.criticality <= 1:
            raise ValueError(f"criticality must be within 0 and 1, not {self.criticality}")
        if self.unit_cost is not None and self.unit_cost.amount < 0:
            raise ValueError(f"unit cost must not be negative, not {self.unit_cost}")
        if self.shelf_life_days is not None and self.shelf_life_days <= 0:
            raise ValueError(f"shelf life must be above 0 days, not {self.shelf_life_days}")
        if (fault := contradiction(self.conversions)) is not None:
            raise ValueError(f"conversions of {self.material} contradict each other: {fault}")


@dataclass(frozen=True, slots=True, kw_only=True)
class StockingParameters:
    """How one site stocks one material: where, and between which levels (amounts of its unit)."""

    site: SiteId
    material: MaterialId
    zone: ZoneId = ZoneId("MRO")
    pick_face: LocationId | None = None
    pick_face_min: Decimal | None = None
    pick_face_max: Decimal | None = None
    bulk: LocationId | None = None
    reorder_point: Decimal | None = None
    order_up_to: Decimal | None = None
    safety_stock: Decimal = Decimal(0)
    origin: Literal["imported", "approved"] = "imported"
    """Whether the levels came from outside or from an approved proposal."""

    def __post_init__(self) -> None:
        check_site(self.site)
        check_name(self.material, "material")
        levels = (self.pick_face_min, self.pick_face_max, self.reorder_point, self.order_up_to)
        if any(level is not None and level < 0 for level in (*levels, self.safety_stock)):
            raise ValueError("stocking levels must not be negative")
        _ordered("pick_face_min", self.pick_face_min, "pick_face_max", self.pick_face_max)
        _ordered("reorder_point", self.reorder_point, "order_up_to", self.order_up_to)


def _ordered(low_name: str, low: Decimal | None, high_name: str, high: Decimal | None) -> None:
    if low is not None and high is not None and low > high:
        raise ValueError(f"{low_name} {low} is above {high_name} {high}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplier:
    """A party that can be ordered from."""

    supplier: SupplierId
    name: str = ""
    lead_time_days: int | None = None
    """Declared time from order to receipt (days), while deliveries are too few to learn from."""

    def __post_init__(self) -> None:
        check_name(self.supplier, "supplier")
        if self.lead_time_days is not None and self.lead_time_days < 0:
            raise ValueError(f"lead time must not be negative, not {self.lead_time_days}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierItem:
    """An approved source of a material, with its terms."""

    supplier: SupplierId
    material: MaterialId
    price: Money | None = None
    """Price of one unit of measure."""
    order_quantity_min: Decimal = Decimal(1)
    pack_size: Decimal = Decimal(1)
    lead_time_days: int | None = None

    def __post_init__(self) -> None:
        check_name(self.material, "material")
        check_name(self.supplier, "supplier")
        if self.order_quantity_min <= 0 or self.pack_size <= 0:
            raise ValueError("minimum order quantity and pack size must be above 0")
        if self.price is not None and self.price.amount < 0:
            raise ValueError(f"price must not be negative, not {self.price}")
