"""How a site stands before anything is switched on: figures with how they were made.

A figure that cannot be computed says why, and every figure says what it leaves out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from math import sqrt
from statistics import quantiles
from typing import Final

from chargehand.record.readiness import SiteRecord
from chargehand.signals.kinds import DeliveryReported
from chargehand.vocabulary.identifier import MaterialId, OrderId
from chargehand.vocabulary.money import Money

YEAR: Final = timedelta(days=365)
SLOW_DAYS: Final = 730
"""Stock that was not used for so long (days) is counted as not moving."""
LATENESS_DAYS: Final = 730
"""Deliveries that supplier lateness is judged by (days back)."""
Z_90: Final = 1.6448536269514722


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure of the baseline."""

    site: str
    name: str
    value: str
    """With its unit; ``not known`` where it cannot be computed."""
    interval: str
    """What the figure may be instead, and why; empty where it was counted."""
    how: str
    not_counted: str


def wilson(hits: int, of: int, z: float = Z_90) -> tuple[float, float]:
    """Return the interval that holds a share with 90 % chance (fractions), by Wilson (1927).

    >>> [round(bound, 2) for bound in wilson(1, 10)]
    [0.02, 0.35]
    """
    assert 0 <= hits <= of
    if of == 0:
        return 0.0, 1.0
    share, spread = hits / of, z * z / of
    middle = (share + spread / 2) / (1 + spread)
    reach = z / (1 + spread) * sqrt(share * (1 - share) / of + spread / (4 * of))
    return max(0.0, middle - reach), min(1.0, middle + reach)


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """One material of a site, as far as the record tells."""

    material: MaterialId
    on_hand: Decimal
    free: Decimal
    on_order: Decimal
    unit_cost: Money | None
    used_last_year: Decimal
    last_used: date | None
    reorder_point: Decimal | None
    order_up_to: Decimal | None
    is_stocked: bool

    @property
    def is_below_minimum(self) -> bool:
        """Free and on order have reached the reorder point."""
        return self.reorder_point is not None and self.free + self.on_order <= self.reorder_point


def positions(record: SiteRecord) -> tuple[Position, ...]:
    """Return what the record tells of each material of a site, in the order of their names."""
    since = record.as_of - YEAR
    found = []
    for material in record.concerned():
        levels = record.stocking.get(material)
        places, coming = record.stock.get(material, ()), record.supply.get(material, ())
        used = [(d, q) for d, q in record.usage.get(material, ()) if d < record.as_of]
        found.append(
            Position(
                material=material,
                on_hand=sum((at.on_hand for at in places), Decimal(0)),
                free=sum((at.free for at in places), Decimal(0)),
                on_order=sum((s.quantity for s in coming if s.state != "proposed"), Decimal(0)),
                unit_cost=cost_of(record, material),
                used_last_year=sum((q for d, q in used if d >= since), Decimal(0)),
                last_used=used[-1][0] if used else None,
                reorder_point=None if levels is None else levels.reorder_point,
                order_up_to=None if levels is None else levels.order_up_to,
                is_stocked=levels is not None,
            )
        )
    return tuple(found)


def cost_of(record: SiteRecord, material: MaterialId) -> Money | None:
    """Return what one unit is worth: its unit cost, else its lowest price; None if neither."""
    definition = record.materials.get(material)
    if definition is not None and definition.unit_cost is not None:
        return definition.unit_cost
    prices = [i.price for i in record.sources.get(material, ()) if i.price is not None]
    return min(prices, key=lambda price: price.amount) if prices else None


def value_of(amounts: Sequence[tuple[Decimal, Money | None]]) -> str:
    """Say what amounts are worth together, by currency.

    >>> value_of([(Decimal(2), Money.of(3)), (Decimal(1), Money.of(4, "USD"))])
    'EUR 6.00 and USD 4.00'
    """
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for amount, cost in amounts:
        if cost is not None:
            sums[cost.currency] += amount * cost.amount
    return " and ".join(str(Money.of(total, code)) for code, total in sorted(sums.items())) or "0"


def baseline(record: SiteRecord) -> tuple[Figure, ...]:
    """Return the figures of one site."""
    found = positions(record)
    return tuple(
        figure
        for figures in (
            _worth(record, found), _shortages(record, found), _cover(record, found),
            _movers(record, found), _short_orders(record),
        )
        for figure in figures
    )  # fmt: skip


def _figure(
    site: str, name: str, value: str, how: str, *, interval: str = "", not_counted: str = ""
) -> Figure:
    return Figure(
        site=site, name=name, value=value, interval=interval, how=how, not_counted=not_counted
    )


def _unknown(site: str, name: str, because: str) -> Figure:
    return _figure(site, name, "not known", because)


def _worth(record: SiteRecord, found: Sequence[Position]) -> Iterator[Figure]:
    held = [p for p in found if p.on_hand > 0]
    priced = [p for p in held if p.unit_cost is not None]
    if not priced:
        because = "no stock is known" if not held else "no material in stock has a cost or a price"
        yield _unknown(record.site, "stock value", because)
        return
    yield _figure(
        record.site, "stock value", value_of([(p.on_hand, p.unit_cost) for p in priced]),
        f"on hand times unit cost (else lowest price) of {len(priced):,} materials",
        not_counted=f"{len(held) - len(priced):,} materials in stock without a cost",
    )  # fmt: skip


