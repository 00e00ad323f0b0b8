"""The states of a proposal, and the reasons to reject one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargehand.governance.approval import (
    REJECTION_REASONS,
    TRANSITIONS,
    ProposalEvent,
    ProposalState,
    makes_sense,
    moved,
)
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from tests.governance.strategies import LAW

CLOSED = {"confirmed", "rejected", "superseded", "expired", "declined"}


def follow(*events, start="waiting"):
    state = start
    for event in events:
        state = moved(state, event)
        if isinstance(state, Refusal):
            return state
    return state


@pytest.mark.parametrize(
    ("events", "end"),
    [
        (("clear", "send", "confirm"), "confirmed"),
        (("approve_in_part", "clear", "send", "decline"), "declined"),
        (("change", "reject"), "rejected"),
        (("clear", "fail", "send", "confirm"), "confirmed"),
        (("clear", "send", "fail", "confirm"), "confirmed"),
        (("expire",), "expired"),
        (("supersede",), "superseded"),
        (("observe", "expire"), "expired"),
        (("escalate", "escalate", "expire"), "expired"),
        (("clear", "undo", "clear", "send", "undo"), "waiting"),
        (("clear", "fail", "undo"), "waiting"),
    ],
)
def test_lives_of_proposals(events, end):
    assert follow(*events) == end


@pytest.mark.parametrize(
    "events",
    [("send",), ("confirm",), ("reject", "clear"), ("expire", "clear"), ("clear", "reject"),
     ("observe", "clear"), ("observe", "send"), ("supersede", "clear"), ("clear", "clear"),
     ("undo",), ("clear", "confirm", "undo"), ("clear", "escalate"), ("expire", "undo")],
)  # fmt: skip
def test_what_may_not_happen_is_refused(events):
    refused = follow(*events)
    assert refused.code is RefusalCode.NOT_WAITING
    assert refused.because.startswith("the proposal is ")


def test_every_state_has_its_row_and_closed_ones_stay_closed():
    assert set(TRANSITIONS) == set(ProposalState)
    assert {state for state, moves in TRANSITIONS.items() if not moves} == CLOSED


@LAW
@given(st.lists(st.sampled_from(ProposalEvent), max_size=8))
def test_nothing_is_sent_or_confirmed_that_was_not_cleared(events):
    state, cleared = ProposalState.WAITING, False
    for event in events:
        after = moved(state, event)
        if isinstance(after, Refusal):
            continue
        state, cleared = after, cleared or event is ProposalEvent.CLEAR
        assert cleared or state not in {"cleared", "sent", "confirmed", "declined", "failed"}


def test_words_that_are_none_are_an_error():
    with pytest.raises(ValueError, match="pending"):
        moved("pending", "clear")
    with pytest.raises(ValueError, match="aprove"):
        moved("waiting", "aprove")


@pytest.mark.parametrize("text", ["", "ok", "approved", " " * 40, "-" * 40, "aaaaaaaaaaaaaaaa"])
def test_fillers_are_no_reason(text):
    assert not makes_sense(text)


@pytest.mark.parametrize(
    "text", ["Line 4 stops", "Ersatzteil fehlt", "第四生产线将于周三停线等待阀门"]
)
def test_reasons_make_sense_in_any_language(text):
    assert makes_sense(text)


def test_reasons_to_reject_are_few_and_in_words():
    assert set(REJECTION_REASONS) == {
        "not_needed", "wrong_quantity", "wrong_part", "too_expensive", "other_plan", "data_wrong",
        "other",
    }  # fmt: skip
    assert all(REJECTION_REASONS.values())
