"""Sources: what came in from which system, and what could not be used, each with its cure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from chargehand.web.pages.filters import choices
from chargehand.web.render import page, query
from chargehand.web.session import Seen

if TYPE_CHECKING:
    from chargehand.plant.reading import SourceRow

LIMIT = 100

router = APIRouter(include_in_schema=False)


@router.get("/sources")
def sources(request: Request, seen: Seen) -> Response:
    """List the sources with their counts, and the faults with their cures."""
    asked = request.query_params
    source = asked.get("source", "")
    faults = seen.plant.faults(source=source or None, after=asked.get("after") or None, limit=LIMIT)
    counts = seen.plant.source_counts()
    by_source: dict[str, list[SourceRow]] = defaultdict(list)
    for row in counts:
        by_source[row.source].append(row)
    names = sorted(by_source)
    return page(
        seen,
        "screens/sources.html",
        here="/sources",
        by_source=dict(sorted(by_source.items())),
        faults=faults.rows,
        more=query(source=source, after=faults.next) if faults.next else "",
        source=source,
        choices=choices([("", "All sources"), *((name, name) for name in names)], source),
        from_top=not asked.get("after"),
    )
