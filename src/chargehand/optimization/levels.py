"""Set the levels of a part from what is at stake, and say how long its stock lasts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor, sqrt
from typing import Final

from chargehand.optimization.position import Stoppage
from chargehand.optimization.sourcing import ORDER_COST, UNIT_COST_DEFAULT
from chargehand.optimization.stocking import (
    GRID_POINTS,
    LeadTimeDemand,
    lead_time_demand,
    order_quantity,
    reorder_point,
    service_level,
)
from chargehand.vocabulary.distribution import CountDistribution, LeadTimeDistribution, quantile_of
from chargehand.vocabulary.material import MaterialDefinition
from chargehand.vocabulary.money import Money

REVIEW_DAYS: Final = 1
"""Time until the next chance to order: a nightly run (days)."""

HOLDING_RATE: Final = 0.20
"""Cost of holding stock for a year: capital, space, ageing (fraction of its price)."""

CRITICALITY_DEFAULT: Final = 0.5
"""Criticality of a part that nobody has rated."""

DOWNTIME_COST_PER_HOUR_DEFAULT: Final = 250.0
"""Cost of a standing machine where no machine that the part fits says one (money)."""

EXPEDITE_COST: Final = 150.0
"""Extra cost of fetching a missing part by courier (money)."""

EXPEDITE_HOURS: Final = 24.0
"""How long the machine stands while the part is fetched."""

LEVEL_MIN: Final = 0.80
LEVEL_MAX: Final = 0.995
"""Bounds of the service level (fractions): costs are rough, and records err beyond."""

STOCK_YEARS_MAX: Final = 0.5
"""Demand beyond which an economic order quantity is not followed: parts go out of use, and no
forecast reaches further (years)."""

CYCLE_YEARS_MAX: Final = 5.0
"""Longest time that one unit is taken to last (years)."""

DAYS_PER_YEAR: Final = 365.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Stakes:
    """What a part costs, there and missing (one currency), and how fast it is used."""

    unit_cost: float
    criticality: float
    downtime_cost_per_day: float
    demand_per_day: float
    currency: str

    @property
    def holding_cost_per_day(self) -> float:
        """Of one unit (money per day)."""
        return self.unit_cost * HOLDING_RATE / DAYS_PER_YEAR

    @property
    def missing_cost(self) -> float:
        r"""Expected cost of one unit missing when it is needed: :math:`K + c\,(E + d\, T_E)`.

        With the cost :math:`K` of one more order, criticality :math:`c`, courier cost :math:`E`,
        downtime cost :math:`d` and the time :math:`T_E` that the courier takes (money).
        """
        stands = self.downtime_cost_per_day * EXPEDITE_HOURS / 24
        return float(ORDER_COST) + self.criticality * (EXPEDITE_COST + stands)

    @property
    def economic_quantity(self) -> int:
        """The economic order quantity: at least 1, at most `STOCK_YEARS_MAX` of demand (units)."""
        quantity = order_quantity(
            demand_per_day=self.demand_per_day,
            order_cost=float(ORDER_COST),
            unit_cost=self.unit_cost,
            holding_rate_per_year=HOLDING_RATE,
        )
        return max(1, min(quantity, ceil(self.demand_per_day * DAYS_PER_YEAR * STOCK_YEARS_MAX)))

    @property
    def service_level(self) -> float:
        r"""Chance of no stock-out that is worth its holding cost (fraction): :math:`p/(p + h)`.

        One unit more at the reorder point costs :math:`h`, being held for one order cycle, and
        saves :math:`p`, a unit missing, in the cycles that run out. So the level rises with
        criticality and downtime cost, and falls with price and for parts that are rarely used.
        """
        longest = CYCLE_YEARS_MAX * DAYS_PER_YEAR
        cycle_days = min(longest, self.economic_quantity / max(self.demand_per_day, 1e-9))
        return service_level(
            criticality=1.0,
            downtime_cost_per_day=self.missing_cost,
            holding_cost_per_day=self.holding_cost_per_day * cycle_days,
            level_min=LEVEL_MIN,
            level_max=LEVEL_MAX,
        )

    @property
    def waiting_cost_per_day(self) -> float:
        """Cost of a day's wait for goods: a need that day, while the stock is used up (money)."""
        chance = min(1.0, self.demand_per_day) * (1 - self.service_level)
        return chance * self.criticality * self.downtime_cost_per_day

    def money(self, amount: float) -> Money:
        """An amount as a sum of money."""
        return Money.of(f"{amount:.2f}", self.currency)


