"""Trust figures: how far decisions can be relied on. None of them is about one person."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from chargehand.api.access import Act, Filter, ThePlant, Where, needs
from chargehand.api.limits import Moment
from chargehand.api.paging import once_each
from chargehand.api.problems import ApiProblem
from chargehand.outcomes.trust import LastDrill, TrustReport
from chargehand.plant.baselines import BeforeAndNow
from chargehand.plant.drilling import FallbackRow

router = APIRouter(tags=["governance"])


class Asked(BaseModel):
    """Which figures are asked for."""

    model_config = ConfigDict(extra="forbid")

    decision: Filter = None
    site: Filter = None
    since: Moment | None = Field(
        default=None, description="30 days before `until` where nothing is said"
    )
    until: Moment | None = Field(default=None, description="now where nothing is said")


@router.get("/trust")
@needs(Act.READ)
def trust(plant: ThePlant, request: Request, asked: Annotated[Asked, Query()]) -> TrustReport:
    """Say how far each decision can be relied on at each site.

    Accuracy with its bound, calibration, what people overrode and who was right, adoption, latency,
    questions per person-hour, probes. What people did is told of at least three of them together.
    """
    once_each(request)
    if asked.since is not None and asked.until is not None and asked.since >= asked.until:
        raise ApiProblem("invalid", "`since` must be before `until`.")
    return plant.trust(
        decision=asked.decision, site=asked.site, since=asked.since, until=asked.until
    )


class Baselines(BaseModel):
    """Each site's baseline beside the same figures of today."""

    rows: list[BeforeAndNow]


@router.get("/trust/baselines")
@needs(Act.READ, site=Where.EVERYWHERE)
def baselines(plant: ThePlant) -> Baselines:
    """Show what each site was like before anything was switched on, and what it is like now."""
    return Baselines(rows=list(plant.baselines()))


class Fallbacks(BaseModel):
    """What every decision does when something fails it, and whether that was seen to work."""

    rows: list[FallbackRow]
    last_drill: LastDrill | None = Field(description="null where it was never drilled")


@router.get("/trust/fallbacks")
@needs(Act.READ, site=Where.ANYWHERE)
def fallbacks(plant: ThePlant) -> Fallbacks:
    """List what each decision does when its model or source is missing, old, drifting or unsure."""
    return Fallbacks(rows=list(plant.fallbacks()), last_drill=plant.last_drill())
