"""Fetch the record as evidence: what is found in it, the signed checkpoint, proofs, every entry."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import Field

from chargehand.api.access import Act, Filter, ThePlant, Where, needs
from chargehand.api.limits import Moment
from chargehand.api.paging import Listing, Window, listing
from chargehand.api.problems import ApiProblem, refused
from chargehand.api.record import ENTRY_MAX
from chargehand.plant.checkpointing import Signed
from chargehand.plant.explorer import LIMIT_MAX, Asked, Trail
from chargehand.plant.proving import EntryProof, GrowthProof
from chargehand.plant.reading import JournalRow, Page
from chargehand.vocabulary.refusal import Refusal

router = APIRouter(prefix="/audit", tags=["record"])

Place = Annotated[int, Query(ge=0, le=ENTRY_MAX)]
Size = Annotated[int | None, Query(ge=1, le=ENTRY_MAX, description="Of so many entries.")]


class SearchWindow(Window):
    """What is looked for in the journal."""

    limit: int = Field(default=100, ge=1, le=LIMIT_MAX, description="rows in one answer")
    q: Filter = Field(
        default=None,
        description="key of an object, id of a person, or any text in what was recorded",
    )
    kind: Filter = None
    since: Moment | None = None
    until: Moment | None = None
    mentions: bool = Field(
        default=False, description="also entries that only speak of it, where it is a key"
    )


class Found(Listing[JournalRow]):
    """One window of what was found, the latest first."""

    by: str = Field(
        description="how `q` was understood: key, person or text; empty where all is listed"
    )
    looked: int = Field(
        description="entries looked through for this window; 0 where the index answered"
    )
    back_to: datetime | None = Field(
        description="the oldest moment looked at: `next` goes on from there; null: everything was"
    )


@router.get("/search")
@needs(Act.AUDIT, site=Where.EVERYWHERE)
def search(plant: ThePlant, request: Request, window: Annotated[SearchWindow, Query()]) -> Found:
    """Find in the journal what is said of an object, a person, a decision, a lot or an order.

    What is no key is looked for backwards, a stretch of entries at a time: an empty window with a
    `next` means that nothing was found so far.
    """
    asked = Asked(
        text=window.q or "", kind=window.kind or "", since=window.since, until=window.until,
        mentions=window.mentions,
    )  # fmt: skip
    trails: list[Trail] = []

    def read(place: str | None, rows: int) -> Page[JournalRow]:
        trail = plant.search_journal(asked, after=place, limit=rows)
        trails.append(trail)
        return Page(rows=trail.rows, next=trail.next)

    found = listing(request, window, read)
    (trail,) = trails
    return Found(
        rows=found.rows, next=found.next, by=trail.by, looked=trail.looked, back_to=trail.back_to
    )


@router.get("/checkpoint", responses={404: {}})
@needs(Act.AUDIT, site=Where.ANYWHERE)
def checkpoint(plant: ThePlant, size: Size = None) -> Signed:
    """Show the newest signed checkpoint, or the one of a size: keep its note elsewhere."""
    signed = plant.checkpoint(size=size)
    if signed is None:
        which = "is none yet" if size is None else f"is none of {size} entries"
        raise ApiProblem("not_found", f"There {which}: a checkpoint is signed every few minutes.")
    return signed


@router.get("/proof/{number}", responses={404: {}})
@needs(Act.AUDIT, site=Where.EVERYWHERE)
def proof(plant: ThePlant, number: Annotated[int, Path(ge=0, le=ENTRY_MAX)]) -> EntryProof:
    """Prove one journal entry: its line, and the text of a .tlog-proof file."""
    proven = plant.prove(str(number))
    if isinstance(proven, Refusal):
        raise refused(proven)
    return proven


@router.get("/growth", responses={404: {}})
@needs(Act.AUDIT, site=Where.ANYWHERE)
def growth(
    plant: ThePlant,
    first: Annotated[int, Query(ge=1, le=ENTRY_MAX, description="The smaller size.")],
    second: Annotated[int, Query(ge=1, le=ENTRY_MAX, description="The larger size.")],
) -> GrowthProof:
    """Prove that the record at one checkpoint begins with the record at an earlier one."""
    proven = plant.prove_growth(first, second)
    if isinstance(proven, Refusal):
        raise refused(proven)
    return proven


@router.get(
    "/export",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/x-ndjson": {"schema": {"type": "string"}}}}, 404: {}},
)
@needs(Act.AUDIT, site=Where.EVERYWHERE)
def export(plant: ThePlant, since: Place = 0, size: Size = None) -> StreamingResponse:
    """Fetch the entries of a signed checkpoint, the newest or the one of a size, a line each.

    `since` goes on after an earlier export. The header `Chargehand-Checkpoint-Size` says which
    checkpoint the lines lead to.
    """
    signed = checkpoint(plant, size)
    return StreamingResponse(
        plant.export_journal(since=since, until=signed.size),
        media_type="application/x-ndjson",
        headers={"Chargehand-Checkpoint-Size": str(signed.size)},
    )
