"""Published inventory examples, to the printed digits.

Snyder and Shen, *Fundamentals of Supply Chain Theory*, 2nd ed. (2019).
"""

from __future__ import annotations

import json
from itertools import product
from statistics import NormalDist

import pytest

from chargehand.optimization.stocking import (
    LeadTimeDemand,
    lead_time_demand,
    order_quantity,
    reorder_point,
    service_level,
)
from chargehand.vocabulary.distribution import CountDistribution, LeadTimeDistribution


def poisson(mean: float) -> CountDistribution:
    return CountDistribution(family="poisson", mean=mean, variance=mean, period_days=1)


def after(days: int) -> LeadTimeDistribution:
    return LeadTimeDistribution(
        days=(days,), probabilities=(1.0,), basis="declared", observations=0, q90_days=days
    )


def stock_cost(ltd: LeadTimeDemand, stock: int, holding: float, missing: float) -> float:
    short = ltd.expected_shortage(stock)
    return holding * (stock - ltd.mean + short) + missing * short


def test_example_3_1_economic_order_quantity():
    quantity = order_quantity(
        demand_per_day=1300 / 365.25, order_cost=8, unit_cost=0.75, holding_rate_per_year=0.3
    )
    assert quantity == 305  # 304.05 in the book, in whole units
    cost = 8 * 1300 / quantity + 0.225 * quantity / 2
    assert cost == pytest.approx(68.41, abs=0.005)


def test_example_4_3_newsvendor_with_normal_demand():
    level = service_level(
        criticality=1, downtime_cost_per_day=0.70, holding_cost_per_day=0.18, level_min=0
    )
    assert NormalDist(50, 8).inv_cdf(level) == pytest.approx(56.60395592743389, abs=1e-6)


def test_newsvendor_with_poisson_demand():
    level = service_level(
        criticality=1, downtime_cost_per_day=4, holding_cost_per_day=1, level_min=0
    )
    ltd = lead_time_demand(poisson(6), after(1), review_days=0)
    assert reorder_point(ltd, level) == 8
    assert stock_cost(ltd, 8, 1, 4) == pytest.approx(3.5701069457709376, abs=1e-6)


def test_example_5_5_reorder_point_and_quantity_with_poisson_demand():
    ltd = lead_time_demand(poisson(1.5), after(2), review_days=0)

    def cost(point: int, quantity: int) -> float:
        positions = range(point + 1, point + quantity + 1)
        return (100 * 1.5 + sum(stock_cost(ltd, y, 20, 150) for y in positions)) / quantity

    best = min(product(range(10), range(1, 15)), key=lambda policy: cost(*policy))
    assert best == (3, 5)
    assert cost(*best) == pytest.approx(107.92358063314975, abs=1e-5)


def test_depot_backorders_of_every_two_echelon_case(shared):
    file = shared / "data/inventory_exact/two_echelon_exact.json"
    if not file.exists():
        pytest.skip(f"no {file}")
    cases = json.loads(file.read_text())
    assert len(cases) == 84
    for case in cases:
        rate = case["J"] * case["lam"] * (1 - case["r"])
        ltd = lead_time_demand(poisson(rate * case["Td"]), after(1), review_days=0)
        assert ltd.expected_shortage(case["s0"]) == pytest.approx(case["depot_EBO"], abs=1e-6)
