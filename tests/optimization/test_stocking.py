"""What stock levels promise, and small plants whose answer is known by hand."""

from __future__ import annotations

from math import exp
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargehand.optimization.stocking import (
    GRID_POINTS,
    LeadTimeDemand,
    lead_time_demand,
    order_quantity,
    reorder_point,
    round_to_pack,
    service_level,
    stockout_day,
)
from chargehand.vocabulary.distribution import CountDistribution, LeadTimeDistribution

levels = st.floats(0.5, 0.995)


def usage(mean: float, ratio: float = 1.0, period_days: float = 30.0) -> CountDistribution:
    return CountDistribution(
        family="negative_binomial", mean=mean, variance=mean * ratio, period_days=period_days
    )


def supply(*days: int) -> LeadTimeDistribution:
    return LeadTimeDistribution(
        days=days,
        probabilities=(1 / len(days),) * len(days),
        basis="declared",
        observations=0,
        q90_days=days[-1],
    )


demands = st.builds(usage, st.floats(0.01, 40), st.floats(1, 30))
supplies = st.sets(st.integers(0, 200), min_size=1, max_size=12).map(lambda s: supply(*sorted(s)))


@settings(deadline=None)
@given(demands, supplies, st.floats(0, 30))
def test_lead_time_demand_adds_up_and_keeps_its_mean(demand, lead_time, review_days):
    ltd = lead_time_demand(demand, lead_time, review_days=review_days)
    assert sum(ltd.pmf) == pytest.approx(1, abs=1e-6)
    assert len(ltd.pmf) <= GRID_POINTS * 2
    mean = demand.mean_per_day * (lead_time.mean_days() + review_days)
    assert ltd.mean == pytest.approx(mean)
    found = sum(index * ltd.step * p for index, p in enumerate(ltd.pmf))
    assert found == pytest.approx(mean, rel=0.01, abs=0.01)


@settings(deadline=None)
@given(demands, supplies, levels, st.floats(0, 0.004))
def test_a_higher_level_never_lowers_the_reorder_point(demand, lead_time, level, more):
    ltd = lead_time_demand(demand, lead_time, review_days=7)
    assert reorder_point(ltd, level) <= reorder_point(ltd, level + more)


@settings(deadline=None)
@given(st.builds(usage, st.floats(0.01, 20), st.floats(1, 5)), supplies, levels, st.integers(0, 60))
def test_more_lead_time_never_lowers_the_reorder_point(demand, lead_time, level, more):
    later = supply(*(days + more for days in lead_time.days))
    early, late = (lead_time_demand(demand, time, review_days=1) for time in (lead_time, later))
    assert reorder_point(early, level) <= reorder_point(late, level) + late.step - 1


@settings(deadline=None)
@given(demands, supplies, st.integers(0, 80))
def test_one_more_unit_saves_what_it_is_likely_to_be_needed(demand, lead_time, stock):
    ltd = lead_time_demand(demand, lead_time, review_days=0)
    if ltd.step == 1:
        saved = ltd.expected_shortage(stock) - ltd.expected_shortage(stock + 1)
        assert saved == pytest.approx(1 - ltd.cdf(stock), abs=1e-5)


def test_an_uncertain_lead_time_needs_more_than_its_mean():
    demand = usage(30)
    sure = lead_time_demand(demand, supply(30), review_days=0)
    unsure = lead_time_demand(demand, supply(1, 59), review_days=0)
    assert sure.mean == pytest.approx(unsure.mean)
    assert (reorder_point(sure, 0.95), reorder_point(unsure, 0.95)) == (39, 69)


def test_a_large_plant_is_counted_in_steps_and_still_right():
    ltd = lead_time_demand(usage(1e6, ratio=4), supply(30), review_days=0)
    assert ltd.step > 1
    expected = NormalDist(1e6, 2_000).inv_cdf(0.95)
    assert abs(reorder_point(ltd, 0.95) - expected) <= ltd.step


