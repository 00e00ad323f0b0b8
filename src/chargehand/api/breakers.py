"""Circuit breakers, and the stop of all automation."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from chargehand.api.access import (
    DECIDES,
    OWN,
    TEXT_MAX,
    Act,
    IdempotencyKey,
    Name,
    Sender,
    TheCaller,
    ThePlant,
    Where,
    needs,
)
from chargehand.api.acts import act_on, named, problem_reply
from chargehand.api.entitled import elsewhere
from chargehand.api.paging import Listing, Window, listing
from chargehand.api.problems import refused
from chargehand.api.replies import Reply
from chargehand.governance.submission import ANY
from chargehand.plant.reading import BreakerRow, Done, Page
from chargehand.vocabulary.refusal import Refusal
from chargehand.vocabulary.wire import write

router = APIRouter(tags=["governance"])

ACT_ERRORS: dict[int | str, dict[str, object]] = {
    400: {}, 403: {}, 404: {}, 409: {}, 413: {},
}  # fmt: skip
Part = Annotated[Name, Field(min_length=1, max_length=80)]


class StopRequest(BaseModel):
    """Why automation is stopped; it can be said later."""

    model_config = ConfigDict(extra="forbid")

    reason: Name = Field(default="", max_length=TEXT_MAX)


class CloseRequest(BaseModel):
    """Which breaker is closed, and what was done about it. ``*`` is as the breaker names it."""

    model_config = ConfigDict(extra="forbid")

    decision: Part = "*"
    site: Part = "*"
    zone: Part = "*"
    reason: Name = Field(max_length=TEXT_MAX)


@router.get("/breakers")
@needs(Act.READ, site=Where.HANDLED)
def breakers(plant: ThePlant, caller: TheCaller, request: Request) -> Listing[BreakerRow]:
    """List what is open or on trial, the stop of all automation among them, with its cure."""
    found = tuple(
        row for row in plant.overview().breakers if row.site == ANY or caller.may_at(row.site)
    )
    return listing(request, Window(), lambda _place, _rows: Page(rows=found))


@router.post("/breakers/close", responses=ACT_ERRORS, response_model=Done)
@needs(DECIDES, site=Where.HANDLED)
def close(
    plant: ThePlant,
    caller: TheCaller,
    sender: Sender,
    request: Request,
    asked: CloseRequest,
    *,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Close a breaker, or resume after a stop. Your role must be one that closes breakers."""
    name = named(idempotency_key)
    if not caller.may_at(asked.site):
        raise elsewhere(caller, None if asked.site == ANY else asked.site)

    def act(*, cut_off: datetime | None) -> Reply:  # noqa: ARG001 - the second time none is open
        done = plant.close_breaker(
            asked.decision, asked.site, asked.zone, by=sender.person, reason=asked.reason
        )
        return _reply(done)

    return act_on(request, person=sender.person, key=name, asked=asked.model_dump(), act=act)


@router.post("/automation/stop", responses=ACT_ERRORS, response_model=Done)
@needs(OWN)
def stop(
    plant: ThePlant,
    sender: Sender,
    request: Request,
    asked: StopRequest,
    *,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Stop all automation at once. Everybody may."""
    name = named(idempotency_key)

    def act(*, cut_off: datetime | None) -> Reply:  # noqa: ARG001 - stopping twice is the same
        return _reply(plant.stop_automation(by=sender.person, reason=asked.reason))

    return act_on(request, person=sender.person, key=name, asked=asked.model_dump(), act=act)


def _reply(done: Done | Refusal) -> Reply:
    if isinstance(done, Refusal):
        return problem_reply(refused(done))
    return Reply(status=200, body=write(done, Done))
