"""What a confirmation from the floor does: promised stock is posted, and the order is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from chargehand.execution.order import OrderState
from chargehand.record.books import Promise
from chargehand.record.ledger import BalanceKey, Leg, Movement, storage
from chargehand.record.reservation import ORDER, ReservationBooks
from chargehand.record.reserving import end
from chargehand.record.told import cause_of
from chargehand.signals.kinds import StockCounted, SupplyPlaced, TaskConfirmed, TaskDeclined
from chargehand.signals.signal import Signal
from chargehand.vocabulary import wire
from chargehand.vocabulary.identifier import HandlingUnitId
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from chargehand.vocabulary.work import Action, CountTask, MoveTask, Requisition, Transfer

OPEN = (OrderState.SENT, OrderState.PENDING, OrderState.NEEDS_PERSON)
"""A system may confirm before its acknowledgement reaches us, or after we gave up on it."""


class OrderBooks(ReservationBooks, Protocol):
    """The books, with orders."""

    def order(self, key: str) -> dict[str, Any] | None:
        """One order's row."""
        ...

    def is_as_ordered(self, row: Mapping[str, Any]) -> bool:
        """Whether an order's row says what the journal says, and it has not come to its end."""
        ...

    def move_order(
        self,
        key: str,
        state: str,
        *,
        actor: str,
        because: str = "",
        reference: str | None = None,
        cause: str | None = None,
    ) -> int:
        """Note one step of an order; the number of its journal entry."""
        ...


@dataclass(frozen=True, slots=True)
class Task:
    """An order that waits for its confirmation."""

    key: str
    state: str
    action: Action


def task(key: str, books: OrderBooks) -> Task | Refusal:
    """The open task of a key, or why there is none."""
    row = books.order(key)
    if row is None:
        return Refusal(code=RefusalCode.UNKNOWN_TASK, because=f"there is no task {key}")
    if row["state"] == OrderState.HELD:
        because = f"task {key} has not begun: its approval can still be taken back"
        return Refusal(code=RefusalCode.TASK_CLOSED, because=because, transient=True)
    if row["state"] not in OPEN:
        return Refusal(
            code=RefusalCode.TASK_CLOSED, because=f"task {key} is {row['state']} already"
        )
    if not books.is_as_ordered(row):
        because = f"task {key} is not what was ordered; run 'audit verify'"
        return Refusal(code=RefusalCode.NO_RULING, because=because)
    return Task(key, row["state"], wire.read(Action, row["action"]))


def declined(signal: Signal, body: TaskDeclined, books: OrderBooks) -> Refusal | None:
    """Close a task that could not be done: its promised stock is free again."""
    found = task(body.task, books)
    if isinstance(found, Refusal):
        return found
    entry = books.move_order(
        found.key,
        OrderState.DECLINED,
        actor=body.person,
        because=body.reason,
        cause=cause_of(signal),
    )
    freed(found.key, found.action, books, entry)
    return None


def freed(key: str, action: Action, books: OrderBooks, entry: int) -> None:
    """Free what was set aside for an order that will not be done, and expect nothing of it."""
    books.release(key, "voided", entry)
    supply = books.supply(key)
    if supply is not None and supply.state == "requested":
        books.put_supply(replace(supply, state="cancelled"), entry)
    books.trigger(action.site, action.material)


def cancelled(key: str, action: Action, books: OrderBooks, *, actor: str, because: str) -> None:
    """Take an order back that nobody has begun: what it set aside is free again."""
    entry = books.move_order(key, OrderState.CANCELLED, actor=actor, because=because)
    freed(key, action, books, entry)


def confirmed(signal: Signal, body: TaskConfirmed, books: OrderBooks) -> Refusal | None:
    """Close a task that was done, with the quantity that was really moved.

    Less than ordered is a short pick: what was moved is posted, the rest is free again, and a
    hearing is asked for, because the record is likely wrong there. More than ordered is refused.
    """
    found = task(body.task, books)
    if isinstance(found, Refusal):
        return found
    action = found.action
    if not isinstance(action, MoveTask | Transfer):
        return Refusal(
            code=RefusalCode.UNKNOWN_TASK,
            because=f"{found.key} moves nothing: it is closed by a count, an order or a decline",
        )
    promise = books.promised(found.key)
    if promise is None:
        return Refusal(code=RefusalCode.TASK_CLOSED, because=f"nothing is promised to {found.key}")
    refusal = _quantity_fault(body.quantity, action)
    if refusal is not None:
        return refusal
    return _post(signal, body, action, promise, books)


def _quantity_fault(quantity: Quantity, action: MoveTask | Transfer) -> Refusal | None:
    if quantity.unit is not action.quantity.unit:
        because = f"{action.material} is moved in {action.quantity.unit}, and {quantity} is not"
        return Refusal(code=RefusalCode.UNIT_MISMATCH, because=because)
    if not 0 <= quantity.amount <= action.quantity.amount:
        because = f"confirm between 0 and {action.quantity}, not {quantity}"
        return Refusal(code=RefusalCode.QUANTITY_INVALID, because=because)
    try:
        quantity.scaled()
    except ValueError as error:
        return Refusal(code=RefusalCode.QUANTITY_INVALID, because=str(error))
    return None


