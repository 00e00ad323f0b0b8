"""Shares of what was counted, each with how sure one can be of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chargehand.governance.promotion import lower_bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """So many of so many."""

    hits: int
    total: int
    share: float | None
    """Fraction; None where nothing was counted."""
    at_least: float
    """Lower bound of the share, one-sided at 95 % (Wilson; fraction)."""


def share_of(hits: int, total: int) -> Share:
    """Return a share with its lower bound.

    >>> share_of(9, 10).share, round(share_of(9, 10).at_least, 2)
    (0.9, 0.65)
    >>> share_of(0, 0).share is None
    True
    """
    share = hits / total if total else None
    return Share(hits=hits, total=total, share=share, at_least=lower_bound(hits, total))


def quantile(values: Sequence[float], fraction: float) -> float | None:
    """Return a quantile of values, linear between neighbors (type 7 of Hyndman and Fan, 1996).

    None where there are no values.

    >>> quantile([1.0, 2.0, 3.0, 4.0], 0.5), quantile([], 0.5)
    (2.5, None)
    """
    if not values:
        return None
    ordered = sorted(values)
    place = fraction * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
