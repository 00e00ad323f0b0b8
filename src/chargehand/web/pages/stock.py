"""Stock by any dimension, as it stands or as it stood, and as a file without a limit."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from chargehand.vocabulary.lot import Disposition
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from chargehand.web.pages.filters import choices, site_choices
from chargehand.web.pages.stock_filter import StockFilter
from chargehand.web.render import HEADERS, Notice, page
from chargehand.web.session import Seen, Visit
from chargehand.web.stock_words import is_usable
from chargehand.web.words import spoken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chargehand.plant.plant import Plant
    from chargehand.plant.reading import Overview
    from chargehand.plant.reading_stock_lists import StockLine

LIMIT = 100
WINDOWS_MAX = 100
"""Windows read for one page of a text filter; the next page goes on behind them."""
BACK = (
    ("1 hour ago", timedelta(hours=1)),
    ("yesterday", timedelta(days=1)),
    ("a week ago", timedelta(days=7)),
)
SLIDER_HOURS = 336
"""How far back the slider goes; the field beside it goes back as far as the record."""
FORMS = ("csv", "parquet", "arrow")
MISSING_PACKAGE, FORBIDDEN = 501, 403

router = APIRouter(include_in_schema=False)


@router.get("/stock")
def stock(request: Request, seen: Seen) -> Response:
    """List stock by place, filtered by any of its dimensions, now or as of a moment."""
    asked = request.query_params
    overview = seen.plant.overview()
    shown = StockFilter.read(asked, overview.as_of)
    rows, following = _matching(seen.plant, shown, asked.get("after") or None)
    told = Notice(kind="problem", text=shown.fault) if shown.fault else None
    return page(
        seen,
        "screens/stock.html",
        here="/stock",
        overview=overview,
        notice=told,
        shown=shown,
        rows=rows,
        more=shown.address(after=following) if following else "",
        filters=_filters(shown, rows, overview),
        back=[(name, shown.address(as_of=_ago(overview, ago))) for name, ago in BACK],
        hours=SLIDER_HOURS,
        hours_back=_hours_back(shown, overview),
        forms=FORMS,
        columns=_columns(shown, rows),
        from_top=not asked.get("after"),
    )


@router.get("/stock.{form}")
def stock_file(form: str, request: Request, seen: Seen) -> Response:
    """Write the whole list into a file."""
    return export(seen, request, "stock", form)


def export(seen: Visit, request: Request, what: str, form: str) -> Response:
    """Answer with a list of stock or movements as a file, or say why it cannot be one."""
    if form not in FORMS:
        told = Notice(kind="problem", text=f"There is no {form[:20]}; take {', '.join(FORMS)}.")
        return page(seen, "screens/missing.html", here="/stock", status=404, notice=told)
    shown = StockFilter.read(request.query_params, seen.plant.overview().as_of)
    made = seen.plant.export(
        what, form, shown.chosen, by=seen.person.person, as_of=shown.happened,
        known_at=shown.recorded,
    )  # fmt: skip
    if isinstance(made, Refusal):
        told = Notice(kind="problem", text=made.because)
        status = MISSING_PACKAGE if made.code is RefusalCode.EXTRA_MISSING else FORBIDDEN
        return page(seen, "screens/missing.html", here="/stock", status=status, notice=told)
    headers = {
        "Content-Disposition": f'attachment; filename="{made.name}"',
        "Cache-Control": HEADERS["Cache-Control"],
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingResponse(made.chunks, media_type=made.media_type, headers=headers)


def _matching(
    plant: Plant, shown: StockFilter, after: str | None
) -> tuple[list[StockLine], str | None]:
    """Rows that hold the text, and where to go on: windows are read until a page is full."""
    text = shown.of("text").casefold()
    found: list[StockLine] = []
    for _ in range(WINDOWS_MAX if text else 1):
        window = plant.stock_rows(
            shown.chosen, as_of=shown.happened, known_at=shown.recorded, after=after, limit=LIMIT
        )
        found += [row for row in window.rows if text in _text_of(row)]
        after = window.next
        if after is None or len(found) >= LIMIT:
            break
    return found, after


def _text_of(row: StockLine) -> str:
    words = (row.material, row.description, row.location, row.lot, row.serial, row.handling_unit)
    return " ".join(words).casefold()


def _columns(shown: StockFilter, rows: Sequence[StockLine]) -> frozenset[str]:
    """Columns that say anything: those of one value that was chosen, or of none, are left out."""
    found = {
        name
        for name in ("serial", "handling_unit", "zone")
        if not shown.of(name) and any(getattr(row, name) for row in rows)
    }
    if not shown.of("site"):
        found.add("site")
    if not all(is_usable(row.disposition) for row in rows) or shown.of("disposition"):
        found.add("disposition")
    return frozenset(found)


def _filters(
    shown: StockFilter, rows: Sequence[StockLine], overview: Overview
) -> list[tuple[str, str, object]]:
    """The lists to choose from; those with nothing to choose are left out."""
    zone, status, held = shown.of("zone"), shown.of("disposition"), shown.of("held")
    zones = sorted({row.zone for row in rows if row.zone} | ({zone} if zone else set()))
    statuses = [("", "Any status"), *((one.value, spoken(one.value)) for one in Disposition)]
    on_hold = [("", "Held or not"), ("yes", "On hold only"), ("no", "Not on hold")]
    found = [
        ("site", "Site", site_choices(overview, shown.of("site"))),
        ("zone", "Zone", choices([("", "All zones"), *((name, name) for name in zones)], zone)),
        ("disposition", "Status", choices(statuses, status)),
        ("held", "Hold", choices(on_hold, held)),
    ]
    return [one for one in found if one[2]]


def _ago(overview: Overview, ago: timedelta) -> str:
    return f"{overview.as_of - ago:%Y-%m-%dT%H:%MZ}"


def _hours_back(shown: StockFilter, overview: Overview) -> int:
    """Where the slider stands."""
    if shown.as_of is None:
        return 0
    return min(SLIDER_HOURS, round((overview.as_of - shown.as_of) / timedelta(hours=1)))
