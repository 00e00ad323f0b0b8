"""The ways to forecast a count: an estimate of its rate, and a shape around it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

from chargehand.forecast.count_blocks import (
    COUNT_MAX,
    assess,
    count_steps,
    empirical_blocks,
    negative_binomial_blocks,
)
from chargehand.forecast.estimate import (
    SBA_WEIGHT,
    History,
    imapa_rate,
    renewal_rate,
    sba_rate,
    static_rate,
    tsb_rate,
)
from chargehand.forecast.segment import INTERVAL_CUT
from chargehand.vocabulary.distribution import CountDistribution

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEVELS: Final = (0.5, 0.8, 0.9, 0.95, 0.99)
"""Service levels at which a stock would be held; the cost is their mean."""

FADE: Final = 0.985
"""Weight of a period relative to the one after it, in the weighted empirical distribution."""

GAMMA_SHAPE_MIN: Final = 1.0
"""Squared mean over variance from which the gamma's quantiles are approximated (within 1 %)."""

RATES: Final = {
    "static": static_rate,
    "renewal": renewal_rate,
    "tsb": tsb_rate,
    "imapa": imapa_rate,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A way to forecast; an empirical one has no rate and no factors.

    Parameters
    ----------
    rate
        Name in `RATES` of the estimate of the mean; "" draws from the weighted history instead.
    mean_factor, variance_factor
        What the mean and the history's variance are multiplied by before a negative binomial is
        put around them. They calibrate: the cheapest negative binomial is not the one with the
        sample's moments, because a sum over months is not one and past orders come in lots.
    """

    rate: str
    mean_factor: float = 1.0
    variance_factor: float = 1.0

    @property
    def name(self) -> str:
        """Return what a person reads on a recommendation.

        >>> Method(rate="static", variance_factor=1.3).name
        'static negative binomial (mean x 1, variance x 1.3)'
        """
        if not self.rate:
            return "weighted empirical"
        factors = f"mean x {self.mean_factor:g}, variance x {self.variance_factor:g}"
        return f"{self.rate} negative binomial ({factors})"


METHODS: Final = (
    Method(rate="static", variance_factor=1.3),
    *(
        Method(rate=rate, mean_factor=mean, variance_factor=variance)
        for rate, mean, variance in product(RATES, (1.0, 0.9, 0.8), (1.0, 1.3, 1.7))
        if (rate, mean, variance) != ("static", 1.0, 1.3)
    ),
    Method(rate=""),
)
"""Every candidate; the first is used where there is no experience."""


def rates_of(history: History) -> dict[str, Floats]:
    """Return every estimate of the mean demand per period (units)."""
    return {name: estimate(history) for name, estimate in RATES.items()}


def moments(method: Method, history: History, rates: Mapping[str, Floats]) -> tuple[Floats, Floats]:
    """Return the negative binomial's mean and variance per period (units, units^2)."""
    import numpy as np

    rate = rates[method.rate]
    relative = rate / np.maximum(history.mean, 1e-12)
    return method.mean_factor * rate, method.variance_factor * relative * history.variance


def predict(
    method: Method, history: History, rates: Mapping[str, Floats], asked: Floats, horizon: int
) -> tuple[Floats, Floats]:
    """Return quantiles of the horizon's demand and how surely `asked` lay within (see `assess`)."""
    if not method.rate:
        return _predict_empirical(history, rates, asked, horizon)
    mean, variance = moments(method, history, rates)
    return negative_binomial_stocks(mean * horizon, variance * horizon, asked)


def negative_binomial_stocks(
    mean: Floats, variance: Floats, asked: Floats
) -> tuple[Floats, Floats]:
    """Return quantiles (series, levels) and how surely `asked` lay within (see `assess`).

    Exact for series within half of `COUNT_MAX`. Larger ones are taken as a gamma distribution, or
    are counted in steps where they are too lumpy for its approximation.

    >>> import numpy as np
    >>> large = np.array([1e6])
    >>> negative_binomial_stocks(large, large, large)[0][0, 3].round()  # 1e6 + 1.645 * 1e3 + .6
    np.float64(1001645.0)
    """
    import numpy as np

    levels, variance = np.array(LEVELS), np.maximum(variance, mean)
    step = count_steps(mean, variance)
    is_smooth = (step > 1) & (mean**2 >= GAMMA_SHAPE_MIN * variance)
    quantile, covered = np.empty((len(mean), len(LEVELS))), np.empty(len(mean))
    m, v, one = mean[~is_smooth], variance[~is_smooth], step[~is_smooth]
    blocks = negative_binomial_blocks(m / one, v / one**2, LEVELS[-1])
    quantile[~is_smooth], covered[~is_smooth] = assess(blocks, asked[~is_smooth], levels, step=one)
    if is_smooth.any():
        stock = _gamma_quantiles(mean[is_smooth], variance[is_smooth])
        quantile[is_smooth] = stock
        covered[is_smooth] = asked[is_smooth] <= stock[:, LEVELS.index(0.95)]
    return quantile, covered


def _gamma_quantiles(mean: Floats, variance: Floats) -> Floats:
    """Wilson and Hilferty, "The distribution of chi-square", PNAS 17 (1931)."""
    import numpy as np

    shape = (mean**2 / variance)[:, None]
    root = 1 - 1 / (9 * shape) + _normal_quantiles() / (3 * np.sqrt(shape))
    stock: Floats = mean[:, None] * np.maximum(root, 0) ** 3
    return stock


def _normal_quantiles() -> Floats:
    import numpy as np

    return np.array([NormalDist().inv_cdf(level) for level in LEVELS])


def _predict_empirical(
    history: History, rates: Mapping[str, Floats], asked: Floats, horizon: int
) -> tuple[Floats, Floats]:
    import numpy as np

    quantile, covered = predict(METHODS[0], history, rates, asked, horizon)
    rows = np.flatnonzero(is_countable(history, horizon))
    if len(rows):
        blocks = empirical_blocks(history.demand[rows], fading_weights(history)[rows], horizon)
        quantile[rows], covered[rows] = assess(blocks, asked[rows], np.array(LEVELS))
    return quantile, covered


def is_countable(history: History, horizon: int) -> NDArray[np.bool_]:
    """Return which series are small enough to draw from the history, unit by unit."""
    countable: NDArray[np.bool_] = history.demand.max(axis=1) * horizon + 2 <= COUNT_MAX
    return countable


def fading_weights(history: History) -> Floats:
    """Return the weight of each known period, newest heaviest; each row adds up to 1."""
    import numpy as np

    age = np.arange(history.demand.shape[1])[::-1]
    weight = np.where(history.is_known, FADE**age, 0.0)
    shares: Floats = weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-300)
    return shares


