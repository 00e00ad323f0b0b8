"""Say what happens to a part if nothing is done: when it runs out, how surely, and at what cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import ceil
from typing import Final

from chargehand.optimization.levels import (
    REVIEW_DAYS,
    Stakes,
    cached_lead_time_demand,
    stock_curves,
)
from chargehand.optimization.refill import Refill
from chargehand.optimization.replenishment import PartCase, Study, arrivals, stockout
from chargehand.optimization.sourcing import declared_lead_time
from chargehand.optimization.stocking import LeadTimeDemand
from chargehand.vocabulary.identifier import LocationId

FETCH_COST: Final = 25.0
"""Cost of fetching one unit from bulk while a technician waits (money)."""

REFILL_DAYS: Final = 7
"""How far ahead a refill is judged (days)."""

FALLBACK_CONFIDENCE: Final = 0.5
"""What the static rule says, which knows no chances."""

CONFIDENCE_MAX: Final = 0.99
"""No forecast is surer than this."""

SERIES_DAYS_MAX: Final = 90
UNHURRIED_DAYS: Final = 28
"""Time to decide where stock lasts longer than a year (days)."""
_AT_LEAST: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """One part's stock in the time until the action's effect can be seen, if nothing is done."""

    stock: Decimal
    """Now there, and on order (amount of the part's unit)."""
    floor: Decimal
    """Safety stock, or minimum of the pick face: a need is real where stock falls to it."""
    confidence: float
    """Chance that stock falls to the floor in `days` (fraction)."""
    missing: float
    """Units expected to be missing in that time."""
    cost: float
    """Expected cost of them (money)."""
    mean: float | None
    """Demand expected in that time (units); None without a forecast."""
    stockout_day: int | None
    """Day from now by which stock is used up, as likely as not; None beyond a year."""
    days: int
    """Days until it can be seen."""
    decide_before: datetime
    series: tuple[tuple[float, ...], ...]
    stakes: Stakes
    face: LocationId | None = None
    """The pick face that is judged; None: the site."""

    @property
    def empty_day(self) -> int | None:
        """Day from now by which the chart of the stock is empty; None where it is not."""
        expected = self.series[0] if self.series else ()
        return next((day for day, stock in enumerate(expected) if stock <= 0), None)


def supply_outlook(case: PartCase, figures: Study, arrives_days: int) -> Outlook:
    """Return the outlook of a site that is short; `arrives_days` is how long help takes (days)."""
    days = ceil(figures.lead_time.mean_days()) + REVIEW_DAYS
    day = stockout(case, figures)
    left = None if day is None else day - arrives_days
    levels, planned_short = figures.levels, float(max(-figures.position, Decimal(0)))
    if levels is None:
        floor = case.levels.safety_stock if case.levels else Decimal(0)
        confidence, missing = FALLBACK_CONFIDENCE, max(FALLBACK_CONFIDENCE, planned_short)
    else:
        floor = Decimal(levels.safety_stock)
        is_planned = case.part.planned_until(figures.until) > 0
        confidence = _chance(levels.demand, figures.position - floor, least=0 if is_planned else 1)
        missing = levels.demand.expected_shortage(figures.whole_position)
    series: tuple[tuple[float, ...], ...] = ()
    if case.demand is not None:
        ahead = min(SERIES_DAYS_MAX, max(14, 2 * figures.lead_time.q90_days))
        series = stock_curves(float(case.part.free), case.demand, arrivals(case, ahead), ahead)
    return Outlook(
        stock=case.part.free + case.part.on_order,
        floor=floor,
        confidence=confidence,
        missing=missing,
        cost=missing * figures.stakes.missing_cost,
        mean=levels.demand.mean if levels else None,
        stockout_day=day,
        days=days,
        decide_before=_latest(case, left, days),
        series=series,
        stakes=figures.stakes,
    )


def refill_outlook(case: PartCase, refill: Refill, stakes: Stakes) -> Outlook:
    """Return the outlook of a pick face that nobody refills; its bulk still has stock."""
    confidence, missing, mean = FALLBACK_CONFIDENCE, FALLBACK_CONFIDENCE, None
    series: tuple[tuple[float, ...], ...] = ()
    if case.demand is not None:
        wait = declared_lead_time(REFILL_DAYS - REVIEW_DAYS)
        demand = cached_lead_time_demand(case.demand, wait)
        confidence = _chance(demand, refill.there - refill.minimum, least=0)
        there = int(refill.there.to_integral_value(ROUND_FLOOR))
        missing, mean = demand.expected_shortage(there), demand.mean
        series = stock_curves(float(refill.there), case.demand, {}, 4 * REFILL_DAYS)
    return Outlook(
        stock=refill.there,
        floor=refill.minimum,
        confidence=confidence,
        missing=missing,
        cost=missing * FETCH_COST,
        mean=mean,
        stockout_day=refill.stockout_day,
        days=REFILL_DAYS,
        decide_before=_latest(case, refill.stockout_day, REFILL_DAYS),
        series=series,
        stakes=stakes,
        face=refill.target,
    )


def _chance(demand: LeadTimeDemand, room: Decimal, *, least: int) -> float:
    """Chance that demand takes all the room above the floor, and `least` units in any case."""
    units = max(least, int(room.to_integral_value(ROUND_CEILING)))
    return round(min(CONFIDENCE_MAX, max(0.0, 1 - demand.cdf(units - 1))), 4)


def _latest(case: PartCase, days_left: int | None, days: int) -> datetime:
    """The last moment at which help still comes in time, and within what can be judged.

    Where stock lasts longer than a year, nothing presses: `UNHURRIED_DAYS`.
    """
    if days_left is None and case.demand is not None:
        return case.as_of + timedelta(days=max(UNHURRIED_DAYS, days))
    left = timedelta(days=days if days_left is None else min(days_left, days))
    return case.as_of + max(_AT_LEAST, left)
