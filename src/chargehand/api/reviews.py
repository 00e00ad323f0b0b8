"""Weekly exception reviews: their packs, and people's answers to the cases."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from chargehand.api.access import (
    TEXT_MAX,
    Act,
    Filter,
    IdempotencyKey,
    Name,
    Sender,
    TheCaller,
    ThePlant,
    Where,
    needs,
)
from chargehand.api.acts import act_on, named, problem_reply
from chargehand.api.paging import Listing, Window, listing
from chargehand.api.problems import ApiProblem, refused
from chargehand.api.replies import Reply
from chargehand.plant.plant import Plant
from chargehand.plant.reading import Done
from chargehand.plant.reviews import ReviewDetail, ReviewRow
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from chargehand.vocabulary.wire import write

router = APIRouter(prefix="/reviews", tags=["governance"])

NUMBER_MAX = 2**31
Number = Annotated[int, Path(ge=1, le=NUMBER_MAX)]


class ReviewWindow(Window):
    """Which reviews are asked for."""

    state: Literal["open", "overdue", "completed", "all"] = "all"
    site: Filter = None


class AnswerRequest(BaseModel):
    """What somebody found of one case."""

    model_config = ConfigDict(extra="forbid")

    case: Name = Field(min_length=1, max_length=200, description="its `subject` in the pack")
    verdict: Literal["fine", "wrong", "unclear"]
    text: Name = Field(default="", max_length=TEXT_MAX, description="what there is to say")


@router.get("")
@needs(Act.READ)
def reviews(
    plant: ThePlant, request: Request, window: Annotated[ReviewWindow, Query()]
) -> Listing[ReviewRow]:
    """List reviews, the newest first."""
    return listing(
        request,
        window,
        lambda place, rows: plant.reviews(
            site=window.site, state=None if window.state == "all" else window.state,
            after=place, limit=rows,
        ),
    )  # fmt: skip


@router.get("/{number}", responses={404: {}})
@needs(Act.READ, site=Where.HANDLED)
def review(plant: ThePlant, caller: TheCaller, number: Number) -> ReviewDetail:
    """Show a review with all its cases, their answers, and what was drawn by."""
    return _found(plant, caller, number)


@router.post(
    "/{number}/answers",
    responses={400: {}, 403: {}, 404: {}, 409: {}, 413: {}},
    response_model=Done,
)
@needs(Act.REVIEW, site=Where.HANDLED)
def answer(
    plant: ThePlant,
    caller: TheCaller,
    sender: Sender,
    request: Request,
    number: Number,
    asked: AnswerRequest,
    *,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Answer one case; the last open one completes the review. Your role must review the site."""
    name = named(idempotency_key)
    _found(plant, caller, number)

    def act(*, cut_off: datetime | None) -> Reply:  # noqa: ARG001 - answering twice is the same
        done = plant.answer_review(
            number, asked.case, asked.verdict, by=sender.person, text=asked.text
        )
        if isinstance(done, Refusal):
            return problem_reply(refused(done))
        return Reply(status=200, body=write(done, Done))

    return act_on(request, person=sender.person, key=name, asked=asked.model_dump(), act=act)


def _found(plant: Plant, caller: TheCaller, number: int) -> ReviewDetail:
    found = plant.review(number)
    if found is None:
        raise ApiProblem(RefusalCode.UNKNOWN_REVIEW.value, f"There is no review {number}.")
    if not caller.may_at(found.row.site):
        raise ApiProblem(
            RefusalCode.NOT_AUTHORIZED.value, f"Review {number} is of another site than yours."
        )
    return found
