"""The kinds of decision, their hearings, and the questions that were answered with no."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from chargehand.api.access import Act, Filter, Name, ThePlant, Where, needs
from chargehand.api.limits import Moment
from chargehand.api.paging import once_each
from chargehand.api.problems import refused
from chargehand.plant.reading import DecideReport, RefusalRow
from chargehand.vocabulary.refusal import Refusal

router = APIRouter(tags=["decisions"])


class DecisionRow(BaseModel):
    """One kind of decision."""

    name: str
    purpose: str
    fallback: str = Field(description="what happens when its model or source is missing")


class Decisions(BaseModel):
    """All kinds of decision."""

    rows: list[DecisionRow]


class Refusals(BaseModel):
    """Questions of the last hearings that were answered with no."""

    rows: list[RefusalRow]


class RefusalWindow(BaseModel):
    """Which refusals are asked for."""

    model_config = ConfigDict(extra="forbid")

    decision: Filter = None
    site: Filter = None
    limit: int = Field(default=1_000, ge=1, le=1_000)


class Hearing(BaseModel):
    """Which questions to ask; nothing named means all."""

    model_config = ConfigDict(extra="forbid")

    decision: Name | None = Field(default=None, max_length=200)
    site: Name | None = Field(default=None, max_length=200)
    as_of: Moment | None = None


@router.get("/decisions")
@needs(Act.READ, site=Where.ANYWHERE)
def decisions(plant: ThePlant) -> Decisions:
    """List every kind of decision, with what it is for."""
    return Decisions(
        rows=[
            DecisionRow(name=name, purpose=purpose, fallback=fallback)
            for name, purpose, fallback in plant.decisions()
        ]
    )


@router.post("/decisions/hearing", responses={400: {}, 404: {}, 409: {}, 413: {}})
@needs(Act.DECIDE, site=Where.BODY)
def hold_hearing(plant: ThePlant, hearing: Hearing | None = None) -> DecideReport:
    """Ask the decisions their questions now; asking again changes nothing that has not changed."""
    asked = hearing or Hearing()
    report = plant.decide(decision=asked.decision, site=asked.site, as_of=asked.as_of)
    if isinstance(report, Refusal):
        raise refused(report)
    return report


@router.get("/refusals")
@needs(Act.READ)
def refusals(
    plant: ThePlant, request: Request, window: Annotated[RefusalWindow, Query()]
) -> Refusals:
    """List the questions that were answered with no, and why."""
    once_each(request)
    rows = plant.refusals(decision=window.decision, site=window.site, limit=window.limit)
    return Refusals(rows=list(rows))
