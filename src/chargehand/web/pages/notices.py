"""Notices: what Chargehand tells the person who is signed in, and that they have seen it."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from chargehand.vocabulary.refusal import Refusal
from chargehand.web import words
from chargehand.web.pages.filters import choices
from chargehand.web.render import Notice, go, page
from chargehand.web.session import Fields, Seen

DIGITS_MAX = 18
SHOWN = {"": "Not seen yet", "all": "All"}

router = APIRouter(include_in_schema=False)


@router.get("/notices")
def notices(request: Request, seen: Seen) -> Response:
    """List what the person was told, the newest first."""
    state = request.query_params.get("show", "")
    state = state if state in SHOWN else ""
    return page(
        seen,
        "screens/notices.html",
        here="/notices",
        rows=seen.plant.notices(person=str(seen.person.person), unseen=not state),
        filters=[("show", "Which", choices(SHOWN.items(), state))],
        state=state,
    )


@router.post("/notices/seen")
def mark(seen: Seen, fields: Fields) -> Response:
    """Note that one notice was seen, or every one that is listed; then open what it is about."""
    by, number = str(seen.person.person), fields.get("number", "")
    if fields.get("all"):
        told = seen.plant.notices(person=by)
        for one in told:
            seen.plant.notice_seen(one.number, by=by)
        return go(seen, "/notices", Notice(text=f"{len(told)} noted as seen."))
    known = number.isascii() and number.isdecimal() and len(number) <= DIGITS_MAX
    refused = seen.plant.notice_seen(int(number), by=by) if known else None
    if not known or isinstance(refused, Refusal):
        because = refused.because if refused else "there is no such notice"
        return go(seen, "/notices", Notice(kind="problem", text=words.sentence(because)))
    return go(seen, "/notices")
