"""Cumulative probabilities of many count distributions at once, exact, in NumPy.

Series are sorted by how far their demand reaches and taken in blocks, so that each block is one
dense array (series, units) of about the same reach.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Rows = NDArray[np.int64]

COUNT_MAX: Final = 1_024
"""Highest count (units) that is counted singly; wider series take several units a step."""

_BLOCK_CELLS: Final = 262_144
_LOG_TINY: Final = -600.0
_TIE: Final = 1e-9


def count_steps(mean: Floats, variance: Floats) -> Floats:
    """Return how many units to count at a time, so that each series fits in `COUNT_MAX` counts."""
    import numpy as np

    return np.ceil(2 * _reach(mean, variance) / COUNT_MAX)


def _reach(mean: Floats, variance: Floats) -> Floats:
    import numpy as np

    return mean + 2.5 * np.sqrt(np.maximum(variance, mean)) + 4


def negative_binomial_blocks(
    mean: Floats, variance: Floats, level: float
) -> Iterator[tuple[Rows, Floats]]:
    """Yield row numbers with the probabilities of at most 0, 1, 2, ... units, up to `level`.

    Parameters
    ----------
    mean
        Expected demand of each series (units), 0 or more, at most about `COUNT_MAX`.
    variance
        Variance of each series (units^2); taken as Poisson where it is not above the mean.
    level
        Probability that each row reaches at least (fraction below 1).

    Examples
    --------
    >>> import numpy as np
    >>> one = np.array([1.0])
    >>> [reached[0, :3].tolist() for _, reached in negative_binomial_blocks(one, 2 * one, 0.8)]
    [[0.5, 0.75, 0.875]]
    """
    import numpy as np

    # a Poisson is the limit; a little more variance keeps the shape finite
    spread = np.maximum(variance, mean * 1.0001 + 1e-9)
    p = np.clip(mean / spread, 1e-9, 1.0)
    r = mean * p / (1 - p)
    reach = _reach(mean, variance)
    order = np.argsort(reach, kind="stable")
    for rows, points_least in _equal_blocks(order, reach[order]):
        waiting, points = rows, points_least
        while len(waiting):
            reached = _negative_binomial(r[waiting], p[waiting], points)
            is_done = (reached[:, -1] >= level) | (points >= COUNT_MAX)
            yield waiting[is_done], reached[is_done]
            waiting = waiting[~is_done]
            points = min(COUNT_MAX, points * 2)


def _equal_blocks(order: Rows, ascending: Floats) -> Iterator[tuple[Rows, int]]:
    import numpy as np

    start = 0
    while start < len(order):
        points = int(min(COUNT_MAX, max(8, 1.25 * ascending[start])))
        stop = int(np.searchsorted(ascending, points, side="right"))
        stop = min(max(stop, start + 1), start + max(1, _BLOCK_CELLS // points))
        yield order[start:stop], points
        start = stop


def _negative_binomial(r: Floats, p: Floats, points: int) -> Floats:
    """P(k) = P(k-1) (1-p) (1 + (r-1)/k), added up; by logarithms where P(0) is below e^-600."""
    import numpy as np

    first = r * np.log(p)
    terms = np.empty((len(r), points))
    terms[:, 0] = 1.0
    constant, falling = (1 - p)[:, None], ((1 - p) * (r - 1))[:, None]
    terms[:, 1:] = constant + falling * (1 / np.arange(1, points))
    is_tiny = first < _LOG_TINY
    if is_tiny.any():
        logs = np.log(np.maximum(terms[is_tiny], 1e-300)).cumsum(axis=1)
        tiny = np.exp(logs + first[is_tiny][:, None]).cumsum(axis=1)
        terms[is_tiny] = 1.0
    np.cumprod(terms, axis=1, out=terms)
    np.cumsum(terms, axis=1, out=terms)
    terms *= np.exp(first)[:, None]
    if is_tiny.any():
        terms[is_tiny] = tiny
    return terms


def empirical_blocks(demand: Floats, weight: Floats, periods: int) -> Iterator[tuple[Rows, Floats]]:
    """Yield row numbers with the probabilities of at most 0, 1, ... units in `periods` periods.

    Periods are drawn from the history independently, with `weight`; the sum is convolved by a
    Fourier transform, which errs by about 1e-15.

    Parameters
    ----------
    demand
        Units (series, past periods); the highest times `periods` is at most `COUNT_MAX`.
    weight
        Probability of each past period (series, past periods); each row adds up to 1.
    periods
        How many to add.

    Examples
    --------
    >>> import numpy as np
    >>> coin = np.array([[0.0, 1.0]])
    >>> [r[0, :3].round(6).tolist() for _, r in empirical_blocks(coin, coin * 0 + 0.5, 2)]
    [[0.25, 0.75, 1.0]]
    """
    import numpy as np

    reach = demand.max(axis=1) * periods + 2
    order = np.argsort(reach, kind="stable")
    ascending = reach[order]
    start = 0
    while start < len(order):
        points = 1 << int(np.ceil(np.log2(ascending[start])))
        stop = int(np.searchsorted(ascending, points, side="right"))
        rows = order[start : min(stop, start + max(1, _BLOCK_CELLS // points))]
        cells = np.arange(len(rows))[:, None] * points + demand[rows].astype(np.int64)
        one = np.bincount(cells.ravel(), weight[rows].ravel(), len(rows) * points)
        many = np.fft.irfft(np.fft.rfft(one.reshape(len(rows), points)) ** periods, points)
        yield rows, many.cumsum(axis=1)
        start += len(rows)


def assess(
    blocks: Iterable[tuple[Rows, Floats]],
    demand: Floats,
    levels: Floats,
    *,
    coverage_level: float = 0.95,
    step: Floats | None = None,
) -> tuple[Floats, Floats]:
    """Return each series' quantiles (series, levels) and how surely its demand is covered.

    Parameters
    ----------
    blocks
        Of all series.
    demand
        What came (units).
    levels
        Chances that the quantile covers the demand (fractions below 1), ascending.
    coverage_level
        Level at which coverage is asked (fraction); see `covered_share`.
    step
        Units in one count of each series' block; 1 where it is left out.

    Examples
    --------
    >>> import numpy as np
    >>> one = np.array([1.0])
    >>> quantile, covered = assess(negative_binomial_blocks(one, 2 * one, 0.9), np.array([3.0]),
    ...                            np.array([0.5, 0.9]), coverage_level=0.9)
    >>> quantile.tolist(), covered.round(3).tolist()
    ([[0.0, 3.0]], [0.4])
    """
    import numpy as np

    quantile = np.zeros((len(demand), len(levels)))
    covered = np.zeros(len(demand))
    counted = demand if step is None else demand // step
    for rows, reached in blocks:
        # one ascending line of all rows: quicker than comparing every cell with every level
        row = np.arange(len(rows))[:, None]
        found = np.searchsorted((reached + row).ravel(), (row + levels - _TIE).ravel())
        quantile[rows] = found.reshape(len(rows), len(levels)) - row * reached.shape[1]
        covered[rows] = covered_share(reached, counted[rows].astype(np.int64), coverage_level)
    return (quantile if step is None else quantile * step[:, None]), covered


def covered_share(reached: Floats, asked: Rows, level: float) -> Floats:
    r"""Return how surely each demand lies within its forecast's quantile at `level` (0 to 1).

    That is the chance that the randomized probability integral transform
    :math:`F(y-1) + V (F(y) - F(y-1))`, with :math:`V` uniform, is at most :math:`\alpha`:

    .. math:: \min(1, \max(0, (\alpha - F(y-1)) / (F(y) - F(y-1))))

    Its mean over right forecasts is exactly :math:`\alpha`, while plain coverage of counts lies
    above :math:`\alpha`, because quantiles are whole numbers.

    References
    ----------
    Czado, Gneiting and Held, "Predictive model assessment for count data", *Biometrics* 65 (2009),
    section 2.1.

    Examples
    --------
    >>> import numpy as np
    >>> covered_share(np.array([[0.5, 0.75, 0.875, 0.9375]]), np.array([3]), 0.9).round(3).tolist()
    [0.4]
    """
    import numpy as np

    each, last = np.arange(len(asked)), reached.shape[1] - 1
    at = reached[each, np.minimum(asked, last)]
    before = np.where(asked == 0, 0.0, reached[each, np.clip(asked - 1, 0, last)])
    share = (level - before) / np.maximum(at - before, 1e-300)
    covered: Floats = np.where(asked > last, 0.0, np.clip(share, 0.0, 1.0))
    return covered
