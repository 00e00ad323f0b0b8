"""Change requests: another policy text, its checks, and who signs it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from chargehand.api.access import (
    DECIDES,
    TEXT_MAX,
    Act,
    IdempotencyKey,
    IfMatch,
    KeyInPath,
    Name,
    Sender,
    ThePlant,
    Where,
    needs,
)
from chargehand.api.acts import act_on, conditional, etag, matches, named, problem_reply
from chargehand.api.paging import Listing, Window, listing
from chargehand.api.policy import ERRORS, STRICT, Draft, mistaken
from chargehand.api.policy import router as policy_router
from chargehand.api.problems import ApiProblem, refused
from chargehand.api.replies import Reply
from chargehand.plant.plant import Plant
from chargehand.plant.policy_request_reads import ChangeRequest, RequestRow
from chargehand.plant.reading import Done, Page
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from chargehand.vocabulary.wire import write

router = APIRouter(tags=["governance"])
router.include_router(policy_router)

CREATED = 201
ACT_ERRORS: dict[int | str, dict[str, object]] = {**ERRORS, 412: {}, 428: {}}
State = Literal["waiting", "in_force", "rejected", "withdrawn", "expired", "overtaken", "all"]


class Proposed(Draft):
    """A policy text to put before people."""

    because: Name = Field(max_length=TEXT_MAX, description="why, in ten characters or more")


class Signed(BaseModel):
    """A yes to a change request."""

    model_config = STRICT

    because: Name = Field(default="", max_length=TEXT_MAX)
    role: Name = Field(default="", max_length=200, description="in which of one's roles")


class Answered(BaseModel):
    """A no to a change request."""

    model_config = STRICT

    because: Name = Field(default="", max_length=TEXT_MAX)


class RequestWindow(Window):
    """Which change requests are asked for."""

    state: State = "waiting"


@router.get("/change-requests")
@needs(Act.READ, site=Where.SHARED)
def change_requests(
    plant: ThePlant, request: Request, window: Annotated[RequestWindow, Query()]
) -> Listing[RequestRow]:
    """List change requests, the newest first."""
    state = None if window.state == "all" else window.state

    def read(place: str | None, rows: int) -> Page[RequestRow]:
        before = int(place) if place is not None and place.isdigit() else None
        found = plant.change_requests(state=state, before=before, limit=rows + 1)
        following = found[rows - 1].id.removeprefix("C-") if len(found) > rows else None
        return Page(rows=tuple(found[:rows]), next=following)

    return listing(request, window, read)


@router.get("/change-requests/{id}", responses={404: {}})
@needs(Act.READ, site=Where.SHARED)
def change_request(plant: ThePlant, id: KeyInPath, response: Response) -> ChangeRequest:
    """Show one change request whole: text, differences, evidence, signatures.

    The ETag goes up with each step, for the If-Match of an act on it.
    """
    found = _found(plant, id)
    response.headers["ETag"] = etag(found.row.revision)
    return found


@router.post(
    "/change-requests", status_code=CREATED, responses=ERRORS, response_model=ChangeRequest
)
@needs(Act.PROPOSE_POLICY, site=Where.WHOLE)
def propose(
    plant: ThePlant,
    sender: Sender,
    request: Request,
    proposed: Proposed,
    *,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Put a policy text before those who sign it.

    Where nobody else has to sign, it holds at once: its state is `in_force` then.
    """
    key = named(idempotency_key)

    def once(*, cut_off: datetime | None) -> Reply:
        if cut_off is not None and (
            before := _made_before(plant, sender.person, cut_off, proposed)
        ):
            return _made(before)
        found = plant.propose_policy(proposed.text, by=sender.person, because=proposed.because)
        if isinstance(found, list):
            return problem_reply(mistaken(found))
        return problem_reply(refused(found)) if isinstance(found, Refusal) else _made(found)

    asked = proposed.model_dump(mode="json")
    return act_on(request, person=sender.person, key=key, asked=asked, act=once)


