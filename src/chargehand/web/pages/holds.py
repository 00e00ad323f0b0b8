"""Holds: what is frozen and why; a form to place one, and one to release it with a signature."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from chargehand.signals.stock_kinds import HoldPlaced, HoldReleased
from chargehand.vocabulary.identifier import (
    HandlingUnitId,
    HoldId,
    LocationId,
    LotId,
    MaterialId,
    PersonId,
    SerialId,
    SiteId,
    identifier,
)
from chargehand.vocabulary.quantity import Quantity, Unit
from chargehand.vocabulary.refusal import Refusal
from chargehand.web import words
from chargehand.web.pages import amounts
from chargehand.web.pages.decision import STATUS_BY_CODE, UNPROCESSABLE
from chargehand.web.pages.filters import choices, site_choices
from chargehand.web.pages.stock_filter import read_moment
from chargehand.web.pages.stock_filter import typed as typed_text
from chargehand.web.render import Notice, go, page, query
from chargehand.web.session import Fields, Seen, Visit

if TYPE_CHECKING:
    from chargehand.plant.reading import Overview
    from chargehand.plant.reading_stock import FrozenLine, HoldDetail

LIMIT = 100
STATES = {"active": "Active holds", "released": "Released holds", "all": "All holds"}
SCOPE = {
    "material": MaterialId,
    "lot": LotId,
    "serial": SerialId,
    "handling_unit": HandlingUnitId,
    "location": LocationId,
}
NOTHING_DONE = "Nothing was done."

router = APIRouter(include_in_schema=False)


class WrongField(ValueError):
    """A field of a form cannot be read; the message says which and why."""


@router.get("/holds")
def holds(request: Request, seen: Seen) -> Response:
    """List holds; ``material``, ``lot`` and the like in the address fill the form in."""
    asked = request.query_params
    return _listed(seen, asked, opens="new" in asked)


@router.post("/holds")
def place(seen: Seen, fields: Fields) -> Response:
    """Place a hold. Anybody may: it only keeps stock where it is."""
    try:
        body = _placed(fields)
    except WrongField as error:
        told = Notice(kind="problem", text=f"{NOTHING_DONE} {error}")
        return _listed(seen, fields, told, status=UNPROCESSABLE, opens=True)
    done = seen.plant.place_hold(body, by=seen.person.person, key=fields.get("key") or None)
    if isinstance(done, Refusal):
        told = Notice(kind="problem", text=f"{NOTHING_DONE} {words.sentence(done.because)}")
        status = STATUS_BY_CODE.get(done.code, UNPROCESSABLE)
        return _listed(seen, fields, told, status=status, opens=True)
    return go(seen, f"/holds/one{query(key=body.hold)}", Notice(text=words.sentence(done.text)))


@router.get("/holds/one")
def hold(request: Request, seen: Seen) -> Response:
    """Show one hold: what it froze, what it freezes now, and what was done about it."""
    return _shown(seen, typed_text(request.query_params, "key"), {})


@router.post("/holds/release")
def release(seen: Seen, fields: Fields) -> Response:
    """Release a hold, or a part of it, by the signature of the person who is signed in."""
    key = typed_text(fields, "hold")
    found = seen.plant.hold(key)
    if found is None:
        return _shown(seen, key, fields)
    try:
        body = _released(found, fields, seen.person.person)
    except WrongField as error:
        told = Notice(kind="problem", text=f"{NOTHING_DONE} {error}")
        return _shown(seen, key, fields, told, status=UNPROCESSABLE)
    done = seen.plant.release_hold(body, by=seen.person.person, key=fields.get("key") or None)
    if isinstance(done, Refusal):
        told = Notice(kind="problem", text=f"{NOTHING_DONE} {words.sentence(done.because)}")
        status = STATUS_BY_CODE.get(done.code, UNPROCESSABLE)
        return _shown(seen, key, fields, told, status=status)
    return go(seen, f"/holds/one{query(key=key)}", Notice(text=words.sentence(done.text)))


def _listed(
    seen: Visit,
    asked: Mapping[str, str],
    notice: Notice | None = None,
    *,
    status: int = 200,
    opens: bool = False,
) -> Response:
    state = asked.get("state", "active")
    state = state if state in STATES else "active"
    site = "" if opens else asked.get("site", "")
    after = asked.get("after") or None
    window = seen.plant.holds(
        state=None if state == "all" else state, site=site or None, after=after, limit=LIMIT
    )
    overview = seen.plant.overview()
    filters = [
        ("state", "State", choices(STATES.items(), state)),
        ("site", "Site", site_choices(overview, site)),
    ]
    return page(
        seen,
        "screens/holds.html",
        here="/holds",
        status=status,
        overview=overview,
        notice=notice,
        rows=window.rows,
        more=query(state=state, site=site, after=window.next) if window.next else "",
        from_top=not after,
        filters=[one for one in filters if len(one[2]) > 1],
        state=state,
        opens=opens,
        typed=asked,
        form_sites=_form_sites(overview, asked.get("site", "")),
        name=asked.get("hold") or f"H-{overview.as_of:%y%m%d-%H%M%S}",
        key=asked.get("key") or uuid.uuid4().hex,
    )


def _form_sites(overview: Overview, chosen: str) -> object:
    return choices([(site, site) for site in overview.sites], chosen)


def _shown(
    seen: Visit,
    key: str,
    typed: Mapping[str, str],
    notice: Notice | None = None,
    *,
    status: int = 200,
) -> Response:
    found = seen.plant.hold(key)
    if found is None:
        told = Notice(kind="problem", text=f"There is no hold {key[:80]}.")
        return page(seen, "screens/missing.html", here="/holds", status=404, notice=told)
    return page(
        seen,
        "screens/hold.html",
        here="/holds",
        status=status,
        notice=notice,
        d=found,
        typed=typed,
        part_name=part_name,
        opens=bool(typed),
        key=typed.get("key") or uuid.uuid4().hex,
    )


def _placed(fields: Mapping[str, str]) -> HoldPlaced:
    scope = {
        name: kind(_name(fields, name)) for name, kind in SCOPE.items() if _typed(fields, name)
    }
    review = _typed(fields, "review_by")
    moment = read_moment(review) if review else None
    if review and moment is None:
        raise WrongField(f"{review!r} is no moment to look at it again.")
    if not scope:
        raise WrongField("Say what is held: a material, a handling unit or a place.")
    if not _typed(fields, "reason"):
        raise WrongField("Say why: the reason is what people read when they find it frozen.")
    return HoldPlaced(
        hold=HoldId(_name(fields, "hold")), site=SiteId(_name(fields, "site")),
        reason=_typed(fields, "reason"), review_by=moment, **scope,  # type: ignore[arg-type]
    )  # fmt: skip


def _typed(fields: Mapping[str, str], name: str) -> str:
    return fields.get(name, "").replace("\0", "").strip()


def _name(fields: Mapping[str, str], name: str) -> str:
    try:
        return identifier(fields.get(name, ""), words.spoken(name).lower())
    except ValueError as error:
        raise WrongField(words.sentence(str(error))) from error


def _released(found: HoldDetail, fields: Mapping[str, str], person: str) -> HoldReleased:
    asked = {
        "hold": HoldId(found.row.key), "reason": _typed(fields, "reason"),
        "person": PersonId(person), "signature": _typed(fields, "signature"),
    }  # fmt: skip
    part = _typed(fields, "part")
    if not part:
        return HoldReleased(**asked)  # type: ignore[arg-type]
    line = next((one for one in found.frozen if part_name(one) == part), None)
    if line is None:
        raise WrongField("What you chose is not frozen by this hold any more; choose again.")
    amount = amounts.read(_typed(fields, "quantity"))
    if isinstance(amount, str):
        raise WrongField(f"{amount} {amounts.CURE}")
    return HoldReleased(
        **asked, location=LocationId(line.location), material=MaterialId(line.material),  # type: ignore[arg-type]
        lot=LotId(line.lot), quantity=Quantity(amount, Unit(line.unit or Unit.PIECE)),
    )  # fmt: skip


def part_name(line: FrozenLine) -> str:
    """Name frozen stock in a form: by its place, material and lot, which hold no bar."""
    return f"{line.location}|{line.material}|{line.lot}"
