"""Add up counts: the exact probabilities of 0, 1, 2, ... units over a length of time."""

from __future__ import annotations

from functools import lru_cache
from itertools import accumulate
from math import exp, floor, lgamma, log
from operator import mul
from typing import Final

TAIL: Final = 1e-9
"""Probability beyond the last point of a probability mass function."""

POINTS_MAX: Final = 65_536
"""Longest probability mass function (points); what lies beyond is put on the last point."""

_TOLERANCE: Final = 1e-6
_NOTHING: Final = 1e-18
_CHUNK_MIN: Final = 32
_CHUNK_MAX: Final = 1_024


def quantile_of(pmf: tuple[float, ...], level: float) -> int:
    """Return the smallest index up to which the probabilities reach `level` (fraction below 1).

    >>> quantile_of((0.25, 0.5, 0.25), 0.75)
    1
    """
    assert 0 <= level < 1
    reached = 0.0
    for units, probability in enumerate(pmf):
        reached += probability
        if reached >= level - 1e-12:
            return units
    return len(pmf) - 1


def negative_binomial_pmf(
    mean: float, variance: float, *, tail: float = TAIL, points_max: int = POINTS_MAX
) -> tuple[float, ...]:
    r"""Return the negative binomial's probabilities of 0, 1, 2, ... units.

    From the mode outwards by :math:`P(k) = P(k-1)\,(1-p)\,(r+k-1)/k`; a variance that is not above
    the mean gives the Poisson distribution, :math:`P(k) = P(k-1)\,\mu/k`.

    Parameters
    ----------
    mean, variance
        Of the demand (units, units^2); `mean` is above 0.
    tail
        Probability that may be left out (fraction).
    points_max
        Longest result (points).

    Examples
    --------
    >>> [round(p, 4) for p in negative_binomial_pmf(1.0, 2.0)[:4]]
    [0.5, 0.25, 0.125, 0.0625]
    """
    points = negative_binomial_terms(mean, variance, tail=tail, points_max=points_max)
    total = sum(points)
    if len(points) >= points_max and total < 1:
        points[-1] += 1 - total
        return tuple(points)
    return tuple([point / total for point in points])


def negative_binomial_terms(
    mean: float, variance: float, *, tail: float = TAIL, points_max: int = POINTS_MAX
) -> list[float]:
    """Return the terms of `negative_binomial_pmf` before they are scaled to add up to 1.

    For whoever adds many of them up and scales once; they miss 1 by the tail and by rounding.
    """
    assert mean > 0
    # P(k) / P(k-1) = a + b / k, for both families
    if variance <= mean * (1 + _TOLERANCE):
        a, b = 0.0, mean
        mode = floor(mean)
        start = mode * log(mean) - mean - lgamma(mode + 1)
    else:
        p = mean / variance
        r = mean * p / (1 - p)
        a, b = 1 - p, (1 - p) * (r - 1)
        mode = floor((r - 1) * (1 - p) / p) if r > 1 else 0
        start = r * log(p)
        if mode:
            start += lgamma(r + mode) - lgamma(r) - lgamma(mode + 1) + mode * log(1 - p)
    if mode >= points_max:
        return [0.0] * (points_max - 1) + [1.0]
    points = _down(exp(start), mode, a, b)
    _up(points, a, b, tail, points_max)
    return points


def _down(start: float, mode: int, a: float, b: float) -> list[float]:
    points = [start]
    for k in range(mode, 0, -1):
        following = points[-1] / (a + b / k)
        if following < _NOTHING:
            points.extend([0.0] * k)
            break
        points.append(following)
    points.reverse()
    return points


def _up(points: list[float], a: float, b: float, tail: float, points_max: int) -> None:
    last, k, chunk = points[-1], len(points) - 1, _CHUNK_MIN
    while True:
        # beyond here the terms fall at least as fast as a geometric series of this ratio
        ratio = max(a, a + b / (k + 1))
        left = last * ratio
        if ratio < 1:
            if left <= tail * (1 - ratio):
                return
            chunk = min(chunk, 1 + int(log(tail * (1 - ratio) / left) / log(ratio)))
        chunk = min(chunk, points_max - 1 - k)
        if chunk <= 0:
            return
        ratios = [a + b / j for j in range(k + 1, k + 1 + chunk)]
        ratios[0] *= last
        points.extend(accumulate(ratios, mul))
        last, k, chunk = points[-1], k + chunk, min(_CHUNK_MAX, chunk * 2)


def empirical_pmf(
    values: tuple[int, ...], probabilities: tuple[float, ...], periods: float, tail: float = TAIL
) -> tuple[float, ...]:
    """Return the probabilities of 0, 1, 2, ... units in `periods` periods drawn independently.

    In the fraction of a period that is left, a whole period's demand comes with that probability.

    >>> empirical_pmf((0, 2), (0.5, 0.5), 1.5)
    (0.375, 0.0, 0.5, 0.0, 0.125)
    """
    whole = floor(periods)
    part = periods - whole
    pmf = _whole_periods(values, probabilities, whole, tail)
    if part > 0:
        chances = [p * part for p in probabilities]
        pmf = _convolved((0, *values), (1 - sum(chances), *chances), pmf, tail)
    mass = sum(pmf)
    return tuple(point / mass for point in pmf)


@lru_cache(maxsize=128)  # the lead times of one part share their whole periods
def _whole_periods(
    values: tuple[int, ...], probabilities: tuple[float, ...], whole: int, tail: float
) -> tuple[float, ...]:
    pmf: tuple[float, ...] = (1.0,)
    for _ in range(whole):
        pmf = _convolved(values, probabilities, pmf, tail)
    return pmf


def _convolved(
    values: tuple[int, ...], probabilities: tuple[float, ...], pmf: tuple[float, ...], tail: float
) -> tuple[float, ...]:
    total = [0.0] * min(len(pmf) + values[-1], POINTS_MAX)
    last = len(total) - 1
    for value, probability in zip(values, probabilities, strict=True):
        if value + len(pmf) <= len(total):
            end = value + len(pmf)
            total[value:end] = [
                t + probability * p for t, p in zip(total[value:end], pmf, strict=True)
            ]
            continue
        for units, mass in enumerate(pmf, start=value):
            total[min(units, last)] += probability * mass
    left = tail / 100 if len(total) < POINTS_MAX else 0.0
    while len(total) > 1 and total[-1] < left:
        left -= total.pop()
    return tuple(total)
