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
    wrong_use,
)
from chargehand.cli.filters import (
    TASK_STATES,
    wrong_place,
    wrong_window,
    wrong_word,
    wrong_zone,
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


def tasks(
    *,
    state: Annotated[str, Parameter(help="open, done, declined, cancelled or all.")] = "open",
    site: Site = None,
    zone: Annotated[str | None, Parameter(help="Only this zone.")] = None,
    limit: Limit = 100,
    after: After = None,
    common: Common = PLAIN,
) -> int:
    """List the tasks of the floor."""
    wrong = wrong_word("--state", state, TASK_STATES, json=common.json)
    wrong = wrong or wrong_window(limit, after, keys=3, json=common.json)
    if wrong is not None:
        return wrong
    with closing(open_plant(common.plant)) as plant:
        if (wrong := wrong_place(plant, site=site, json=common.json)) is not None:
            return wrong
        page = plant.tasks(state=state, site=site, zone=zone, after=after, limit=limit)
        if not page.rows and (wrong := wrong_zone(plant, zone, json=common.json)) is not None:
            return wrong
    emit(
        page,
        json=common.json,
        table=lambda: rows_of(
            ("Task!", "What", "?Priority", "Material", "From", "To", "Quantity#", "?By", "?State"),
            (
                (
                    t.key, t.kind, t.priority, t.material, t.from_location, t.to_location,
                    _much(t), t.target, t.state,
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

    return _act(act, f"{task} confirmed", task, as_=as_, common=common)


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
    if not reason.strip():
        cure = "Say why it cannot be done, such as --reason 'rack blocked'."
        return wrong_use("--reason is empty", cure, json=common.json)
    return _act(
        lambda plant, person: plant.decline(task, by=person, reason=reason, key=key),
        f"{task} declined",
        task,
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
    row = plant.task(task)
    return Unit(row.unit) if row is not None and row.unit else Unit.PIECE


def _bounds(plant: Plant, task: str) -> str:
    """What to do about a quantity that does not fit a task."""
    row = plant.task(task)
    if row is None or row.quantity is None:
        return "Give what was counted: 0 or more, such as 8 or 12.5."
    return f"Give between 0 and {row.quantity} (in {row.unit}): what was really moved."


def _act(
    act: Callable[[Plant, str], Receipt | Refusal],
    what: str,
    task: str,
    *,
    as_: str | None,
    common: Common,
) -> int:
    with closing(open_plant(common.plant)) as plant:
        person = acting(plant, as_)
        if isinstance(person, Refusal):
            return refused(person, json=common.json)
        receipt = act(plant, person)
        refusal = receipt if isinstance(receipt, Refusal) else receipt.refusal
        is_amount = refusal is not None and refusal.code is RefusalCode.QUANTITY_INVALID
        cure = _bounds(plant, task) if is_amount else ""
    if refusal is not None:
        return refused(refusal, json=common.json, cure=cure)
    assert not isinstance(receipt, Refusal)
    again = " (already before)" if receipt.status == "repeated" else ""
    emit(receipt, json=common.json, table=lambda: f"{what}{again}")
    return OK if receipt.status in {"accepted", "repeated"} else FAILED
