"""What must be shown before a phase is raised, and which phases a text raises."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargehand.governance.demotion import Demotion
from chargehand.governance.phase import RANK, AutomationLimits, Phase, governing, lowest
from chargehand.governance.promotion import PromotionRule, TrackRecord, lower_bound, shown
from chargehand.governance.raising import asked, raised, signers
from chargehand.governance.submission import Place
from chargehand.vocabulary.money import Money
from tests.governance.strategies import (
    DECISIONS,
    LAW,
    SITES,
    WIDE,
    ZONES,
    automating,
    phase_rule,
    policy,
)

RECORD = TrackRecord(days=31, measured=200, right=200, decided=10, overridden=0)
RULE = PromotionRule()


def cells(before, after, *demotions, sites=SITES):
    return raised(before, after, decisions=DECISIONS, sites=sites, demotions=demotions)


@pytest.mark.parametrize(
    ("fields", "missed"),
    [
        ({}, ""),
        ({"days": 29.9}, "days_min"),
        ({"measured": 49, "right": 49}, "count_min"),
        ({"measured": 50, "right": 50}, "accuracy_min"),  # 50 of 50 may still be 94.9 %
        ({"right": 193}, "accuracy_min"),
        ({"overridden": 3}, "override_rate_max"),
        ({"decided": 0, "overridden": 0}, ""),
    ],
)
def test_everything_that_is_asked_must_be_shown(fields, missed):
    checks = shown(replace(RECORD, **fields), RULE)
    first = next((check.clause for check in checks if not check.passed), "")
    assert first.rpartition(".")[2] == missed


@LAW
@given(st.integers(1, 500), st.integers(0, 500))
def test_the_bound_is_below_the_share_and_grows_with_it(total, hits):
    hits = min(hits, total)
    assert lower_bound(hits, total) <= hits / total
    if hits < total:
        assert lower_bound(hits, total) < lower_bound(hits + 1, total)
    assert lower_bound(hits, total) <= lower_bound(hits * 4, total * 4) + 1e-12


@LAW
@given(automating, automating)
def test_every_place_that_a_text_raises_lies_in_one_cell(before, after):
    found = cells(before, after)
    for decision in DECISIONS:
        for site in SITES:
            for zone in (*ZONES, "never named"):
                place = Place(site, zone)
                old, new = (
                    lowest(governing(of.phases, decision, place)).phase for of in (before, after)
                )
                covering = [cell for cell in found if cell.holds(decision, site, zone)]
                assert len(covering) == (RANK[new] > RANK[old])


def test_a_text_that_raises_everything_alike_has_one_cell_for_each_decision_and_site():
    found = cells(policy(phase_rule()), policy(phase_rule(phase=Phase.ASSIST)))
    assert [(c.decision, c.site, c.zone) for c in found] == [
        (decision, site, "*") for decision in sorted(DECISIONS) for site in SITES
    ]


def test_lifting_a_demotion_is_raising():
    low = Demotion(number=7, decision="*", site="*", zone="*", phase=Phase.ASSIST, cause="person",
                   because="wrong picks")  # fmt: skip
    before = policy(phase_rule(phase=Phase.AUTOMATE, of=WIDE))
    after = replace(before, phases=(replace(before.phases[0], lifts=7),))
    assert not cells(before, replace(before, version=9), low)
    found = cells(before, after, low)
    assert {(one.before, one.after) for one in found} == {(Phase.ASSIST, Phase.AUTOMATE)}


def test_defaults_are_asked_for_automation_only_and_entries_for_whatever_they_name():
    lower, middle = policy(phase_rule()), policy(phase_rule(phase=Phase.ASSIST))
    upper = policy(phase_rule(phase=Phase.AUTOMATE, of=WIDE))
    to_assist, to_automate = cells(lower, middle)[0], cells(middle, upper)[0]
    assert asked(lower, to_assist) == ()
    assert signers(()) == ()
    assert asked(middle, to_automate) == (RULE,)
    named = PromotionRule(decisions=frozenset({to_assist.decision}), signatures=3)
    assert asked(replace(lower, promotions=(named,)), to_assist) == (named,)


def test_everybody_whom_any_rule_names_signs():
    quality = PromotionRule(signatures=2, roles=frozenset({"quality"}), clause="promotions[1]")
    of_plant = PromotionRule(signatures=3, clause="promotions[2]")
    found = signers((quality, of_plant, replace(quality, clause="promotions[3]")))
    assert [(one.count, one.roles) for one in found] == [(2, ("quality",)), (3, ())]


LIMITS = AutomationLimits(
    transactions=frozenset({"replenishment"}), cost_max=Money.of(100), confidence_min=0.5,
    spend_per_day_max=Money.of(1000), count_per_day_max=10,
)  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, ""),
        ({"transactions": frozenset({"replenishment", "count"})}, "count as well"),
        ({"transactions": frozenset({"*"})}, "* as well"),
        ({"bases": frozenset({"model", "fallback"})}, "fallback as well"),
        ({"cost_max": Money.of(101)}, "cost_max"),
        ({"cost_max": Money.of(50, "USD")}, "cost_max"),
        ({"spend_per_day_max": Money.of(1001)}, "spend_per_day_max"),
        ({"confidence_min": 0.49}, "confidence_min 0.5 to 0.49"),
        ({"count_per_day_max": 11}, "10 to 11"),
        ({"count_per_day_max": None}, "10 to no limit"),
        ({"cost_max": Money.of(99), "confidence_min": 0.9, "count_per_day_max": 0}, ""),
    ],
)
def test_automation_within_wider_limits_is_a_raise_and_within_narrower_ones_none(fields, said):
    before = policy(phase_rule(phase=Phase.AUTOMATE, of=LIMITS))
    after = policy(phase_rule(phase=Phase.AUTOMATE, of=replace(LIMITS, **fields)))
    found = cells(before, after)
    assert {(one.before, one.after) for one in found} <= {(Phase.AUTOMATE, Phase.AUTOMATE)}
    assert len(found) == (len(DECISIONS) * len(SITES) if said else 0)
    assert all(said in one.widened[0] for one in found)
    if found:
        assert asked(before, found[0]) == (RULE,), "it is shown to be right as any promotion"


def test_limits_that_a_demotion_hides_are_not_widened_behind_it():
    low = Demotion(number=7, decision="*", site="*", zone="*", phase=Phase.ASSIST,
                   cause="review_overdue", because="nobody looked")  # fmt: skip
    narrow, wide = (policy(phase_rule(phase=Phase.AUTOMATE, of=of)) for of in (LIMITS, WIDE))
    none = replace(narrow, phases=(replace(narrow.phases[0], limits=None),))
    assert cells(narrow, wide, low)
    assert cells(none, narrow, low)
    assert not cells(narrow, none, low)


def test_the_bars_are_those_of_the_text_in_force():
    middle = policy(phase_rule(phase=Phase.ASSIST))
    eager = PromotionRule(days_min=0, count_min=1, accuracy_min=0.0, override_rate_max=None)
    upper = replace(policy(phase_rule(phase=Phase.AUTOMATE, of=WIDE)), promotions=(eager,))
    assert asked(middle, cells(middle, upper)[0]) == (RULE,)
