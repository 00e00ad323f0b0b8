"""Holds: what is frozen and why; place and release them. Reservations: what is set aside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal, TypeVar

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from chargehand.api.access import (
    DECIDES,
    Act,
    Filter,
    IdempotencyKey,
    KeyInPath,
    Name,
    Sender,
    ThePlant,
    Where,
    needs,
)
from chargehand.api.acts import act_on, named, problem_reply
from chargehand.api.limits import checked
from chargehand.api.paging import Listing, Window, listing
from chargehand.api.problems import ApiProblem, FieldFault, refused
from chargehand.api.replies import Reply
from chargehand.api.site_scope import of_hold, of_reservation
from chargehand.plant.reading_stock import (
    HoldDetail,
    HoldDone,
    HoldRow,
    ReservationDetail,
    ReservationRow,
)
from chargehand.signals.stock_kinds import HoldPlaced, HoldReleased
from chargehand.vocabulary.identifier import (
    HandlingUnitId,
    HoldId,
    LocationId,
    LotId,
    MaterialId,
    PersonId,
    SerialId,
    SiteId,
)
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from chargehand.vocabulary.wire import plain, write

router = APIRouter(tags=["holds"])

ACT_ERRORS: dict[int | str, dict[str, object]] = {
    400: {}, 403: {}, 404: {}, 409: {}, 413: {},
}  # fmt: skip
Id = TypeVar("Id")
Part = Annotated[str, Field(min_length=1, max_length=80)]
Text = Annotated[Name, Field(min_length=1, max_length=2_000)]


class HoldWindow(Window):
    """Which holds are asked for."""

    state: Literal["active", "released", "all"] = "active"
    site: Filter = None
    material: Filter = None


class ReservationWindow(Window):
    """Which reservations are asked for."""

    state: Literal["open", "posted", "voided", "expired", "all"] = "open"
    site: Filter = None
    material: Filter = None
    order: Filter = None


class HoldRequest(BaseModel):
    """Freeze all stock of a site that fits every part that is given."""

    model_config = ConfigDict(extra="forbid")

    hold: Part = Field(description="name of the hold, used once, such as QN-10077")
    site: Part
    reason: Text
    material: Part | None = None
    lot: Part | None = None
    serial: Part | None = None
    handling_unit: Part | None = None
    location: Part | None = None
    review_by: AwareDatetime | None = Field(
        default=None, description="when somebody has to look at it again; it stays on hold then too"
    )


class ReleaseRequest(BaseModel):
    """End a hold; with a place and a quantity, let only so much of it go."""

    model_config = ConfigDict(extra="forbid")

    reason: Text
    signature: Text = Field(description="what you sign, in your own words (10 characters or more)")
    location: Part | None = None
    material: Part | None = None
    lot: Part | None = None
    quantity: Quantity | None = None


@router.get("/holds")
@needs(Act.READ)
def holds(
    plant: ThePlant, request: Request, window: Annotated[HoldWindow, Query()]
) -> Listing[HoldRow]:
    """List holds in the order in which they were placed."""
    return listing(
        request,
        window,
        lambda place, rows: plant.holds(
            state=None if window.state == "all" else window.state, site=window.site,
            material=window.material, after=place, limit=rows,
        ),
    )  # fmt: skip


@router.get("/holds/{key:path}", responses={404: {}})
@needs(Act.READ, site=of_hold)
def hold(plant: ThePlant, key: KeyInPath) -> HoldDetail:
    """Show one hold: what it froze, what it freezes now, and what was done about it."""
    found = plant.hold(key)
    if found is None:
        raise ApiProblem(RefusalCode.UNKNOWN_HOLD.value, f"There is no hold {key}.")
    return found


@router.post("/holds", responses=ACT_ERRORS, response_model=HoldDone)
@needs(Act.HOLD, site=Where.BODY)
def place_hold(
    plant: ThePlant,
    sender: Sender,
    request: Request,
    asked: HoldRequest,
    *,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Place a hold: stock and all that counts on it are frozen at once, and named in the answer."""
    name = named(idempotency_key)
    body = HoldPlaced(
        hold=HoldId(asked.hold), site=SiteId(asked.site), reason=asked.reason,
        material=_or(MaterialId, asked.material), lot=_or(LotId, asked.lot),
        serial=_or(SerialId, asked.serial), location=_or(LocationId, asked.location),
        handling_unit=_or(HandlingUnitId, asked.handling_unit), review_by=asked.review_by,
    )  # fmt: skip
    _storable(body)

    def act(*, cut_off: datetime | None) -> Reply:  # noqa: ARG001 - a key is enough here
        return _reply(plant.place_hold(body, by=sender.person, key=f"api/{name}"))

    return act_on(request, person=sender.person, key=name, asked=plain(body), act=act)


@router.post("/holds/{key:path}/release", responses=ACT_ERRORS, response_model=HoldDone)
@needs(DECIDES, site=of_hold)
def release_hold(
    plant: ThePlant,
    sender: Sender,
    request: Request,
    key: KeyInPath,
    asked: ReleaseRequest,
    *,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Release a hold, or a part of it, with your signature; your role must allow it."""
    name = named(idempotency_key)
    body = HoldReleased(
        hold=HoldId(key), reason=asked.reason, signature=asked.signature,
        person=PersonId(sender.person), location=_or(LocationId, asked.location),
        material=_or(MaterialId, asked.material), lot=_or(LotId, asked.lot),
        quantity=asked.quantity,
    )  # fmt: skip
    _storable(body)

    def act(*, cut_off: datetime | None) -> Reply:  # noqa: ARG001 - a key is enough here
        return _reply(plant.release_hold(body, by=sender.person, key=f"api/{name}"))

    return act_on(request, person=sender.person, key=name, asked=plain(body), act=act)


@router.get("/reservations")
@needs(Act.READ)
def reservations(
    plant: ThePlant, request: Request, window: Annotated[ReservationWindow, Query()]
) -> Listing[ReservationRow]:
    """List what is set aside, part by part, for orders and for tasks in flight."""
    return listing(
        request,
        window,
        lambda place, rows: plant.reservations(
            state=None if window.state == "all" else window.state, site=window.site,
            material=window.material, order=window.order, after=place, limit=rows,
        ),
    )  # fmt: skip


@router.get("/reservations/{key:path}", responses={404: {}})
@needs(Act.READ, site=of_reservation)
def reservation(plant: ThePlant, key: KeyInPath) -> ReservationDetail:
    """Show one reservation, and what was passed over for it and why."""
    found = plant.reservation(key)
    if found is None:
        raise ApiProblem(RefusalCode.UNKNOWN_RESERVATION.value, f"There is no reservation {key}.")
    return found


def _or(kind: Callable[[str], Id], name: str | None) -> Id | None:
    return None if name is None else kind(name)


def _reply(done: HoldDone | Refusal) -> Reply:
    if isinstance(done, Refusal):
        return problem_reply(refused(done))
    return Reply(status=200, body=write(done))


def _storable(body: HoldPlaced | HoldReleased) -> None:
    try:
        checked(body, plain(body), "body")
    except ValueError as error:
        fault = FieldFault(pointer="#", detail=str(error))
        raise ApiProblem("invalid", str(error), errors=[fault]) from error
