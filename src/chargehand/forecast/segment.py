"""Put series into segments that share a forecasting method: shape of demand and volume."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from chargehand.forecast.estimate import History

SHAPES: Final = ("smooth", "erratic", "intermittent", "lumpy")
VOLUMES: Final = ("rare", "low", "medium", "high", "bulk")

INTERVAL_CUT: Final = 1.32
"""Mean interval between demands (periods) from which demand is intermittent or lumpy."""

SIZE_CUT: Final = 0.49
"""Squared coefficient of variation of the sizes from which demand is erratic or lumpy."""

VOLUME_CUTS: Final = (1.0, 4.0, 16.0, 64.0)
"""Expected demand over the horizon (units) that separates the volumes."""


def segments(history: History, *, horizon_periods: int) -> NDArray[np.int64]:
    """Return the number of each series' segment; `segment_name` reads it.

    The shape is the Syntetos-Boylan class, the volume the mean demand of a horizon.

    References
    ----------
    Syntetos, Boylan and Croston, "On the categorization of demand patterns", *Journal of the
    Operational Research Society* 56 (2005).

    Examples
    --------
    >>> import numpy as np
    >>> from chargehand.forecast.estimate import read_history
    >>> steady, spare = [4.0, 5.0, 4.0, 5.0], [0.0, 0.0, 0.0, 1.0]
    >>> [segment_name(s) for s in segments(read_history(np.array([steady, spare])),
    ...                                    horizon_periods=2)]
    ['smooth/medium', 'intermittent/rare']
    """
    import numpy as np

    occurrences = np.maximum(history.occurrences, 1)
    total = history.demand.sum(axis=1)
    size = np.maximum(total / occurrences, 1e-12)
    scatter = (history.demand**2).sum(axis=1) / occurrences / size**2 - 1
    is_sparse = history.periods / occurrences > INTERVAL_CUT
    shape = 2 * is_sparse + (scatter > SIZE_CUT)
    volume = np.digitize(history.mean * horizon_periods, VOLUME_CUTS)
    numbers: NDArray[np.int64] = shape * len(VOLUMES) + volume
    return numbers


def shape_of(segment: int) -> int:
    """Return the number of the shape that a segment belongs to."""
    return int(segment) // len(VOLUMES)


def segment_name(segment: int) -> str:
    """Return what people call a segment.

    >>> segment_name(15)
    'lumpy/rare'
    """
    shape, volume = divmod(int(segment), len(VOLUMES))
    return f"{SHAPES[shape]}/{VOLUMES[volume]}"
