"""What a distribution of counts promises, whatever made it."""

from __future__ import annotations

from math import exp, factorial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargehand.vocabulary.distribution import (
    POINTS_MAX,
    CountDistribution,
    LeadTimeDistribution,
    negative_binomial_pmf,
    quantile_of,
)
from chargehand.vocabulary.wire import read, write

means = st.floats(0.001, 300)
ratios = st.floats(1.0, 40)
periods = st.floats(0.01, 24)


@st.composite
def counts(draw):
    if draw(st.booleans()):
        mean = draw(means)
        return CountDistribution(
            family="negative_binomial", mean=mean, variance=mean * draw(ratios), period_days=30
        )
    values = sorted(draw(st.sets(st.integers(0, 12), min_size=1, max_size=5)))
    weights = [draw(st.integers(1, 9)) for _ in values]
    chances = [weight / sum(weights) for weight in weights]
    mean = sum(v * p for v, p in zip(values, chances, strict=True))
    return CountDistribution(
        family="empirical",
        mean=mean,
        variance=sum((v - mean) ** 2 * p for v, p in zip(values, chances, strict=True)),
        period_days=30,
        values=tuple(values),
        probabilities=tuple(chances),
    )


@settings(deadline=None)
@given(counts(), periods)
def test_probabilities_add_up_and_keep_the_mean(demand, time):
    pmf = demand.pmf(time)
    assert sum(pmf) == pytest.approx(1, abs=1e-9)
    assert min(pmf) >= 0
    mean = sum(units * p for units, p in enumerate(pmf))
    assert mean == pytest.approx(demand.mean * time, rel=1e-4, abs=1e-4)


@settings(deadline=None)
@given(counts(), st.integers(1, 6))
def test_variance_of_whole_periods_adds_up(demand, time):
    pmf = demand.pmf(time)
    mean = sum(units * p for units, p in enumerate(pmf))
    variance = sum((units - mean) ** 2 * p for units, p in enumerate(pmf))
    assert variance == pytest.approx(demand.variance * time, rel=1e-3, abs=1e-3)


@settings(deadline=None)
@given(counts(), periods, st.floats(0.01, 0.99), st.floats(0, 0.009))
def test_a_higher_level_never_needs_less(demand, time, level, more):
    low, high = demand.quantile(level, periods=time), demand.quantile(level + more, periods=time)
    assert low <= high
    assert demand.cdf(low, periods=time) >= level - 1e-9
    assert demand.cdf(low - 1, periods=time) < level


@settings(deadline=None)
@given(counts(), st.floats(0.1, 6), st.floats(0, 3), st.floats(0.5, 0.99))
def test_more_time_never_needs_less(demand, time, more, level):
    assert demand.quantile(level, periods=time) <= demand.quantile(level, periods=time + more)


def test_poisson_equals_its_formula():
    demand = CountDistribution(family="poisson", mean=2.5, variance=2.5, period_days=7)
    expected = [exp(-2.5) * 2.5**k / factorial(k) for k in range(12)]
    assert demand.pmf(1)[:12] == pytest.approx(expected, abs=1e-9)


def test_halves_of_a_period_make_a_whole():
    demand = CountDistribution(
        family="negative_binomial", mean=1.2, variance=5.0, period_days=30.4375
    )
    half, whole = demand.pmf(0.5), demand.pmf(1)
    joined = [sum(half[i] * half[k - i] for i in range(k + 1)) for k in range(20)]
    assert joined == pytest.approx(whole[:20], abs=1e-8)


def test_two_throws_of_a_die_make_seven():
    die = CountDistribution(
        family="empirical",
        mean=3.5,
        variance=35 / 12,
        period_days=1,
        values=(1, 2, 3, 4, 5, 6),
        probabilities=(1 / 6,) * 6,
    )
    pmf = die.pmf(2)
    assert len(pmf) == 13
    assert pmf[7] == pytest.approx(6 / 36)
    assert pmf[:2] == (0, 0)


@pytest.mark.parametrize(
    ("mean", "variance"), [(3_000.0, 3_000.0), (9_000.0, 8e5), (0.01, 4.0), (20_000.0, 21_000.0)]
)
def test_extreme_moments_survive(mean, variance):
    pmf = negative_binomial_pmf(mean, variance)
    found = sum(units * p for units, p in enumerate(pmf))
    assert found == pytest.approx(mean, rel=1e-3)
    assert sum((units - found) ** 2 * p for units, p in enumerate(pmf)) == pytest.approx(
        variance, rel=5e-3
    )


def test_what_is_beyond_the_longest_result_is_on_its_last_point():
    pmf = negative_binomial_pmf(1e6, 1e12)
    assert len(pmf) == POINTS_MAX
    assert pmf[-1] > 0.9
    assert sum(pmf) == pytest.approx(1)


def test_no_demand_needs_no_stock():
    nothing = CountDistribution(family="poisson", mean=0, variance=0, period_days=30)
    assert nothing.pmf(12) == (1.0,)
    assert nothing.quantile(0.999, periods=12) == 0


def test_quantile_of_a_level_that_is_just_reached():
    assert quantile_of((0.1,) * 10, 0.3) == 2  # 0.1 + 0.1 + 0.1 is above 0.3 in binary


@pytest.mark.parametrize(
    "change",
    [
        {"probabilities": (0.5, 0.4)},
        {"days": (20, 10)},
        {"days": (-1, 10)},
        {"days": tuple(range(13)), "probabilities": (1 / 13,) * 13},
    ],
)
def test_a_lead_time_distribution_that_is_none_is_a_mistake(change):
    good = {
        "days": (10, 20),
        "probabilities": (0.5, 0.5),
        "basis": "declared",
        "observations": 0,
        "q90_days": 20,
    }
    assert LeadTimeDistribution(**good).mean_days() == 15
    with pytest.raises(AssertionError):
        LeadTimeDistribution(**(good | change))


@settings(deadline=None)
@given(counts())
def test_written_and_read_it_is_the_same(demand):
    assert read(CountDistribution, write(demand)) == demand
