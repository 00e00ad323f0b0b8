"""A proposal follows its orders: when the last one is done, so is the proposal."""

from __future__ import annotations

from chargehand.execution.progress import event_of
from chargehand.governance.approval import moved
from chargehand.storage.docket import Docket
from chargehand.vocabulary.refusal import Refusal


def follow(docket: Docket, order_key: str, *, actor: str) -> None:
    """Move the proposal of an order on, where its orders say so."""
    order = docket.order(order_key)
    assert order is not None
    number = order["proposal"]
    proposal = docket.proposal(number)
    assert proposal is not None
    event = event_of(row["state"] for row in docket.orders_of(number))
    if event is None:
        return
    state = moved(proposal["state"], event)
    if not isinstance(state, Refusal):
        docket.transition(number, event, state, who=actor, because=f"order {order_key}")
