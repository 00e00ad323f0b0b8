"""From a cleared proposal to its orders: each is held against the ruling, and stock set aside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from chargehand.execution.order import OrderState
from chargehand.execution.routing import EMBEDDED, RECORD, target_of
from chargehand.governance.approval import moved
from chargehand.governance.policy import Cleared, check_order
from chargehand.plant.rulings import warrant_of
from chargehand.record.books import Promise, Supply
from chargehand.record.choosing import chosen_at, passed_by
from chargehand.record.eligibility import Wanted
from chargehand.storage.docket import RANKS, Docket
from chargehand.storage.store import Undone
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.material import StockingParameters
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from chargehand.vocabulary.work import (
    Action,
    MoveTask,
    ParameterChange,
    Requisition,
    Transfer,
)


def place_orders(
    docket: Docket,
    number: int,
    cleared: Cleared,
    ruling: int,
    owners: Mapping[str, str],
    *,
    release_at: datetime | None = None,
) -> tuple[str, ...]:
    """Turn a cleared proposal into orders; raises ``Undone`` with a refusal where one cannot be.

    Embedded targets have the order at once; those of outside systems wait in the outbox. With
    ``release_at`` all of them are held until then: stock is set aside, and nothing else is done.
    """
    submission = cleared.submission
    actor = ", ".join(cleared.cleared_by)
    keys = []
    for n, action in enumerate(submission.proposal.actions):
        key = f"{submission.proposal_id}.{submission.version}/{n}"
        record = warrant_of(docket, ruling)
        refusal = check_order(action, str(submission.proposal_id), record)
        if refusal is not None:
            raise Undone(refusal)
        target = target_of(action, owners)
        state = OrderState.HELD if release_at is not None else begun(target)
        _set_aside(docket, key, action, actor)
        docket.put_order(
            {
                "key": key,
                "proposal": number,
                "ruling": ruling,
                "target": target,
                "state": state,
                "transaction_type": action.transaction.value,
                "action": wire.write(action, Action),
                "site": action.site,
                "zone": action.zone,
                "rank": RANKS[submission.proposal.priority],
                "next_at": written(docket.now()) if state == OrderState.PENDING else None,
                "release_at": None if release_at is None else written(release_at),
            },
            actor=actor,
        )
        _expect(docket, key, action, submission.decision, actor)
        if release_at is None:
            take_effect(docket, key, action, target, actor)
        keys.append(key)
    start(docket, number, keys, actor)
    return tuple(keys)


def begun(target: str) -> OrderState:
    """The state of an order at a target, once it may begin."""
    if target == RECORD:
        return OrderState.CONFIRMED
    return OrderState.SENT if target in EMBEDDED else OrderState.PENDING


def start(docket: Docket, number: int, keys: Sequence[str], actor: str) -> None:
    """Move a proposal on, where its orders of these keys have begun."""
    states = {row["state"] for row in docket.orders_of(number) if row["key"] in keys}
    if states == {OrderState.CONFIRMED}:
        event = "confirm"
    elif states & {OrderState.PENDING, OrderState.HELD}:
        return
    else:
        event = "send"
    row = docket.proposal(number)
    assert row is not None
    state = moved(row["state"], event)
    if isinstance(state, Refusal):
        raise Undone(state)
    docket.transition(number, event, state, who=actor, because=", ".join(keys))


def _set_aside(docket: Docket, key: str, action: Action, actor: str) -> None:
    if not isinstance(action, MoveTask | Transfer):
        return
    from_site = action.from_site if isinstance(action, Transfer) else action.site
    found = docket.candidates(from_site, action.material)
    wanted = Wanted(
        material=action.material,
        unit=action.quantity.unit,
        scaled=action.quantity.scaled(),
        day=docket.now().date(),
    )
    selection = chosen_at(wanted, tuple(found), action.from_location)
    if isinstance(selection, Refusal):
        raise Undone(_changed(selection))
    refusal = docket.promise(
        Promise(
            key=key,
            legs=tuple((found[pick.candidate], pick.scaled) for pick in selection.picks),
            site=from_site,
            location=action.from_location,
            to_site=action.site,
            to_location=action.to_location,
            for_order=action.order if isinstance(action, MoveTask) else None,
            passed_over=passed_by(selection),
        ),
        actor=actor,
    )
    if refusal is not None:
        raise Undone(refusal)


def _changed(refusal: Refusal) -> Refusal:
    """Why there is too little to set aside: there was enough when this was proposed."""
    because = f"{refusal.because}: the stock changed since this was proposed"
    return replace(refusal, because=because)


def _expect(docket: Docket, key: str, action: Action, decision: str, actor: str) -> None:
    """Expect what is requisitioned from now on, so that nobody asks for it twice."""
    if isinstance(action, Requisition):
        supply = Supply(
            key=key,
            site=action.site,
            material=action.material,
            state="requested",
            scaled=action.quantity.scaled(),
            supplier=action.supplier,
            order_key=key,
            for_order=action.order,
            decision=decision,
        )
        entry = docket.entry("supply", key, wire.write(supply), actor=actor)
        docket.put_supply(supply, entry)


def take_effect(docket: Docket, key: str, action: Action, target: str, actor: str) -> None:
    """Do what the plant's own record is the target of; raises ``Undone`` where it cannot."""
    if isinstance(action, ParameterChange) and target == RECORD:
        _set_levels(docket, key, action, actor)


def _set_levels(docket: Docket, key: str, action: ParameterChange, actor: str) -> None:
    master = f"{action.site}|{action.material}"
    text = docket.master("stocking", master)
    before = (
        StockingParameters(site=action.site, material=action.material, zone=action.zone)
        if text is None
        else wire.read(StockingParameters, text)
    )
    if (before.reorder_point, before.order_up_to) != (
        action.reorder_point_before,
        action.order_up_to_before,
    ):
        raise Undone(
            Refusal(
                code=RefusalCode.STALE,
                because=f"the levels of {action.material} were changed to {before.reorder_point}"
                f" and {before.order_up_to} since this was proposed",
                transient=True,
            )
        )
    after = replace(
        before,
        reorder_point=action.reorder_point,
        order_up_to=action.order_up_to,
        origin="approved",
    )
    body = wire.write(after)
    entry = docket.entry("parameters", key, body, actor=actor)
    docket.define("stocking", master, action.site, body, entry)
    docket.trigger(action.site, action.material)
