"""Counts where another system's list differs and nobody knows why."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chargehand.decisions.stock_difference import DECISION
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import RefusalCode
from tests.decisions.stores import NOW, answer, answers, at, differs, part, record


def test_proposes_a_blind_count_and_says_what_both_lists_say():
    proposal = answer(DECISION, record(balances=[at("PF-1", 7)], differing=[differs(-2)]))
    assert proposal.headline == "Count SEAL-7 at PF-1 in HALLE3: wms says otherwise."
    assert not hasattr(proposal.actions[0], "quantity")
    assert "wms says 5 on" in proposal.reasons[0]
    assert "the record 7" in proposal.reasons[0]
    assert proposal.reasons[1] == "Nothing explains it, for 2 days now."
    # half of EUR 200 for two seals, and of half of EUR 250 for an empty shelf
    assert proposal.cost_of_inaction == Money.of("162.50")


def test_a_movement_that_they_may_have_missed_makes_our_record_less_likely_the_wrong_one():
    said = differs(-2, because="-2 unexplained; perhaps it equals k, which they may have missed")
    proposal = answer(DECISION, record(balances=[at("PF-1", 7)], differing=[said]))
    assert proposal.confidence == pytest.approx(0.3)


def test_what_was_counted_after_the_list_is_not_counted_again():
    counted = [at("PF-1", 7, counted_at=NOW - timedelta(hours=1))]
    refusal = answer(DECISION, record(balances=counted, differing=[differs(-2)]))
    assert refusal.code is RefusalCode.COUNT_NOT_DUE
    assert "counted after the lists" in refusal.because


def test_what_costs_less_than_a_count_is_left():
    cheap = part(unit_cost=Money.of("0.01"), criticality=0.0)
    plant = record(definitions=[cheap], balances=[at("PF-1", 7)], differing=[differs(-2)])
    assert answer(DECISION, plant).code is RefusalCode.COUNT_NOT_DUE


def test_one_question_for_each_place_whatever_the_systems():
    plant = record(
        balances=[at("PF-1", 7), at("BULK-1", 9)],
        differing=[differs(-2), differs(1, system="erp"), differs(3, place="BULK-1")],
    )
    assert sorted(one.subject.key for one in answers(DECISION, plant)) == [
        "SEAL-7@BULK-1", "SEAL-7@PF-1",
    ]  # fmt: skip


@pytest.mark.parametrize(("found", "right"), [(7, False), (5, True)])
def test_hindsight_compares_the_count_with_the_record(found, right):
    plant = record(balances=[at("PF-1", 7)], differing=[differs(-2)])
    proposal = answer(DECISION, plant)
    week = replace(plant, as_of=NOW + timedelta(days=8))
    assert DECISION.measure(proposal, NOW, week).code is RefusalCode.TOO_EARLY
    week.balances = [at("PF-1", found, counted_at=NOW + timedelta(days=1))]
    assert DECISION.measure(proposal, NOW, week).right is right
