"""The proof of one journal entry as files, for whoever must not have to trust the plant."""

from __future__ import annotations

from fastapi import APIRouter, Response

from chargehand.plant.fault import PlantFault
from chargehand.plant.proving import EntryProof
from chargehand.vocabulary.refusal import Refusal
from chargehand.web import words
from chargehand.web.render import Notice, page
from chargehand.web.session import Seen, Visit

DIGITS_MAX = 18

router = APIRouter(include_in_schema=False)


@router.get("/audit/{number}/proof")
def proof(seen: Seen, number: str) -> Response:
    """Send the proof that an entry is in the signed tree: the text of a .tlog-proof file."""
    found = _proven(seen, number)
    if isinstance(found, Response):
        return found
    return _file(found.proof, f"entry-{found.number}.tlog-proof", "text/plain; charset=utf-8")


@router.get("/audit/{number}/line")
def line(seen: Seen, number: str) -> Response:
    """Send the entry as the line that the proof is about."""
    found = _proven(seen, number)
    if isinstance(found, Response):
        return found
    return _file(found.line, f"entry-{found.number}.jsonl", "application/x-ndjson")


def _proven(seen: Visit, number: str) -> EntryProof | Response:
    is_number = number.isascii() and number.isdecimal() and len(number) <= DIGITS_MAX
    try:
        found = seen.plant.prove(number) if is_number else None
    except PlantFault as fault:
        told = Notice(kind="problem", text=words.sentence(str(fault)))
        return page(seen, "screens/missing.html", here="/audit", status=500, notice=told)
    if found is None or isinstance(found, Refusal):
        told = Notice(kind="problem", text=f"The journal has no entry {number[:20]}.")
        return page(seen, "screens/missing.html", here="/audit", status=404, notice=told)
    return found


def _file(text: str, name: str, media_type: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(text, media_type=media_type, headers=headers)
