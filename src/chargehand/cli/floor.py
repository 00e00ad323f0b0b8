"""The floor: its tasks, and what stands where."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from chargehand.cli.context import (
    FAILED,
    OK,
    PLAIN,
    Common,
    emit,
    open_plant,
    refused,
    rows_of,
    say,
)
from chargehand.cli.people import Actor, acting
from chargehand.vocabulary.quantity import Quantity, Unit
from chargehand.vocabulary.refusal import Refusal, RefusalCode

if TYPE_CHECKING:
    from chargehand.plant.plant import Plant
    from chargehand.plant.reading import TaskRow
    from chargehand.signals.signal import Receipt

Task = Annotated[str, Parameter(help="Key of the task, such as P-12.1/0.")]
Key = Annotated[str | None, Parameter(help="Key of this confirmation: sent twice, it counts once.")]
Site = Annotated[str | None, Parameter(help="Only this site.")]
Limit = Annotated[int, Parameter(help="At most so many.")]
After = Annotated[str | None, Parameter(help="Go on after this mark of an earlier list.")]
TASKS_MAX = 500


def tasks(
    *,
    state: Annotated[str, Parameter(help="open, done, declined or cancelled.")] = "open",
    site: Site = None,
    zone: Annotated[str | None, Parameter(help="Only this zone.")] = None,
    limit: Limit = 100,
    after: After = None,
    common: Common = PLAIN,
) -> int:
    """List the tasks of the floor."""
    with closing(open_plant(common.plant)) as plant:
        page = plant.tasks(state=state, site=site, zone=zone, after=after, limit=limit)
    emit(
        page,
        json=common.json,
        table=lambda: rows_of(
            ("Task", "What", "Priority", "Material", "From", "To", "Quantity#", "State"),
            (
                (
                    t.key, t.kind, t.priority, t.material, t.from_location, t.to_location,
                    _much(t), t.state,
                )
                for t in page.rows
            ),
        ),
    )  # fmt: skip
    if page.next and not common.json:
        say(f"More with --after {page.next}", quiet=common.quiet)
    return OK


def _much(task: TaskRow) -> str:
    return "count" if task.quantity is None else f"{task.quantity} {task.unit}"


def confirm(
    task: Task,
    /,
    *,
    quantity: Annotated[
        str | None, Parameter(help="What was really moved or counted, such as 8 or '2.5 KGM'.")
    ] = None,
    key: Key = None,
    as_: Actor = None,
    common: Common = PLAIN,
) -> int:
    """Confirm a task, with the quantity that was really moved."""

    def act(plant: Plant, person: str) -> Receipt | Refusal:
        amount = quantity_of(quantity, _unit_of(plant, task)) if quantity is not None else None
        if isinstance(amount, Refusal):
            return amount
        return plant.confirm(task, by=person, quantity=amount, key=key)

    return _act(act, f"{task} confirmed", as_=as_, common=common)


def decline(
    task: Task,
    /,
    *,
    reason: Annotated[str, Parameter(help="Why it cannot be done.")],
    key: Key = None,
    as_: Actor = None,
    common: Common = PLAIN,
) -> int:
    """Say that a task cannot be done."""
    return _act(
        lambda plant, person: plant.decline(task, by=person, reason=reason, key=key),
        f"{task} declined",
        as_=as_,
        common=common,
    )


def quantity_of(text: str, unit: Unit) -> Quantity | Refusal:
    """Read ``8`` (of the unit given) or ``2.5 KGM``; refuse what is no amount above or at zero."""
    amount, _, named = text.strip().partition(" ")
    try:
        quantity = Quantity(Decimal(amount), Unit(named.strip()) if named else unit)
        quantity.scaled()
    except (InvalidOperation, ValueError) as error:
        because = str(error) if isinstance(error, ValueError) else f"{text!r} is no amount"
        return Refusal(code=RefusalCode.QUANTITY_INVALID, because=because)
    if quantity.amount < 0:
        return Refusal(code=RefusalCode.QUANTITY_INVALID, because=f"{text!r} is below 0")
    return quantity


def _unit_of(plant: Plant, task: str) -> Unit:
    page = plant.tasks(state="open", limit=TASKS_MAX)
    while True:
        for row in page.rows:
            if row.key == task:
                return Unit(row.unit)
        if page.next is None:
            return Unit.PIECE
        page = plant.tasks(state="open", after=page.next, limit=TASKS_MAX)


def _act(
    act: Callable[[Plant, str], Receipt | Refusal], what: str, *, as_: str | None, common: Common
) -> int:
    with closing(open_plant(common.plant)) as plant:
        person = acting(plant, as_)
        if isinstance(person, Refusal):
            return refused(person, json=common.json)
        receipt = act(plant, person)
    if isinstance(receipt, Refusal):
        return refused(receipt, json=common.json)
    if receipt.refusal is not None:
        return refused(receipt.refusal, json=common.json)
    again = " (already before)" if receipt.status == "repeated" else ""
    emit(receipt, json=common.json, table=lambda: f"{what}{again}")
    return OK if receipt.status in {"accepted", "repeated"} else FAILED


def stock(
    *,
    site: Site = None,
    material: Annotated[str | None, Parameter(help="Only this material.")] = None,
    location: Annotated[str | None, Parameter(help="Only this location.")] = None,
    limit: Limit = 100,
    after: After = None,
    common: Common = PLAIN,
) -> int:
    """List what stands where."""
    with closing(open_plant(common.plant)) as plant:
        page = plant.stock(
            site=site, material=material, location=location, after=after, limit=limit
        )
    emit(
        page,
        json=common.json,
        table=lambda: rows_of(
            ("Site", "Location", "Material", "Description", "Lot", "On hand#", "Reserved#", "Unit"),
            (
                (
                    r.site, r.location, r.material, r.description, r.lot, r.on_hand, r.reserved,
                    r.unit,
                )
                for r in page.rows
            ),
        ),
    )  # fmt: skip
    if page.next and not common.json:
        say(f"More with --after {page.next}", quiet=common.quiet)
    return OK
