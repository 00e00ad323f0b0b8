"""Floor tasks: what people carry out, confirmed with the quantity or declined with a reason."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from chargehand.signals.signal import Receipt, Status
from chargehand.vocabulary.quantity import Quantity, Unit
from chargehand.web import words
from chargehand.web.pages import amounts
from chargehand.web.pages.filters import choices, site_choices
from chargehand.web.render import Notice, go, page, query
from chargehand.web.session import Fields, Seen, Visit

if TYPE_CHECKING:
    from chargehand.plant.reading import StockRow, TaskRow

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
SHOWN_INSTEAD = "Open tasks are shown; choose another state from the list."

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCard:
    """One task as the floor sees it."""

    row: TaskRow
    verb: str
    unit: str
    description: str
    """What the material is; empty where the record does not say."""
    key: str
    """Names this showing of the card: pressed twice, it takes effect once."""
    typed: str
    """The amount in the field: the one typed before, else the one ordered."""
    doubted: str = ""
    """An amount that was typed and is far above what could be there: it is asked about."""

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
    """Say how much of a task is done, or what was counted."""
    task, typed = fields.get("task", ""), fields.get("quantity")
    quantity = None
    if typed is not None:
        amount = amounts.read(typed)
        if isinstance(amount, str):
            told = Notice(kind="problem", text=f"{task}: {amount}", cure=amounts.CURE)
            return _listed(seen, fields, told, status=422)
        if typed != fields.get("sure") and amounts.is_doubtful(seen.plant, task, amount):
            return _asked(seen, fields, amount)
        quantity = Quantity(amount, Unit(fields.get("unit", Unit.PIECE)))
    receipt = seen.plant.confirm(
        task, by=seen.person.person, quantity=quantity, key=fields.get("key") or None
    )
    done = f"{task} is done: {words.quantity(quantity)}." if quantity else f"{task} is done."
    return _answered(seen, fields, receipt, done)


def _asked(seen: Visit, fields: Mapping[str, str], amount: Decimal) -> Response:
    """Ask about an amount that can hardly be; the second press of the same amount posts it."""
    unit = words.unit(fields.get("unit", Unit.PIECE))
    told = Notice(
        kind="problem",
        text=f"{fields.get('task', '')}: really {words.amount(amount)} {unit}?",
        cure="That is far more than could be there. Nothing is recorded yet.",
    )
    return _listed(seen, fields, told, status=422, doubted=fields["quantity"])


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
    seen: Visit,
    fields: Mapping[str, str],
    notice: Notice | None = None,
    *,
    status: int = 200,
    doubted: str = "",
) -> Response:
    asked = fields.get("state") or "open"
    state = asked if asked in STATES else "open"
    if state != asked and notice is None:
        notice = Notice(kind="problem", text=f"There is no state {asked[:40]}.", cure=SHOWN_INSTEAD)
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
        cards=_cards(seen, rows.rows, fields, doubted),
        more=query(state=state, site=site, zone=zone, after=rows.next) if rows.next else "",
        state=state,
        filtered=bool(site or zone),
        kept={"state": state, "site": site, "zone": zone, "after": fields.get("after", "")},
        filters=[row for row in filters if len(row[2]) > 1],
        reasons=DECLINE_REASONS,
    )
    if status != 200:  # noqa: PLR2004 - OK
        response.headers["HX-Push-Url"] = "false"
    return response


def _cards(
    seen: Visit, rows: tuple[TaskRow, ...], fields: Mapping[str, str], doubted: str
) -> list[TaskCard]:
    """Lay out the tasks; the one that was just answered keeps what was typed into it."""
    known: dict[tuple[str, str], StockRow | None] = {}
    cards = []
    for row in rows:
        place = (row.site, row.material)
        if place not in known:
            found = seen.plant.stock(site=row.site, material=row.material, limit=1).rows
            known[place] = found[0] if found else None
        stock = known[place]
        is_answered = row.key == fields.get("task")
        ordered = "" if row.quantity is None else format(row.quantity, "f")
        cards.append(
            TaskCard(
                row=row,
                verb=VERBS.get(row.kind, row.kind.capitalize()),
                unit=row.unit or (stock.unit if stock else Unit.PIECE),
                description=stock.description if stock else "",
                key=(is_answered and fields.get("key")) or uuid.uuid4().hex,
                typed=fields.get("quantity", ordered) if is_answered else ordered,
                doubted=doubted if is_answered else "",
            )
        )
    return cards
