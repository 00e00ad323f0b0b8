"""Move stock that is there to where it is needed: from bulk to pick face, from site to site."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Final

from chargehand.optimization.levels import REVIEW_DAYS, Stakes, best_levels
from chargehand.optimization.position import NOTHING, PartPosition
from chargehand.optimization.stocking import stockout_day
from chargehand.vocabulary.distribution import CountDistribution, LeadTimeDistribution
from chargehand.vocabulary.identifier import LocationId, SiteId
from chargehand.vocabulary.location import PICKABLE, LocationKind
from chargehand.vocabulary.material import StockingParameters

EMPTY_CHANCE: Final = 0.2
"""Chance that a pick face runs empty before the next night, from which on it is refilled."""

HORIZON_DAYS: Final = 365
"""How far stock-outs are looked for (days)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refill:
    """A pick face that should be filled from bulk."""

    source: LocationId
    target: LocationId
    there: Decimal
    """At the pick face, free or on its way."""
    minimum: Decimal
    quantity: Decimal
    stockout_day: int | None
    """Day from now by which the pick face is empty, as likely as not."""


def best_refill(
    part: PartPosition,
    levels: StockingParameters | None,
    demand: CountDistribution | None,
    promised: Decimal,
) -> Refill | None:
    """Return the refill of a pick face at its minimum, or about to run empty; None where not due.

    It comes from the bulk place with the most free stock, and never more than is free there; what
    maintenance lacks (`promised`, in the part's unit) stays in bulk, to be staged from there. A
    pick face without a maximum is filled to twice its minimum.
    """
    if levels is None or levels.pick_face is None:
        return None
    there = part.at(levels.pick_face)
    minimum = levels.pick_face_min or NOTHING
    maximum = levels.pick_face_max if levels.pick_face_max is not None else 2 * minimum
    bulk = part.free_by_location(LocationKind.BULK)
    bulk.pop(levels.pick_face, None)
    spare = sum(bulk.values(), NOTHING) - promised
    if there >= maximum or spare <= 0:
        return None
    if there > minimum and not (demand and _runs_empty(there, demand)):
        return None
    source = max(bulk, key=lambda location: (bulk[location], location))
    empty = None
    if demand:
        stock = max(0, int(there))
        empty = stockout_day(stock, demand, probability=0.5, horizon_days=HORIZON_DAYS)
    return Refill(
        source=source,
        target=levels.pick_face,
        there=there,
        minimum=minimum,
        quantity=min(maximum - there, bulk[source], spare),
        stockout_day=empty,
    )


def _runs_empty(there: Decimal, demand: CountDistribution) -> bool:
    # by Markov's inequality no distribution is needed for a face that is full enough
    if demand.mean_per_day * REVIEW_DAYS < EMPTY_CHANCE * float(there):
        return False
    return 1 - demand.cdf(int(there) - 1, periods=REVIEW_DAYS / demand.period_days) >= EMPTY_CHANCE


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherSite:
    """The same part at another site."""

    part: PartPosition
    levels: StockingParameters | None
    demand: CountDistribution | None
    shared_by: int = 1
    """Sites besides it that stock the part, and may ask for the same spare stock tonight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spare:
    """What another site could send."""

    site: SiteId
    location: LocationId
    quantity: Decimal
    keeps: Decimal
    """Its reorder point, which it keeps and its planned orders besides."""


def spare_stock(
    others: Iterable[OtherSite], lead_time: LeadTimeDistribution, stakes: Stakes, as_of: datetime
) -> tuple[Spare, ...]:
    """Return what other sites can spare, most first.

    A site keeps its own reorder point, by its own forecast, and what its maintenance orders need
    in the lead time; without a forecast its static reorder point; without either it spares nothing.
    Material that is still on order is not spared, nor bulk that refills its pick face. All sites
    that may ask get an equal share, since they do so in the same night.
    """
    until = as_of + timedelta(days=lead_time.q90_days + REVIEW_DAYS)
    spares = []
    for other in others:
        keeps = _kept(other, lead_time, stakes)
        stock = other.part.free_by_location(*PICKABLE)
        if keeps is None or not stock:
            continue
        promised = other.part.planned_until(until)
        excess = (sum(stock.values(), NOTHING) - keeps - promised) / other.shared_by
        if refill := best_refill(other.part, other.levels, other.demand, promised):
            stock[refill.source] -= refill.quantity
        source = max(stock, key=lambda location: (stock[location], location))
        quantity = min(excess, stock[source] / other.shared_by).to_integral_value(ROUND_FLOOR)
        if quantity > 0:
            spares.append(
                Spare(site=other.part.site, location=source, quantity=quantity, keeps=keeps)
            )
    return tuple(sorted(spares, key=lambda spare: (-spare.quantity, spare.site)))


def _kept(other: OtherSite, lead_time: LeadTimeDistribution, stakes: Stakes) -> Decimal | None:
    if other.demand is not None:
        theirs = replace(stakes, demand_per_day=other.demand.mean_per_day)
        return Decimal(best_levels(other.demand, lead_time, theirs).reorder_point)
    return other.levels.reorder_point if other.levels else None
