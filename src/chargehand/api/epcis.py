"""EPCIS 2.0: capture a document of events, and read our movements as one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from chargehand.api.access import Act, TheCaller, ThePlant, Where, needs
from chargehand.api.problems import ApiProblem
from chargehand.api.signals import Receipts
from chargehand.plant import epcis

router = APIRouter(prefix="/epcis", tags=["epcis"])
PLACE_MAX = 2**53
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
@needs(Act.REPORT, site=Where.HANDLED)
def capture(
    plant: ThePlant, caller: TheCaller, text: Annotated[str, Depends(document)]
) -> Receipts:
    """Take the events of an EPCIS 2.0 document in (JSON-LD); each counts once, by its event hash.

    Who hands it in makes no difference. What says nothing that can be posted is kept with its
    reason.
    """
    sender = caller.person
    source = f"epcis:{sender.person}" if sender.service else f"person:{sender.person}"
    receipts = epcis.capture(plant, text, source=source, sender=sender.person, scope=caller.scope)
    return Receipts(receipts=receipts)


@router.get("/events")
@needs(Act.READ, site=Where.EVERYWHERE)
def events(
    plant: ThePlant,
    response: Response,
    since: Annotated[
        datetime | None, Query(description="Recorded from this moment on: to begin with.")
    ] = None,
    place: Annotated[
        int,
        Query(
            ge=0, le=PLACE_MAX, alias="nextPageToken",
            description="Where to go on: the `chargehand:next` of the document before.",
        ),
    ] = 0,
    per_page: Annotated[
        int, Query(ge=1, le=epcis.EVENTS_MAX, alias="perPage", description="Movements at most.")
    ] = epcis.EVENTS_MAX,
) -> dict[str, Any]:  # fmt: skip
    """Movements as an EPCIS 2.0 document, in the order in which they got into the journal's tree.

    `chargehand:next` in it, and the link `next` in the header, say where to go on, also when there
    is nothing more yet: who goes on there misses nothing and gets nothing twice.
    """
    if since is not None and since.tzinfo is None:
        raise ApiProblem("invalid", "Give the moment with its offset, such as +01:00 or Z.")
    found = epcis.emit(plant, since=since, start=place, limit=per_page)
    following = f"?nextPageToken={found['chargehand:next']}&perPage={per_page}"
    response.headers["Link"] = f'<{following}>; rel="next"'
    return found
