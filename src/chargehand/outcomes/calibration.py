"""Whether proposals are as sure as they say: of those that say 80 %, four in five must be right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import floor
from typing import Final

BINS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Proposals whose stated confidence lay between two values (fractions)."""

    low: float
    high: float
    count: int
    right: int
    expected: float | None
    """Mean of what they said; None for an empty bin."""
    observed: float | None
    """Share that was right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Stated confidence against what came of it."""

    count: int
    bins: tuple[Bin, ...]
    """Ten of the same width, from 0 to 1, empty ones too."""
    brier: float | None
    """Mean squared difference of confidence and outcome: 0 is perfect, 0.25 is a coin that knows
    it. G. W. Brier, Monthly Weather Review 78 (1950), 1-3."""
    error: float | None
    """Expected calibration error: the bins' differences of expected and observed, weighted by
    count (fraction). M. P. Naeini et al., AAAI 2015."""
    overconfidence: float | None
    """Mean confidence less the share that was right (fraction): above 0, it promises too much."""


def calibration(judged: Iterable[tuple[float, bool]]) -> Calibration:
    """Return how stated confidences (fractions) compare with whether they were right.

    >>> found = calibration([(0.8, True), (0.8, True), (0.8, True), (0.8, True), (0.8, False)])
    >>> found.count, round(found.error, 9), round(found.brier, 2)
    (5, 0.0, 0.16)
    """
    filled: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for confidence, right in judged:
        filled[min(floor(confidence * BINS), BINS - 1)].append((confidence, right))
    bins = tuple(_bin(place, found) for place, found in enumerate(filled))
    known = [one for found in filled for one in found]
    count = len(known)
    if count == 0:
        return Calibration(count=0, bins=bins, brier=None, error=None, overconfidence=None)
    gaps = (one.count * abs(one.expected - one.observed) for one in bins
            if one.expected is not None and one.observed is not None)  # fmt: skip
    return Calibration(
        count=count,
        bins=bins,
        brier=sum((confidence - right) ** 2 for confidence, right in known) / count,
        error=sum(gaps) / count,
        overconfidence=sum(confidence - right for confidence, right in known) / count,
    )


def _bin(place: int, found: list[tuple[float, bool]]) -> Bin:
    count, right = len(found), sum(right for _, right in found)
    return Bin(
        low=place / BINS,
        high=(place + 1) / BINS,
        count=count,
        right=right,
        expected=sum(confidence for confidence, _ in found) / count if count else None,
        observed=right / count if count else None,
    )
