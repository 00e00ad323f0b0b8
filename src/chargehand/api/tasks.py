"""The floor's tasks. They come out of approved proposals; there is no other way to make one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from chargehand.api.access import (
    Act,
    Filter,
    IdempotencyKey,
    KeyInPath,
    Name,
    Sender,
    ThePlant,
    needs,
)
from chargehand.api.acts import act_on, named, problem_reply
from chargehand.api.limits import checked
from chargehand.api.paging import Listing, Window, listing
from chargehand.api.problems import ApiProblem, FieldFault, refused
from chargehand.api.replies import Reply
from chargehand.api.site_scope import of_task
from chargehand.plant.plant import Plant
from chargehand.plant.reading import TaskRow
from chargehand.signals.signal import Receipt
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.refusal import RefusalCode
from chargehand.vocabulary.wire import plain, write

router = APIRouter(tags=["tasks"], prefix="/tasks")

State = Literal["open", "done", "declined", "cancelled", "all"]
ACT_ERRORS: dict[int | str, dict[str, object]] = {
    400: {}, 403: {}, 404: {}, 409: {}, 413: {},
}  # fmt: skip


class TaskWindow(Window):
    """Which tasks are asked for."""

    state: State = "open"
    site: Filter = None
    zone: Filter = None


class Confirmation(BaseModel):
    """A task was done."""

    model_config = ConfigDict(extra="forbid")

    quantity: Quantity | None = Field(
        default=None,
        description="what was really moved, where it is not what was asked for; what was counted",
    )


class Declination(BaseModel):
    """A task cannot be done."""

    model_config = ConfigDict(extra="forbid")

    reason: Name = Field(min_length=1, max_length=200)


@router.get("")
@needs(Act.READ)
def tasks(
    plant: ThePlant, request: Request, window: Annotated[TaskWindow, Query()]
) -> Listing[TaskRow]:
    """List tasks in the order in which they should be done.

    `message` is the task as warehouse systems get it.
    """
    return listing(
        request,
        window,
        lambda place, rows: plant.tasks(
            state=window.state, site=window.site, zone=window.zone, after=place, limit=rows
        ),
    )


@router.get("/{key:path}", responses={404: {}})
@needs(Act.READ, site=of_task)
def task(plant: ThePlant, key: KeyInPath) -> TaskRow:
    """Show one task, by its key such as `P-12.1/0`."""
    return _found(plant, key)


@router.post("/{key:path}/confirmation", responses=ACT_ERRORS, response_model=Receipt)
@needs(Act.REPORT, site=of_task)
def confirm(
    plant: ThePlant,
    sender: Sender,
    request: Request,
    key: KeyInPath,
    *,
    confirmation: Confirmation | None = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Confirm a task: stock moves by what was really moved."""
    quantity = (confirmation or Confirmation()).quantity
    if quantity is not None:
        _storable(quantity)
    name = named(idempotency_key)

    def act(*, cut_off: datetime | None) -> Reply:  # noqa: ARG001 - a key is enough here
        receipt = plant.confirm(key, by=sender.person, quantity=quantity, key=f"api/{name}")
        return _reply(receipt)

    asked = None if quantity is None else plain(quantity)
    return act_on(request, person=sender.person, key=name, asked=asked, act=act)


@router.post("/{key:path}/declination", responses=ACT_ERRORS, response_model=Receipt)
@needs(Act.REPORT, site=of_task)
def decline(
    plant: ThePlant,
    sender: Sender,
    request: Request,
    key: KeyInPath,
    declination: Declination,
    *,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Say that a task cannot be done; nothing moves, and what it held is free again."""
    name = named(idempotency_key)

    def act(*, cut_off: datetime | None) -> Reply:  # noqa: ARG001 - a key is enough here
        reason = declination.reason
        receipt = plant.decline(key, by=sender.person, reason=reason, key=f"api/{name}")
        return _reply(receipt)

    return act_on(request, person=sender.person, key=name, asked=declination.reason, act=act)


def _reply(receipt: Receipt) -> Reply:
    refusal = receipt.refusal
    if refusal is None:
        return Reply(status=200, body=write(receipt))
    return problem_reply(refused(refusal))


def _storable(quantity: Quantity) -> None:
    try:
        checked(quantity, plain(quantity), "quantity")
    except ValueError as error:
        fault = FieldFault(pointer="#/quantity", detail=str(error))
        raise ApiProblem("invalid", str(error), errors=[fault]) from error


def _found(plant: Plant, key: str) -> TaskRow:
    row = plant.task(key)
    if row is None:
        raise ApiProblem(RefusalCode.UNKNOWN_TASK.value, f"There is no task {key}.")
    return row
