"""Reconciliation: how other systems' lists agree with the record, and where they do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from chargehand.vocabulary.refusal import Refusal
from chargehand.web.drift_chart import drift_chart
from chargehand.web.pages.filters import choices
from chargehand.web.pages.stock_filter import typed
from chargehand.web.render import Notice, page, query
from chargehand.web.session import Seen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chargehand.plant.plant import Plant
    from chargehand.plant.reading import Page
    from chargehand.plant.reading_reconciliation import DifferenceRow, SystemRow

LIMIT = 100
DIGITS_MAX = 18
LISTS_DRAWN = 30
LISTS_SHOWN = 15
STATES = {
    "open": "Open",
    "tolerated": "Tolerated",
    "theirs": "Theirs to correct",
    "explained": "Explained",
    "closed": "Closed",
    "superseded": "Replaced by a later list",
    "outdated": "Of a late list",
    "all": "All differences",
}

router = APIRouter(include_in_schema=False)


@router.get("/reconciliation")
def reconciliation(request: Request, seen: Seen) -> Response:
    """Show each system's agreement, its history, and the differences of one state."""
    asked = request.query_params
    systems = seen.plant.reconciliation()
    state = asked.get("state") or "open"
    state = state if state in STATES else "open"
    kept = {name: typed(asked, name) for name in ("system", "site", "material", "list")}
    found = _differences(seen.plant, kept, state, asked.get("after") or None)
    shown = {**kept, "state": "" if state == "open" else state}
    return page(
        seen,
        "screens/reconciliation.html",
        here="/reconciliation",
        systems=[(one, *_history(seen.plant, one)) for one in systems],
        rows=found.rows,
        more=query(**shown, after=found.next) if found.next else "",
        from_top=not asked.get("after"),
        first=query(**shown),
        state=state,
        kept=kept,
        filters=_filters(systems, state, kept["system"]),
        filtered=any(kept.values()) or state != "open",
    )


@router.get("/reconciliation/{id}")
def difference(seen: Seen, id: str) -> Response:
    """Show one difference: what it comes from, where to look, and what became of it."""
    found = seen.plant.difference(id)
    if found is None:
        told = Notice(kind="problem", text=f"There is no difference {id[:40]}.")
        return page(seen, "screens/missing.html", here="/reconciliation", status=404, notice=told)
    return page(seen, "screens/difference.html", here="/reconciliation", d=found)


def _differences(
    plant: Plant, kept: Mapping[str, str], state: str, after: str | None
) -> Page[DifferenceRow]:
    number = kept["list"]
    is_number = number.isascii() and number.isdecimal() and len(number) <= DIGITS_MAX
    found = plant.differences(
        state=None if state == "all" else state, system=kept["system"] or None,
        site=kept["site"] or None, material=kept["material"] or None,
        snapshot=int(number) if is_number else None, after=after, limit=LIMIT,
    )  # fmt: skip
    assert not isinstance(found, Refusal), "the state is one of STATES"
    return found


def _history(plant: Plant, system: SystemRow) -> tuple[object, object]:
    """The chart of a system's lists, and the newest of them."""
    window = plant.compared_lists(system=system.system, site=system.site, limit=LISTS_DRAWN)
    oldest_first = sorted(window.rows, key=lambda row: row.taken_at)
    return drift_chart(oldest_first), oldest_first[::-1][:LISTS_SHOWN]


def _filters(systems: Sequence[SystemRow], state: str, system: str) -> Sequence[object]:
    names = sorted({one.system for one in systems})
    found = [
        ("state", "State", choices(STATES.items(), state)),
        ("system", "System", choices([("", "All systems"), *((n, n) for n in names)], system)),
    ]
    return found if len(names) > 1 or system else found[:1]