def _post(
    signal: Signal,
    body: TaskConfirmed,
    action: MoveTask | Transfer,
    promise: Promise,
    books: OrderBooks,
) -> Refusal | None:
    short = action.quantity - body.quantity
    because = f"{short} short" if short.amount else ""
    entry = books.move_order(
        promise.key,
        OrderState.CONFIRMED,
        actor=body.person,
        because=because,
        cause=cause_of(signal),
    )
    books.release(promise.key, "posted", entry)
    legs = _legs(promise, body.quantity.scaled())
    if legs:
        posted = books.post(
            Movement(
                key=promise.key,
                business_step="stocking" if isinstance(action, MoveTask) else "shipping",
                unit=action.quantity.unit,
                legs=legs,
            ),
            actor=body.person,
            cause=cause_of(signal),
            occurred_at=signal.occurred_at,
        )
        if isinstance(posted, Refusal):  # on hold: what was done above is taken back whole
            return posted
    books.trigger(action.site, action.material)
    books.trigger(promise.site, action.material)
    return None


def _legs(promise: Promise, scaled: int) -> tuple[Leg, ...]:
    legs: list[Leg] = []
    target = storage(promise.to_site, promise.to_location)
    for key, promised in promise.legs:
        taken = min(promised, scaled)
        scaled -= taken
        if taken:
            to = replace(key, account=target, handling_unit=HandlingUnitId(""))
            legs += [Leg(key, -taken), Leg(to, taken)]
    return tuple(legs)


def counted(signal: Signal, body: StockCounted, books: OrderBooks, *, actor: str) -> Refusal | None:
    """Close the count task that a count answers."""
    assert body.task is not None
    found = task(body.task, books)
    if isinstance(found, Refusal):
        return found
    action = found.action
    same = isinstance(action, CountTask) and (action.site, action.location, action.material) == (
        body.site, body.location, body.material,
    )  # fmt: skip
    if not same:
        because = f"task {found.key} does not ask for a count of {body.material} at {body.location}"
        return Refusal(code=RefusalCode.UNKNOWN_TASK, because=because)
    books.move_order(
        found.key, OrderState.CONFIRMED, actor=body.person or actor, cause=cause_of(signal)
    )
    return None


def make_room(
    signal: Signal, body: StockCounted, books: OrderBooks, *, actor: str
) -> tuple[str, ...]:
    """Decline tasks whose promised stock a count did not find, the newest first; their keys.

    The floor says what is there; that it was promised does not make it be there.
    """
    at = BalanceKey(
        storage(body.site, body.location), body.material, body.lot, serial=body.serial,
        handling_unit=body.handling_unit,
    )  # fmt: skip
    keys = []
    for key in books.promises_on(at):
        _, reserved = books.balance(at)
        if reserved <= body.counted.scaled():
            break
        found = task(key, books)
        if isinstance(found, Refusal):
            kept = books.reservation(key)
            if kept is not None and kept.kind == ORDER:
                because = f"counted below what is promised: {body.counted} at {body.location}"
                who, cause = body.person or actor, cause_of(signal)
                end(kept, books, "count", because, actor=who, cause=cause)
            continue
        entry = books.move_order(
            key,
            OrderState.DECLINED,
            actor=body.person or actor,
            because=f"counted below what is promised: {body.counted} of {body.material}"
            f" at {body.location}",
            cause=cause_of(signal),
        )
        freed(found.key, found.action, books, entry)
        keys.append(key)
    return tuple(keys)


def ordered(signal: Signal, body: SupplyPlaced, books: OrderBooks, *, actor: str) -> Refusal | None:
    """Close the requisition that a purchase order answers; one that is closed stays as it is."""
    assert body.order_key is not None
    row = books.order(body.order_key)
    if row is None:
        because = f"there is no order {body.order_key} that {body.purchase_order} could answer"
        return Refusal(code=RefusalCode.UNKNOWN_TASK, because=because)
    action: Action = wire.read(Action, row["action"])
    if not isinstance(action, Requisition) or (action.site, action.material) != (
        body.site, body.material,
    ):  # fmt: skip
        because = f"{body.order_key} is no requisition of {body.material} for {body.site}"
        return Refusal(code=RefusalCode.UNKNOWN_TASK, because=because)
    if row["state"] in OPEN and not books.is_as_ordered(row):
        because = f"requisition {body.order_key} is not what was ordered; run 'audit verify'"
        return Refusal(code=RefusalCode.NO_RULING, because=because)
    if row["state"] in OPEN:
        books.move_order(
            body.order_key,
            OrderState.CONFIRMED,
            actor=actor,
            reference=body.purchase_order,
            cause=cause_of(signal),
        )
    return None


Effect = Callable[[Signal, Any, OrderBooks], Refusal | None]
EFFECTS: dict[type, Effect] = {TaskConfirmed: confirmed, TaskDeclined: declined}
