"""The inbox: proposals, and what people say to them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from chargehand.api.access import (
    DECIDES,
    TEXT_MAX,
    Act,
    Filter,
    IdempotencyKey,
    IfMatch,
    KeyInPath,
    Name,
    Sender,
    ThePlant,
    needs,
)
from chargehand.api.acts import (
    act_on,
    check_version,
    conditional,
    done_before,
    etag,
    named,
    problem_reply,
    reply_of,
)
from chargehand.api.paging import Listing, Window, listing
from chargehand.api.problems import ApiProblem, FieldFault, refused
from chargehand.api.replies import Reply
from chargehand.api.site_scope import of_proposal
from chargehand.plant.freshness import Stale
from chargehand.plant.plant import Plant
from chargehand.plant.reading import Done, ProposalDetail, ProposalRow, ReplayReport
from chargehand.vocabulary.refusal import Refusal, RefusalCode

router = APIRouter(tags=["proposals"], prefix="/proposals")

State = Literal[
    "waiting", "observed", "cleared", "sent", "confirmed", "rejected", "superseded", "expired",
    "failed", "declined", "all",
]  # fmt: skip
ACT_ERRORS: dict[int | str, dict[str, object]] = {
    400: {}, 403: {}, 404: {}, 409: {}, 412: {}, 413: {}, 428: {},
}  # fmt: skip


class ProposalWindow(Window):
    """Which proposals are asked for."""

    state: State = "waiting"
    decision: Filter = None
    site: Filter = None
    zone: Filter = None
    queue: Literal["mine"] | None = Field(
        default=None, description="only what waits in the caller's own queue at this moment"
    )
    may_approve: Literal["me"] | None = Field(
        default=None, description="only what the caller may approve at this moment"
    )


class Approval(BaseModel):
    """A yes."""

    model_config = ConfigDict(extra="forbid")

    justification: Name = Field(default="", max_length=TEXT_MAX)


class Rejection(BaseModel):
    """A no, with the reason that the decision learns from."""

    model_config = ConfigDict(extra="forbid")

    reason: Name = Field(max_length=200)
    text: Name = Field(default="", max_length=TEXT_MAX)


class Change(BaseModel):
    """Other values for the fields that the proposal names as changeable."""

    model_config = ConfigDict(extra="forbid")

    changes: dict[Name, Annotated[Name, Field(max_length=200)]] = Field(
        min_length=1, max_length=50, examples=[{"quantity": "6"}]
    )
    approve: bool = Field(
        default=False, description="approve it in the same act, or change nothing at all"
    )
    justification: Name = Field(default="", max_length=TEXT_MAX)


class Undo(BaseModel):
    """Why an approval is taken back."""

    model_config = ConfigDict(extra="forbid")

    because: Name = Field(default="", max_length=TEXT_MAX)


@router.get("")
@needs(Act.READ)
def proposals(
    plant: ThePlant, sender: Sender, request: Request, window: Annotated[ProposalWindow, Query()]
) -> Listing[ProposalRow]:
    """List proposals, the most pressing first."""
    queue_of = sender.person if window.queue == "mine" else None
    may_approve = sender.person if window.may_approve == "me" else None
    return listing(
        request,
        window,
        lambda place, rows: plant.inbox(
            state=window.state,
            decision=window.decision,
            site=window.site,
            zone=window.zone,
            after=place,
            limit=rows,
            queue_of=queue_of,
            may_approve=may_approve,
        ),
    )


@router.get("/{id}", responses={404: {}})
@needs(Act.READ, site=of_proposal)
def proposal(plant: ThePlant, id: KeyInPath, response: Response) -> ProposalDetail:
    """Show one proposal whole: reasons, alternatives, evidence, ruling, orders, outcome.

    The ETag is its version, for the If-Match of an act on it.
    """
    detail = plant.proposal(id)
    if detail is None:
        raise ApiProblem(RefusalCode.UNKNOWN_PROPOSAL.value, f"There is no proposal {id}.")
    response.headers["ETag"] = etag(detail.row.version)
    return detail


@router.get("/{id}/replay", responses={404: {}, 409: {}})
@needs(Act.READ, site=of_proposal)
def replay(plant: ThePlant, id: KeyInPath) -> ReplayReport:
    """Derive a past proposal again from its recorded question, and compare."""
    report = plant.replay(id)
    if isinstance(report, Refusal):
        raise refused(report)
    return report


@router.post("/{id}/approval", responses=ACT_ERRORS, response_model=Done)
@needs(DECIDES, site=of_proposal)
def approve(
    plant: ThePlant,
    sender: Sender,
    request: Request,
    id: KeyInPath,
    *,
    approval: Approval | None = None,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Approve a proposal; its orders are sent."""
    said = approval or Approval()

    def act(version: int) -> Done | Refusal:
        return plant.approve(
            id, by=sender.person, justification=said.justification, version=version
        )

    return _act(request, plant, sender.person, id, said, if_match, idempotency_key, act)


