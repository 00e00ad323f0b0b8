"""Tables of what exists: materials, suppliers, their terms, places, stocking levels, machines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chargehand.connectors.kinds import (
    ASSET,
    LOCATION,
    MATERIAL,
    SITE,
    SUPPLIER,
    UNIT,
    Field,
    Kind,
    Values,
)
from chargehand.signals.kinds import (
    AssetDefined,
    LocationDefined,
    MaterialDefined,
    StockingDefined,
    SupplierDefined,
    SupplierItemDefined,
)
from chargehand.vocabulary.equipment import PhysicalAsset
from chargehand.vocabulary.location import OperationalLocation
from chargehand.vocabulary.material import (
    MaterialDefinition,
    StockingParameters,
    Supplier,
    SupplierItem,
)
from chargehand.vocabulary.money import Money


def given(values: Values, **renamed: str) -> dict[str, Any]:
    """Pick the fields of a definition that the row says; ``new="old"`` renames."""
    return {new: values[old] for new, old in renamed.items() if old in values}


def same(*names: str) -> Callable[[Values], dict[str, Any]]:
    """A picker of fields that keep their names."""
    return lambda values: given(values, **dict(zip(names, names, strict=True)))


def money(values: Values, name: str) -> Money | None:
    """The sum of money in a field, in the row's currency."""
    amount = values.get(name)
    return None if amount is None else Money(amount, values.get("currency", "EUR"))


_material = same("material", "description", "unit", "material_class", "criticality",
                 "manufacturer", "manufacturer_part_number", "shelf_life_days",
                 "substitutes")  # fmt: skip
_supplier = same("supplier", "name", "lead_time_days")
_terms = same("supplier", "material", "order_quantity_min", "pack_size", "lead_time_days")
_levels = same("site", "material", "zone", "pick_face", "pick_face_min", "pick_face_max", "bulk",
               "reorder_point", "order_up_to", "safety_stock")  # fmt: skip
_asset = same("asset", "site", "line", "description", "model", "parts")

MATERIALS = Kind(
    name="materials",
    title="a material that can be stocked",
    fields=(
        Field(name="material", reads="id", needed=True, aliases=MATERIAL),
        Field(name="description", reads="text", aliases=("name", "text", "maktx")),
        Field(name="unit", reads="unit", aliases=UNIT),
        Field(name="material_class", reads="text", aliases=("class", "material group", "matkl")),
        Field(name="criticality", reads="fraction"),
        Field(name="unit_cost", reads="price", aliases=("cost", "standard price", "stprs")),
        Field(name="currency", reads="currency", aliases=("waers",)),
        Field(name="manufacturer", reads="text", aliases=("maker", "oem")),
        Field(
            name="manufacturer_part_number",
            reads="text",
            aliases=("mpn", "oem part number", "manufacturer part no", "mfrpn"),
        ),
        Field(name="shelf_life_days", reads="days", aliases=("shelf life",)),
        Field(name="substitutes", reads="ids", aliases=("alternates", "alternatives")),
    ),
    build=lambda v: MaterialDefined(
        definition=MaterialDefinition(unit_cost=money(v, "unit_cost"), **_material(v))
    ),
    identity=("material",),
)

SUPPLIERS = Kind(
    name="suppliers",
    title="a party that can be ordered from",
    fields=(
        Field(name="supplier", reads="id", needed=True, aliases=SUPPLIER),
        Field(name="name", reads="text", aliases=("supplier name", "vendor name")),
        Field(name="lead_time_days", reads="days", aliases=("lead time", "delivery days")),
    ),
    build=lambda v: SupplierDefined(definition=Supplier(**_supplier(v))),
    identity=("supplier",),
)

SOURCES = Kind(
    name="sources",
    title="an approved supplier of a material, with its terms",
    fields=(
        Field(name="supplier", reads="id", needed=True, aliases=SUPPLIER),
        Field(name="material", reads="id", needed=True, aliases=MATERIAL),
        Field(name="price", reads="price", aliases=("unit price", "netpr")),
        Field(name="currency", reads="currency", aliases=("waers",)),
        Field(name="order_quantity_min", reads="amount", aliases=("moq", "minimum order quantity")),
        Field(name="pack_size", reads="amount", aliases=("pack", "order multiple")),
        Field(name="lead_time_days", reads="days", aliases=("lead time", "delivery days", "plifz")),
    ),
    build=lambda v: SupplierItemDefined(
        definition=SupplierItem(price=money(v, "price"), **_terms(v))
    ),
    identity=("supplier", "material"),
)

LOCATIONS = Kind(
    name="locations",
    title="a place where stock can stand",
    fields=(
        Field(name="location", reads="id", needed=True, aliases=LOCATION),
        Field(name="site", reads="id", needed=True, aliases=SITE),
        Field(name="zone", reads="id", aliases=("storage type", "area", "lgtyp")),
        Field(name="kind", reads="place", aliases=("location kind", "type", "purpose")),
    ),
    build=lambda v: LocationDefined(
        definition=OperationalLocation(**same("location", "site", "zone", "kind")(v))
    ),
    identity=("site", "location"),
)

STOCKING = Kind(
    name="stocking",
    title="how a site stocks a material",
    fields=(
        Field(name="site", reads="id", needed=True, aliases=SITE),
        Field(name="material", reads="id", needed=True, aliases=MATERIAL),
        Field(name="zone", reads="id", aliases=("storage type", "area")),
        Field(name="pick_face", reads="id", aliases=("pick location", "pick bin")),
        Field(name="pick_face_min", reads="level"),
        Field(name="pick_face_max", reads="level"),
        Field(name="bulk", reads="id", aliases=("bulk location", "reserve bin")),
        Field(name="reorder_point", reads="level", aliases=("rop", "min", "minimum", "minlevel")),
        Field(name="order_up_to", reads="level", aliases=("max", "maximum", "maxlevel")),
        Field(name="safety_stock", reads="level", aliases=("eisbe",)),
    ),
    build=lambda v: StockingDefined(definition=StockingParameters(**_levels(v))),
    identity=("site", "material"),
)

ASSETS = Kind(
    name="assets",
    title="a machine",
    fields=(
        Field(name="asset", reads="id", needed=True, aliases=ASSET),
        Field(name="site", reads="id", needed=True, aliases=SITE),
        Field(name="line", reads="id", aliases=("production line",)),
        Field(name="description", reads="text", aliases=("name", "text")),
        Field(name="model", reads="text", aliases=("type", "machine type")),
        Field(name="downtime_cost_per_hour", reads="price", aliases=("downtime cost",)),
        Field(name="currency", reads="currency", aliases=("waers",)),
        Field(name="parts", reads="ids", aliases=("spare parts", "spares")),
    ),
    build=lambda v: AssetDefined(
        definition=PhysicalAsset(
            downtime_cost_per_hour=money(v, "downtime_cost_per_hour"), **_asset(v)
        )
    ),
    identity=("site", "asset"),
)
