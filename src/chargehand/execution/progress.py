"""How far a proposal is, from the states of its orders."""

from __future__ import annotations

from collections.abc import Iterable

from chargehand.execution.order import OrderState

OPEN = frozenset({OrderState.HELD, OrderState.PENDING, OrderState.SENT})


def event_of(states: Iterable[str]) -> str | None:
    """The event that a proposal's orders amount to; None while nothing new can be said.

    >>> event_of(["confirmed", "sent"]) is None, event_of(["confirmed", "declined"])
    (True, 'decline')
    """
    found = {OrderState(state) for state in states}
    if OrderState.NEEDS_PERSON in found:
        return "fail"
    if not found or found & OPEN:
        return None
    if found <= {OrderState.DECLINED, OrderState.CANCELLED} or OrderState.DECLINED in found:
        return "decline"
    return "confirm"