def stakes_of(
    material: MaterialDefinition,
    stoppage: Stoppage | None,
    price: Money | None,
    demand_per_day: float,
) -> Stakes:
    """Return what is at stake; `price` is the supplier's, where one is chosen.

    A downtime cost in another currency than the price's is not used but replaced by the default.
    """
    cost = price or material.unit_cost or Money(UNIT_COST_DEFAULT)
    known = stoppage.cost_per_hour if stoppage else None
    per_hour = DOWNTIME_COST_PER_HOUR_DEFAULT
    if known is not None and known.currency == cost.currency:
        per_hour = float(known.amount)
    criticality = material.criticality
    return Stakes(
        unit_cost=max(float(cost.amount), 0.01),
        criticality=CRITICALITY_DEFAULT if criticality is None else criticality,
        downtime_cost_per_day=per_hour * 24,
        demand_per_day=demand_per_day,
        currency=cost.currency,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """Computed levels of one part (units)."""

    service_level: float
    demand: LeadTimeDemand
    """Over the lead time and one review interval."""
    reorder_point: int
    quantity: int
    """Economic order quantity, before packs and minimum."""

    @property
    def order_up_to(self) -> int:
        """Position that an order restores."""
        return self.reorder_point + self.quantity

    @property
    def safety_stock(self) -> int:
        """The part of the reorder point that is there for the unexpected."""
        return self.reorder_point - min(self.reorder_point, floor(self.demand.mean))


def best_levels(
    demand: CountDistribution, lead_time: LeadTimeDistribution, stakes: Stakes
) -> Levels:
    """Return the levels of a part; the stakes are for the same demand."""
    over_lead_time = cached_lead_time_demand(demand, lead_time)
    level = stakes.service_level
    return Levels(
        service_level=level,
        demand=over_lead_time,
        reorder_point=reorder_point(over_lead_time, level),
        quantity=stakes.economic_quantity,
    )


@lru_cache(maxsize=4096)
def cached_lead_time_demand(
    demand: CountDistribution, lead_time: LeadTimeDistribution
) -> LeadTimeDemand:
    """Demand over the lead time and one review interval, remembered for equal parts."""
    return lead_time_demand(demand, lead_time, review_days=REVIEW_DAYS)


def reorder_point_bound(
    demand: CountDistribution, lead_time: LeadTimeDistribution, level: float
) -> float:
    r"""Return a level that the reorder point surely does not exceed (units), at little cost.

    Cantelli's inequality, :math:`P(D \ge \mu + k \sigma) \le 1 / (1 + k^2)`, with
    :math:`k = \sqrt{\alpha / (1 - \alpha)}`, and room for the grid on which large demands are
    counted. A part whose position is above needs no exact answer. Infinite for "empirical"
    demand, whose stated moments need not be those of its values.

    Examples
    --------
    >>> steady = CountDistribution(family="poisson", mean=3.0, variance=3.0, period_days=30.0)
    >>> month = LeadTimeDistribution(days=(29,), probabilities=(1.0,), basis="declared",
    ...                              observations=0, q90_days=29)
    >>> round(reorder_point_bound(steady, month, 0.9), 2)  # exactly it is 5
    8.2
    """
    if demand.family == "empirical":
        return float("inf")
    if demand.mean == 0:
        return 0.0
    mean_days = lead_time.mean_days() + REVIEW_DAYS
    variance_days = sum(
        p * (days + REVIEW_DAYS - mean_days) ** 2
        for days, p in zip(lead_time.days, lead_time.probabilities, strict=True)
    )
    per_day = demand.mean_per_day
    variance = max(demand.variance, demand.mean)
    mean = per_day * mean_days
    deviation = sqrt(variance / demand.period_days * mean_days + per_day**2 * variance_days)
    longest = (lead_time.days[-1] + REVIEW_DAYS) / demand.period_days
    span = demand.mean * longest + 5 * sqrt(variance * longest) + 9.2 * variance / demand.mean
    room = span / GRID_POINTS if span > GRID_POINTS else 0.0
    return mean + deviation * sqrt(level / (1 - level)) + 2 * room + 1e-6


def stock_curves(
    stock: float, demand: CountDistribution, arrivals: dict[int, float], days: int
) -> tuple[tuple[float, ...], ...]:
    """Return expected, low (10 %) and high (90 %) stock by day from now, if nothing is done.

    Exact on about a dozen days, straight in between. `arrivals` are units by day from now; planned
    withdrawals are negative arrivals. Stock does not go below 0.
    """
    step = max(1, ceil(days / 12))
    knots = [*range(0, days, step), days]
    used = [_use_until(demand, day) for day in knots]
    curves = []
    for which in range(3):
        curve, arrived = [], 0.0
        for day in range(days + 1):
            arrived += arrivals.get(day, 0.0)
            left = min(day // step, len(knots) - 2)
            share = (day - knots[left]) / (knots[left + 1] - knots[left])
            use = used[left][which] + share * (used[left + 1][which] - used[left][which])
            curve.append(round(max(0.0, stock + arrived - use), 3))
        curves.append(tuple(curve))
    return tuple(curves)


def _use_until(demand: CountDistribution, day: int) -> tuple[float, float, float]:
    if day == 0:
        return (0.0, 0.0, 0.0)
    certain = LeadTimeDistribution(
        days=(day,), probabilities=(1.0,), basis="declared", observations=0, q90_days=day
    )
    pmf = lead_time_demand(demand, certain, review_days=0)
    high, low = (quantile_of(pmf.pmf, level) * pmf.step for level in (0.9, 0.1))
    return (demand.mean_per_day * day, float(high), float(low))
