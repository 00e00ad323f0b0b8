"""Find: what somebody typed or scanned leads to the one page that it means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from chargehand.plant.history import Chosen
from chargehand.web.pages.stock_filter import typed
from chargehand.web.render import query
from chargehand.web.session import Seen

if TYPE_CHECKING:
    from chargehand.plant.plant import Plant

DIGITS_MAX = 18
"""Longest number of a journal entry."""

LIMIT = 100

router = APIRouter(include_in_schema=False)


@router.get("/find")
def find(request: Request, seen: Seen) -> Response:
    """Open a proposal, a difference, a hold, a lot, a unit, a material, a place or an entry."""
    text = typed(request.query_params, "q")
    return RedirectResponse(seen.url(_found(seen.plant, text)), status_code=303)


def _found(plant: Plant, text: str) -> str:
    """Where a text leads. What is really there wins over what its form could mean."""
    if text.upper().startswith("P-") and plant.proposal(text.upper()) is not None:
        return f"/inbox/{text.upper()}"
    if text.upper().startswith("D-") and plant.difference(text.upper()) is not None:
        return f"/reconciliation/{text.upper()}"
    if text and plant.hold(text) is not None:
        return f"/holds/one{query(key=text)}"
    number = text.removeprefix("#")
    is_number = number.isascii() and number.isdecimal() and len(number) <= DIGITS_MAX
    if number == text and text:
        stock = _stock(plant, text)
        if stock is not None:
            return stock
    if is_number and plant.journal_entry(int(number)):
        return f"/audit/{int(number)}"
    return f"/stock{query(text=text)}"


def _stock(plant: Plant, text: str) -> str | None:
    """Where stock leads that has the text as one of its names."""
    for name, chosen in (
        ("lot", Chosen(lot=text)),
        ("handling_unit", Chosen(handling_unit=text)),
        ("serial", Chosen(serial=text)),
    ):
        rows = plant.stock_rows(chosen, empty=True, limit=LIMIT).rows
        if not rows:
            continue
        materials = {row.material for row in rows}
        if name == "lot" and len(materials) == 1:
            return f"/lot{query(material=materials.pop(), lot=text)}"
        return f"/stock{query(**{name: text})}"
    for chosen in (Chosen(material=text), Chosen(location=text)):
        if plant.stock_rows(chosen, limit=1).rows:
            return f"/stock{query(text=text)}"
    return None