@router.post("/change-requests/{id}/signature", responses=ACT_ERRORS, response_model=Done)
@needs(DECIDES, site=Where.WHOLE)
def sign(
    plant: ThePlant,
    sender: Sender,
    request: Request,
    id: KeyInPath,
    *,
    signed: Signed | None = None,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Sign a change request; with the last signature that it needs, its text holds."""
    said = signed or Signed()
    return _act(
        request, plant, sender.person, id, said, if_match, idempotency_key,
        lambda: plant.sign_request(id, by=sender.person, because=said.because, role=said.role),
    )  # fmt: skip


@router.post("/change-requests/{id}/rejection", responses=ACT_ERRORS, response_model=Done)
@needs(DECIDES, site=Where.WHOLE)
def reject(
    plant: ThePlant,
    sender: Sender,
    request: Request,
    id: KeyInPath,
    rejection: Answered,
    *,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Reject a change request, with the reason."""
    return _act(
        request, plant, sender.person, id, rejection, if_match, idempotency_key,
        lambda: plant.reject_request(id, by=sender.person, because=rejection.because),
    )  # fmt: skip


@router.post("/change-requests/{id}/withdrawal", responses=ACT_ERRORS, response_model=Done)
@needs(DECIDES, site=Where.WHOLE)
def withdraw(
    plant: ThePlant,
    sender: Sender,
    request: Request,
    id: KeyInPath,
    *,
    withdrawal: Answered | None = None,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Withdraw a change request, in the name of whoever proposed it."""
    said = withdrawal or Answered()
    return _act(
        request, plant, sender.person, id, said, if_match, idempotency_key,
        lambda: plant.withdraw_request(id, by=sender.person, because=said.because),
    )  # fmt: skip


def _act(
    request: Request,
    plant: Plant,
    person: str,
    id: str,
    said: BaseModel,
    if_match: str | None,
    idempotency_key: str | None,
    act: Callable[[], Done | Refusal],
) -> Response:
    condition, key = conditional(if_match), named(idempotency_key)

    def once(*, cut_off: datetime | None) -> Reply:
        try:
            found = _found(plant, id)
        except ApiProblem as problem:
            return problem_reply(problem)
        if cut_off is not None and _done_before(found, person, cut_off):
            return _done(plant, id, Done(
                proposal=found.row.id, version=found.row.new_version, state=found.row.state,
                text=found.row.ended_because or found.row.missing,
            ))  # fmt: skip
        if not matches(condition, found.row.revision):
            detail = f"{found.row.id} has changed since: read it again."
            return problem_reply(ApiProblem(RefusalCode.STALE.value, detail))
        answer = act()
        if isinstance(answer, Refusal):
            return problem_reply(refused(answer))
        return _done(plant, id, answer)

    asked = [said.model_dump(mode="json"), condition]
    return act_on(request, person=person, key=key, asked=asked, act=once)


def _found(plant: Plant, id: str) -> ChangeRequest:
    found = plant.change_request(id)
    if found is None:
        raise ApiProblem(RefusalCode.UNKNOWN_REQUEST.value, f"There is no change request {id}.")
    return found


def _done_before(found: ChangeRequest, person: str, cut_off: datetime) -> bool:
    """Whether an act that was cut off took effect: the person's own word since it began."""
    own = any(one.person == person and one.at >= cut_off for one in found.signatures)
    return own or (found.row.state == "withdrawn" and found.row.proposed_by == person)


def _made_before(
    plant: Plant, person: str, cut_off: datetime | None, proposed: Proposed
) -> ChangeRequest | None:
    """What an attempt that was cut off has made."""
    if cut_off is None:
        return None
    for row in plant.change_requests(limit=20):
        if row.proposed_by == person and row.proposed_at >= cut_off:
            found = plant.change_request(row.id)
            if found is not None and found.text == proposed.text:
                return found
    return None


def _made(found: ChangeRequest) -> Reply:
    return Reply(status=CREATED, body=write(found), etag=etag(found.row.revision))


def _done(plant: Plant, id: str, done: Done) -> Reply:
    return Reply(status=200, body=write(done, Done), etag=etag(_found(plant, id).row.revision))
