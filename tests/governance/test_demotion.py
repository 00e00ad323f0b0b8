"""A demoted scope is never cleared, until a text that people signed lifts what they knew of."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargehand.governance.clauses import Standing, effective_phase
from chargehand.governance.demotion import Demotion
from chargehand.governance.phase import RANK, Phase
from chargehand.governance.policy import Awaiting, Cleared, rule
from chargehand.governance.submission import all_places_of
from chargehand.vocabulary import wire
from tests.governance.strategies import (
    LAW,
    NOW,
    WIDE,
    automating,
    harmless,
    patterns,
    phase_rule,
    policy,
    standings,
    submission,
    submissions,
)

EVERYTHING = policy(phase_rule(phase=Phase.AUTOMATE, of=WIDE))
demotions = st.builds(
    Demotion,
    **patterns,
    number=st.integers(1, 99),
    phase=st.sampled_from([Phase.OBSERVE, Phase.ASSIST]),
    cause=st.sampled_from(["person", "breaker", "review_overdue", "drill"]),
    because=st.just("wrong picks"),
)


def lowered(**fields):
    given = {"number": 7, "decision": "*", "site": "*", "zone": "*", "phase": Phase.ASSIST,
             "cause": "person", "because": "wrong picks"}  # fmt: skip
    return Demotion(**(given | fields))


def ruling(of, on, *demoted):
    return rule(of, on, standing=Standing(demotions=demoted), now=NOW).ruling


@LAW
@given(harmless, automating, st.lists(demotions, min_size=1, max_size=3))
def test_a_demoted_scope_is_never_cleared(of, on, demoted):
    covered = any(
        one.covers(of.decision, place) for one in demoted for place in all_places_of(of.proposal)
    )
    assert not (covered and isinstance(ruling(of, on, *demoted), Cleared))


@LAW
@given(submissions(), automating, st.lists(demotions, max_size=3), demotions)
def test_one_demotion_more_never_raises(of, on, demoted, more):
    before = effective_phase(of, on, Standing(demotions=tuple(demoted)))
    after = effective_phase(of, on, Standing(demotions=(*demoted, more)))
    assert RANK[after] <= RANK[before]


def test_it_says_who_lowered_it_and_why():
    waiting = ruling(submission(), EVERYTHING, lowered())
    assert isinstance(waiting, Awaiting)
    assert waiting.clause == "demotion.person"
    assert "set back to assist: wrong picks" in waiting.because


@pytest.mark.parametrize(
    ("lifts", "cause", "is_cleared"),
    [
        (0, "person", False),
        (6, "person", False),
        (7, "person", True),
        (8, "drill", True),
        (99, "review_overdue", False),
    ],
)
def test_a_text_lifts_what_its_signers_knew_of_and_no_overdue_review(lifts, cause, is_cleared):
    lifting = replace(EVERYTHING.phases[0], lifts=lifts)
    on = replace(EVERYTHING, phases=(lifting,))
    assert isinstance(ruling(submission(), on, lowered(cause=cause)), Cleared) is is_cleared


def test_a_lift_for_one_zone_lifts_nothing_elsewhere():
    lifting = replace(phase_rule(zone="RAW", phase=Phase.AUTOMATE, of=WIDE), lifts=7)
    on = replace(EVERYTHING, phases=(*EVERYTHING.phases, lifting))
    assert isinstance(ruling(submission(), on, lowered()), Awaiting)  # it is in zone MRO


@LAW
@given(standings, st.lists(demotions, max_size=2).map(tuple))
def test_how_things_stood_is_read_back_as_it_was(standing, demoted):
    standing = replace(standing, demotions=demoted)
    assert wire.read(Standing, wire.write(standing)) == standing
