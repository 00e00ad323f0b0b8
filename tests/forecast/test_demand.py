"""Demand forecasts: what a planner would miss if it were not so."""

from __future__ import annotations

import numpy as np
import pytest

from chargehand.forecast.demand import PERIODS_MIN, DemandForecast, forecast_demand
from chargehand.vocabulary.wire import read, write


def lumpy_parts(series: int, periods: int, seed: int) -> np.ndarray:
    """Rare orders of widely varying size, as for spare parts."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(1, 0.15, size=(series, 1)).clip(0.03, 0.9)
    occurs = rng.random((series, periods)) < rate
    return np.where(occurs, np.ceil(rng.lognormal(1.5, 1.0, size=(series, periods))), 0.0)


def test_permuting_parts_permutes_forecasts():
    parts = lumpy_parts(300, 48, seed=1)
    order = np.random.default_rng(2).permutation(300)
    plain = forecast_demand(parts, horizon_periods=6)
    permuted = forecast_demand(parts[order], horizon_periods=6)
    assert permuted == [plain[row] for row in order]


def test_a_steady_part_is_forecast_exactly():
    forecast = forecast_demand(np.full((200, 36), 4.0), horizon_periods=3)[0]
    assert forecast.segment == "smooth/medium"
    assert forecast.demand.mean == pytest.approx(4)
    assert forecast.demand.quantile(0.99, periods=3) == 12
    assert forecast.coverage == 1


def test_random_demand_is_recognized():
    rng = np.random.default_rng(6)
    forecasts = forecast_demand(rng.poisson(5, size=(400, 48)), horizon_periods=3)
    assert np.mean([f.demand.mean for f in forecasts]) == pytest.approx(5, rel=0.03)
    assert 0.93 <= forecasts[0].coverage <= 0.99
    quantile = np.mean([f.demand.quantile(0.95, periods=3) for f in forecasts])
    assert quantile == pytest.approx(22, abs=1)  # of a Poisson with mean 15


def test_lumpy_parts_cost_less_than_by_the_erp_default():
    parts = lumpy_parts(600, 72, seed=9)
    seen, later = parts[:, :66], parts[:, 66:].sum(axis=1)
    forecasts = forecast_demand(seen, horizon_periods=6)
    kept = [(f, y) for f, y in zip(forecasts, later, strict=True) if f is not None]
    assert np.mean([f.cost_ratio for f, _ in kept]) < 0.95
    covered = np.mean([y <= f.demand.quantile(0.95, periods=6) for f, y in kept])
    assert 0.92 <= covered <= 0.98


def test_too_little_history_is_left_to_the_static_rule():
    parts = lumpy_parts(60, 36, seed=3)
    parts[0] = 0
    parts[1, : 36 - PERIODS_MIN + 1] = np.nan
    parts[2, : 36 - PERIODS_MIN] = -1
    parts[2, -1] = 3
    forecasts = forecast_demand(parts, horizon_periods=3)
    assert forecasts[0] is None
    assert forecasts[1] is None
    assert forecasts[2].periods == PERIODS_MIN


def test_what_cannot_be_back_tested_is_not_forecast():
    parts = np.ones((5, 14))
    assert forecast_demand(parts, horizon_periods=9) == [None] * 5
    assert forecast_demand(parts, horizon_periods=8)[0] is not None


def test_no_parts_no_forecasts():
    assert forecast_demand(np.empty((0, 48)), horizon_periods=6) == []


def test_a_new_part_is_judged_by_its_own_life_only():
    parts = lumpy_parts(200, 48, seed=12)
    parts[0, :24], parts[0, 24:] = -1, 2
    forecast = forecast_demand(parts, horizon_periods=6)[0]
    assert forecast.periods == 24
    assert 1.2 <= forecast.demand.mean <= 2.4


def test_one_part_alone_is_forecast_by_the_default_method():
    forecast = forecast_demand(lumpy_parts(1, 60, seed=5), horizon_periods=6)[0]
    assert forecast.method == "static negative binomial (mean x 1, variance x 1.3)"


def test_the_period_is_kept():
    weekly = forecast_demand(np.full((1, 52), 2), horizon_periods=4, period_days=7)[0]
    assert weekly.demand.period_days == 7
    assert weekly.demand.mean_per_day == pytest.approx(2 / 7)


@pytest.mark.parametrize("seed", range(3))
def test_every_value_is_a_number_and_survives_being_recorded(seed):
    parts = lumpy_parts(120, 40, seed) * np.array([[1.0, 1e3, 1e6]] * 40).reshape(-1, 1)
    for forecast in forecast_demand(parts, horizon_periods=4):
        if forecast is None:
            continue
        assert forecast.cost_ratio >= 0
        assert 0 <= forecast.coverage <= 1
        assert read(DemandForecast, write(forecast)) == forecast


def test_a_large_steady_demand_is_not_forecast_in_lumps():
    rng = np.random.default_rng(10)
    forecast = forecast_demand(rng.poisson(1e6, size=(200, 36)), horizon_periods=3)[0]
    assert forecast.demand.mean == pytest.approx(1e6, rel=0.001)
    assert 0.9 <= forecast.coverage <= 0.99
    assert forecast.cost_ratio < 1.2