def test_a_lumpy_part_is_counted_in_steps_and_keeps_its_shape():
    ltd = lead_time_demand(usage(20, ratio=2_000), supply(60), review_days=0)
    exact = usage(20, ratio=2_000).quantile(0.95, periods=2)
    assert ltd.step > 1
    assert abs(reorder_point(ltd, 0.95) - exact) <= 3 * ltd.step
    nearest = sum(usage(20, ratio=2_000).pmf(2)[: ltd.step // 2 + 1])
    assert ltd.cdf(0) == pytest.approx(nearest, abs=0.01)


def test_stock_that_covers_nothing_or_everything():
    coin = LeadTimeDemand(pmf=(0.5, 0.5), mean=0.5)
    assert coin.cdf(-1) == 0
    assert coin.cdf(5) == 1
    assert coin.expected_shortage(0) == pytest.approx(0.5)
    assert coin.expected_shortage(9) == 0


@pytest.mark.parametrize(
    ("criticality", "downtime", "level"),
    [(1.0, 99.0, 0.99), (1.0, 1e9, 0.995), (0.0, 1e9, 0.80), (1.0, 0.0, 0.80), (0.5, 38.0, 0.95)],
)
def test_service_level(criticality, downtime, level):
    found = service_level(
        criticality=criticality, downtime_cost_per_day=downtime, holding_cost_per_day=1.0
    )
    assert found == pytest.approx(level)


def test_a_costless_stock_is_held_at_the_highest_level():
    assert service_level(criticality=1, downtime_cost_per_day=5, holding_cost_per_day=0) == 0.995


@given(st.integers(-5, 10_000), st.integers(0, 500), st.integers(1, 144))
def test_an_order_is_whole_packs_of_at_least_the_minimum(quantity, minimum, pack):
    ordered = round_to_pack(quantity, minimum=minimum, pack=pack)
    assert ordered % pack == 0
    assert ordered >= max(quantity, minimum)
    assert ordered - pack < max(quantity, minimum, 1)


@given(st.floats(0, 100), st.floats(0, 500), st.floats(0.01, 1e5), st.floats(0.01, 1))
def test_order_quantity_is_close_to_the_best(per_day, order_cost, unit_cost, rate):
    found = order_quantity(
        demand_per_day=per_day,
        order_cost=order_cost,
        unit_cost=unit_cost,
        holding_rate_per_year=rate,
    )
    best = (2 * order_cost * per_day * 365.25 / (unit_cost * rate)) ** 0.5
    assert best - 1e-6 <= found <= best + 1 + 1e-6 or found == 1


def test_no_demand_orders_the_minimum():
    assert (
        order_quantity(
            demand_per_day=0,
            order_cost=50,
            unit_cost=3,
            holding_rate_per_year=0.2,
            minimum=10,
            pack=4,
        )
        == 12
    )


def test_day_of_stockout_is_the_day_by_which_demand_has_probably_come():
    daily = CountDistribution(family="poisson", mean=1, variance=1, period_days=1)
    # at least one demand by day t with chance 1 - exp(-t)
    assert 1 - exp(-2) < 0.9 < 1 - exp(-3)
    assert stockout_day(1, daily, probability=0.9, horizon_days=30) == 3


def test_day_of_stockout_today_later_and_never():
    demand = usage(3)
    assert stockout_day(0, demand, probability=0.5, horizon_days=30) == 0
    assert stockout_day(50, demand, probability=0.1, horizon_days=30) is None
    nothing = CountDistribution(family="poisson", mean=0, variance=0, period_days=30)
    assert stockout_day(1, nothing, probability=0.01, horizon_days=3_650) is None


@settings(deadline=None)
@given(demands, st.integers(1, 50), st.floats(0.05, 0.9), st.integers(1, 20))
def test_more_stock_lasts_no_shorter(demand, stock, probability, more):
    days = [
        stockout_day(units, demand, probability=probability, horizon_days=400) or 401
        for units in (stock, stock + more)
    ]
    assert days[0] <= days[1]
