"""What must be shown before a phase is raised, and which phases a text raises."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargehand.governance.demotion import Demotion
from chargehand.governance.phase import RANK, Phase, governing, lowest
from chargehand.governance.promotion import PromotionRule, TrackRecord, lower_bound, shown
from chargehand.governance.raising import asked, raised, signers
from chargehand.governance.submission import Place
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
    assert signers(()) == (0, ())
    assert asked(middle, to_automate) == (RULE,)
    named = PromotionRule(decisions=frozenset({to_assist.decision}), signatures=3)
    assert asked(replace(lower, promotions=(named,)), to_assist) == (named,)
    assert signers((RULE, named)) == (3, ())


def test_the_bars_are_those_of_the_text_in_force():
    middle = policy(phase_rule(phase=Phase.ASSIST))
    eager = PromotionRule(days_min=0, count_min=1, accuracy_min=0.0, override_rate_max=None)
    upper = replace(policy(phase_rule(phase=Phase.AUTOMATE, of=WIDE)), promotions=(eager,))
    assert asked(middle, cells(middle, upper)[0]) == (RULE,)
