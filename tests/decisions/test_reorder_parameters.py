"""Stock levels: changed where it pays, and left alone where it does not."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from chargehand.decisions.reorder_parameters import DECISION, SAVING_MIN
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import RefusalCode
from chargehand.vocabulary.work import Priority
from tests.decisions.stores import (
    HALLE,
    NOW,
    SEAL,
    answer,
    at,
    monthly,
    part,
    press,
    record,
    stocked,
)


def plant(point=None, up_to=None, mean=3.0, **values):
    """The worked example of replenishment: 8 up to 21 is best."""
    levels = {"reorder_point": point, "order_up_to": up_to}
    origin = values.pop("origin", "imported")
    given = {
        "levels": [stocked(**levels, origin=origin)],
        "forecasts": [monthly(mean)],
        "machines": [press(250)],
    }
    return record(**{**given, **values})


def test_raises_levels_that_run_out_too_often():
    proposal = answer(DECISION, plant(2, 15))
    (change,) = proposal.actions
    assert (change.reorder_point, change.order_up_to) == (8, 21)
    assert (change.reorder_point_before, change.order_up_to_before) == (2, 15)
    # 6 more in stock on average, less what was missing in each cycle: E(D - 2)+ = 1.2489
    assert float(change.cost.amount) == pytest.approx((6 - 1.2489 + 0.0053) * 100, abs=1)
    assert proposal.priority is Priority.HIGH
    assert proposal.headline == "Reorder SEAL-7 (Shaft seal) at 8 up to 21 at HALLE3."
    assert any("missing a year" in reason for reason in proposal.reasons)


def test_lowers_levels_that_cost_more_than_they_save():
    proposal = answer(DECISION, plant(60, 90))
    (change,) = proposal.actions
    assert change.reorder_point == 8
    assert change.cost < Money.of(0)
    assert proposal.priority is Priority.LOW


def test_sets_levels_where_there_are_none():
    (change,) = answer(DECISION, plant()).actions
    assert change.reorder_point_before is None


def test_levels_that_are_nearly_right_are_left():
    refusal = answer(DECISION, plant(8, 20))
    assert refusal.code is RefusalCode.PARAMETERS_RIGHT
    assert "8 up to 21" in refusal.because


def test_its_own_advice_is_not_changed_again():
    first = answer(DECISION, plant(2, 15)).actions[0]
    followed = plant(first.reorder_point, first.order_up_to, origin="approved")
    assert answer(DECISION, followed).code is RefusalCode.PARAMETERS_RIGHT


def test_levels_that_a_person_approved_need_twice_the_saving():
    # each unit above costs 20 a year: 4 save 80, more than SAVING_MIN and less than twice that
    assert SAVING_MIN < 80 < 2 * SAVING_MIN
    definitions = [part(criticality=0.1)]
    assert answer(DECISION, plant(12, 25, definitions=definitions)).actions
    approved = plant(12, 25, definitions=definitions, origin="approved")
    assert answer(DECISION, approved).code is RefusalCode.PARAMETERS_RIGHT


def test_without_a_forecast_nothing_is_asked():
    assert not list(DECISION.ask(plant(2, 15, forecasts=[])))


def test_without_levels_and_demand_there_is_nothing_to_set():
    assert answer(DECISION, plant(mean=0.0)).code is RefusalCode.NO_DEMAND


def test_stock_does_not_change_the_answer():
    full = answer(DECISION, plant(2, 15, balances=[at("BULK-1", 500)]))
    assert full == answer(DECISION, plant(2, 15))


@pytest.mark.parametrize(("used", "right"), [(0, False), (1, True), (6, True), (7, False)])
def test_hindsight_compares_demand_with_what_the_levels_assume(used, right):
    proposal = answer(DECISION, plant(2, 15))  # Poisson(3): 1 to 6 in nine of ten
    early = DECISION.measure(proposal, NOW, record(as_of=NOW + timedelta(days=1)))
    assert early.code is RefusalCode.TOO_EARLY
    usage = [(HALLE, SEAL, date(2026, 6, 20), Decimal(used))]
    later = record(as_of=proposal.measure_after, usage=usage)
    hindsight = DECISION.measure(proposal, NOW, later)
    assert hindsight.right is right
    assert (hindsight.worth.amount > 0) is (used > 2)
