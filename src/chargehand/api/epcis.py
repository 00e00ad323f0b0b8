"""EPCIS 2.0: capture a document of events, and read our movements as one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from chargehand.api.access import Sender, ThePlant
from chargehand.api.problems import ApiProblem
from chargehand.api.signals import Receipts
from chargehand.plant import epcis

router = APIRouter(prefix="/epcis", tags=["epcis"])
KINDS = ("application/json", "application/ld+json")


async def document(request: Request) -> str:
    """The body of a request that brings a JSON document."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in KINDS:
        raise ApiProblem("unsupported_media_type", f"The body is {kind or 'untyped'}, not JSON.")
    try:
        return (await request.body()).decode()
    except UnicodeDecodeError as error:
        raise ApiProblem("invalid", "The body is not UTF-8.") from error


@router.post("/capture", responses={400: {}, 413: {}, 415: {}})
def capture(plant: ThePlant, sender: Sender, text: Annotated[str, Depends(document)]) -> Receipts:
    """Take the events of an EPCIS 2.0 document in (JSON-LD); each counts once, by its event hash.

    What says nothing that can be posted is kept with its reason.
    """
    source = f"epcis:{sender.person}" if sender.service else f"person:{sender.person}"
    receipts = epcis.capture(plant, text, source=source, sender=sender.person)
    return Receipts(receipts=receipts)


@router.get("/events")
def events(
    plant: ThePlant,
    since: Annotated[datetime, Query(description="Recorded from this moment on.")],
) -> dict[str, Any]:
    """Movements as an EPCIS 2.0 document, up to 10,000, in the order of their recording."""
    if since.tzinfo is None:
        raise ApiProblem("invalid", "Give the moment with its offset, such as +01:00 or Z.")
    return epcis.emit(plant, since=since)
