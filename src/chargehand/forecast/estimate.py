"""Estimate the mean and variance of intermittent demand, for all series at once.

A history is an array (series, periods); what lies before a part existed is not known. Every
estimate reads the history it is given and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Truths = NDArray[np.bool_]

SBA_WEIGHT: Final = 0.1
"""Smoothing weight of the Syntetos-Boylan forecast (fraction): the common default."""

IMAPA_PERIODS_MAX: Final = 12
"""Coarsest aggregation of IMAPA (periods)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Known demand of many series up to one origin, with what every estimate needs of it.

    Parameters
    ----------
    demand
        Units per period (series, periods), 0 where not known.
    is_known
        Whether the part existed (series, periods).
    periods
        Known periods of each series.
    mean, variance
        Per period (units, units^2); the variance is unbiased.
    occurrences
        Periods with demand.
    """

    demand: Floats
    is_known: Truths
    periods: Floats
    mean: Floats
    variance: Floats
    occurrences: Floats


def read_history(history: Floats) -> History:
    """Return the moments of each series; NaN or a negative number marks a period not known.

    >>> import numpy as np
    >>> seen = read_history(np.array([[-1.0, 0.0, 4.0, 2.0]]))
    >>> seen.mean.tolist(), seen.variance.tolist(), seen.occurrences.tolist()
    ([2.0], [4.0], [2.0])
    """
    import numpy as np

    is_known = history >= 0  # False for NaN
    demand = np.where(is_known, history, 0.0)
    periods = is_known.sum(axis=1).astype(float)
    mean = demand.sum(axis=1) / np.maximum(periods, 1)
    deviation = np.where(is_known, demand - mean[:, None], 0.0)
    variance = (deviation**2).sum(axis=1) / np.maximum(periods - 1, 1)
    occurrences = (demand > 0).sum(axis=1).astype(float)
    return History(
        demand=demand,
        is_known=is_known,
        periods=periods,
        mean=mean,
        variance=variance,
        occurrences=occurrences,
    )


def static_rate(history: History) -> Floats:
    """Return the plain mean of each series (units per period)."""
    return history.mean


def renewal_rate(history: History) -> Floats:
    r"""Return the mean, raised where an order is due and lowered where one has just come.

    .. math:: \lambda\, e^{0.4 (1 - \pi) (\min(z, 0.5) - 0.39)}, \quad z = \text{gap} \cdot \pi

    with the share :math:`\pi` of periods with demand and the gap since the last one (periods).
    Stores order spare parts in lots, so their demand is more regular than chance: among the RAF
    parts (monthly, first 66 months) a demand is 1.3 times as likely as on average after a gap of
    one mean interval, and 0.9 times right after a demand. A gap of half an interval tells all
    that helps (constants set on origins up to month 48); 0.39 is its mean in a memoryless demand.

    >>> import numpy as np
    >>> due, just_came = [0, 6, 0, 0, 6, 0, 0, 0.0], [0, 0, 6, 0, 0, 0, 0, 6.0]
    >>> renewal_rate(read_history(np.array([due, just_came]))).round(2).tolist()
    [1.55, 1.33]
    """
    import numpy as np

    last = np.argmax(history.demand[:, ::-1] > 0, axis=1)
    gap = np.where(history.occurrences > 0, last, history.periods)
    share = history.occurrences / np.maximum(history.periods, 1)
    waited = np.minimum(gap * share, 0.5)
    return history.mean * np.exp(0.4 * (1 - share) * (waited - 0.39))


def tsb_rate(history: History, *, size_weight: float = 0.1, chance_weight: float = 0.05) -> Floats:
    r"""Return the Teunter-Syntetos-Babai forecast: demand chance times demand size.

    Both are exponentially smoothed; the chance in every period, so that a part that is no longer
    used fades out.

    Parameters
    ----------
    history
        Demand up to the origin.
    size_weight, chance_weight
        Smoothing weights (fractions).

    References
    ----------
    Teunter, Syntetos and Babai, "Intermittent demand: linking forecasting to inventory
    obsolescence", *European Journal of Operational Research* 214 (2011).

    Examples
    --------
    >>> import numpy as np
    >>> steady = read_history(np.full((1, 12), 3.0))
    >>> tsb_rate(steady).round(6).tolist()
    [3.0]
    """
    import numpy as np

    demand, is_known = history.demand, history.is_known
    # starts from the whole history's averages: no first demand is needed
    chance = history.occurrences / np.maximum(history.periods, 1)
    size = demand.sum(axis=1) / np.maximum(history.occurrences, 1)
    for period in range(demand.shape[1]):
        occurs = demand[:, period] > 0
        step = np.where(is_known[:, period], chance_weight, 0.0)
        chance = chance + step * (occurs - chance)
        size = np.where(occurs, size + size_weight * (demand[:, period] - size), size)
    rate: Floats = chance * size
    return rate


def sba_rate(history: History, *, weight: float = SBA_WEIGHT) -> Floats:
    r"""Return Croston's forecast with the Syntetos-Boylan correction (units per period).

    .. math:: (1 - \alpha / 2)\, \hat z / \hat p

    with smoothed size :math:`\hat z` and interval :math:`\hat p`, started at the first demand: the
    method that ERP systems use, and here the yardstick.

    References
    ----------
    Syntetos and Boylan, "The accuracy of intermittent demand estimates", *International Journal of
    Forecasting* 21 (2005), equation 7.

    Examples
    --------
    >>> import numpy as np
    >>> sba_rate(read_history(np.array([[0, 4.0, 0, 4.0]]))).tolist()  # .95 * 4 / 2
    [1.9]
    """
    import numpy as np

    series, periods = history.demand.shape
    size, interval = np.zeros(series), np.ones(series)
    has_started, gap = np.zeros(series, dtype=bool), np.ones(series)
    for period in range(periods):
        asked = history.demand[:, period]
        occurs = asked > 0
        share = np.where(has_started, weight, 1.0) * occurs
        size = size + share * (asked - size)
        interval = interval + share * (gap - interval)
        has_started = has_started | occurs
        gap = np.where(occurs, 1.0, gap + history.is_known[:, period])
    rate: Floats = (1 - weight / 2) * size / interval
    return rate


def imapa_rate(history: History, *, weight: float = 0.1) -> Floats:
    """Return IMAPA's forecast: the mean of smoothed demand over several aggregations.

    Demand is summed over blocks of 1, 2, ... periods up to the series' mean interval (at most
    `IMAPA_PERIODS_MAX`), counted back from the newest; each is exponentially smoothed.

    References
    ----------
    Petropoulos and Kourentzes, "Forecast combinations for intermittent demand", *Journal of the
    Operational Research Society* 66 (2015).

    Examples
    --------
    >>> import numpy as np
    >>> imapa_rate(read_history(np.array([[0, 4.0] * 8]))).round(2).tolist()
    [1.86]
    """
    import numpy as np

    interval = np.round(history.periods / np.maximum(history.occurrences, 1))
    coarsest = np.clip(interval, 1, min(IMAPA_PERIODS_MAX, history.demand.shape[1]))
    total = np.zeros(len(history.demand))
    for size in range(1, int(coarsest.max(initial=1)) + 1):
        rows = np.flatnonzero(coarsest >= size)
        total[rows] += _smoothed_blocks(history, rows, size, weight)
    rate: Floats = total / coarsest
    return rate


def _smoothed_blocks(history: History, rows: NDArray[np.int64], size: int, weight: float) -> Floats:
    import numpy as np

    blocks = history.demand.shape[1] // size
    sums = history.demand[rows, -blocks * size :].reshape(len(rows), blocks, size).mean(axis=2)
    seen = history.is_known[rows, -blocks * size :].reshape(len(rows), blocks, size)
    known = np.logical_and.reduce(seen, axis=2)
    level, has_started = history.mean[rows].copy(), np.zeros(len(rows), dtype=bool)
    for block in range(blocks):
        share = np.where(has_started, weight, 1.0) * known[:, block]
        level += share * (sums[:, block] - level)
        has_started |= known[:, block]
    return level
