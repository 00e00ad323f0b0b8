"""Whether the record is good enough to decide on: what is missing, impossible or stale.

Each rule reads one site as it stands and says how many are affected, with examples and the cure.
Which decisions a finding blocks is not known here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, Literal

from chargehand.record.view import OpenSupply, StockAt
from chargehand.signals.kinds import DeliveryReported
from chargehand.vocabulary.equipment import MaintenanceOrder, PhysicalAsset
from chargehand.vocabulary.identifier import AssetId, MaterialId, OrderId, SiteId, SupplierId
from chargehand.vocabulary.material import (
    MaterialDefinition,
    StockingParameters,
    Supplier,
    SupplierItem,
)

Usage = Mapping[MaterialId, Sequence[tuple[date, Decimal]]]

HISTORY_DAYS_MIN: Final = 365
"""Shortest demand history that a forecast can be tested on (days)."""
DELIVERIES_MIN: Final = 20
"""Fewest deliveries with order date from which a supplier's lead time is learned."""
FRESH_DAYS: Final = 45
"""A history that ends longer ago (days) has probably stopped being exported."""
COUNT_DAYS: Final = 365
EXAMPLES: Final = 5

Problem = Literal["missing", "impossible", "duplicated", "overlapping", "stale", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong with the record, and what to do about it."""

    site: str
    """Empty where it concerns the enterprise."""
    topic: str
    """Kind of table that would cure it, such as ``stocking``."""
    problem: Problem
    text: str
    count: int
    of: int
    """How many there are altogether."""
    examples: tuple[str, ...]
    cure: str
    is_whole: bool = False
    """There is nothing at all of this topic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRecord:
    """What the record knows about one site at one moment."""

    site: SiteId
    as_of: date
    materials: Mapping[MaterialId, MaterialDefinition]
    stocking: Mapping[MaterialId, StockingParameters]
    stock: Mapping[MaterialId, tuple[StockAt, ...]]
    supply: Mapping[MaterialId, tuple[OpenSupply, ...]]
    sources: Mapping[MaterialId, tuple[SupplierItem, ...]]
    suppliers: Mapping[SupplierId, Supplier]
    deliveries: Sequence[DeliveryReported]
    orders: Mapping[OrderId, MaintenanceOrder]
    assets: Mapping[AssetId, PhysicalAsset]
    usage: Usage

    def concerned(self) -> tuple[MaterialId, ...]:
        """Materials that the site stocks, has, uses or needs, in order."""
        needed = {part.material for order in self.orders.values() for part in order.parts}
        return tuple(sorted({*self.stocking, *self.stock, *self.usage, *needed}))


def site_findings(record: SiteRecord) -> tuple[Finding, ...]:
    """Everything that is wrong with one site's record."""
    return tuple(
        finding
        for rule in (
            _nothing,
            _stock,
            _stocking,
            _history,
            _sources,
            _definitions,
            _orders,
            _assets,
        )
        for finding in rule(record)
    )


NOTHING: Final = {
    "stocking": "no stocking levels: nothing says what is stocked",
    "stock": "no stock list",
    "issues": "no demand history",
    "sources": "no approved suppliers",
    "maintenance_orders": "no open maintenance orders",
    "assets": "no machines",
}
"""What it means that a topic is empty."""


def _nothing(record: SiteRecord) -> Iterator[Finding]:
    """Topics of which there is nothing at all."""
    there = {
        "stocking": record.stocking, "stock": record.stock, "issues": record.usage,
        "sources": set(record.sources) & set(record.concerned()),
        "maintenance_orders": record.orders, "assets": record.assets,
    }  # fmt: skip
    for topic, text in NOTHING.items():
        if not there[topic]:
            yield Finding(
                site=record.site, topic=topic, problem="missing", text=text, count=0, of=0,
                examples=(), cure=f"import {topic}", is_whole=True,
            )  # fmt: skip


def _found(
    record: SiteRecord,
    topic: str,
    problem: Problem,
    text: str,
    affected: Iterable[str],
    of: int,
    cure: str,
) -> Iterator[Finding]:
    names = sorted(affected)
    if names:
        yield Finding(
            site=record.site, topic=topic, problem=problem, text=text, count=len(names), of=of,
            examples=tuple(names[:EXAMPLES]), cure=cure,
        )  # fmt: skip


def _stock(record: SiteRecord) -> Iterator[Finding]:
    stocked = set(record.stocking)
    yield from _found(
        record, "stock", "missing", "materials with levels and no stock record",
        stocked - set(record.stock) if record.stock else (), len(stocked),
        "import a stock list; list what is out of stock with quantity 0",
    )  # fmt: skip
    places = [(m, at) for m, found in record.stock.items() for at in found]
    yield from _found(
        record, "locations", "impossible", "balances at places that are not defined",
        {f"{m} at {at.location}" for m, at in places if not at.zone}, len(places),
        "import the locations",
    )  # fmt: skip
    yield from _found(
        record, "stock", "impossible", "balances below zero, or promised beyond what is there",
        {f"{m} at {at.location}" for m, at in places if at.on_hand < 0 or at.free < 0},
        len(places), "count these places",
    )  # fmt: skip
    old = record.as_of - timedelta(days=COUNT_DAYS)
    yield from _found(
        record, "stock", "stale", "balances not counted within a year",
        {
            f"{m} at {at.location}"
            for m, at in places
            if at.on_hand and (at.counted_at is None or at.counted_at.date() < old)
        },
        len(places), "count them, the dearest and most used first",
    )  # fmt: skip


def _stocking(record: SiteRecord) -> Iterator[Finding]:
    concerned = record.concerned()
    yield from _found(
        record, "stocking", "missing", "materials without stocking levels",
        set(concerned) - set(record.stocking) if record.stocking else (), len(concerned),
        "import the levels (kind stocking), or leave out what is not stocked on purpose",
    )  # fmt: skip
    without = {m for m, level in record.stocking.items() if level.reorder_point is None}
    yield from _found(
        record, "stocking", "missing", "stocked materials without a reorder point",
        without, len(record.stocking), "import min and max, or approve proposed parameters",
    )  # fmt: skip


def _history(record: SiteRecord) -> Iterator[Finding]:
    stocked = set(record.stocking) or set(record.stock)
    yield from _found(
        record, "issues", "missing", "stocked materials that were never used",
        stocked - set(record.usage) if record.usage else (), len(stocked),
        "import the issues of the last years; what is never used needs no forecast",
    )  # fmt: skip
    if not record.usage:
        return
    first = min(days[0][0] for days in record.usage.values() if days)
    newest = max(days[-1][0] for days in record.usage.values() if days)
    if (newest - first).days < HISTORY_DAYS_MIN:
        yield from _found(
            record, "issues", "missing",
            f"the demand history covers {(newest - first).days} days only",
            record.usage, len(record.usage), "import at least a year, better three",
        )  # fmt: skip
    if (record.as_of - newest).days > FRESH_DAYS:
        yield from _found(
            record, "issues", "stale", f"the demand history ends on {newest}",
            record.usage, len(record.usage), "import the newest issues",
        )  # fmt: skip


def _sources(record: SiteRecord) -> Iterator[Finding]:
    stocked = set(record.stocking) or set(record.concerned())
    yield from _found(
        record, "sources", "missing", "materials without an approved supplier",
        stocked - set(record.sources) if stocked & set(record.sources) else (), len(stocked),
        "import the sources",
    )  # fmt: skip
    counted: dict[SupplierId, int] = defaultdict(int)
    for delivery in record.deliveries:
        counted[delivery.supplier] += delivery.ordered_on is not None
    known = {s for s, count in counted.items() if count >= DELIVERIES_MIN}
    known |= {s for s, one in record.suppliers.items() if one.lead_time_days is not None}
    unknown = {
        material
        for material in stocked & set(record.sources)
        if not any(
            item.lead_time_days is not None or item.supplier in known
            for item in record.sources[material]
        )
    }
    yield from _found(
        record, "deliveries", "missing", "materials whose lead time is neither declared nor known",
        unknown, len(stocked), f"import {DELIVERIES_MIN} deliveries or more of their suppliers with"
        " order dates, or lead_time_days with the sources",
    )  # fmt: skip


def _definitions(record: SiteRecord) -> Iterator[Finding]:
    known = {m: record.materials[m] for m in record.concerned() if m in record.materials}
    yield from _found(
        record, "materials", "missing", "materials without unit cost or price",
        {
            m
            for m, definition in known.items()
            if definition.unit_cost is None
            and not any(item.price is not None for item in record.sources.get(m, ()))
        },
        len(known), "import unit_cost with the materials, or price with the sources",
    )  # fmt: skip
    yield from _found(
        record, "materials", "missing", "materials without criticality",
        {m for m, definition in known.items() if definition.criticality is None},
        len(known), "import criticality, from 0 (nothing waits) to 1 (a line stops)",
    )  # fmt: skip
    yield from _found(
        record, "materials", "impossible", "materials that cost nothing",
        {m for m, d in known.items() if d.unit_cost is not None and d.unit_cost.amount == 0},
        len(known), "correct their unit cost",
    )  # fmt: skip


def _orders(record: SiteRecord) -> Iterator[Finding]:
    yield from _found(
        record, "maintenance_orders", "missing", "open maintenance orders without a parts list",
        {order for order, one in record.orders.items() if not one.parts}, len(record.orders),
        "import the parts with the orders; an order that needs none is fine",
    )  # fmt: skip
    yield from _found(
        record, "maintenance_orders", "impossible", "open maintenance orders of unknown machines",
        {order for order, one in record.orders.items() if one.asset not in record.assets},
        len(record.orders), "import the assets",
    )  # fmt: skip
    late = record.as_of - timedelta(days=COUNT_DAYS)
    yield from _found(
        record, "maintenance_orders", "stale", "open maintenance orders due more than a year ago",
        {order for order, one in record.orders.items() if one.due_at.date() < late},
        len(record.orders), "close or reschedule them",
    )  # fmt: skip
    yield from _found(
        record, "materials", "impossible", "parts of open orders that are not defined",
        {p.material for one in record.orders.values() for p in one.parts} - set(record.materials),
        len(record.materials), "import the materials",
    )  # fmt: skip


def _assets(record: SiteRecord) -> Iterator[Finding]:
    yield from _found(
        record, "assets", "missing", "machines without downtime cost",
        {a for a, one in record.assets.items() if one.downtime_cost_per_hour is None},
        len(record.assets), "import downtime_cost_per_hour with the assets",
    )  # fmt: skip
