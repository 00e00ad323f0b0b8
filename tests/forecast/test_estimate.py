"""Estimates of intermittent demand on histories whose answer is known by hand."""

from __future__ import annotations

import numpy as np
import pytest

from chargehand.forecast.estimate import (
    imapa_rate,
    read_history,
    renewal_rate,
    sba_rate,
    static_rate,
    tsb_rate,
)

RATES = [static_rate, renewal_rate, tsb_rate, imapa_rate, sba_rate]


@pytest.mark.parametrize("rate", RATES)
def test_a_steady_demand_is_its_own_forecast(rate):
    history = read_history(np.full((2, 36), 5.0))
    expected = 5.0 * (0.95 if rate is sba_rate else 1)
    assert rate(history) == pytest.approx([expected, expected])


@pytest.mark.parametrize("rate", RATES)
def test_what_was_before_the_part_existed_counts_nothing(rate):
    rng = np.random.default_rng(3)
    known = rng.poisson(0.4, size=(50, 30)) * 3.0
    known[:, 0] = 3.0
    absent = np.full((50, 24), -1.0)
    both = np.concatenate([absent, known], axis=1)
    missing = np.where(both < 0, np.nan, both)
    assert rate(read_history(both)) == pytest.approx(rate(read_history(known)))
    assert rate(read_history(missing)) == pytest.approx(rate(read_history(both)))


@pytest.mark.parametrize("rate", RATES)
def test_units_scale(rate):
    rng = np.random.default_rng(5)
    demand = rng.poisson(0.3, size=(40, 48)) * 2.0
    demand[:, 4] = 2.0
    assert rate(read_history(demand * 10)) == pytest.approx(10 * rate(read_history(demand)))


@pytest.mark.parametrize("rate", RATES)
def test_no_demand_is_forecast_as_none(rate):
    assert rate(read_history(np.zeros((1, 24)))) == pytest.approx([0.0])


def test_a_part_no_longer_used_fades_out_of_tsb_alone():
    retired = read_history(np.array([[4.0] * 12 + [0.0] * 36]))
    assert tsb_rate(retired) < 0.5 * static_rate(retired)
    assert sba_rate(retired) > 3.7  # Croston learns nothing from zeros


def test_a_demand_that_is_due_is_likelier_than_one_just_met():
    due, met = [6.0, 0, 0, 0, 6.0, 0, 0, 0], [0, 0, 0, 6.0, 0, 0, 0, 6.0]
    history = read_history(np.array([due, met]))
    assert history.mean[0] == history.mean[1]
    assert renewal_rate(history)[0] > history.mean[0] > renewal_rate(history)[1]


def test_moments_are_those_of_the_sample():
    rng = np.random.default_rng(1)
    demand = rng.negative_binomial(1, 0.2, size=(20, 40)).astype(float)
    history = read_history(demand)
    assert history.mean == pytest.approx(demand.mean(axis=1))
    assert history.variance == pytest.approx(demand.var(axis=1, ddof=1))
