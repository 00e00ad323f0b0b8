"""Outcomes: what came of the proposals, as measured, right or wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from chargehand.web.render import page, query
from chargehand.web.session import Seen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chargehand.plant.plant import Plant
    from chargehand.plant.reading import JournalRow, ProposalDetail

LIMIT = 50

router = APIRouter(include_in_schema=False)


@router.get("/outcomes")
def outcomes(request: Request, seen: Seen) -> Response:
    """List measured outcomes, newest first."""
    after = request.query_params.get("after", "")
    entries = seen.plant.journal(kind="outcome", after=after or None, limit=LIMIT)
    return page(
        seen,
        "screens/outcomes.html",
        here="/outcomes",
        measured=list(_measured(seen.plant, entries.rows)),
        more=query(after=entries.next) if entries.next else "",
        from_top=not after,
    )


def _measured(
    plant: Plant, entries: tuple[JournalRow, ...]
) -> Iterator[tuple[JournalRow, ProposalDetail]]:
    """Each outcome entry with the proposal that it speaks of."""
    for entry in entries:
        name = str(entry.body.get("proposal") or entry.key)
        detail = plant.proposal(name.partition(".")[0])
        if detail is not None and detail.outcome is not None:
            yield entry, detail
