"""Combine demand and lead time into the distribution that a stock has to cover."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, erf, sqrt
from typing import Final

from chargehand.vocabulary.distribution import (
    CountDistribution,
    LeadTimeDistribution,
    negative_binomial_terms,
    quantile_of,
)

GRID_POINTS: Final = 1_024
"""Points up to which demand is counted in single units; beyond, in steps of several units."""

_TAIL: Final = 1e-6
_NORMAL_SHAPE: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadTimeDemand:
    """Distribution of the units demanded from now until an order placed now is received.

    Parameters
    ----------
    pmf
        Probability of 0, 1, 2, ... steps of units.
    mean
        Expected demand (units).
    step
        Units from one point of `pmf` to the next; 1 is exact.
    """

    pmf: tuple[float, ...]
    mean: float
    step: int = 1

    def quantile(self, level: float) -> int:
        """Return the fewest units that cover the demand with chance `level` (fraction below 1)."""
        return quantile_of(self.pmf, level) * self.step

    def cdf(self, units: int) -> float:
        """Return the probability that the demand is at most `units` units."""
        if units < 0:
            return 0.0
        return min(1.0, sum(self.pmf[: units // self.step + 1]))

    def expected_shortage(self, stock: int) -> float:
        r"""Return the units expected to be missing when `stock` units are there (units).

        .. math:: E[(D - s)^+] = \mu - s + \sum_{k < s} (s - k) P(D = k)

        which needs no tail. Snyder and Shen (2019), section 4.3.2.

        >>> coin = LeadTimeDemand(pmf=(0.5, 0.0, 0.5), mean=1.0)
        >>> coin.expected_shortage(0), coin.expected_shortage(1), coin.expected_shortage(2)
        (1.0, 0.5, 0.0)
        """
        below = self.pmf[: max(0, ceil(stock / self.step))]
        spare = sum((stock - index * self.step) * p for index, p in enumerate(below))
        return max(0.0, self.mean - stock + spare)


def lead_time_demand(
    demand: CountDistribution, lead_time: LeadTimeDistribution, *, review_days: float
) -> LeadTimeDemand:
    r"""Return the distribution of demand over the lead time and one review interval.

    .. math:: P(D = k) = \sum_l P(L = l)\, P(D_{l + R} = k)

    with lead time :math:`L` and review interval :math:`R`. It is exact, to a tail of 1e-6, while
    the demand spans at most `GRID_POINTS` units. Beyond, points are several units apart: a
    negative binomial of the same mean and variance, counted in steps; or, where its shape `r` is
    at least 30, a normal distribution cut into steps.

    Parameters
    ----------
    demand
        Units demanded in one period.
    lead_time
        Time from order to receipt (days); independent of the demand.
    review_days
        Time until the next chance to order (days), 0 for continuous review.

    Examples
    --------
    >>> from chargehand.vocabulary.distribution import CountDistribution, LeadTimeDistribution
    >>> usage = CountDistribution(family="poisson", mean=3.0, variance=3.0, period_days=30.0)
    >>> supply = LeadTimeDistribution(days=(10, 20), probabilities=(0.5, 0.5), basis="declared",
    ...                               observations=0, q90_days=20)
    >>> ltd = lead_time_demand(usage, supply, review_days=0)
    >>> round(ltd.mean, 6), round(ltd.pmf[0], 4)  # (exp(-1) + exp(-2)) / 2
    (1.5, 0.2516)

    References
    ----------
    Snyder and Shen, *Fundamentals of Supply Chain Theory*, 2nd ed. (2019), section 4.3.2.
    """
    assert review_days >= 0
    times = [(days + review_days) / demand.period_days for days in lead_time.days]
    step = _step(demand, times[-1])
    mixture: list[float] = []
    # the longest time first: the others are then shorter lists to add
    for time, chance in zip(reversed(times), reversed(lead_time.probabilities), strict=True):
        terms = _terms(demand, time, step)
        weight = chance / sum(terms)
        mixture += [0.0] * (len(terms) - len(mixture))
        mixture[: len(terms)] = [m + weight * term for m, term in zip(mixture, terms, strict=False)]
    mean_periods = (lead_time.mean_days() + review_days) / demand.period_days
    return LeadTimeDemand(pmf=tuple(mixture), mean=demand.mean * mean_periods, step=step)


def demand_over(demand: CountDistribution, periods: float) -> LeadTimeDemand:
    """Return the distribution of demand over a known time, exact up to `GRID_POINTS` units.

    >>> from chargehand.vocabulary.distribution import CountDistribution
    >>> usage = CountDistribution(family="poisson", mean=1.0, variance=1.0, period_days=30.0)
    >>> round(demand_over(usage, 2).cdf(0), 4)  # exp(-2)
    0.1353
    """
    step = _step(demand, periods)
    terms = _terms(demand, periods, step)
    total = sum(terms)
    pmf = tuple([term / total for term in terms])
    return LeadTimeDemand(pmf=pmf, mean=demand.mean * periods, step=step)


def _step(demand: CountDistribution, periods: float) -> int:
    if demand.mean == 0:
        return 1
    mean, variance = demand.mean * periods, demand.variance * periods
    # ln(1e-4) = -9.2: the exponential tail of a lumpy demand; 5 sigma: that of a steady one
    span = mean + 5 * sqrt(variance) + 9.2 * demand.variance / demand.mean
    return max(1, ceil(span / GRID_POINTS))


def _terms(demand: CountDistribution, periods: float, step: int) -> Sequence[float]:
    """Return the probabilities of 0, 1, 2, ... steps, not yet scaled to add up to 1."""
    mean, variance = demand.mean * periods, demand.variance * periods
    if mean == 0:
        return (1.0,)
    if step == 1:
        if demand.family == "empirical":
            return demand.pmf(periods, tail=_TAIL)
        if demand.family == "poisson":
            variance = mean
        return negative_binomial_terms(mean, variance, tail=_TAIL)
    is_lumpy = variance > mean and mean * mean < _NORMAL_SHAPE * (variance - mean)
    if is_lumpy and variance > step * mean:
        return negative_binomial_terms(mean / step, variance / step**2, tail=_TAIL)
    scale = sqrt(2 * max(variance, mean))
    reach = [
        0.5 + 0.5 * erf(((index + 0.5) * step - mean) / scale)
        for index in range(ceil((mean + 4 * scale) / step) + 1)
    ]
    return (reach[0], *(b - a for a, b in pairwise(reach)))
