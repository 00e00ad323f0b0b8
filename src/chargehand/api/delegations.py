"""Delegations: who stands in for whom, and who is on duty."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from chargehand.api.access import (
    OWN,
    TEXT_MAX,
    Act,
    IdempotencyKey,
    KeyInPath,
    Name,
    Sender,
    ThePlant,
    Where,
    needs,
)
from chargehand.api.acts import act_on, named, problem_reply
from chargehand.api.batches import Sum
from chargehand.api.problems import refused
from chargehand.api.replies import Reply
from chargehand.governance.delegation import Scope
from chargehand.plant.delegating import DelegationRow
from chargehand.plant.queues import OnDuty
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import Refusal
from chargehand.vocabulary.wire import write

router = APIRouter(tags=["governance"])
CREATED = 201
ERRORS: dict[int | str, dict[str, object]] = {400: {}, 403: {}, 404: {}, 409: {}, 413: {}}
_STRICT = ConfigDict(extra="forbid")
Names = Annotated[list[Annotated[Name, Field(min_length=1, max_length=200)]], Field(max_length=50)]


class Narrowed(BaseModel):
    """What a delegation is narrowed to; what is left out is all that the delegator holds."""

    model_config = _STRICT

    decisions: Names = Field(default_factory=lambda: ["*"], min_length=1)
    transactions: Names = Field(default_factory=lambda: ["*"], min_length=1)
    sites: Names = Field(default_factory=lambda: ["*"], min_length=1)
    value_max: Sum | None = None

    def scope(self) -> Scope:
        """The same, as the plant has it."""
        most = self.value_max
        return Scope(
            decisions=frozenset(self.decisions), transactions=frozenset(self.transactions),
            sites=frozenset(self.sites),
            value_max=None if most is None else Money.of(most.amount, most.currency),
        )  # fmt: skip


class StandIn(BaseModel):
    """Somebody who is to decide in the caller's stead."""

    model_config = _STRICT

    to: Name = Field(min_length=1, max_length=200, description="id of the person")
    until: AwareDatetime
    because: Name = Field(max_length=TEXT_MAX, description="why, in ten characters or more")
    scope: Narrowed = Field(default_factory=Narrowed)


class Delegations(BaseModel):
    """Delegations, the newest first."""

    rows: list[DelegationRow]


class Duty(BaseModel):
    """Duty rosters with who is on them now."""

    rows: list[OnDuty]


@router.get("/delegations")
@needs(Act.READ, site=Where.ANYWHERE)
def delegations(
    plant: ThePlant, sender: Sender, whose: Annotated[Literal["mine", "all"], Query()] = "mine"
) -> Delegations:
    """List delegations: those from and to the caller, or everybody's."""
    person = sender.person if whose == "mine" else None
    return Delegations(rows=list(plant.delegations(person=person)))


@router.get("/duty")
@needs(Act.READ, site=Where.ANYWHERE)
def duty(plant: ThePlant) -> Duty:
    """List the duty rosters, each with who is on it at this moment."""
    return Duty(rows=list(plant.on_duty()))


@router.post("/delegations", responses=ERRORS, status_code=CREATED, response_model=DelegationRow)
@needs(OWN)
def delegate(
    plant: ThePlant,
    sender: Sender,
    request: Request,
    stand_in: StandIn,
    *,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Let somebody decide in the caller's stead until then, as far as the policy lets them."""
    key = named(idempotency_key)

    def once(*, cut_off: datetime | None) -> Reply:
        for row in plant.delegations(person=sender.person) if cut_off is not None else ():
            same = (row.from_person, row.to_person) == (sender.person, stand_in.to)
            if same and cut_off is not None and row.since >= cut_off:
                return Reply(status=CREATED, body=write(row, DelegationRow))
        row_or_no = plant.delegate(
            by=sender.person, to=stand_in.to, until=stand_in.until, because=stand_in.because,
            scope=stand_in.scope.scope(),
        )  # fmt: skip
        if isinstance(row_or_no, Refusal):
            return problem_reply(refused(row_or_no))
        return Reply(status=CREATED, body=write(row_or_no, DelegationRow))

    asked = stand_in.model_dump(mode="json")
    return act_on(request, person=sender.person, key=key, asked=asked, act=once)


@router.delete("/delegations/{id}", responses=ERRORS, response_model=DelegationRow)
@needs(OWN)
def end(plant: ThePlant, sender: Sender, id: KeyInPath) -> DelegationRow:
    """End a delegation at once: either of the two may, and whoever may change the policy."""
    row = plant.end_delegation(id, by=sender.person)
    if isinstance(row, Refusal):
        raise refused(row)
    return row
