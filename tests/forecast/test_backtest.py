"""The back-test chooses what would have been cheapest, from the past alone."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from chargehand.forecast.backtest import EXPERIENCE_MIN, Trial, choose, judge, run_trial
from chargehand.forecast.method import METHODS, pinball
from chargehand.forecast.segment import SHAPES, VOLUMES, segment_name


def trial(cheapest: int, *, segment: int = 7, series: int = 400, seed: int = 1) -> Trial:
    """An origin at which one method cost half as much as any other."""
    rng = np.random.default_rng(seed)
    cost = np.repeat(1 + rng.random(series)[None, :], len(METHODS), axis=0)
    cost[cheapest] /= 2
    return Trial(
        segment=np.full(series, segment),
        cost=cost,
        covered=np.full(cost.shape, 0.95),
        is_within=np.full(cost.shape, fill_value=True),
        default_cost=np.full(series, 1.5),
    )


def joined(*trials: Trial) -> Trial:
    return Trial(
        segment=np.concatenate([t.segment for t in trials]),
        cost=np.concatenate([t.cost for t in trials], axis=1),
        covered=np.concatenate([t.covered for t in trials], axis=1),
        is_within=np.concatenate([t.is_within for t in trials], axis=1),
        default_cost=np.concatenate([t.default_cost for t in trials]),
    )


def test_the_cheapest_method_is_chosen_for_its_segment():
    both = joined(trial(5, segment=7), trial(9, segment=18))
    assert choose([both], 7) == 5
    assert choose([both], 18) == 9


def test_a_segment_without_experience_follows_the_others():
    few = joined(trial(5, segment=7), trial(9, segment=18, series=EXPERIENCE_MIN - 1))
    assert choose([few], 18) == 5
    assert choose([few], 2) == 5


def test_without_any_experience_the_default_is_taken():
    assert choose([], 7) == 0


def test_a_difference_that_is_only_noise_changes_nothing():
    rng = np.random.default_rng(2)
    noisy = trial(0)
    cost = 1 + rng.random(noisy.cost.shape) * 0.001
    cost[4, 0] -= 0.001
    level = Trial(
        segment=noisy.segment,
        cost=np.where(np.arange(len(cost))[:, None] == 4, cost, cost[0] + 1e-7),
        covered=noisy.covered,
        is_within=noisy.is_within,
        default_cost=noisy.default_cost,
    )
    assert choose([level], 7) in {0, 4}
    assert choose([noisy], 7) == 0


def test_a_method_that_misses_its_level_must_be_that_much_cheaper():
    close = trial(6)
    close.cost[6] = close.cost[0] * 0.99
    assert choose([close], 7) == 6
    close.covered[6] = 0.85  # weighed up by 3 %
    assert choose([close], 7) == 0


def test_the_report_is_of_choices_made_before():
    # the winner changes at the last origin; the report must charge the former winner there
    report = judge([trial(5), trial(5), trial(9)], 7)
    first, second, third = trial(5), trial(5), trial(9)
    charged = first.cost[0].sum() + second.cost[5].sum() + third.cost[5].sum()
    assert report.cost_ratio == pytest.approx(charged / (3 * first.default_cost.sum()))


def test_a_trial_knows_nothing_after_its_horizon():
    rng = np.random.default_rng(4)
    history = rng.poisson(0.5, size=(60, 40)).astype(float)
    changed = history.copy()
    changed[:, 30:] = 99
    before, after = (run_trial(h, 24, horizon=6, periods_min=6) for h in (history, changed))
    assert (before.cost == after.cost).all()
    assert (before.segment == after.segment).all()


def test_a_trial_forecasts_without_the_horizon_itself():
    rng = np.random.default_rng(4)
    history = rng.poisson(0.5, size=(60, 40)).astype(float)
    none, some = history.copy(), history.copy()
    none[:, 24:30] = 0
    some[:, 24:30] = 0
    # In the first period, so that a peek of one is seen too, and so far above every quantile that
    # cost is level * (demand - quantile).
    some[:, 24] = 1e4
    low, high = (run_trial(h, 24, horizon=6, periods_min=6) for h in (none, some))
    mean_level = np.mean([0.5, 0.8, 0.9, 0.95, 0.99])
    # low = mean((1 - level) q), high = mean(level (1e4 - q)); the same q links them
    stock = 1e4 * mean_level - high.cost
    assert (stock >= low.cost - 1e-9).all()
    assert (low.segment == high.segment).all()
    assert not high.is_within.any()
    assert low.is_within.all()


def test_series_that_did_not_exist_are_left_out():
    history = np.ones((4, 30))
    history[0, :20] = np.nan  # four periods before the origin
    history[1, :24] = 0  # no demand before it
    history[2, 28:] = -1  # horizon not known
    assert len(run_trial(history, 24, horizon=6, periods_min=6).segment) == 1


def test_cost_is_least_at_the_right_quantile():
    rng = np.random.default_rng(8)
    demand = rng.poisson(9, size=4_000).astype(float)
    right = np.quantile(demand, [0.5, 0.8, 0.9, 0.95, 0.99])
    costs = [pinball(demand, np.tile(right + shift, (4_000, 1))).mean() for shift in (0, 1, 2, 3)]
    assert all(a < b for a, b in pairwise(costs))


def test_every_segment_has_a_name():
    names = {segment_name(number) for number in range(len(SHAPES) * len(VOLUMES))}
    assert len(names) == len(SHAPES) * len(VOLUMES)
