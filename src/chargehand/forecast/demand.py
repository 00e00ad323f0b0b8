"""Forecast the demand of each material as a distribution, by what was cheapest so far.

Series share a method by segment: Syntetos-Boylan class and volume. It is chosen by a back-test at
up to five past origins, one horizon apart, on what stock would have cost: the newsvendor cost of
the horizon's demand at the levels .5, .8, .9, .95 and .99. Candidates are negative binomials around
a static, renewal, TSB or IMAPA mean, and the weighted empirical distribution; factors on mean and
variance are chosen with them. Point errors such as MASE play no part: a forecast of zero wins on
them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from chargehand.forecast.backtest import Choice, Trial, judge, run_trial
from chargehand.forecast.estimate import read_history
from chargehand.forecast.method import distributions
from chargehand.forecast.segment import segment_name, segments
from chargehand.vocabulary.distribution import CountDistribution

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PERIODS_MIN: Final = 12
"""Known periods without which a series is left to the decision's static rule."""

TRIAL_PERIODS_MIN: Final = 6
"""Known periods before an origin of the back-test."""

ORIGINS_MAX: Final = 5
"""Past origins that the back-test looks at, one horizon apart."""

SERIES_MAX: Final = 6_000
"""Series in the back-test; of more, every n-th of a fixed order is taken."""

CHUNK: Final = 50_000
"""Series forecast at a time, to bound memory."""

VERSION: Final = "demand-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandForecast:
    """A recorded fact: demand of one material at one site, with its back-test.

    Parameters
    ----------
    method
        What made it, in words.
    version
        Of the code that made it.
    segment
        Syntetos-Boylan class and volume, such as "lumpy/high".
    demand
        Units demanded in one period.
    periods
        History behind it (periods).
    cost_ratio
        Newsvendor cost in the back-test of this segment, relative to the ERP default (SBA and
        normal safety stock); below 1 is better. Each origin was forecast by the method chosen
        from earlier origins alone.
    coverage
        Share of the back-test's horizons whose demand lay within the .95 quantile (fraction).
    """

    method: str
    version: str
    segment: str
    demand: CountDistribution
    periods: int
    cost_ratio: float
    coverage: float


def forecast_demand(
    history: NDArray[np.float64], *, horizon_periods: int, period_days: float = 30.4375
) -> list[DemandForecast | None]:
    """Return the demand of one period for each series, or None where there is too little history.

    Too little is fewer than `PERIODS_MIN` known periods, no demand at all, or, for all series, no
    horizon to test on after `TRIAL_PERIODS_MIN` periods: what cannot be back-tested is not
    forecast. The variance is right for a sum over the horizon; over much longer times it is too
    small, because the mean drifts. The file's docstring says how a method is chosen.

    Parameters
    ----------
    history
        Units per period (series, periods), oldest first; NaN or -1 before the part existed.
    horizon_periods
        Time to be covered (periods), about lead time plus review interval.
    period_days
        Length of a period (days).

    Examples
    --------
    >>> import numpy as np
    >>> parts = np.tile([0, 0, 3, 0, 0, 0, 2, 0, 0, 1, 0, 0], (200, 3))
    >>> forecast = forecast_demand(parts, horizon_periods=3)[0]
    >>> forecast.segment, forecast.periods, forecast.cost_ratio < 1
    ('intermittent/low', 36, True)
    """
    import numpy as np

    assert horizon_periods >= 1
    trials = _trials(history, horizon_periods)
    if not trials:
        return [None] * len(history)
    forecasts: list[DemandForecast | None] = []
    choices: dict[int, Choice] = {}
    for start in range(0, len(history), CHUNK):
        part = np.asarray(history[start : start + CHUNK], dtype=float)
        forecasts += _forecast_part(part, trials, choices, horizon_periods, period_days)
    return forecasts


def _forecast_part(
    part: NDArray[np.float64],
    trials: list[Trial],
    choices: dict[int, Choice],
    horizon: int,
    period_days: float,
) -> list[DemandForecast | None]:
    import numpy as np

    forecasts: list[DemandForecast | None] = [None] * len(part)
    now = read_history(part)
    numbers = segments(now, horizon_periods=horizon)
    is_enough = (now.periods >= PERIODS_MIN) & (now.occurrences > 0)
    for number in np.unique(numbers[is_enough]).tolist():
        if number not in choices:
            choices[number] = judge(trials, number)
        choice = choices[number]
        rows = np.flatnonzero(is_enough & (numbers == number))
        demands = distributions(
            choice.method, read_history(part[rows]), horizon=horizon, period_days=period_days
        )
        for row, demand in zip(rows.tolist(), demands, strict=True):
            forecasts[row] = DemandForecast(
                method=choice.method.name,
                version=VERSION,
                segment=segment_name(number),
                demand=demand,
                periods=int(now.periods[row]),
                cost_ratio=choice.cost_ratio,
                coverage=choice.coverage,
            )
    return forecasts


def _trials(history: NDArray[np.float64], horizon: int) -> list[Trial]:
    """Run the back-test, oldest origin first, on at most `SERIES_MAX` series."""
    import numpy as np

    periods = history.shape[1]
    # in an order that depends on the histories alone, so that permuting series changes nothing
    weight, keys = np.cos(np.arange(periods) + 1.0), np.empty(len(history))
    for start in range(0, len(history), CHUNK):
        part = history[start : start + CHUNK]
        keys[start : start + CHUNK] = np.where(part >= 0, part, -1.0) @ weight
    order = np.argsort(keys, kind="stable")
    every = max(1, -(-len(history) // SERIES_MAX))
    sample = np.asarray(history[order[::every]], dtype=float)
    count = min(ORIGINS_MAX, (periods - TRIAL_PERIODS_MIN) // horizon)
    trials = [
        run_trial(sample, periods - horizon * back, horizon=horizon, periods_min=TRIAL_PERIODS_MIN)
        for back in range(count, 0, -1)
    ]
    return [trial for trial in trials if len(trial.segment)]
