"""What people do with proposals: reasons to reject, and the states a proposal may pass through."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from chargehand.vocabulary.refusal import Refusal, RefusalCode

REJECTION_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "not_needed": "Not needed",
        "wrong_quantity": "Wrong quantity",
        "wrong_part": "Wrong part",
        "too_expensive": "Too expensive",
        "other_plan": "Another plan is under way",
        "data_wrong": "The record it was made from is wrong",
        "other": "Other (say what)",
    }
)
"""Reasons to reject a proposal, by key; ``other`` needs a text."""

TEXT_LENGTH_MIN = 10
DIFFERENT_LETTERS_MIN = 4


class ProposalState(StrEnum):
    """Where a proposal stands."""

    WAITING = "waiting"
    """For a person."""
    OBSERVED = "observed"
    """Recorded only: its decision is in the observe phase."""
    CLEARED = "cleared"
    SENT = "sent"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    FAILED = "failed"
    """It could not be sent, or its fate is unknown: a person has to look."""
    DECLINED = "declined"
    """The floor or the system said that it cannot be done."""


class ProposalEvent(StrEnum):
    """What may happen to a proposal."""

    CLEAR = "clear"
    """A person approved it, or the policy cleared it."""
    APPROVE_IN_PART = "approve_in_part"
    """One person approved it; a second one must."""
    CHANGE = "change"
    """A person made another version of it, which waits again."""
    OBSERVE = "observe"
    """Its decision was put back to the observe phase."""
    REJECT = "reject"
    SUPERSEDE = "supersede"
    EXPIRE = "expire"
    ESCALATE = "escalate"
    """Nobody decided in time: it is handed on, and goes on waiting."""
    UNDO = "undo"
    """A person took the approval back before anybody had begun; it waits again."""
    SEND = "send"
    CONFIRM = "confirm"
    DECLINE = "decline"
    FAIL = "fail"


_S, _E = ProposalState, ProposalEvent

TRANSITIONS: Mapping[ProposalState, Mapping[ProposalEvent, ProposalState]] = MappingProxyType(
    {
        _S.WAITING: {
            _E.CLEAR: _S.CLEARED,
            _E.APPROVE_IN_PART: _S.WAITING,
            _E.CHANGE: _S.WAITING,
            _E.OBSERVE: _S.OBSERVED,
            _E.REJECT: _S.REJECTED,
            _E.SUPERSEDE: _S.SUPERSEDED,
            _E.EXPIRE: _S.EXPIRED,
            _E.ESCALATE: _S.WAITING,
        },
        _S.OBSERVED: {_E.SUPERSEDE: _S.SUPERSEDED, _E.EXPIRE: _S.EXPIRED},
        # Another system may answer before the reply to our sending is here.
        _S.CLEARED: {
            _E.SEND: _S.SENT,
            _E.CONFIRM: _S.CONFIRMED,
            _E.DECLINE: _S.DECLINED,
            _E.FAIL: _S.FAILED,
            _E.UNDO: _S.WAITING,
        },
        # Taken back only where every target has let go of it.
        _S.SENT: {
            _E.CONFIRM: _S.CONFIRMED,
            _E.DECLINE: _S.DECLINED,
            _E.FAIL: _S.FAILED,
            _E.UNDO: _S.WAITING,
        },
        # Its fate was unknown: the confirmation may still come, or a person has it sent again.
        _S.FAILED: {
            _E.SEND: _S.SENT,
            _E.CONFIRM: _S.CONFIRMED,
            _E.DECLINE: _S.DECLINED,
            _E.UNDO: _S.WAITING,
        },
        _S.CONFIRMED: {},
        _S.REJECTED: {},
        _S.SUPERSEDED: {},
        _S.EXPIRED: {},
        _S.DECLINED: {},
    }
)
"""The allowed moves: state, event, next state."""


def moved(state: str, event: str) -> ProposalState | Refusal:
    """The state after an event; a refusal where the proposal has moved on.

    ``ValueError`` where there is no such state or event.

    >>> moved("waiting", "clear")
    <ProposalState.CLEARED: 'cleared'>
    """
    now, what = ProposalState(state), ProposalEvent(event)
    after = TRANSITIONS[now].get(what)
    if after is not None:
        return after
    allowed = ", ".join(TRANSITIONS[now]) or "nothing, it is closed"
    because = f"the proposal is {now}: cannot {what.replace('_', ' ')} it now (possible: {allowed})"
    return Refusal(code=RefusalCode.NOT_WAITING, because=because)


def makes_sense(text: str) -> bool:
    """Whether a reason is more than a filler: ten characters or more, not one letter repeated.

    >>> makes_sense("ok"), makes_sense(".............."), makes_sense("Line 4 would stop")
    (False, False, True)
    """
    said = " ".join(text.split())
    letters = {letter.casefold() for letter in said if letter.isalnum()}
    return len(said) >= TEXT_LENGTH_MIN and len(letters) >= DIFFERENT_LETTERS_MIN
