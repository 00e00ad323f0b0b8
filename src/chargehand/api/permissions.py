"""What somebody may do, and why not."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from chargehand.api.access import (
    OWN,
    Act,
    Filter,
    Name,
    TheCaller,
    ThePlant,
    Where,
    needs,
)
from chargehand.api.entitled import at
from chargehand.api.problems import refused
from chargehand.api.site_scope import of_proposal
from chargehand.governance.explaining import Explanation
from chargehand.plant.naming import proposal_number
from chargehand.plant.permitted import Permissions
from chargehand.vocabulary.refusal import Refusal

router = APIRouter(tags=["governance"])
ERRORS: dict[int | str, dict[str, object]] = {403: {}, 404: {}, 422: {}}


@router.get("/permissions")
@needs(OWN)
def permissions(plant: ThePlant, caller: TheCaller) -> Permissions:
    """Show all that the caller may do: acts by site, and grants to decide."""
    return plant.permissions(caller.person, caller.scope)


class Asked(BaseModel):
    """What is asked about."""

    model_config = ConfigDict(extra="forbid")

    what: Name = Field(
        min_length=1, max_length=100,
        description="a proposal (P-12: may I approve it), approve, reject, change, or an act",
    )  # fmt: skip
    decision: Filter = None
    transaction: Filter = None
    site: Filter = None
    zone: Filter = None
    value: Filter = Field(default=None, description="such as EUR 500.00")
    confidence: float = Field(default=1.0, ge=0, le=1)


@router.get("/permissions/explain", responses=ERRORS)
@needs(Act.READ, site=Where.HANDLED)
def explain(plant: ThePlant, caller: TheCaller, asked: Annotated[Asked, Query()]) -> Explanation:
    """Say why the caller may do something, or not: every grant and clause that was looked at."""
    if proposal_number(asked.what) is not None:
        for site in of_proposal(plant, {"id": asked.what}) or ():
            at(caller, plant, site)
    about = asked.model_dump(exclude={"what"})
    found = plant.explain(str(caller.person.person), asked.what, **about)
    if isinstance(found, Refusal):
        raise refused(found)
    return found
