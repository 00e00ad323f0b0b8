"""Work out whether a part runs short, and what would cover it at least cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import ceil, floor
from typing import Final

from chargehand.optimization.levels import (
    REVIEW_DAYS,
    Levels,
    Stakes,
    best_levels,
    reorder_point_bound,
    stakes_of,
)
from chargehand.optimization.position import NOTHING, PartPosition, Stoppage
from chargehand.optimization.refill import HORIZON_DAYS, OtherSite, Spare, spare_stock
from chargehand.optimization.sourcing import Offer, declared_lead_time, ranked
from chargehand.optimization.stocking import stockout_day
from chargehand.vocabulary.distribution import CountDistribution, LeadTimeDistribution
from chargehand.vocabulary.material import MaterialDefinition, StockingParameters

TRANSFER_COST: Final = 60.0
"""Cost of sending a part from site to site: picking, packing, the shuttle, receiving (money)."""

TRANSFER_DAYS: Final = 2
"""How long that takes (days)."""

STOCKOUT_CHANCE: Final = 0.5
"""The day of stock-out is the first by which stock is used up with this chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartCase:
    """One part at one site, with all that its replenishment depends on."""

    as_of: datetime
    material: MaterialDefinition
    levels: StockingParameters | None
    part: PartPosition
    stoppage: Stoppage | None
    demand: CountDistribution | None
    offers: tuple[Offer, ...]
    others: tuple[OtherSite, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """The figures of one case (amounts in the part's unit)."""

    stakes: Stakes
    offers: tuple[Offer, ...]
    """Best first."""
    lead_time: LeadTimeDistribution
    """Of the best offer."""
    until: datetime
    """An order placed now is there by then in nine of ten cases."""
    position: Decimal
    reorder_point: Decimal | None
    """None where there is neither a forecast nor a static level."""
    is_bound: bool
    """Whether `reorder_point` is only a safe upper bound: the position is above it anyway."""
    order_up_to: Decimal
    levels: Levels | None
    """None in fallback, or where a bound is enough."""

    @property
    def is_short(self) -> bool:
        """Whether the position has reached the reorder point."""
        return self.reorder_point is not None and self.position <= self.reorder_point

    @property
    def wanted(self) -> Decimal:
        """What restores the order-up-to level."""
        return max(NOTHING, self.order_up_to - self.position)

    @property
    def whole_position(self) -> int:
        """The position in whole units, rounded down."""
        return int(self.position.to_integral_value(ROUND_FLOOR))


def study(case: PartCase) -> Study:
    """Return the figures of a case; without a distribution where a bound shows there is enough."""
    per_day = case.demand.mean_per_day if case.demand else 0.0
    rough = stakes_of(case.material, case.stoppage, None, per_day)
    offers = ranked(case.offers, Decimal(rough.economic_quantity), rough.waiting_cost_per_day)
    price = offers[0].price if offers else None
    stakes = stakes_of(case.material, case.stoppage, price, per_day)
    lead_time = offers[0].lead_time if offers else declared_lead_time(None)
    until = case.as_of + timedelta(days=lead_time.q90_days + REVIEW_DAYS)
    position = case.part.net(until)
    levels, is_bound = None, False
    if case.demand is None:
        point, up_to = _static_levels(case.levels)
    else:
        bound = reorder_point_bound(case.demand, lead_time, stakes.service_level)
        is_bound = position > bound
        if is_bound:
            point = Decimal(floor(bound))
            up_to = point
        else:
            levels = best_levels(case.demand, lead_time, stakes)
            point, up_to = Decimal(levels.reorder_point), Decimal(levels.order_up_to)
    return Study(
        stakes=stakes,
        offers=offers,
        lead_time=lead_time,
        until=until,
        position=position,
        reorder_point=point,
        is_bound=is_bound,
        order_up_to=up_to,
        levels=levels,
    )


def _static_levels(levels: StockingParameters | None) -> tuple[Decimal | None, Decimal]:
    """Reorder point and order-up-to level as declared; one of the two stands in for the other."""
    point = levels.reorder_point if levels else None
    up_to = levels.order_up_to if levels else None
    if point is None and up_to is not None:
        point = (up_to / 2).to_integral_value(ROUND_FLOOR)
    if point is None:
        return None, NOTHING
    return point, max(2 * point if up_to is None else up_to, point + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """What covers a shortage at least cost."""

    spare: Spare | None = None
    """Sent from another site, where that is best."""
    quantity: Decimal = NOTHING
    offer: Offer | None = None
    """Bought, where that is best."""
    bought: Decimal = NOTHING
    unused: Spare | None = None
    """What another site could spare, where buying is best."""


def best_cover(case: PartCase, figures: Study) -> Cover:
    """Return how to cover a shortage: by a transfer where it is cheaper or faster, else by buying.

    A transfer must lift the position above the reorder point; it restores the order-up-to level as
    far as the other site can spare. Faster counts where stock is used up before goods could come.
    """
    offer = figures.offers[0] if figures.offers else None
    bought = offer.rounded(figures.wanted) if offer else NOTHING
    buying = float(offer.cost(bought).amount) if offer else 0.0
    point = figures.reorder_point or NOTHING
    spares = spare_stock(case.others, figures.lead_time, figures.stakes, case.as_of)
    spare = spares[0] if spares else None
    if spare is not None and figures.position + spare.quantity > point:
        day = stockout(case, figures)
        is_faster = day is not None and day < figures.lead_time.q90_days
        if offer is None or buying > TRANSFER_COST or is_faster:
            wanted = figures.wanted.to_integral_value(ROUND_CEILING)
            quantity = min(spare.quantity, wanted)
            return Cover(spare=spare, quantity=quantity)
    return Cover(offer=offer, bought=bought, unused=spare)


def stockout(case: PartCase, figures: Study) -> int | None:
    """Return the day from now by which the position is used up, as likely as not."""
    if case.demand is None:
        return 0 if figures.position <= 0 else None
    return stockout_day(
        max(0, figures.whole_position),
        case.demand,
        probability=STOCKOUT_CHANCE,
        horizon_days=HORIZON_DAYS,
    )


def longest_harmless_wait(case: PartCase, figures: Study, position: Decimal) -> int | None:
    """Return the longest certain lead time at which a position is enough (days), or None."""
    if case.demand is None or position < 1:
        return None
    early, late = -1, ceil(figures.lead_time.mean_days()) + 1
    while late - early > 1:
        middle = (early + late) // 2
        levels = best_levels(case.demand, declared_lead_time(middle), figures.stakes)
        if position > levels.reorder_point:
            early = middle
        else:
            late = middle
    return early if early > 0 else None


def arrivals(case: PartCase, days: int) -> dict[int, float]:
    """Return receipts and (negative) planned withdrawals by day from now; undated ones are now."""
    changes: dict[int, float] = {}
    for supply in case.part.supply:
        promised = supply.promised_on
        day = max(0, (promised - case.as_of.date()).days) if promised else 0
        changes[day] = changes.get(day, 0.0) + float(supply.quantity)
    for need in case.part.planned:
        day = max(0, (need.due_at - case.as_of).days)
        changes[day] = changes.get(day, 0.0) - float(need.quantity)
    coming = case.part.on_order - sum((s.quantity for s in case.part.supply), NOTHING)
    changes[0] = changes.get(0, 0.0) + float(coming)
    return {day: amount for day, amount in changes.items() if day <= days}


def is_ever_needed(case: PartCase, critical_from: float) -> bool:
    """Whether a part is used, planned for, or too critical to be without."""
    criticality = case.material.criticality or 0.0
    is_used = case.demand is None or case.demand.mean > 0
    return is_used or bool(case.part.planned) or criticality >= critical_from
