"""Floor tasks: what people carry out, confirmed or declined with one touch."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from chargehand.signals.signal import Receipt, Status
from chargehand.vocabulary.quantity import Quantity, Unit
from chargehand.web.pages.filters import choices, site_choices
from chargehand.web.render import Notice, go, page, query
from chargehand.web.session import Fields, Seen, Visit

if TYPE_CHECKING:
    from chargehand.plant.reading import TaskRow

DECLINE_REASONS = (
    "Bin is empty",
    "Too little there",
    "Damaged",
    "Cannot reach the bin",
    "Wrong item in the bin",
    "Not safe",
)
STATES = ("open", "done", "declined", "cancelled")
VERBS = {"REPLENISHMENT": "Refill", "STAGING": "Stage", "TRANSFER": "Transfer", "COUNT": "Count"}
LIMIT = 100

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCard:
    """One task as the floor sees it."""

    row: TaskRow
    verb: str
    unit: str
    key: str
    """Names this showing of the card: pressed twice, it takes effect once."""

    @property
    def is_blind(self) -> bool:
        """Whether the amount is to be found out, so none is shown."""
        return self.row.quantity is None


@router.get("/floor")
def floor(request: Request, seen: Seen) -> Response:
    """List the tasks of one state, the open ones unless asked otherwise."""
    return _listed(seen, request.query_params)


@router.post("/floor/confirm")
def confirm(seen: Seen, fields: Fields) -> Response:
    """Say that a task is done, or what was counted."""
    task = fields.get("task", "")
    try:
        counted = _quantity(fields)
    except (ArithmeticError, ValueError):
        told = Notice(
            kind="problem",
            text=f"{task}: {fields.get('quantity', '')[:20]!r} is not an amount.",
            cure="Write digits, such as 12 or 0.5.",
        )
        return _listed(seen, fields, told, status=422)
    receipt = seen.plant.confirm(
        task, by=seen.person.person, quantity=counted, key=fields.get("key") or None
    )
    return _answered(seen, fields, receipt, f"{task} is done.")


@router.post("/floor/decline")
def decline(seen: Seen, fields: Fields) -> Response:
    """Say that a task cannot be done, and why."""
    task = fields.get("task", "")
    because = fields.get("other", "").strip() or fields.get("reason", "").strip()
    if not because:
        told = Notice(kind="problem", text=f"{task}: say why it cannot be done.")
        return _listed(seen, fields, told, status=422)
    receipt = seen.plant.decline(
        task, by=seen.person.person, reason=because, key=fields.get("key") or None
    )
    return _answered(seen, fields, receipt, f"{task} is declined: {because}.")


def _answered(seen: Visit, fields: Mapping[str, str], receipt: Receipt, done: str) -> Response:
    if receipt.status in {Status.ACCEPTED, Status.REPEATED}:
        return go(seen, f"/floor{_filter(fields)}", Notice(text=done))
    because = receipt.refusal.because if receipt.refusal else "It could not be read."
    told = Notice(kind="problem", text=f"Not recorded: {because}", cure="Read the task again.")
    return _listed(seen, fields, told, status=409)


def _filter(fields: Mapping[str, str]) -> str:
    state = fields.get("state", "")
    return query(
        state="" if state == "open" else state,
        site=fields.get("site"),
        zone=fields.get("zone"),
        after=fields.get("after"),
    )


def _listed(
    seen: Visit, fields: Mapping[str, str], notice: Notice | None = None, status: int = 200
) -> Response:
    asked = fields.get("state", "open")
    state = asked if asked in STATES else "open"
    site, zone = fields.get("site", ""), fields.get("zone", "")
    rows = seen.plant.tasks(
        state=state,
        site=site or None,
        zone=zone or None,
        after=fields.get("after") or None,
        limit=LIMIT,
    )
    overview = seen.plant.overview()
    zones = sorted({row.zone for row in rows.rows} | ({zone} if zone else set()))
    filters = [
        (
            "state",
            "State",
            choices([(name, f"{name.capitalize()} tasks") for name in STATES], state),
        ),
        ("site", "Site", site_choices(overview, site)),
        ("zone", "Zone", choices([("", "All zones"), *((z, z) for z in zones)], zone)),
    ]
    response = page(
        seen,
        "screens/floor.html",
        here="/floor",
        status=status,
        overview=overview,
        notice=notice,
        cards=[_card(seen, row) for row in rows.rows],
        more=query(state=state, site=site, zone=zone, after=rows.next) if rows.next else "",
        state=state,
        filtered=bool(site or zone),
        kept={"state": state, "site": site, "zone": zone},
        filters=[row for row in filters if len(row[2]) > 1],
        reasons=DECLINE_REASONS,
    )
    if status != 200:  # noqa: PLR2004 - OK
        response.headers["HX-Push-Url"] = "false"
    return response


def _quantity(fields: Mapping[str, str]) -> Quantity | None:
    """The amount that was typed, in the unit of the task; None where none was asked for."""
    text = fields.get("quantity", "").strip()
    if not text:
        if "quantity" in fields:
            raise ValueError("a count needs an amount")
        return None
    amount = Decimal(text)
    if not amount.is_finite() or amount < 0:
        raise ValueError("an amount is 0 or more")
    return Quantity(amount, Unit(fields.get("unit", Unit.PIECE)))


def _card(seen: Visit, row: TaskRow) -> TaskCard:
    return TaskCard(
        row=row,
        verb=VERBS.get(row.kind, row.kind.capitalize()),
        unit=row.unit or _unit_in_stock(seen, row),
        key=uuid.uuid4().hex,
    )


def _unit_in_stock(seen: Visit, row: TaskRow) -> str:
    """The unit in which the record keeps a material that is to be counted."""
    known = seen.plant.stock(site=row.site, material=row.material, limit=1).rows
    return known[0].unit if known else Unit.PIECE
