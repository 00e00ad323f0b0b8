"""Stock: what stands where, filtered by what people type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from chargehand.web.pages.filters import site_choices
from chargehand.web.render import page, query
from chargehand.web.session import Seen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chargehand.plant.plant import Plant
    from chargehand.plant.reading import StockRow

LIMIT = 100
WINDOWS_MAX = 100
"""Windows read for one page of a text filter; the next page goes on behind them."""
DIGITS_MAX = 18
"""Longest number of a journal entry."""
USABLE = frozenset({"", "available", "conformant", "sellable_accessible", "unrestricted"})
"""Dispositions that are nothing to notice; any other is marked."""

router = APIRouter(include_in_schema=False)


@router.get("/stock")
def stock(request: Request, seen: Seen) -> Response:
    """List stock by place, filtered by a text, a material, a place or a site."""
    asked = request.query_params
    kept = {name: asked.get(name, "").strip() for name in ("text", "material", "location", "site")}
    rows, following = _matching(seen.plant, kept, asked.get("after") or None)
    overview = seen.plant.overview()
    return page(
        seen,
        "screens/stock.html",
        here="/stock",
        overview=overview,
        rows=rows,
        more=query(**kept, after=following) if following else "",
        kept=kept,
        sites=site_choices(overview, kept["site"]),
        usable=USABLE,
        from_top=not asked.get("after"),
    )


def _matching(
    plant: Plant, kept: Mapping[str, str], after: str | None
) -> tuple[list[StockRow], str | None]:
    """Rows that hold the text, and where to go on: windows are read until a page is full."""
    text = kept["text"].casefold()
    found: list[StockRow] = []
    for _ in range(WINDOWS_MAX if text else 1):
        window = plant.stock(
            site=kept["site"] or None,
            material=kept["material"] or None,
            location=kept["location"] or None,
            after=after,
            limit=LIMIT,
        )
        found += [row for row in window.rows if text in _text_of(row)]
        after = window.next
        if after is None or len(found) >= LIMIT:
            break
    return found, after


def _text_of(row: StockRow) -> str:
    return f"{row.material} {row.description} {row.location} {row.lot}".casefold()


@router.get("/find")
def find(request: Request, seen: Seen) -> Response:
    """Open what somebody typed or scanned: a proposal, a journal entry, a material or a place."""
    text = request.query_params.get("q", "").strip()
    return RedirectResponse(seen.url(_found(seen.plant, text)), status_code=303)


def _found(plant: Plant, text: str) -> str:
    """Where a text leads. A part or bin may be a plain number too: what is really there wins."""
    stock_of_it = f"/stock{query(text=text)}"
    if text.upper().startswith("P-") and plant.proposal(text.upper()) is not None:
        return f"/inbox/{text.upper()}"
    number = text.removeprefix("#")
    if not (number.isascii() and number.isdecimal() and len(number) <= DIGITS_MAX):
        return stock_of_it
    if number == text and (
        plant.stock(material=text, limit=1).rows or plant.stock(location=text, limit=1).rows
    ):
        return stock_of_it
    return f"/audit/{int(number)}" if plant.journal_entry(int(number)) else stock_of_it
