"""Notices: what the caller is told."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from chargehand.api.access import OWN, Sender, TheCaller, ThePlant, needs
from chargehand.api.paging import Listing, Window, listing
from chargehand.api.problems import refused
from chargehand.plant.notices import NoticeRow
from chargehand.plant.reading import Page

router = APIRouter(prefix="/notices", tags=["governance"])

NUMBER_MAX = 2**53
NO_CONTENT = 204


class NoticeWindow(Window):
    """Which notices are asked for."""

    unseen: bool = True


@router.get("")
@needs(OWN)
def notices(
    plant: ThePlant, caller: TheCaller, request: Request, window: Annotated[NoticeWindow, Query()]
) -> Listing[NoticeRow]:
    """List what you are told, the newest first; a key for some sites is told nothing of others."""
    found = plant.notices(
        person=str(caller.person.person), unseen=window.unseen, scope=caller.scope
    )
    return listing(request, window, lambda _place, _rows: Page(rows=found))


@router.post("/{number}/seen", status_code=NO_CONTENT, responses={404: {}})
@needs(OWN)
def seen(
    plant: ThePlant, sender: Sender, number: Annotated[int, Path(ge=1, le=NUMBER_MAX)]
) -> Response:
    """Note that you have seen one; doing so again changes nothing."""
    refusal = plant.notice_seen(number, by=sender.person)
    if refusal is not None:
        raise refused(refusal)
    return Response(status_code=NO_CONTENT)
