"""Replenishment of spare parts, in examples that can be worked out by hand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from chargehand.decisions.decision import Proposal
from chargehand.decisions.mro_replenishment import DECISION
from chargehand.vocabulary.equipment import RequestState
from chargehand.vocabulary.material import Supplier
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from chargehand.vocabulary.work import MoveTask, ReasonCode, Requisition, Transfer
from tests.decisions.stores import (
    ERIKS,
    HALLE,
    NOW,
    SEAL,
    SKF,
    ULM,
    answer,
    at,
    coming,
    held_for,
    lateness,
    lead,
    monthly,
    order,
    part,
    press,
    record,
    sold_by,
    stocked,
)

WORKED = {"forecasts": [monthly(3.0)], "machines": [press(250)]}
"""29 days of lead time and one of review: demand is Poisson(3). A missing unit costs
45 + 0.5 (150 + 24 * 250) = 3120, one more unit in stock 7.12 a cycle: the level is its bound,
.995, and the .995 quantile of Poisson(3) is 8. The economic quantity is
sqrt(2 * 45 * 36.525 / 20) = 12.8, so 13: order up to 21."""
FACE = {"pick_face": "PF-1", "pick_face_min": 2, "pick_face_max": 6}


def the(action_type, proposal):
    assert isinstance(proposal, Proposal), proposal
    (found,) = [action for action in proposal.actions if isinstance(action, action_type)]
    return found


def test_orders_up_to_the_worked_example():
    proposal = answer(DECISION, record(balances=[at("BULK-1", 5)], **WORKED))
    requisition = the(Requisition, proposal)
    assert requisition.quantity.amount == 21 - 5
    assert requisition.supplier == SKF
    assert requisition.cost == Money.of(45 + 16 * 100)
    assert proposal.headline == (
        "Order 16 of SEAL-7 (Shaft seal) from SKF Distribution for HALLE3."
    )
    # E(D - 5)+ = 0.13462 for Poisson(3)
    assert float(proposal.cost_of_inaction.amount) == pytest.approx(0.13462 * 3120, abs=0.05)
    assert proposal.measure_after == NOW + timedelta(days=30)
    assert proposal.basis == "model"
    assert "static@demand-1" in proposal.basis_note


@pytest.mark.parametrize(("stock", "chance"), [(8, 0.5768), (7, 0.8009), (6, 0.9502)])
def test_confidence_is_the_chance_that_the_safety_stock_of_5_is_touched(stock, chance):
    proposal = answer(DECISION, record(balances=[at("BULK-1", stock)], **WORKED))
    assert proposal.confidence == pytest.approx(chance, abs=1e-4)


def test_enough_is_a_refusal_with_the_figures():
    refusal = answer(DECISION, record(balances=[at("BULK-1", 9)], **WORKED))
    assert refusal.code is RefusalCode.STOCK_SUFFICIENT
    assert "Position 9" in refusal.because
    assert "reorder point 8" in refusal.because


@pytest.mark.parametrize("units", range(41))
def test_it_orders_at_the_exact_reorder_point_and_not_above_it(units):
    """Far above it, a bound stands in for the distribution: that must not show."""
    found = answer(DECISION, record(balances=[at("BULK-1", units)], **WORKED))
    assert isinstance(found, Proposal) is (units <= 8)
    slow = record(balances=[at("BULK-1", units)], forecasts=[monthly(1.0)])
    assert isinstance(answer(DECISION, slow), Proposal) is (units <= 4)


def test_stock_that_is_promised_is_not_there():
    plant = record(
        balances=[at("BULK-1", 9, reserved=2)],
        promised=[held_for("WO-1", 2)],
        orders=[order(needs=2)],
        **WORKED,
    )
    assert the(Requisition, answer(DECISION, plant)).quantity.amount == 21 - 7


@pytest.mark.parametrize("supply", [coming(4), coming(4, state="requested")])
def test_what_is_coming_is_not_ordered_twice(supply):
    plant = record(balances=[at("BULK-1", 5)], coming=[supply], **WORKED)
    assert answer(DECISION, plant).code is RefusalCode.STOCK_SUFFICIENT


def test_a_transfer_on_its_way_counts_once():
    """It is incoming at its place, and no supply besides."""
    plant = record(balances=[at("BULK-1", 5, incoming=2)], **WORKED)
    assert the(Requisition, answer(DECISION, plant)).quantity.amount == 21 - 7


def test_supply_long_overdue_is_said_and_not_counted_on():
    counted = coming(16, promised=NOW.date() - timedelta(days=14))
    enough = answer(DECISION, record(balances=[at("BULK-1", 5)], coming=[counted], **WORKED))
    assert enough.code is RefusalCode.STOCK_SUFFICIENT
    overdue = coming(16, promised=NOW.date() - timedelta(days=15))
    proposal = answer(DECISION, record(balances=[at("BULK-1", 5)], coming=[overdue], **WORKED))
    assert the(Requisition, proposal).quantity.amount == 16
    assert any(f"{overdue[2].key} for 16 was promised" in reason for reason in proposal.reasons)


@pytest.mark.parametrize("decision", ["mro_replenishment", "part_reservation", None])
def test_a_waiting_proposal_does_not_answer_the_question(decision):
    waiting = coming(16, state="proposed", decision=decision)
    plant = record(balances=[at("BULK-1", 5)], coming=[waiting], **WORKED)
    assert the(Requisition, answer(DECISION, plant)).quantity.amount == 16


def test_minimum_and_packs_of_the_supplier_are_kept():
    items = [sold_by(order_quantity_min=20, pack_size=6)]
    plant = record(balances=[at("BULK-1", 5)], items=items, **WORKED)
    assert the(Requisition, answer(DECISION, plant)).quantity.amount == 24


def test_planned_maintenance_in_the_lead_time_counts_and_could_flip_it():
    plant = record(balances=[at("BULK-1", 10)], orders=[order("WO-7", needs=3, due=10)], **WORKED)
    proposal = answer(DECISION, plant)
    assert the(Requisition, proposal).quantity.amount == 21 - 7
    assert any("WO-7" in reason for reason in proposal.reasons)
    assert "If order WO-7 were postponed to 2026-07-02 or later." in proposal.would_flip
    assert "If 12 or more were free (it is 10)." in proposal.would_flip


def test_planned_maintenance_after_the_lead_time_can_wait():
    later = order("WO-7", needs=3, due=40)
    plant = record(balances=[at("BULK-1", 10)], orders=[later], **WORKED)
    assert answer(DECISION, plant).code is RefusalCode.STOCK_SUFFICIENT


def test_what_stands_staged_is_not_needed_again():
    plant = record(balances=[at("BULK-1", 10), at("STAGE-1", 3)], orders=[order(needs=3)], **WORKED)
    assert answer(DECISION, plant).code is RefusalCode.STOCK_SUFFICIENT


def test_would_flip_names_the_lead_time_that_is_short_enough():
    proposal = answer(DECISION, record(balances=[at("BULK-1", 5)], **WORKED))
    # Poisson(0.1 (L + 1)): the .995 quantile is 4 up to a mean of 1.07, 5 beyond
    assert "If the lead time of SKF Distribution were 9 days or less (it is 29 on average)." in (
        proposal.would_flip
    )


def test_without_a_forecast_the_static_levels_decide_and_say_so():
    levels = [stocked(reorder_point=4, order_up_to=12)]
    proposal = answer(DECISION, record(balances=[at("BULK-1", 4)], levels=levels))
    assert the(Requisition, proposal).quantity.amount == 8
    assert proposal.basis == "fallback"
    assert "No forecast" in proposal.basis_note
    assert proposal.confidence == 0.5
    above = answer(DECISION, record(balances=[at("BULK-1", 5)], levels=levels))
    assert above.code is RefusalCode.STOCK_SUFFICIENT


def test_levels_that_are_equal_restore_one_more():
    """One for one, as slow spares are kept: an order of nothing would be no order."""
    levels = [stocked(reorder_point=1, order_up_to=1)]
    proposal = answer(DECISION, record(balances=[at("BULK-1", 1)], levels=levels))
    assert the(Requisition, proposal).quantity.amount == 1


def test_the_fallback_refills_at_the_static_minimum():
    plant = record(
        levels=[stocked(**FACE, reorder_point=1, order_up_to=9)],
        balances=[at("PF-1", 2), at("BULK-1", 3), at("BULK-2", 9)],
    )
    task = the(MoveTask, answer(DECISION, plant))
    assert (task.from_location, task.to_location) == ("BULK-2", "PF-1")
    assert task.quantity.amount == 4
    assert task.reason is ReasonCode.STATIC_MINIMUM_REACHED


def test_a_pick_face_that_will_run_empty_is_refilled_before_its_minimum():
    plant = record(
        forecasts=[monthly(90.0)],
        levels=[stocked(pick_face="PF-1", pick_face_min=1, pick_face_max=20)],
        balances=[at("PF-1", 4), at("BULK-1", 900)],
    )
    task = the(MoveTask, answer(DECISION, plant))  # P(Poisson(3) >= 4) = .35
    assert task.reason is ReasonCode.AI_PREDICTED_STOCKOUT
    assert task.quantity.amount == 16
    assert task.predicted_stockout_on == date(2026, 6, 3)
    assert task.criticality == 0.5


def test_bulk_that_maintenance_lacks_stays_in_bulk():
    plant = record(
        levels=[stocked(**FACE, reorder_point=0, order_up_to=1)],
        balances=[at("PF-1", 1), at("BULK-1", 6)],
        orders=[order(needs=4)],
    )
    assert the(MoveTask, answer(DECISION, plant)).quantity.amount == 2


def test_a_refill_and_an_order_make_one_proposal():
    plant = record(levels=[stocked(**FACE)], balances=[at("PF-1", 1), at("BULK-1", 3)], **WORKED)
    proposal = answer(DECISION, plant)
    assert [type(action) for action in proposal.actions] == [MoveTask, Requisition]
    assert proposal.headline == (
        "Carry 3 of SEAL-7 (Shaft seal) from BULK-1 to PF-1 and order 17 from SKF Distribution"
        " for HALLE3."
    )


def test_another_site_sends_what_it_can_spare():
    plant = record(
        forecasts=[monthly(3.0), monthly(1.0, site=ULM)],
        balances=[at("BULK-1", 5), at("U-1", 30, reserved=2, site=ULM)],
        levels=[stocked(bulk="BULK-1"), stocked(site=ULM)],
        triggered={ULM: frozenset()},
    )
    proposal = answer(DECISION, plant)
    transfer = the(Transfer, proposal)
    assert (transfer.from_site, transfer.from_location) == (ULM, "U-1")
    assert transfer.to_location == "BULK-1"
    assert transfer.quantity.amount == 16
    assert any("SKF Distribution" in alternative.what for alternative in proposal.alternatives)


@pytest.mark.parametrize("theirs", [8, 11])
def test_another_site_keeps_what_it_needs_itself(theirs):
    plant = record(
        forecasts=[monthly(3.0), monthly(3.0, site=ULM)],
        balances=[at("BULK-1", 5), at("U-1", theirs, site=ULM)],
        levels=[stocked(), stocked(site=ULM)],
        triggered={ULM: frozenset()},
    )
    # it keeps 8; three more do not lift the position of 5 above 8
    assert the(Requisition, answer(DECISION, plant)).quantity.amount == 16


def test_a_site_without_forecast_and_levels_spares_nothing():
    plant = record(
        balances=[at("BULK-1", 5), at("U-1", 500, site=ULM)],
        triggered={ULM: frozenset()},
        forecasts=[monthly(3.0)],
    )
    the(Requisition, answer(DECISION, plant))


def test_a_transfer_helps_where_nobody_sells():
    plant = record(
        items=[],
        forecasts=[monthly(3.0), monthly(1.0, site=ULM)],
        balances=[at("BULK-1", 5), at("U-1", 60, site=ULM)],
        triggered={ULM: frozenset()},
    )
    proposal = answer(DECISION, plant)
    the(Transfer, proposal)
    assert len(proposal.alternatives) >= 2


def test_the_cheaper_supplier_loses_where_waiting_costs_more():
    terms = {
        "items": [sold_by(SKF, 100), sold_by(ERIKS, 101)],
        "partners": [
            Supplier(supplier=SKF, name="SKF Distribution", lead_time_days=60),
            Supplier(supplier=ERIKS, name="Eriks", lead_time_days=3),
        ],
        "balances": [at("BULK-1", 1)],
    }
    critical = record(forecasts=[monthly(3.0)], machines=[press(5000)], **terms)
    assert the(Requisition, answer(DECISION, critical)).supplier == ERIKS
    idle = record(forecasts=[monthly(3.0)], definitions=[part(criticality=0.0)], **terms)
    assert the(Requisition, answer(DECISION, idle)).supplier == SKF


def test_a_supplier_that_is_often_late_is_charged_for_it():
    terms = {
        "items": [sold_by(SKF, 100), sold_by(ERIKS, 103)],
        "balances": [at("BULK-1", 1)],
        "machines": [press(5000)],
    }
    learned = [monthly(3.0), lead(10, 20), lead(10, 20, supplier=ERIKS)]
    both_good = record(forecasts=learned, **terms)
    assert the(Requisition, answer(DECISION, both_good)).supplier == SKF
    one_late = record(forecasts=[*learned, lateness(0.6, 20)], **terms)
    assert the(Requisition, answer(DECISION, one_late)).supplier == ERIKS


@pytest.mark.parametrize(
    ("plant", "code"),
    [
        (record(balances=[at("BULK-1", 5)]), RefusalCode.NO_STOCKING_PARAMETERS),
        (record(forecasts=[monthly(0.0)]), RefusalCode.NO_DEMAND),
        (record(forecasts=[monthly(3.0)], items=[]), RefusalCode.NO_SUPPLIER),
    ],
)
def test_says_why_it_cannot_answer_and_what_to_do(plant, code):
    refusal = answer(DECISION, plant)
    assert refusal.code is code
    assert "SEAL-7" in refusal.because


def test_a_critical_part_is_kept_though_it_was_never_used():
    plant = record(forecasts=[monthly(0.0)], definitions=[part(criticality=0.9)])
    assert the(Requisition, answer(DECISION, plant)).quantity.amount == 1


def test_asks_only_of_what_something_happened_to():
    plant = record(
        definitions=[part(), part(material="OTHER")],
        levels=[stocked(reorder_point=1, order_up_to=2), stocked(material="OTHER")],
        orders=[order("WO-7")],
        triggered={HALLE: frozenset({"WO-7"})},
    )
    (question,) = DECISION.ask(plant)
    assert question.case.material.material == SEAL


def test_hindsight_comes_after_the_lead_time():
    proposal = answer(DECISION, record(balances=[at("BULK-1", 8)], **WORKED))
    early = DECISION.measure(proposal, NOW, record(as_of=NOW + timedelta(days=29)))
    assert isinstance(early, Refusal)
    assert early.code is RefusalCode.TOO_EARLY


@pytest.mark.parametrize(("used", "right"), [(2, False), (3, True), (10, True)])
def test_hindsight_says_whether_the_safety_stock_was_touched(used, right):
    proposal = answer(DECISION, record(balances=[at("BULK-1", 8)], **WORKED))
    usage = [(HALLE, SEAL, date(2026, 6, 20), Decimal(used))]
    later = record(as_of=proposal.measure_after, usage=usage)
    hindsight = DECISION.measure(proposal, NOW, later)
    assert hindsight.right is right
    if used == 10:  # two were missing
        held = 1345 * 0.2 * 30 / 365.25
        assert hindsight.worth == Money.of(f"{2 * 3120 - round(held, 2):.2f}")
    if not right:
        assert hindsight.worth < Money.of(0)


def test_what_a_released_order_is_short_of_is_ordered_for_that_order_alone():
    short = {"balances": [at("BULK-1", 2)], **WORKED}
    released = answer(DECISION, record(orders=[order(needs=6)], **short))
    assert the(Requisition, released).quantity.amount == 21
    assert "4 of them left to the orders' own proposals" in released.reasons[0]
    planned = record(orders=[order(needs=6, state=RequestState.FORECAST)], **short)
    assert the(Requisition, answer(DECISION, planned)).quantity.amount == 21 + 4


def test_another_site_sends_though_only_this_one_is_in_question():
    plant = record(
        forecasts=[monthly(3.0), monthly(1.0, site=ULM)],
        balances=[at("BULK-1", 5), at("U-1", 60, site=ULM)],
        only_sites=[HALLE],
    )
    the(Transfer, answer(DECISION, plant))
