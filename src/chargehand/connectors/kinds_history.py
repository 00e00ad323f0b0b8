"""Tables of what happened: stock counts, usage, deliveries, failures; and maintenance orders."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from chargehand.connectors.cell import CellFault
from chargehand.connectors.kinds import (
    ASSET,
    LOCATION,
    MATERIAL,
    ORDER,
    QUANTITY,
    ROW_ID,
    SITE,
    SUPPLIER,
    UNIT,
    Field,
    Kind,
    Values,
)
from chargehand.connectors.kinds_master import same
from chargehand.signals.kinds import (
    DeliveryReported,
    FailureReported,
    MaintenanceOrderReported,
    StockCounted,
    UsageReported,
)
from chargehand.vocabulary.equipment import MaintenanceOrder, PartRequirement, RequestState
from chargehand.vocabulary.quantity import Quantity, Unit


def _quantity(values: Values) -> Quantity:
    return Quantity(values["quantity"], values.get("unit", Unit.PIECE))


def _delivery(values: Values) -> DeliveryReported:
    ordered, delivered = values.get("ordered_on"), values["delivered_on"]
    if ordered is not None and delivered < ordered:
        raise CellFault(
            f"it was delivered on {delivered}, before it was ordered on {ordered}",
            "correct one of the two dates at their source",
            "delivered_on",
        )
    return DeliveryReported(
        **same("supplier", "delivered_on", "ordered_on", "promised_on", "material", "site",
               "quantity", "purchase_order")(values)
    )  # fmt: skip


def _maintenance(values: Values) -> MaintenanceOrderReported:
    parts: tuple[PartRequirement, ...] = ()
    if "part" in values:
        parts = (
            PartRequirement(material=values["part"], quantity=values.get("quantity", Decimal(1))),
        )
    elif "quantity" in values:
        raise CellFault(
            "it has a quantity and no part", "name the part or leave both empty", "part"
        )
    return MaintenanceOrderReported(
        definition=MaintenanceOrder(
            parts=parts,
            **{"state": RequestState.RELEASED, **_order(values)},
        )
    )


_order = same("order", "site", "asset", "state", "due_at", "kind")

STOCK = Kind(
    name="stock",
    title="so much of a material at a place",
    fields=(  # no id: the line of a stock list keeps its number while its quantity changes
        Field(name="site", reads="id", needed=True, aliases=SITE),
        Field(name="location", reads="id", needed=True, aliases=LOCATION),
        Field(name="material", reads="id", needed=True, aliases=MATERIAL),
        Field(name="quantity", reads="level", needed=True, aliases=(*QUANTITY, "on hand", "stock")),
        Field(name="unit", reads="unit", aliases=UNIT),
        Field(name="lot", reads="id", aliases=("batch", "charg")),
        Field(name="counted_at", reads="happened_at", aliases=("counted", "count date", "as of")),
    ),
    build=lambda v: StockCounted(
        counted=_quantity(v), **same("site", "location", "material", "lot")(v)
    ),
    when="counted_at",
)

ISSUES = Kind(
    name="issues",
    title="material that was used",
    fields=(
        ROW_ID,
        Field(name="site", reads="id", needed=True, aliases=SITE),
        Field(name="material", reads="id", needed=True, aliases=MATERIAL),
        Field(name="quantity", reads="level", needed=True, aliases=QUANTITY),
        Field(name="unit", reads="unit", aliases=UNIT),
        Field(
            name="used_on", reads="happened", needed=True, aliases=("date", "issue date", "issued")
        ),
        Field(name="asset", reads="id", aliases=ASSET),
        Field(name="order", reads="id", aliases=ORDER),
    ),
    build=lambda v: UsageReported(
        quantity=_quantity(v), **same("site", "material", "used_on", "asset", "order")(v)
    ),
    when="used_on",
    zero_is_nothing="quantity",
)

DELIVERIES = Kind(
    name="deliveries",
    title="a delivery by a supplier",
    fields=(
        ROW_ID,
        Field(name="supplier", reads="id", needed=True, aliases=SUPPLIER),
        Field(
            name="delivered_on",
            reads="happened",
            needed=True,
            aliases=("delivered", "receipt date", "received", "received on", "delivery date"),
        ),
        Field(name="ordered_on", reads="happened", aliases=("ordered", "order date", "po date")),
        Field(
            name="promised_on", reads="planned", aliases=("promised", "due date", "promise date")
        ),
        Field(name="material", reads="id", aliases=MATERIAL),
        Field(name="site", reads="id", aliases=SITE),
        Field(name="quantity", reads="amount", aliases=QUANTITY),
        Field(name="purchase_order", reads="text", aliases=("po", "po number", "ebeln")),
    ),
    build=_delivery,
    when="delivered_on",
)

FAILURES = Kind(
    name="failures",
    title="a failure of a machine",
    fields=(
        ROW_ID,
        Field(name="site", reads="id", needed=True, aliases=SITE),
        Field(name="asset", reads="id", needed=True, aliases=ASSET),
        Field(
            name="failed_at",
            reads="happened_at",
            needed=True,
            aliases=("datetime", "date", "failure date", "failed"),
        ),
        Field(name="material", reads="id", aliases=MATERIAL),
        Field(name="mode", reads="text", aliases=("failure", "failure mode", "cause", "error")),
    ),
    build=lambda v: FailureReported(**same("site", "asset", "failed_at", "material", "mode")(v)),
    when="failed_at",
)

MAINTENANCE_ORDERS = Kind(
    name="maintenance_orders",
    title="a maintenance order, or one line of its parts list",
    fields=(
        Field(name="order", reads="id", needed=True, aliases=ORDER),
        Field(name="site", reads="id", needed=True, aliases=SITE),
        Field(name="asset", reads="id", needed=True, aliases=ASSET),
        Field(name="state", reads="state", aliases=("status",)),
        Field(
            name="due_at",
            reads="planned_at",
            needed=True,
            aliases=("due", "due date", "scheduled", "target start", "datetime"),
        ),
        Field(name="kind", reads="text", aliases=("type", "work type", "worktype")),
        Field(name="part", reads="id", aliases=("material", "item", "itemnum", "component")),
        Field(name="quantity", reads="amount", aliases=("qty", "part quantity", "itemqty")),
    ),
    build=_maintenance,
    identity=("site", "order"),
)


def moment_of(kind: Kind, values: Values) -> datetime | None:
    """When the thing happened that a row tells of, in UTC; None where the row does not say."""
    when = values.get(kind.when) if kind.when else None
    if when is None or isinstance(when, datetime):
        return when
    return datetime(when.year, when.month, when.day, tzinfo=UTC)
