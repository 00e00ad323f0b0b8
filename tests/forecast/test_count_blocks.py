"""Vectorized counts agree with the plain ones, and coverage is what it says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargehand.forecast.count_blocks import (
    COUNT_MAX,
    assess,
    count_steps,
    empirical_blocks,
    negative_binomial_blocks,
)
from chargehand.vocabulary.distribution import CountDistribution

LEVELS = np.array([0.5, 0.8, 0.9, 0.95, 0.99])


def quantiles(mean, variance):
    blocks = negative_binomial_blocks(mean, variance, 0.99)
    return assess(blocks, np.zeros(len(mean)), LEVELS)[0]


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0.001, 400), st.floats(1.001, 60)), min_size=1, max_size=12))
def test_quantiles_equal_those_of_the_plain_distribution(series):
    mean = np.array([m for m, _ in series])
    found = quantiles(mean, np.array([m * ratio for m, ratio in series]))
    for row, (m, ratio) in enumerate(series):
        plain = CountDistribution(
            family="negative_binomial", mean=m, variance=m * ratio, period_days=30
        )
        pmf = np.cumsum(plain.pmf(1))
        # a level that is met to the last digits may fall on either side
        low, high = np.searchsorted(pmf, LEVELS - 1e-7), np.searchsorted(pmf, LEVELS + 1e-7)
        assert (low <= found[row]).all()
        assert (found[row] <= high).all()


def test_a_mean_too_high_for_its_first_probability():
    found = quantiles(np.array([800.0]), np.array([800.0]))[0]  # P(0) is e^-800
    assert found == pytest.approx([800, 824, 836, 847, 866], abs=1)


def test_no_demand_needs_nothing():
    assert quantiles(np.zeros(3), np.zeros(3)).tolist() == [[0.0] * 5] * 3


def test_every_series_is_in_one_block():
    rng = np.random.default_rng(7)
    mean = rng.gamma(0.3, 100, size=2_000)
    rows = [r for block, _ in negative_binomial_blocks(mean, mean * 9, 0.99) for r in block]
    assert sorted(rows) == list(range(2_000))


def test_steps_keep_wide_series_countable():
    mean, variance = np.array([1.0, 1e4, 1e7]), np.array([2.0, 1e8, 1e14])
    step = count_steps(mean, variance)
    assert step[0] == 1
    assert (mean / step + 2.5 * np.sqrt(variance) / step <= COUNT_MAX).all()


def test_right_forecasts_are_covered_as_often_as_they_say():
    rng = np.random.default_rng(11)
    mean = np.full(20_000, 0.4)  # a rare part: P(0) = .72, so plain coverage must exceed .95
    demand = rng.negative_binomial(0.4, 0.5, size=20_000).astype(float)
    blocks = negative_binomial_blocks(mean, 2 * mean, 0.99)
    quantile, covered = assess(blocks, demand, LEVELS)
    assert covered.mean() == pytest.approx(0.95, abs=0.005)
    assert (demand <= quantile[:, 3]).mean() > 0.955


def test_a_demand_beyond_every_count_is_not_covered():
    one = np.array([1.0])
    blocks = negative_binomial_blocks(one, one, 0.99)
    assert assess(blocks, np.array([1e7]), LEVELS)[1].tolist() == [0.0]


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 30), min_size=4, max_size=4),
    st.lists(st.integers(1, 5), min_size=4, max_size=4),
    st.integers(1, 6),
)
def test_empirical_sums_equal_those_of_the_plain_distribution(demand, weights, periods):
    weight = np.array([weights]) / sum(weights)
    values, where = np.unique(demand, return_inverse=True)
    chances = np.bincount(where, weight[0])
    plain = CountDistribution(
        family="empirical",
        mean=float(values @ chances),
        variance=0.0,
        period_days=30,
        values=tuple(values.tolist()),
        probabilities=tuple(chances.tolist()),
    )
    ((_, reached),) = empirical_blocks(np.array([demand], dtype=float), weight, periods)
    expected = np.cumsum(plain.pmf(periods))
    assert reached[0, : len(expected)] == pytest.approx(expected, abs=1e-8)
