"""Choose a forecasting method per segment by what it would have cost, from past origins only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from chargehand.forecast.estimate import read_history
from chargehand.forecast.method import (
    LEVELS,
    METHODS,
    Method,
    erp_default,
    pinball,
    predict,
    rates_of,
)
from chargehand.forecast.segment import segments, shape_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

EXPERIENCE_MIN: Final = 150
"""Back-tested horizons that a segment needs for a choice of its own."""

COVERAGE_WEIGHT: Final = 0.3
"""Relative cost of missing the .95 level by 1 (fraction): breaks near ties towards calibration."""

_LEVEL: Final = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What every method would have cost at one origin.

    Parameters
    ----------
    segment
        Of each series, as it was known at the origin.
    cost
        Newsvendor cost (methods, series), in units.
    covered
        How surely the demand lay within the .95 quantile (methods, series), 0 to 1.
    is_within
        Whether it did, plainly (methods, series).
    default_cost
        Newsvendor cost of the ERP's default (series), in units.
    """

    segment: NDArray[np.int64]
    cost: Floats
    covered: Floats
    is_within: NDArray[np.bool_]
    default_cost: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The method of one segment, and how choices made in this way did at later origins."""

    method: Method
    cost_ratio: float
    coverage: float


def run_trial(history: Floats, origin: int, *, horizon: int, periods_min: int) -> Trial:
    """Forecast the `horizon` periods after `origin` from those before, by every method.

    Series enter that have at least `periods_min` known periods and some demand before the origin,
    and whose horizon is wholly known.
    """
    import numpy as np

    past, future = history[:, :origin], history[:, origin : origin + horizon]
    rows = (future >= 0).all(axis=1) & (past > 0).any(axis=1)
    rows &= (past >= 0).sum(axis=1) >= periods_min
    before, asked = read_history(past[rows]), future[rows].sum(axis=1)
    rates = rates_of(before)
    shape = (len(METHODS), len(asked))
    cost, covered, is_within = np.empty(shape), np.empty(shape), np.empty(shape, dtype=bool)
    for number, method in enumerate(METHODS):
        quantile, covered[number] = predict(method, before, rates, asked, horizon)
        cost[number] = pinball(asked, quantile)
        is_within[number] = asked <= quantile[:, LEVELS.index(_LEVEL)]
    return Trial(
        segment=segments(before, horizon_periods=horizon),
        cost=cost,
        covered=covered,
        is_within=is_within,
        default_cost=pinball(asked, erp_default(before, horizon=horizon)),
    )


def choose(trials: Sequence[Trial], segment: int) -> int:
    """Return the number of the method for `segment`, judged by `trials` alone.

    The cheapest method over all series is kept unless the cheapest of the shape, and then of the
    segment, is cheaper there by more than the standard error of the difference. Cost is weighed up
    by `COVERAGE_WEIGHT` times the miss of the .95 level.
    """
    import numpy as np

    best = 0
    if not trials:
        return best
    numbers = np.concatenate([trial.segment for trial in trials])
    shapes = np.array([shape_of(number) for number in range(int(numbers.max(initial=0)) + 1)])
    for is_member in (numbers >= 0, shapes[numbers] == shape_of(segment), numbers == segment):
        if is_member.sum() < EXPERIENCE_MIN:
            break
        parts = np.split(is_member, np.cumsum([len(trial.segment) for trial in trials])[:-1])
        pairs = list(zip(trials, parts, strict=True))
        cost = np.concatenate([trial.cost[:, part] for trial, part in pairs], axis=1)
        covered = np.concatenate([trial.covered[:, part] for trial, part in pairs], axis=1)
        missed = np.abs(covered.mean(axis=1) - _LEVEL)
        total = (cost.mean(axis=1) * (1 + COVERAGE_WEIGHT * missed)).round(9)
        cheapest = int(np.argmin(total))
        error = (cost[best] - cost[cheapest]).std() / np.sqrt(cost.shape[1])
        if total[best] - total[cheapest] > error:
            best = cheapest
    return best


def judge(trials: Sequence[Trial], segment: int) -> Choice:
    """Choose the method of `segment` from all trials; report choices made before each trial.

    Without any trial of the segment the report is that of all series.
    """
    cost = default_cost = within = count = 0.0
    is_known = any((trial.segment == segment).any() for trial in trials)
    for number, trial in enumerate(trials):
        rows = trial.segment == segment if is_known else trial.segment >= 0
        if not rows.any():
            continue
        method = choose(trials[:number], segment)
        cost += float(trial.cost[method, rows].sum())
        default_cost += float(trial.default_cost[rows].sum())
        within += float(trial.is_within[method, rows].sum())
        count += float(rows.sum())
    return Choice(
        method=METHODS[choose(trials, segment)],
        cost_ratio=cost / default_cost if default_cost > 0 else 1.0,
        coverage=within / count,
    )
