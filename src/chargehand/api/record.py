"""Read the record: journal, overview, faults, and whether the chain holds."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from chargehand.api.access import Act, Filter, ThePlant, Where, needs
from chargehand.api.paging import Listing, Window, listing
from chargehand.api.problems import ApiProblem
from chargehand.plant.reading import (
    AuditReport,
    FaultRow,
    JournalRow,
    OutcomeRow,
    Overview,
)

router = APIRouter(tags=["record"])

ENTRY_MAX = 2**53
"""Largest number that JSON readers hold exactly."""


class JournalWindow(Window):
    """Which journal entries are asked for."""

    kind: Filter = None
    key: Filter = None


class OutcomeWindow(Window):
    """Which outcomes are asked for."""

    site: Filter = None


class FaultWindow(Window):
    """Which faults are asked for."""

    source: Filter = None


@router.get("/overview")
@needs(Act.READ, site=Where.EVERYWHERE)
def overview(plant: ThePlant) -> Overview:
    """Say where the plant stands: phases, what waits, open tasks, breakers."""
    return plant.overview()


@router.get("/journal")
@needs(Act.AUDIT, site=Where.EVERYWHERE)
def journal(
    plant: ThePlant, request: Request, window: Annotated[JournalWindow, Query()]
) -> Listing[JournalRow]:
    """List journal entries with their leaf hashes, the latest first."""
    return listing(
        request,
        window,
        lambda place, rows: plant.journal(
            kind=window.kind, key=window.key, after=place, limit=rows
        ),
    )


@router.get("/journal/{number}", responses={404: {}})
@needs(Act.AUDIT, site=Where.EVERYWHERE)
def journal_entry(plant: ThePlant, number: Annotated[int, Path(ge=0, le=ENTRY_MAX)]) -> JournalRow:
    """Show one journal entry, by its number in the chain."""
    row = plant.journal_entry(number)
    if row is None:
        raise ApiProblem("not_found", f"The journal has no entry {number}.")
    return row


@router.get("/outcomes")
@needs(Act.READ)
def outcomes(
    plant: ThePlant, request: Request, window: Annotated[OutcomeWindow, Query()]
) -> Listing[OutcomeRow]:
    """List what came of proposals in hindsight, the latest first."""
    return listing(
        request,
        window,
        lambda place, rows: plant.outcomes(site=window.site, after=place, limit=rows),
    )


@router.get("/faults")
@needs(Act.READ, site=Where.EVERYWHERE)
def faults(
    plant: ThePlant, request: Request, window: Annotated[FaultWindow, Query()]
) -> Listing[FaultRow]:
    """List what arrived and could not be used, as it came, with a cure for each."""
    return listing(
        request,
        window,
        lambda place, rows: plant.faults(source=window.source, after=place, limit=rows),
    )


@router.get("/audit/verification")
@needs(Act.AUDIT, site=Where.EVERYWHERE)
def verification(plant: ThePlant) -> AuditReport:
    """Check the whole journal, every hash and every balance; takes a while on a long one."""
    return plant.verify()
