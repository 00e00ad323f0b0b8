"""Read the record: stock, journal, overview, faults, and whether the chain holds."""

from __future__ import annotations

from fastapi import APIRouter, Request

from chargehand.api.access import Filter, ThePlant
from chargehand.api.paging import After, Limit, Listing, listing
from chargehand.plant.reading import AuditReport, FaultRow, JournalRow, Overview, StockRow

router = APIRouter(tags=["record"])


@router.get("/overview")
def overview(plant: ThePlant) -> Overview:
    """Say where the plant stands: phases, what waits, open tasks, breakers."""
    return plant.overview()


@router.get("/stock")
def stock(
    plant: ThePlant,
    request: Request,
    *,
    site: Filter = None,
    material: Filter = None,
    location: Filter = None,
    after: After = None,
    limit: Limit = 100,
) -> Listing[StockRow]:
    """List what stands where, on hand and reserved."""
    return listing(
        request,
        lambda place, rows: plant.stock(
            site=site, material=material, location=location, after=place, limit=rows
        ),
        after=after,
        limit=limit,
    )


@router.get("/journal")
def journal(
    plant: ThePlant,
    request: Request,
    *,
    kind: Filter = None,
    key: Filter = None,
    after: After = None,
    limit: Limit = 100,
) -> Listing[JournalRow]:
    """List journal entries with their leaf hashes."""
    return listing(
        request,
        lambda place, rows: plant.journal(kind=kind, key=key, after=place, limit=rows),
        after=after,
        limit=limit,
    )


@router.get("/faults")
def faults(
    plant: ThePlant,
    request: Request,
    *,
    source: Filter = None,
    after: After = None,
    limit: Limit = 100,
) -> Listing[FaultRow]:
    """List what arrived and could not be used, as it came, with a cure for each."""
    return listing(
        request,
        lambda place, rows: plant.faults(source=source, after=place, limit=rows),
        after=after,
        limit=limit,
    )


@router.get("/audit/verification")
def verification(plant: ThePlant) -> AuditReport:
    """Check the whole journal, every hash and every balance; takes a while on a long one."""
    return plant.verify()
