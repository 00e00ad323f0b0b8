"""The audit trail: every entry of the journal, and whether the chain of them holds."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from chargehand.web.pages.filters import choices
from chargehand.web.render import Notice, page, query
from chargehand.web.session import Seen
from chargehand.web.words import spoken

LIMIT = 100
KINDS = (
    "proposal",
    "ruling",
    "transition",
    "order",
    "effect",
    "outcome",
    "policy",
    "hearing",
    "forecast",
    "movement",
    "reservation",
    "credential",
)
"""Kinds that Chargehand itself writes; those of signals are offered as they appear."""

router = APIRouter(include_in_schema=False)


@router.get("/audit")
def audit(request: Request, seen: Seen) -> Response:
    """List the journal; ``verify`` in the address checks the whole chain now."""
    asked = request.query_params
    kind, key = asked.get("kind", ""), asked.get("key", "").strip()
    rows = seen.plant.journal(
        kind=kind or None, key=key or None, after=asked.get("after") or None, limit=LIMIT
    )
    report = seen.plant.verify() if "verify" in asked else None
    names = [*KINDS, *sorted({row.kind for row in rows.rows} - set(KINDS))]
    kinds = [("", "All kinds"), *((name, spoken(name)) for name in names)]
    return page(
        seen,
        "screens/audit.html",
        here="/audit",
        rows=rows.rows,
        more=query(kind=kind, key=key, after=rows.next) if rows.next else "",
        kinds=choices(kinds, kind),
        kind=kind,
        key=key,
        report=report,
        from_top=not asked.get("after"),
    )


@router.get("/audit/{number}")
def entry(seen: Seen, number: str) -> Response:
    """Show one entry whole."""
    found = seen.plant.journal_entry(int(number[:18])) if number.isdecimal() else None
    if found is None:
        told = Notice(kind="problem", text=f"The journal has no entry {number[:20]}.")
        return page(seen, "screens/missing.html", here="/audit", status=404, notice=told)
    caused = seen.plant.journal(key=found.cause, limit=1).rows if found.cause else ()
    return page(seen, "screens/entry.html", here="/audit", entry=found, caused=caused)
