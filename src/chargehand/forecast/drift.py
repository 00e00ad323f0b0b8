"""Has the demand of a part changed lately? An alarm for series whose forecasts rest on the past.

A control chart of the mean with limits of three standard errors: the mean of the last periods is
held against that of the periods before. W. A. Shewhart, "Economic Control of Quality of
Manufactured Product" (1931), chapter XX. Demand for spares comes in lumps: its own variance is
taken where that is more than that of a Poisson count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LATE = 3
"""Periods that are held against those before."""
BEFORE_MIN, BEFORE_MAX = 12, 36
ERRORS = 3.0
"""Standard errors from which on a difference is an alarm."""


def drifting(history: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether the alarm of each series has gone off.

    Parameters
    ----------
    history
        Units per period (series, periods), oldest first; NaN or below 0 before the part existed.

    Examples
    --------
    >>> import numpy as np
    >>> steady = np.tile([0, 0, 3, 0, 1, 0], 6)
    >>> risen = np.concatenate([steady[:-3], [9, 8, 10]])
    >>> drifting(np.array([steady, risen])).tolist()
    [False, True]
    """
    import numpy as np

    periods = history.shape[1]
    if periods < BEFORE_MIN + LATE:
        return np.zeros(len(history), dtype=bool)
    before = np.array(history[:, max(periods - LATE - BEFORE_MAX, 0) : -LATE], dtype=float)
    before[before < 0] = np.nan
    late = history[:, -LATE:]
    known = np.count_nonzero(~np.isnan(before), axis=1)
    is_known = (known >= BEFORE_MIN) & (np.nansum(before, axis=1) > 0)
    filled = np.where(np.isnan(before), 0.0, before)
    count = np.maximum(known, 1)
    mean = filled.sum(axis=1) / count
    squares = np.where(np.isnan(before), 0.0, (before - mean[:, None]) ** 2).sum(axis=1)
    variance = np.maximum(squares / np.maximum(count - 1, 1), mean)
    error = np.sqrt(variance * (1 / LATE + 1 / count))
    alarm: NDArray[np.bool_] = is_known & (np.abs(late.mean(axis=1) - mean) > ERRORS * error)
    return alarm