def _shortages(record: SiteRecord, found: Sequence[Position]) -> Iterator[Figure]:
    stocked = [p for p in found if p.is_stocked and p.material in record.stock]
    unknown = sum(p.is_stocked for p in found) - len(stocked)
    if not stocked:
        for name in ("in stock-out now", "at or below the reorder point"):
            yield _unknown(record.site, name, "stock or stocking levels are not known")
        return
    left_out = f"{unknown:,} stocked materials without a stock record"
    out = sum(p.free <= 0 for p in stocked)
    yield _figure(
        record.site, "in stock-out now", f"{out:,} of {len(stocked):,} materials",
        "nothing free at any place", not_counted=left_out,
    )  # fmt: skip
    ruled = [p for p in stocked if p.reorder_point is not None]
    below = sum(p.is_below_minimum for p in ruled)
    yield _figure(
        record.site, "at or below the reorder point", f"{below:,} of {len(ruled):,} materials",
        "free and on order against the level in force",
        not_counted=f"{len(stocked) - len(ruled):,} without a reorder point; {left_out}",
    )  # fmt: skip


def _cover(record: SiteRecord, found: Sequence[Position]) -> Iterator[Figure]:
    months = sorted(
        float(p.on_hand / p.used_last_year) * 12 for p in found
        if p.used_last_year > 0 and p.material in record.stock
    )  # fmt: skip
    if len(months) < 2:  # noqa: PLR2004 - quartiles need two
        yield _unknown(record.site, "months of cover", "no stock of used materials is known")
        return
    low, middle, high = quantiles(months, n=4)
    unused = sum(p.on_hand > 0 and p.used_last_year == 0 for p in found)
    yield _figure(
        record.site, "months of cover", f"{middle:.1f} months (median material)",
        f"on hand against the use of the last 12 months, {len(months):,} materials",
        interval=f"half of the materials lie within {max(0.0, low):.1f} and {high:.1f}",
        not_counted=f"{unused:,} materials in stock without use in 12 months",
    )  # fmt: skip


def _movers(record: SiteRecord, found: Sequence[Position]) -> Iterator[Figure]:
    newest = max((p.last_used for p in found if p.last_used), default=None)
    if newest is None or not record.stock:
        yield _unknown(record.site, "stock that does not move", "stock or usage is not known")
        return
    still = record.as_of - timedelta(days=SLOW_DAYS)
    idle = [p for p in found if p.on_hand > 0 and (p.last_used is None or p.last_used < still)]
    worth = f", {value_of([(p.on_hand, p.unit_cost) for p in idle])}" if idle else ""
    yield _figure(
        record.site, "stock that does not move",
        f"{len(idle):,} materials{worth}",
        "in stock and not used for 24 months; an insurance spare may be meant to lie",
        not_counted=f"{sum(p.unit_cost is None for p in idle):,} of them without a cost",
    )  # fmt: skip


def short_orders(record: SiteRecord) -> tuple[OrderId, ...]:
    """Return the open orders whose parts are not all free, the earlier due served first."""
    free = {m: sum((at.free for at in places), Decimal(0)) for m, places in record.stock.items()}
    short = []
    for order in sorted(record.orders.values(), key=lambda one: (one.due_at, one.order)):
        lacks = [p for p in order.parts if free.get(p.material, Decimal(0)) < p.quantity]
        if lacks:
            short.append(order.order)
            continue
        for part in order.parts:
            free[part.material] -= part.quantity
    return tuple(short)


def _short_orders(record: SiteRecord) -> Iterator[Figure]:
    listed = [order for order in record.orders.values() if order.parts]
    if not listed:
        because = "no open maintenance order has a parts list"
        yield _unknown(record.site, "maintenance orders short of parts", because)
        return
    yield _figure(
        record.site, "maintenance orders short of parts",
        f"{len(short_orders(record)):,} of {len(listed):,} open orders",
        "free stock given to the orders by due date; what is already staged counts as not free",
        not_counted=f"{len(record.orders) - len(listed):,} orders without a parts list",
    )  # fmt: skip


def lateness(deliveries: Sequence[DeliveryReported], as_of: date) -> Figure:
    """Return how often suppliers deliver after the promised day."""
    since = as_of - timedelta(days=LATENESS_DAYS)
    recent = [d for d in deliveries if since <= d.delivered_on < as_of]
    judged = [d for d in recent if d.promised_on is not None]
    if not judged:
        because = "no delivery of the last two years says its promised day"
        return _unknown("", "late deliveries", because)
    late = sum(d.promised_on is not None and d.delivered_on > d.promised_on for d in judged)
    low, high = wilson(late, len(judged))
    return _figure(
        "", "late deliveries", f"{late / len(judged):.1%} of {len(judged):,}",
        "received after the promised day, last two years",
        interval=f"{low:.1%} to {high:.1%} (90 %, Wilson), if deliveries were independent",
        not_counted=f"{len(recent) - len(judged):,} deliveries without a promised day",
    )  # fmt: skip
