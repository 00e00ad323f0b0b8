"""Movements: those that touched some stock, and one of them whole, with what it follows from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from chargehand.web.pages.stock import FORMS, LIMIT, export
from chargehand.web.pages.stock_filter import StockFilter
from chargehand.web.render import Notice, page
from chargehand.web.session import Seen

if TYPE_CHECKING:
    from chargehand.plant.plant import Plant
    from chargehand.plant.reading import JournalRow
    from chargehand.plant.reading_stock_lists import MovementDetail

CHAIN_MAX = 8
"""Steps that a movement's causes are followed back."""
DIGITS_MAX = 18
NOT_MEANT = {"as_of": "", "by": "", "held": "", "text": ""}
"""Filters of stock that movements do not have."""

router = APIRouter(include_in_schema=False)


@router.get("/movements")
def movements(request: Request, seen: Seen) -> Response:
    """List movements of some stock, the latest first."""
    asked = request.query_params
    overview = seen.plant.overview()
    shown = StockFilter.read({**asked, **NOT_MEANT}, overview.as_of)
    window = seen.plant.movements(shown.chosen, after=asked.get("after") or None, limit=LIMIT)
    return page(
        seen,
        "screens/movements.html",
        here="/stock",
        overview=overview,
        shown=shown,
        rows=window.rows,
        more=shown.address(after=window.next) if window.next else "",
        forms=FORMS,
        from_top=not asked.get("after"),
    )


@router.get("/movements.{form}")
def movements_file(form: str, request: Request, seen: Seen) -> Response:
    """Write all those movements into a file, a line for each leg."""
    return export(seen, request, "movements", form)


@router.get("/movements/{entry}")
def movement(seen: Seen, entry: str) -> Response:
    """Show one movement whole."""
    is_number = entry.isascii() and entry.isdecimal() and len(entry) <= DIGITS_MAX
    found = seen.plant.movement(int(entry)) if is_number else None
    if found is None:
        cure = "Its number is that of a journal entry of the kind movement."
        told = Notice(kind="problem", text=f"There is no movement {entry[:20]}.", cure=cure)
        return page(seen, "screens/missing.html", here="/stock", status=404, notice=told)
    corrected = found.row.corrects
    original = seen.plant.journal(kind="movement", key=corrected, limit=1) if corrected else None
    return page(
        seen,
        "screens/movement.html",
        here="/stock",
        d=found,
        chain=_chain(seen.plant, found),
        original=original.rows[0] if original is not None and original.rows else None,
        checkpoint=seen.plant.checkpoint(),
    )


def _chain(plant: Plant, found: MovementDetail) -> list[JournalRow]:
    """The entries that it follows from, the nearest first."""
    number = found.cause_entry
    chain: list[JournalRow] = []
    known = {found.row.entry}
    while number is not None and number not in known and len(chain) < CHAIN_MAX:
        known.add(number)
        entry = plant.journal_entry(number)
        if entry is None:
            break
        chain.append(entry)
        before = plant.journal(key=entry.cause, limit=1).rows if entry.cause else ()
        number = before[0].number if before else None
    return chain
