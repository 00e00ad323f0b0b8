"""The closed set of things that a plant can tell us.

Every body is a frozen value with a ``kind`` tag, which is also its name on the wire. A person
with a handheld is a source like any other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from chargehand.signals.stock_kinds import (
    HandlingUnitMoved,
    HandlingUnitPacked,
    HandlingUnitUnpacked,
    HoldPlaced,
    HoldReleased,
    LotDefined,
    MovementReported,
    ProductionReported,
    ReservationPicked,
    ReservationPlaced,
    ReservationVoided,
    SnapshotReported,
    StagingConfirmed,
)
from chargehand.vocabulary.equipment import MaintenanceOrder, PhysicalAsset
from chargehand.vocabulary.identifier import (
    AssetId,
    HandlingUnitId,
    LocationId,
    LotId,
    MaterialId,
    OrderId,
    PersonId,
    SerialId,
    SiteId,
    SupplierId,
)
from chargehand.vocabulary.location import OperationalLocation
from chargehand.vocabulary.material import (
    MaterialDefinition,
    StockingParameters,
    Supplier,
    SupplierItem,
)
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.wire import LATER


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterialDefined:
    """A material exists, or its definition changed."""

    kind: Literal["material_defined"] = "material_defined"
    definition: MaterialDefinition


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierDefined:
    """A supplier exists, or its terms changed."""

    kind: Literal["supplier_defined"] = "supplier_defined"
    definition: Supplier


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierItemDefined:
    """A supplier is approved for a material, or its terms changed."""

    kind: Literal["supplier_item_defined"] = "supplier_item_defined"
    definition: SupplierItem


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationDefined:
    """A place exists, or its purpose changed."""

    kind: Literal["location_defined"] = "location_defined"
    definition: OperationalLocation


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetDefined:
    """A machine exists, or what is known of it changed."""

    kind: Literal["asset_defined"] = "asset_defined"
    definition: PhysicalAsset


@dataclass(frozen=True, slots=True, kw_only=True)
class StockingDefined:
    """A site stocks a material, or its levels changed outside."""

    kind: Literal["stocking_defined"] = "stocking_defined"
    definition: StockingParameters


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceOrderReported:
    """A maintenance order was planned, released, rescheduled, finished or cancelled."""

    kind: Literal["maintenance_order_reported"] = "maintenance_order_reported"
    definition: MaintenanceOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class StockCounted:
    """So much of a material is at a place: a count, or a line of another system's stock list.

    The record is corrected by the difference as a new movement.
    """

    kind: Literal["stock_counted"] = "stock_counted"
    site: SiteId
    location: LocationId
    material: MaterialId
    counted: Quantity
    lot: LotId = LotId("")
    task: str | None = None
    person: PersonId | None = None
    serial: SerialId = field(default=SerialId(""), metadata=LATER)
    handling_unit: HandlingUnitId = field(default=HandlingUnitId(""), metadata=LATER)


@dataclass(frozen=True, slots=True, kw_only=True)
class StockMoved:
    """Material went from one place to another; one of the two may be outside the site.

    ``from_location`` None: it came from a supplier. ``to_location`` None: it was consumed.
    """

    kind: Literal["stock_moved"] = "stock_moved"
    site: SiteId
    material: MaterialId
    quantity: Quantity
    from_location: LocationId | None = None
    to_location: LocationId | None = None
    lot: LotId = LotId("")
    asset: AssetId | None = None
    order: OrderId | None = None
    document: str | None = None
    serial: SerialId = field(default=SerialId(""), metadata=LATER)
    handling_unit: HandlingUnitId = field(default=HandlingUnitId(""), metadata=LATER)


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageReported:
    """Material was used before this record began: history for forecasts; moves no stock."""

    kind: Literal["usage_reported"] = "usage_reported"
    site: SiteId
    material: MaterialId
    quantity: Quantity
    used_on: date
    asset: AssetId | None = None
    order: OrderId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReported:
    """A supplier delivered: history of promised against actual; moves no stock."""

    kind: Literal["delivery_reported"] = "delivery_reported"
    supplier: SupplierId
    delivered_on: date
    ordered_on: date | None = None
    promised_on: date | None = None
    material: MaterialId | None = None
    site: SiteId | None = None
    quantity: Decimal | None = None
    purchase_order: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureReported:
    """A machine failed, and which part failed where that is known."""

    kind: Literal["failure_reported"] = "failure_reported"
    site: SiteId
    asset: AssetId
    failed_at: datetime
    material: MaterialId | None = None
    mode: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyPlaced:
    """A purchase order is open at a supplier, or its promise changed."""

    kind: Literal["supply_placed"] = "supply_placed"
    purchase_order: str
    site: SiteId
    material: MaterialId
    quantity: Quantity
    supplier: SupplierId | None = None
    promised_on: date | None = None
    order_key: str | None = None
    """Key of the Chargehand order that it answers, where there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsReceived:
    """Material arrived at a place of the site, against a purchase order where one is named."""

    kind: Literal["goods_received"] = "goods_received"
    site: SiteId
    location: LocationId
    material: MaterialId
    quantity: Quantity
    lot: LotId = LotId("")
    purchase_order: str | None = None
    serial: SerialId = field(default=SerialId(""), metadata=LATER)
    handling_unit: HandlingUnitId = field(default=HandlingUnitId(""), metadata=LATER)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskConfirmed:
    """Somebody did a task, with the quantity that was really moved (less is a short pick)."""

    kind: Literal["task_confirmed"] = "task_confirmed"
    task: str
    quantity: Quantity
    person: PersonId
    lot: LotId = LotId("")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDeclined:
    """A task could not be done; nothing moved."""

    kind: Literal["task_declined"] = "task_declined"
    task: str
    person: PersonId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """Something that arrived and could not be read, kept as it came."""

    kind: Literal["unreadable"] = "unreadable"
    raw: str
    because: str
    cure: str = ""
    file: str = ""
    row: int | None = None
    column: str = ""


MasterBody = (
    MaterialDefined
    | SupplierDefined
    | SupplierItemDefined
    | LocationDefined
    | AssetDefined
    | StockingDefined
    | MaintenanceOrderReported
    | LotDefined
)
"""States of something that exists: the latest one holds."""

EventBody = (
    StockCounted
    | StockMoved
    | UsageReported
    | DeliveryReported
    | FailureReported
    | SupplyPlaced
    | GoodsReceived
    | TaskConfirmed
    | TaskDeclined
    | MovementReported
    | ReservationPlaced
    | ReservationPicked
    | ReservationVoided
    | HoldPlaced
    | HoldReleased
    | HandlingUnitPacked
    | HandlingUnitUnpacked
    | HandlingUnitMoved
    | ProductionReported
    | StagingConfirmed
    | SnapshotReported
    | Unreadable
)
"""Things that happened, once each."""

Body = MasterBody | EventBody
