"""What a planner reads: sums with their period, no day that is past already, good grammar."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from chargehand.decisions import cycle_count, mro_replenishment, reorder_parameters
from chargehand.decisions.decision import Hindsight
from chargehand.optimization.basis import basis_text
from chargehand.vocabulary.material import Supplier
from chargehand.vocabulary.work import Priority
from tests.decisions.stores import (
    HALLE,
    NOW,
    SEAL,
    SKF,
    answer,
    at,
    lead,
    monthly,
    order,
    press,
    record,
    stocked,
)

MRO = mro_replenishment.DECISION


def spare(**values):
    given = {"machines": [press(1200)], "forecasts": [monthly(3.0, variance=7.0), lead(20)]}
    return answer(MRO, record(**{**given, **values}))


def test_nothing_left_is_said_as_that():
    found = spare(balances=[])
    assert found.inaction.startswith("There is none left. ")
    assert NOW.strftime("%Y-%m-%d") not in found.inaction
    assert "None is left." in found.actions[0].justification


def test_stock_that_is_all_planned_for_is_said_with_the_day_of_the_chart():
    found = spare(balances=[at("BULK-1", 1)], orders=[order(needs=5, due=4)])
    empty = next(day for day, stock in enumerate(found.series[0]) if stock <= 0)
    day = (NOW + timedelta(days=empty)).date()
    assert found.inaction.startswith(
        f"What is free (1) is all planned for maintenance, used up by {day}. "
    )


def test_the_cost_without_a_forecast_says_how_it_was_come_by():
    found = spare(forecasts=[], levels=[stocked(reorder_point=4)], balances=[at("BULK-1", 2)])
    for figure in ("chance of 50%", "24 hours", "EUR 1,200.00", "criticality 0.5"):
        assert figure in found.inaction


def test_what_lasts_longer_than_a_year_does_not_press():
    found = spare(balances=[at("BULK-1", 1)], forecasts=[monthly(0.05), lead(20)])
    assert found.inaction.startswith("Stock lasts longer than a year")
    assert found.priority is Priority.LOW
    assert found.decide_before >= NOW + timedelta(days=28)


def test_names_and_numbers_read_well():
    partners = [Supplier(supplier=SKF, name="Hansen e.K.", lead_time_days=1)]
    found = spare(balances=[], partners=partners, forecasts=[monthly(3.0)])
    texts = " ".join([*found.reasons, *(a.what for a in found.alternatives)])
    assert "from Hansen e.K." in texts
    assert ".." not in texts
    assert "a lead time of 1 day." in texts


@pytest.mark.parametrize(("periods", "told"), [(36, True), (12, False)])
def test_the_basis_is_told_in_plain_words(periods, told):
    forecast = replace(monthly(3.0)[2], periods=periods, cost_ratio=0.84)
    text = basis_text(forecast)
    assert text.startswith(f"Forecast from {periods} months of use; in the back-test it cost 16 %")
    assert text.endswith("(static@demand-1).")
    assert ("95%" in text) is told


def test_levels_name_the_period_of_each_sum_and_claim_nothing_for_levels_not_set():
    plant = record(machines=[press(1200)], forecasts=[monthly(3.0, variance=7.0)], levels=[])
    plant.levels = [stocked()]
    found = answer(reorder_parameters.DECISION, plant)
    assert "a year)" in found.inaction
    assert f"until {found.measure_after:%Y-%m-%d}" in found.inaction
    assert str(found.cost_of_inaction) in found.inaction
    assert all("cost of a year" in alternative.what for alternative in found.alternatives)
    assert next(c.now for c in found.changes if c.what == "Service level") == "not set"
    assert "chance, now" not in " ".join(found.reasons)


def test_a_count_says_what_its_confidence_is_the_chance_of():
    (found,) = [
        one
        for one in [answer(cycle_count.DECISION, record(balances=[at("BULK-1", 40)]))]
        if not hasattr(one, "code")
    ]
    assert "the chance that the record is wrong" in found.basis_note


@pytest.mark.parametrize(("used", "right"), [(0, False), (1, True)])
def test_stock_already_below_its_floor_is_right_only_if_some_was_used(used, right):
    proposal = spare(balances=[])
    usage = [(HALLE, SEAL, date(2026, 6, 3), Decimal(used))] if used else []
    later = record(as_of=proposal.measure_after, usage=usage)
    hindsight = MRO.measure(proposal, NOW, later)
    assert isinstance(hindsight, Hindsight)
    assert hindsight.right is right
    assert hindsight.expected.startswith("It was already below the ")
    assert ("could have waited" in hindsight.because) is not right
    assert (hindsight.worth.amount > 0) is right


def test_a_pick_face_at_its_minimum_is_refilled_by_rule_used_or_not():
    refill = spare(
        balances=[at("PF-1", 2), at("BULK-1", 20)],
        levels=[stocked(pick_face="PF-1", pick_face_min=2, pick_face_max=6)],
        forecasts=[monthly(0.3), lead(4)],
    )
    assert refill.confidence == 0.99
    unused = MRO.measure(refill, NOW, record(as_of=refill.measure_after))
    assert isinstance(unused, Hindsight)
    assert unused.right
    assert unused.expected == "It was at 2 already, and its minimum is 2."
