"""Set stock levels from distributions: reorder point, service level, order quantity.

Everything here is called once per part, for thousands of parts, and is plain Python.
"""

from __future__ import annotations

from math import ceil, sqrt
from typing import Final

from chargehand.optimization.lead_time_demand import (
    GRID_POINTS,
    LeadTimeDemand,
    demand_over,
    lead_time_demand,
)
from chargehand.vocabulary.distribution import CountDistribution

__all__ = [
    "GRID_POINTS",
    "LeadTimeDemand",
    "lead_time_demand",
    "order_quantity",
    "reorder_point",
    "round_to_pack",
    "service_level",
    "stockout_day",
]

_DAYS_PER_YEAR: Final = 365.25


def service_level(
    *,
    criticality: float,
    downtime_cost_per_day: float,
    holding_cost_per_day: float,
    level_min: float = 0.80,
    level_max: float = 0.995,
) -> float:
    r"""Return the chance of no stock-out that is worth its holding cost, within bounds.

    .. math:: \alpha = \frac{p}{p + h}, \quad p = \text{criticality} \cdot \text{downtime cost}

    the newsvendor's critical ratio with the cost :math:`p` of a unit missing for a day and
    :math:`h` of a unit held for a day.

    Parameters
    ----------
    criticality
        Share of the downtime cost that a missing unit causes (fraction, 0 to 1).
    downtime_cost_per_day
        Cost of the machine standing still (money per day).
    holding_cost_per_day
        Cost of holding one unit (money per day), in the same currency.
    level_min, level_max
        Bounds of the result (fractions).

    References
    ----------
    Snyder and Shen, *Fundamentals of Supply Chain Theory*, 2nd ed. (2019), section 4.3.

    Examples
    --------
    >>> service_level(criticality=0.5, downtime_cost_per_day=180, holding_cost_per_day=10)
    0.9
    """
    assert 0 <= criticality <= 1
    assert downtime_cost_per_day >= 0
    assert holding_cost_per_day >= 0
    assert 0 <= level_min <= level_max < 1
    missing = criticality * downtime_cost_per_day
    if missing <= 0:
        return level_min
    return min(level_max, max(level_min, missing / (missing + holding_cost_per_day)))


def reorder_point(ltd: LeadTimeDemand, level: float) -> int:
    """Return the stock position at or below which to order (units).

    The fewest units that cover the lead-time demand with chance `level` (fraction below 1): the
    exact quantile, not mean plus safety stock, which is wrong for lumpy spare parts.

    >>> reorder_point(LeadTimeDemand(pmf=(0.6, 0.3, 0.1), mean=0.5), 0.9)
    1
    """
    return ltd.quantile(level)


def order_quantity(
    *,
    demand_per_day: float,
    order_cost: float,
    unit_cost: float,
    holding_rate_per_year: float,
    minimum: int = 1,
    pack: int = 1,
) -> int:
    r"""Return the economic order quantity, rounded up to packs and to the minimum (units).

    .. math:: Q^* = \sqrt{\frac{2 K \lambda}{h}}

    with order cost :math:`K`, demand :math:`\lambda` a year (365.25 days) and holding cost
    :math:`h` a unit and year. Rounding up costs little: 10 % above the optimum costs 0.5 % more.
    Assumes steady demand and a fixed price.

    Parameters
    ----------
    demand_per_day
        Expected demand (units per day), 0 or more.
    order_cost
        Cost of one order, whatever its size (money).
    unit_cost
        Price (money per unit), above 0.
    holding_rate_per_year
        Holding cost as a fraction of the price per year, above 0.
    minimum, pack
        Least that the supplier sells, and what it sells multiples of (units).

    References
    ----------
    Snyder and Shen, *Fundamentals of Supply Chain Theory*, 2nd ed. (2019), equation 3.4.

    Examples
    --------
    >>> order_quantity(demand_per_day=1300 / 365.25, order_cost=8, unit_cost=0.75,
    ...                holding_rate_per_year=0.3, pack=12)  # example 3.1: 304.05
    312
    """
    assert demand_per_day >= 0
    assert order_cost >= 0
    assert unit_cost > 0
    assert holding_rate_per_year > 0
    per_year = demand_per_day * _DAYS_PER_YEAR
    best = sqrt(2 * order_cost * per_year / (unit_cost * holding_rate_per_year))
    return round_to_pack(ceil(best - 1e-9), minimum=minimum, pack=pack)


def round_to_pack(quantity: int, *, minimum: int, pack: int) -> int:
    """Return the smallest multiple of `pack` that is at least `quantity` and `minimum` (units).

    >>> round_to_pack(7, minimum=10, pack=4)
    12
    """
    assert minimum >= 0
    assert pack >= 1
    return -(-max(quantity, minimum, 0) // pack) * pack


def stockout_day(
    stock: int, demand: CountDistribution, *, probability: float, horizon_days: int
) -> int | None:
    """Return the first day by whose end the stock is used up with chance `probability`, or None.

    Used up means that demand has reached `stock`, so that the next need is not met. 0 is now; None
    is beyond `horizon_days`. Receipts on the way are not counted: add them to `stock`.

    Parameters
    ----------
    stock
        Units there.
    demand
        Units demanded in one period.
    probability
        Chance from which on it counts (fraction, above 0).
    horizon_days
        How far to look (days).

    Examples
    --------
    >>> from chargehand.vocabulary.distribution import CountDistribution
    >>> steady = CountDistribution(family="poisson", mean=1.0, variance=1.0, period_days=1.0)
    >>> stockout_day(1, steady, probability=0.6, horizon_days=30)  # 1 - exp(-1) = 0.63
    1
    """
    assert 0 < probability <= 1
    if stock <= 0:
        return 0

    def is_used_up(day: int) -> bool:
        return 1 - demand_over(demand, day / demand.period_days).cdf(stock - 1) >= probability

    if not is_used_up(horizon_days):
        return None
    early, late = 0, horizon_days
    while late - early > 1:
        middle = (early + late) // 2
        early, late = (early, middle) if is_used_up(middle) else (middle, late)
    return late
