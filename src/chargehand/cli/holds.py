"""Holds: what is frozen and why; place and release them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from chargehand.cli.context import (
    FAILED,
    OK,
    PLAIN,
    Common,
    emit,
    open_plant,
    refused,
    rows_of,
    say,
    wrong_use,
)
from chargehand.cli.filters import wrong_place, wrong_window, wrong_word
from chargehand.cli.people import Actor, acting
from chargehand.vocabulary.refusal import Refusal, RefusalCode

if TYPE_CHECKING:
    from chargehand.plant.plant import Plant
    from chargehand.plant.reading_stock import HoldDetail, HoldDone, HoldRow

STATES = ("active", "released", "all")
Name = Annotated[str, Parameter(help="Name of the hold, such as QN-10077.")]
Reason = Annotated[str, Parameter(help="Why, in a few words; it is kept.")]
Key = Annotated[str | None, Parameter(help="Key of this act: sent twice, it counts once.")]


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a hold is about."""

    material: Annotated[str | None, Parameter(help="Only this material.")] = None
    lot: Annotated[str | None, Parameter(help="Only this lot of the material.")] = None
    serial: Annotated[str | None, Parameter(help="Only this serial of the material.")] = None
    unit: Annotated[str | None, Parameter(help="Only what stands in this handling unit.")] = None
    location: Annotated[str | None, Parameter(help="Only what stands at this place.")] = None


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Which part of a hold is let go."""

    location: Annotated[str | None, Parameter(help="Only at this place; with --quantity.")] = None
    quantity: Annotated[
        str | None, Parameter(help="Only so much, such as 8 or '2.5 KGM'; with --location.")
    ] = None
    material: Annotated[str | None, Parameter(help="Which material of the hold.")] = None
    lot: Annotated[str | None, Parameter(help="Which lot of it.")] = None


ANYTHING, ALL = Scope(), Part()
app = App(name="hold", help="Freeze stock, see what is frozen, and release it.")


@app.command(name="list")
def list_(
    *,
    state: Annotated[str, Parameter(help="active, released or all.")] = "active",
    site: Annotated[str | None, Parameter(help="Only this site.")] = None,
    material: Annotated[str | None, Parameter(help="Only holds on this material.")] = None,
    limit: Annotated[int, Parameter(help="At most so many.")] = 100,
    after: Annotated[
        str | None, Parameter(help="Go on after this mark of an earlier list.")
    ] = None,
    common: Common = PLAIN,
) -> int:
    """List holds, the oldest first."""
    wrong = wrong_word("--state", state, STATES, json=common.json)
    wrong = wrong or wrong_window(limit, after, keys=2, json=common.json)
    if wrong is not None:
        return wrong
    with closing(open_plant(common.plant)) as plant:
        if (wrong := wrong_place(plant, site=site, json=common.json)) is not None:
            return wrong
        page = plant.holds(
            state=None if state == "all" else state, site=site, material=material, after=after,
            limit=limit,
        )  # fmt: skip
    emit(
        page,
        json=common.json,
        table=lambda: rows_of(
            ("Hold!", "Site!", "What", "Why", "?By", "Since", "?Review by"),
            (
                (r.key, r.site, _scope(r), r.reason, r.placed_by, str(r.placed_at.date()), _due(r))
                for r in page.rows
            ),
        ),
    )  # fmt: skip
    if page.next and not common.json:
        say(f"More with --after {page.next}", quiet=common.quiet)
    return OK


@app.command
def show(hold: Name, /, *, common: Common = PLAIN) -> int:
    """Show one hold: what it froze, what it freezes now, and what was done about it."""
    with closing(open_plant(common.plant)) as plant:
        found = plant.hold(hold)
    if found is None:
        return _unknown(hold, json=common.json)
    emit(found, json=common.json, table=lambda: _whole(found))
    return OK


@app.command
def place(
    hold: Name,
    /,
    *,
    site: Annotated[str, Parameter(help="Where the stock stands.")],
    reason: Reason,
    scope: Scope = ANYTHING,
    review_by: Annotated[
        str | None, Parameter(help="Day or moment at which somebody has to look again.")
    ] = None,
    key: Key = None,
    as_: Actor = None,
    common: Common = PLAIN,
) -> int:
    """Place a hold, at a site where you may: stock stays where it is until it is released."""
    from chargehand.cli.moments import CURE, moment_of
    from chargehand.signals.stock_kinds import HoldPlaced
    from chargehand.vocabulary.identifier import (
        HandlingUnitId,
        HoldId,
        LocationId,
        LotId,
        MaterialId,
        SerialId,
        SiteId,
    )

    try:
        review = None if review_by is None else moment_of(review_by)
    except ValueError as error:
        return wrong_use(f"--review-by: {error}", CURE, json=common.json)
    body = HoldPlaced(
        hold=HoldId(hold), site=SiteId(site), reason=reason,
        material=None if scope.material is None else MaterialId(scope.material),
        lot=None if scope.lot is None else LotId(scope.lot),
        serial=None if scope.serial is None else SerialId(scope.serial),
        handling_unit=None if scope.unit is None else HandlingUnitId(scope.unit),
        location=None if scope.location is None else LocationId(scope.location),
        review_by=review,
    )  # fmt: skip
    return _act(lambda plant, by: plant.place_hold(body, by=by, key=key), as_, common)


@app.command
def release(
    hold: Name,
    /,
    *,
    reason: Reason,
    signature: Annotated[
        str, Parameter(help="What you sign, in your own words of 10 characters or more.")
    ],
    part: Part = ALL,
    key: Key = None,
    as_: Actor = None,
    common: Common = PLAIN,
) -> int:
    """Release a hold, or a part of it. Your role must allow it."""
    from chargehand.cli.floor import quantity_of
    from chargehand.signals.stock_kinds import HoldReleased
    from chargehand.vocabulary.identifier import HoldId, LocationId, LotId, MaterialId, PersonId
    from chargehand.vocabulary.quantity import Unit

    def act(plant: Plant, by: str) -> HoldDone | Refusal:
        amount = None
        if part.quantity is not None:
            found = plant.hold(hold)
            unit = found.frozen[0].unit if found is not None and found.frozen else ""
            amount = quantity_of(part.quantity, Unit(unit or "H87"))
        if isinstance(amount, Refusal):
            return amount
        body = HoldReleased(
            hold=HoldId(hold), reason=reason, person=PersonId(by), signature=signature,
            location=None if part.location is None else LocationId(part.location),
            material=None if part.material is None else MaterialId(part.material),
            lot=None if part.lot is None else LotId(part.lot), quantity=amount,
        )  # fmt: skip
        return plant.release_hold(body, by=by, key=key)

    return _act(act, as_, common)


def _act(act: Callable[[Plant, str], HoldDone | Refusal], as_: str | None, common: Common) -> int:
    with closing(open_plant(common.plant)) as plant:
        by = acting(plant, as_)
        done = by if isinstance(by, Refusal) else act(plant, by)
    if isinstance(done, Refusal):
        return refused(done, json=common.json)
    touched = (f"  {one.kind} {one.key}: {one.became or one.was}" for one in done.touched)
    lines = (done.text, *touched)
    emit(done, json=common.json, table=lambda: "\n".join(lines))
    return OK


def _unknown(hold: str, *, json: bool) -> int:
    refusal = Refusal(code=RefusalCode.UNKNOWN_HOLD, because=f"there is no hold {hold}")
    return refused(refusal, json=json) or FAILED


def _scope(row: HoldRow) -> str:
    parts = (
        ("", row.material), ("lot ", row.lot), ("serial ", row.serial),
        ("unit ", row.handling_unit), ("at ", row.location),
    )  # fmt: skip
    return " ".join(f"{word}{name}" for word, name in parts if name)


def _due(row: HoldRow) -> str:
    if row.review_by is None:
        return ""
    return f"{row.review_by:%Y-%m-%d}{' (overdue)' if row.is_overdue else ''}"


def _whole(found: HoldDetail) -> str:
    row = found.row
    lines = [
        f"Hold {row.key} ({row.state}) on {_scope(row)} of {row.site}",
        f"  {row.reason}; placed by {row.placed_by} on {row.placed_at:%Y-%m-%d %H:%M} UTC",
    ]
    if row.review_by is not None:
        lines.append(f"  to be looked at by {_due(row)}")
    for one in found.frozen:
        let = f", {one.let_go} let go" if one.let_go else ""
        more = f", {one.holds} holds" if one.holds > 1 else ""
        lot = f" lot {one.lot}" if one.lot else ""
        what = f"{one.on_hand} {one.unit} of {one.material}{lot}"
        lines.append(f"  frozen: {what} at {one.location}{let}{more}")
    lines += [
        f"  froze {one.kind} {one.key} ({one.was})" + (f": {one.became}" if one.became else "")
        for one in found.touched
        if one.kind != "balance"
    ]
    lines += [
        f"  {step.at:%Y-%m-%d %H:%M} {step.event} by {step.by}: {step.because} (#{step.entry})"
        for step in found.history
    ]
    return "\n".join(lines)
