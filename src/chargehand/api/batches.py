"""Approving many proposals together: look at what it comes to, then approve exactly that."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from chargehand.api.access import (
    DECIDES,
    TEXT_MAX,
    Caller,
    IdempotencyKey,
    Name,
    Sender,
    TheCaller,
    ThePlant,
    Where,
    needs,
)
from chargehand.api.acts import act_on, named, problem_reply
from chargehand.api.problems import ApiProblem, refused
from chargehand.api.replies import Reply
from chargehand.plant import whereabouts
from chargehand.plant.batching import BATCH_MAX, BatchDone, BatchPreview, Pick
from chargehand.plant.plant import Plant
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import Refusal
from chargehand.vocabulary.wire import write

router = APIRouter(tags=["proposals"], prefix="/proposals/approve-batch")
ERRORS: dict[int | str, dict[str, object]] = {400: {}, 403: {}, 404: {}, 409: {}, 412: {}, 413: {}}
_STRICT = ConfigDict(extra="forbid")


class Chosen(BaseModel):
    """One proposal of a batch, in the version that was looked at."""

    model_config = _STRICT

    id: Name = Field(max_length=200, examples=["P-12"])
    version: int = Field(ge=1)


class Look(BaseModel):
    """Proposals that somebody thinks of approving together."""

    model_config = _STRICT

    proposals: list[Chosen] = Field(min_length=1, max_length=BATCH_MAX)
    justification: Name = Field(default="", max_length=TEXT_MAX)


class Sum(BaseModel):
    """An amount of money."""

    model_config = _STRICT

    amount: Annotated[Decimal, Field(max_digits=18, decimal_places=4, allow_inf_nan=False)]
    currency: str = Field(pattern=r"^[A-Z]{3}$")


class Batch(Look):
    """Proposals to approve together, for the total that the preview has shown."""

    total: list[Sum] = Field(max_length=50, description="by currency, as the preview says it")


@router.post("/preview", responses={403: {}, 404: {}, 413: {}}, response_model=BatchPreview)
@needs(DECIDES, site=Where.HANDLED)
def preview(plant: ThePlant, sender: Sender, caller: TheCaller, look: Look) -> BatchPreview:
    """Show what approving these together would come to, and which cannot be; changes nothing."""
    _check_sites(plant, caller, look)
    found = plant.preview_batch(_picks(look), by=sender.person, justification=look.justification)
    if isinstance(found, Refusal):
        raise refused(found)
    return found


@router.post("", responses=ERRORS, response_model=BatchDone)
@needs(DECIDES, site=Where.HANDLED)
def approve_batch(
    plant: ThePlant,
    sender: Sender,
    caller: TheCaller,
    request: Request,
    batch: Batch,
    *,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Approve proposals together; each has a ruling of its own, and is approved or refused alone.

    412 where they cost something else by now than `total` says.
    """
    key = named(idempotency_key)
    _check_sites(plant, caller, batch)
    total = [Money.of(one.amount, one.currency) for one in batch.total]

    def once(*, cut_off: datetime | None) -> Reply:
        done = plant.approve_many(
            _picks(batch), by=sender.person, total=total,
            justification=batch.justification, since=cut_off,
        )  # fmt: skip
        if isinstance(done, Refusal):
            return problem_reply(refused(done))
        return Reply(status=200, body=write(done, BatchDone))

    asked = batch.model_dump(mode="json")
    return act_on(request, person=sender.person, key=key, asked=asked, act=once)


def _picks(look: Look) -> list[Pick]:
    return [Pick(id=one.id, version=one.version) for one in look.proposals]


def _check_sites(plant: Plant, caller: Caller, look: Look) -> None:
    """Refuse a batch whole that reaches beyond the sites of the caller's key."""
    for one in look.proposals:
        sites = whereabouts.sites_of(plant.store, "proposal", one.id) or ()
        for site in sites:
            if not caller.may_at(site):
                raise ApiProblem("not_authorized", f"{one.id} is at {site}, where you may not.")
