"""Phases: how far decisions go by themselves; lowering them, and what speaks for raising them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from chargehand.api.access import (
    DECIDES,
    TEXT_MAX,
    Act,
    Filter,
    IdempotencyKey,
    Name,
    Sender,
    ThePlant,
    Where,
    needs,
)
from chargehand.api.acts import act_on, named, problem_reply
from chargehand.api.paging import Listing, Window, listing
from chargehand.api.problems import refused
from chargehand.api.replies import Reply
from chargehand.governance.phase import Phase
from chargehand.governance.promotion import Evidence
from chargehand.plant.phase_rows import PhaseRow
from chargehand.plant.reading import Done, Page
from chargehand.vocabulary.refusal import Refusal
from chargehand.vocabulary.wire import write

router = APIRouter(prefix="/phases", tags=["governance"])

Part = Annotated[Name, Field(min_length=1, max_length=80)]


class PhaseWindow(Window):
    """Which phases are asked for."""

    site: Filter = None
    decision: Filter = None


class EvidenceWindow(Window):
    """Which phase would be raised."""

    decision: Part
    site: Part
    zone: Part = "*"
    to: Phase


class DemoteRequest(BaseModel):
    """Which scope is lowered, and how far. ``*`` is any."""

    model_config = ConfigDict(extra="forbid")

    decision: Part
    site: Part
    zone: Part = "*"
    to: Phase = Field(description="observe or assist")
    reason: Name = Field(default="", max_length=TEXT_MAX)


@router.get("")
@needs(Act.READ)
def phases(
    plant: ThePlant, request: Request, window: Annotated[PhaseWindow, Query()]
) -> Listing[PhaseRow]:
    """List every decision at every site and zone: what holds, what lowers it, what came of it."""
    return listing(
        request,
        window,
        lambda _place, _rows: Page(
            rows=tuple(
                row
                for row in plant.phases()
                if window.site in (None, row.site) and window.decision in (None, row.decision)
            )
        ),
    )


@router.get("/evidence", responses={400: {}, 409: {}})
@needs(Act.READ)
def evidence(
    plant: ThePlant, request: Request, window: Annotated[EvidenceWindow, Query()]
) -> Listing[Evidence]:
    """Show what speaks for raising a phase: its track record, what is asked, and a dry run."""
    found = plant.evidence_for(window.decision, window.site, window.zone, to=window.to)
    if isinstance(found, Refusal):
        raise refused(found)
    return listing(request, window, lambda _place, _rows: Page(rows=found))


@router.post(
    "/demote", responses={400: {}, 403: {}, 404: {}, 409: {}, 413: {}}, response_model=Done
)
@needs(DECIDES, site=Where.BODY)
def demote(
    plant: ThePlant,
    sender: Sender,
    request: Request,
    asked: DemoteRequest,
    *,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Lower a decision at once. Whoever may decide or approve at the site may; the safe side."""
    name = named(idempotency_key)

    def act(*, cut_off: datetime | None) -> Reply:  # noqa: ARG001 - lowering twice is the same
        done = plant.demote(
            asked.decision, asked.site, asked.zone, to=asked.to, by=sender.person,
            reason=asked.reason,
        )  # fmt: skip
        if isinstance(done, Refusal):
            return problem_reply(refused(done))
        return Reply(status=200, body=write(done, Done))

    return act_on(request, person=sender.person, key=name, asked=asked.model_dump(), act=act)