@router.post("/{id}/rejection", responses=ACT_ERRORS, response_model=Done)
@needs(DECIDES, site=of_proposal)
def reject(
    plant: ThePlant,
    sender: Sender,
    request: Request,
    id: KeyInPath,
    rejection: Rejection,
    *,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Reject a proposal, with a reason."""

    def act(version: int) -> Done | Refusal:
        return plant.reject(
            id, by=sender.person, reason=rejection.reason, text=rejection.text, version=version
        )

    return _act(request, plant, sender.person, id, rejection, if_match, idempotency_key, act)


@router.post("/{id}/change", responses=ACT_ERRORS, response_model=Done)
@needs(DECIDES, site=of_proposal)
def change(
    plant: ThePlant,
    sender: Sender,
    request: Request,
    id: KeyInPath,
    change: Change,
    *,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Change a proposal: a new version of it, which the policy rules on again.

    With `approve` the new version is approved in the same act.
    """

    def act(version: int) -> Done | Refusal:
        return plant.change(
            id, by=sender.person, changes=change.changes, version=version,
            approve=change.approve, justification=change.justification,
        )  # fmt: skip

    return _act(request, plant, sender.person, id, change, if_match, idempotency_key, act)


@router.post("/{id}/undo", responses=ACT_ERRORS, response_model=Done)
@needs(DECIDES, site=of_proposal)
def undo(
    plant: ThePlant,
    sender: Sender,
    request: Request,
    id: KeyInPath,
    *,
    undo: Undo | None = None,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Take an approval back: its orders are cancelled, and it waits again as a new version.

    Within the policy's undo window always; after it as long as nobody has begun.
    """
    said = undo or Undo()

    def act(_version: int) -> Done | Refusal:
        return plant.undo(id, by=sender.person, because=said.because)

    return _act(request, plant, sender.person, id, said, if_match, idempotency_key, act)


@router.post("/{id}/look", responses={404: {}}, status_code=204, response_class=Response)
@needs(Act.READ, site=of_proposal)
def look(plant: ThePlant, sender: Sender, id: KeyInPath) -> None:
    """Note that the caller has opened a proposal that waits.

    How long people read is kept for figures over many of them; no answer shows it by person.
    """
    if plant.proposal(id) is None:
        raise ApiProblem(RefusalCode.UNKNOWN_PROPOSAL.value, f"There is no proposal {id}.")
    plant.looked_at(id, by=sender.person)


def _act(
    request: Request,
    plant: Plant,
    person: str,
    id: str,
    said: BaseModel,
    if_match: str | None,
    idempotency_key: str | None,
    act: Callable[[int], Done | Refusal],
) -> Response:
    condition = conditional(if_match)
    key = named(idempotency_key)

    def once(*, cut_off: datetime | None) -> Reply:
        detail = plant.proposal(id)
        if (before := done_before(detail, person, cut_off)) is not None:
            return reply_of(before)
        try:
            version = check_version(detail, condition, id).row.version
        except ApiProblem as problem:
            return problem_reply(problem)
        return _told(act(version))

    asked = [said.model_dump(mode="json"), condition]
    return act_on(request, person=person, key=key, asked=asked, act=once)


def _told(done: Done | Refusal) -> Reply:
    """Turn an answer into what is sent; of stale facts each that has changed."""
    if not isinstance(done, Stale):
        return reply_of(done)
    facts = [FieldFault(detail=str(one)) for one in done.changed]
    return problem_reply(ApiProblem(done.code.value, done.because, errors=facts))
