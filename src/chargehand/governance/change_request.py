"""A change request: another policy text, put before people who sign it before it holds.

Rules are changed as stock is: somebody proposes, others say yes, and everything is on record. A
text that raises a phase is a promotion and needs its evidence as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from chargehand.vocabulary.refusal import Refusal, RefusalCode


class RequestKind(StrEnum):
    """What a request would change."""

    POLICY = "policy"
    PROMOTION = "promotion"
    """A policy text that raises a phase."""


class RequestState(StrEnum):
    """Where a request stands."""

    WAITING = "waiting"
    IN_FORCE = "in_force"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    OVERTAKEN = "overtaken"
    """Another text came into force meanwhile: what it was compared with is gone."""


class RequestEvent(StrEnum):
    """What may happen to a request."""

    SIGN = "sign"
    """One person agreed; more have to."""
    ACTIVATE = "activate"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    OVERTAKE = "overtake"


_S, _E = RequestState, RequestEvent
TRANSITIONS: Mapping[RequestState, Mapping[RequestEvent, RequestState]] = MappingProxyType(
    {
        _S.WAITING: {
            _E.SIGN: _S.WAITING,
            _E.ACTIVATE: _S.IN_FORCE,
            _E.REJECT: _S.REJECTED,
            _E.WITHDRAW: _S.WITHDRAWN,
            _E.EXPIRE: _S.EXPIRED,
            _E.OVERTAKE: _S.OVERTAKEN,
        },
        _S.IN_FORCE: {},
        _S.REJECTED: {},
        _S.WITHDRAWN: {},
        _S.EXPIRED: {},
        _S.OVERTAKEN: {},
    }
)


def moved(state: str, event: str) -> RequestState | Refusal:
    """The state after an event; a refusal where the request is closed."""
    after = TRANSITIONS[RequestState(state)].get(RequestEvent(event))
    if after is not None:
        return after
    because = f"the request is {state.replace('_', ' ')}: nothing more can be done with it"
    return Refusal(code=RefusalCode.NOT_WAITING, because=because)
