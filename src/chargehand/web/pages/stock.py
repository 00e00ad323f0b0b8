"""Stock: what stands where, filtered by what people type."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from chargehand.web.pages.filters import site_choices
from chargehand.web.render import page, query
from chargehand.web.session import Seen

LIMIT = 100
USABLE = frozenset({"", "available", "conformant", "sellable_accessible", "unrestricted"})
"""Dispositions that are nothing to notice; any other is marked."""

router = APIRouter(include_in_schema=False)


@router.get("/stock")
def stock(request: Request, seen: Seen) -> Response:
    """List stock by place."""
    asked = request.query_params
    site, material = asked.get("site", ""), asked.get("material", "").strip()
    location = asked.get("location", "").strip()
    rows = seen.plant.stock(
        site=site or None,
        material=material or None,
        location=location or None,
        after=asked.get("after") or None,
        limit=LIMIT,
    )
    overview = seen.plant.overview()
    kept = {"site": site, "material": material, "location": location}
    return page(
        seen,
        "screens/stock.html",
        here="/stock",
        overview=overview,
        rows=rows.rows,
        more=query(**kept, after=rows.next) if rows.next else "",
        kept=kept,
        sites=site_choices(overview, site),
        usable=USABLE,
        from_top=not asked.get("after"),
    )


@router.get("/find")
def find(request: Request, seen: Seen) -> Response:
    """Open what somebody typed or scanned: a proposal, a journal entry, a material or a place."""
    text = request.query_params.get("q", "").strip()
    if text and seen.plant.proposal(text) is not None:
        known = text.upper() if text.upper().startswith("P-") else f"P-{text}"
        return RedirectResponse(seen.url(f"/inbox/{known}"), status_code=303)
    if text.startswith("#") and text[1:].isdecimal():
        return RedirectResponse(seen.url(f"/audit/{text[1:]}"), status_code=303)
    is_place = not seen.plant.stock(material=text, limit=1).rows if text else False
    found = is_place and bool(seen.plant.stock(location=text, limit=1).rows)
    field = "location" if found else "material"
    return RedirectResponse(seen.url(f"/stock{query(**{field: text})}"), status_code=303)
