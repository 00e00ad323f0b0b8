"""Counts where the record is most likely wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from chargehand.decisions.cycle_count import COUNTS_PER_DAY, DECISION
from chargehand.decisions.decision import Proposal
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import RefusalCode
from tests.decisions.stores import HALLE, NOW, SEAL, answer, answers, at, part, record


def days_ago(days):
    return NOW - timedelta(days=days)


def used(amount, days):
    return (HALLE, SEAL, days_ago(days).date(), Decimal(amount))


def test_counts_what_was_never_counted_and_does_not_tell_how_much_there_is():
    proposal = answer(DECISION, record(balances=[at("PF-1", 7)]))
    assert proposal.headline == "Count SEAL-7 at PF-1 in HALLE3."
    assert not hasattr(proposal.actions[0], "quantity")
    # 1 - exp(-.0005 * 730) = .3058; a tenth of EUR 700, and half of EUR 250
    assert proposal.confidence == pytest.approx(0.3058, abs=1e-4)
    assert proposal.cost_of_inaction == Money.of("59.63")


def test_what_was_counted_lately_is_not_due():
    refusal = answer(DECISION, record(balances=[at("PF-1", 7, counted_at=days_ago(20))]))
    assert refusal.code is RefusalCode.COUNT_NOT_DUE
    assert "a count costs EUR 6.00" in refusal.because


def test_use_since_the_count_makes_it_due():
    counted = [at("PF-1", 7, counted_at=days_ago(20))]
    assert isinstance(answer(DECISION, record(balances=counted, usage=[used(9, 5)])), Proposal)
    before = answer(DECISION, record(balances=counted, usage=[used(9, 25)]))
    assert before.code is RefusalCode.COUNT_NOT_DUE


def test_the_costliest_risks_come_first_and_no_more_than_can_be_counted():
    names = [f"PART-{number:02}" for number in range(COUNTS_PER_DAY + 3)]
    parts = [part(material=n, unit_cost=Money.of(10 + i)) for i, n in enumerate(names)]
    plant = record(definitions=parts, balances=[at("PF-1", 9, material=name) for name in names])
    proposed = [a.subject.key for a in answers(DECISION, plant) if isinstance(a, Proposal)]
    assert proposed == [f"{name}@PF-1" for name in reversed(names[3:])]


def test_one_lot_that_was_never_counted_makes_the_place_uncounted():
    lots = [at("PF-1", 3, lot="A", counted_at=days_ago(1)), at("PF-1", 4, lot="B")]
    assert "Last counted: never" in answer(DECISION, record(balances=lots)).reasons[0]


@pytest.mark.parametrize(("found", "right"), [(7, False), (5, False), (4, True)])
def test_hindsight_compares_the_count_with_the_record(found, right):
    plant = record(balances=[at("PF-1", 7)])
    proposal = answer(DECISION, plant)
    week = replace(plant, as_of=NOW + timedelta(days=8))
    assert DECISION.measure(proposal, NOW, week).code is RefusalCode.TOO_EARLY
    week.balances = [at("PF-1", found, counted_at=NOW + timedelta(days=1))]
    week.usage = [used(2, -3)]
    hindsight = DECISION.measure(proposal, NOW, week)
    assert hindsight.right is right
    assert (hindsight.worth.amount > 0) is right
