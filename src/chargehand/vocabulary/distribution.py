"""Say how many units or days are likely, not just how many on average.

These are values that a forecast makes and an optimization or a decision reads. They are plain
Python, so that reading a recorded forecast needs no numerical library.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from chargehand.vocabulary.count_pmf import (
    POINTS_MAX,
    TAIL,
    empirical_pmf,
    negative_binomial_pmf,
    negative_binomial_terms,
    quantile_of,
)

__all__ = [
    "LEAD_TIME_POINTS_MAX",
    "POINTS_MAX",
    "TAIL",
    "CountDistribution",
    "LeadTimeDistribution",
    "negative_binomial_pmf",
    "negative_binomial_terms",
    "quantile_of",
]

LEAD_TIME_POINTS_MAX: Final = 12
"""Support points of a lead-time distribution: a mixture over them must stay quick."""

_TOLERANCE: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class CountDistribution:
    r"""Distribution of the units demanded in one period.

    Demands of different periods are independent, so a sum over :math:`t` periods has mean
    :math:`t\mu` and variance :math:`t\sigma^2`. The families "negative_binomial" and "poisson" are
    infinitely divisible: the sum is exact for a fraction of a period too. A negative binomial with
    :math:`p = \mu / \sigma^2` and :math:`r = \mu p / (1 - p)` becomes one with :math:`t r` and the
    same :math:`p`. The family "empirical" is convolved for whole periods; in the remaining fraction
    :math:`f` of a period the whole period's demand comes with probability :math:`f`, or nothing.

    Parameters
    ----------
    family
        Shape. A "negative_binomial" whose variance is not above its mean is a "poisson".
    mean
        Expected demand (units per period), 0 or more.
    variance
        Variance of the demand (units^2 per period), 0 or more; of a forecast it is the variance
        that was right for a sum over the forecast's horizon, divided by the horizon.
    period_days
        Length of the period (days); a month is 30.4375.
    values
        Demands that can occur in one period (units), ascending; only for "empirical".
    probabilities
        Their probabilities, which add up to 1; only for "empirical".

    References
    ----------
    Snyder and Shen, *Fundamentals of Supply Chain Theory*, 2nd ed. (2019), appendix C.

    Examples
    --------
    >>> rare = CountDistribution(family="poisson", mean=0.5, variance=0.5, period_days=30.4375)
    >>> [round(p, 4) for p in rare.pmf(2)[:3]]
    [0.3679, 0.3679, 0.1839]
    >>> rare.quantile(0.95, periods=2)
    3
    """

    family: Literal["negative_binomial", "poisson", "empirical"]
    mean: float
    variance: float
    period_days: float
    values: tuple[int, ...] = ()
    probabilities: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        assert self.mean >= 0
        assert self.variance >= 0
        assert self.period_days > 0
        assert len(self.values) == len(self.probabilities)
        assert (self.family == "empirical") == bool(self.values)
        if self.values:
            assert self.values[0] >= 0
            assert list(self.values) == sorted(set(self.values))
            assert abs(sum(self.probabilities) - 1) < _TOLERANCE

    @property
    def mean_per_day(self) -> float:
        """Expected demand (units per day)."""
        return self.mean / self.period_days

    def pmf(self, periods: float, *, tail: float = TAIL) -> tuple[float, ...]:
        """Return the probability of 0, 1, 2, ... units in `periods` periods.

        Stops where what remains is below `tail` (fraction), and at `POINTS_MAX` points at the
        latest; the remainder is spread by scaling to 1, except at `POINTS_MAX`, where it is on the
        last point ("that many or more").

        Parameters
        ----------
        periods
            Length of time (periods), 0 or more; need not be whole.
        tail
            Probability that may be left out (fraction).

        Examples
        --------
        >>> dice = CountDistribution(family="empirical", mean=0.5, variance=0.25, period_days=7,
        ...                          values=(0, 1), probabilities=(0.5, 0.5))
        >>> dice.pmf(2)
        (0.25, 0.5, 0.25)
        """
        assert periods >= 0
        if periods == 0 or self.mean == 0:
            return (1.0,)
        if self.family == "empirical":
            return empirical_pmf(self.values, self.probabilities, periods, tail)
        variance = self.mean if self.family == "poisson" else self.variance
        return negative_binomial_pmf(self.mean * periods, variance * periods, tail=tail)

    def cdf(self, units: int, *, periods: float = 1) -> float:
        """Return the probability that demand in `periods` periods is at most `units` units."""
        return min(1.0, sum(self.pmf(periods)[: max(0, units + 1)]))

    def quantile(self, level: float, *, periods: float = 1) -> int:
        """Return the fewest units that cover demand in `periods` periods with chance `level`."""
        return quantile_of(self.pmf(periods), level)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadTimeDistribution:
    """Distribution of the time from order to receipt.

    Parameters
    ----------
    days
        Times that can occur (days), ascending, at most 12.
    probabilities
        Their probabilities, which add up to 1.
    basis
        What it rests on: the supplier's own deliveries, all suppliers' deliveries, or the days
        that the master data declare.
    observations
        Deliveries of this supplier behind it (count).
    q90_days
        Calibrated upper bound that 90 % of the deliveries keep (days).

    Examples
    --------
    >>> LeadTimeDistribution(days=(10, 20), probabilities=(0.75, 0.25), basis="supplier",
    ...                      observations=40, q90_days=20).mean_days()
    12.5
    """

    days: tuple[int, ...]
    probabilities: tuple[float, ...]
    basis: Literal["supplier", "pooled", "declared"]
    observations: int
    q90_days: int

    def __post_init__(self) -> None:
        assert 1 <= len(self.days) <= LEAD_TIME_POINTS_MAX
        assert len(self.days) == len(self.probabilities)
        assert self.days[0] >= 0
        assert list(self.days) == sorted(set(self.days))
        assert abs(sum(self.probabilities) - 1) < _TOLERANCE
        assert self.observations >= 0

    def mean_days(self) -> float:
        """Return the expected time from order to receipt (days)."""
        return sum(d * p for d, p in zip(self.days, self.probabilities, strict=True))