def erp_default(history: History, *, horizon: int) -> Floats:
    r"""Return the stock that an ERP's default would hold (series, levels), in units.

    .. math:: h \hat\mu_{SBA} + z_\alpha \hat\sigma \sqrt{h}

    with the Syntetos-Boylan forecast and the standard deviation of a period's demand. Its
    correction for intermittence is left out of series that are not: there it would only bias.
    """
    import numpy as np

    z = _normal_quantiles()
    spread = np.sqrt(horizon * history.variance)
    is_sparse = history.periods > INTERVAL_CUT * history.occurrences
    rate = np.where(is_sparse, sba_rate(history), sba_rate(history) / (1 - SBA_WEIGHT / 2))
    stock: Floats = (horizon * rate)[:, None] + z * spread[:, None]
    return stock


def pinball(demand: Floats, stock: Floats) -> Floats:
    r"""Return the newsvendor cost of each stock, averaged over `LEVELS` (units).

    .. math:: \max(\alpha (y - q), (\alpha - 1)(y - q))

    >>> import numpy as np
    >>> pinball(np.array([2.0]), np.array([[2.0, 2.0, 2.0, 2.0, 3.0]])).round(6).tolist()
    [0.002]
    """
    import numpy as np

    level = np.array(LEVELS)
    short = demand[:, None] - stock
    cost: Floats = np.maximum(level * short, (level - 1) * short).mean(axis=1)
    return cost


def distributions(
    method: Method, history: History, *, horizon: int, period_days: float
) -> list[CountDistribution]:
    """Return one period's demand of every series, by `method`."""
    import numpy as np

    counted = method if method.rate else METHODS[0]
    mean, variance = moments(counted, history, rates_of(history))
    result = [
        CountDistribution(
            family="negative_binomial" if v > m else "poisson",
            mean=m,
            variance=max(m, v),
            period_days=period_days,
        )
        for m, v in zip(mean.tolist(), variance.tolist(), strict=True)
    ]
    if not method.rate:
        weight = fading_weights(history)
        for row in np.flatnonzero(is_countable(history, horizon)).tolist():
            result[row] = _empirical(history.demand[row], weight[row], period_days)
    return result


def _empirical(demand: Floats, weight: Floats, period_days: float) -> CountDistribution:
    import numpy as np

    values, position = np.unique(demand, return_inverse=True)
    chance = np.bincount(position, weight)
    is_possible = chance > 0
    values, chance = values[is_possible], chance[is_possible]
    mean = float(values @ chance)
    return CountDistribution(
        family="empirical",
        mean=mean,
        variance=float((values - mean) ** 2 @ chance),
        period_days=period_days,
        values=tuple(int(value) for value in values),
        probabilities=tuple(chance.tolist()),
    )
