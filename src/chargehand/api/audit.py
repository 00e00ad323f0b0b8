"""Fetch the record as evidence: the signed checkpoint, the proof of an entry, every entry."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import StreamingResponse

from chargehand.api.access import Act, ThePlant, Where, needs
from chargehand.api.problems import ApiProblem, refused
from chargehand.api.record import ENTRY_MAX
from chargehand.plant.checkpointing import Signed
from chargehand.plant.proving import EntryProof, GrowthProof
from chargehand.vocabulary.refusal import Refusal

router = APIRouter(prefix="/audit", tags=["record"])

Place = Annotated[int, Query(ge=0, le=ENTRY_MAX)]
Size = Annotated[int | None, Query(ge=1, le=ENTRY_MAX, description="Of so many entries.")]


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
