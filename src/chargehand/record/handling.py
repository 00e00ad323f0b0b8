"""Handling units: packed, moved and unpacked with all that is in them.

A unit stands in one place, or in another unit. Stock in it is kept under the innermost unit that
holds it, so that a pallet's stock is that of all units in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chargehand.record.books import Books
from chargehand.record.handling_unit import (
    LOOSE,
    SHIPPED,
    HandlingBooks,
    UnitState,
    elsewhere,
    left_with,
)
from chargehand.record.ledger import CUSTOMER, BalanceKey, Leg, Movement, storage
from chargehand.record.limits import amount_fault, place_fault
from chargehand.record.told import Check, Effect, Told, cause_of
from chargehand.signals.stock_kinds import (
    HandlingUnitMoved,
    HandlingUnitPacked,
    HandlingUnitUnpacked,
    LegReported,
)
from chargehand.vocabulary.identifier import HandlingUnitId, LocationId, SiteId
from chargehand.vocabulary.lot import HandlingUnit, HandlingUnitKind
from chargehand.vocabulary.quantity import Unit
from chargehand.vocabulary.refusal import Refusal, RefusalCode


def check_unit(
    body: HandlingUnitPacked | HandlingUnitUnpacked | HandlingUnitMoved, books: Books
) -> Refusal | None:
    """Why the unit's own number cannot be one."""
    named = [body.handling_unit, *getattr(body, "units", ())]
    for unit in named:
        try:
            HandlingUnit(handling_unit=unit)
        except ValueError as error:
            return elsewhere(str(error))
    if isinstance(body, HandlingUnitMoved):
        return None
    if len(set(named)) != len(named):
        return elsewhere(f"{body.handling_unit} is named twice, or packed into itself")
    return _contents_fault(body, books)


def _contents_fault(
    body: HandlingUnitPacked | HandlingUnitUnpacked, books: Books
) -> Refusal | None:
    if isinstance(body, HandlingUnitPacked) and (
        refusal := place_fault(books, body.site, body.location)
    ):
        return refusal
    for leg in body.contents:
        if (refusal := amount_fault(books, leg.material, leg.quantity)) is not None:
            return refusal
        if isinstance(body, HandlingUnitPacked) and leg.location not in {None, body.location}:
            return elsewhere(
                f"{leg.material} is at {leg.location}, and {body.handling_unit} is packed at"
                f" {body.location}: move it there first"
            )
    return None


def packed(told: Told, body: HandlingUnitPacked, books: HandlingBooks) -> Refusal | None:
    """Put stock of a place, or units that stand there, into a unit."""
    unit = books.unit(body.handling_unit)
    if unit is None or unit.state == SHIPPED:
        unit = UnitState(
            unit=body.handling_unit, kind=body.unit_kind, site=body.site, location=body.location
        )
    elif (unit.site, unit.location) != (body.site, body.location):
        return elsewhere(f"{unit.place}, not at {body.site}/{body.location}: move it first")
    children = _children(body, unit, books)
    if isinstance(children, Refusal):
        return children
    again = [
        one for one in (unit, *children)
        if (before := books.unit(one.unit)) is not None and before.state == SHIPPED
    ]  # fmt: skip
    alone = [gone for one in again for gone in left_with(one.unit, books)]
    for state in (*alone, unit, *children):
        books.put_unit(state, told.entry)
    for state in (*alone, *again, *children):  # each stands in another unit now, or in none
        books.refreeze(state.unit)
    return _transfer(told, "packing", _packing(body), books)


def _children(
    body: HandlingUnitPacked, unit: UnitState, books: HandlingBooks
) -> list[UnitState] | Refusal:
    """The units that are put into a unit, standing in it."""
    above = _ancestors(unit, books)
    children = []
    for name in body.units:
        child = books.unit(name)
        if name in above:
            return elsewhere(f"{unit.unit} stands in {name}, which cannot stand in {unit.unit} too")
        if child is None or child.state == SHIPPED:
            child = UnitState(
                unit=name, kind=HandlingUnitKind.OTHER, site=body.site, location=body.location
            )
        if child.parent == unit.unit:
            continue
        if child.parent is not None:
            return elsewhere(f"{child.place}: unpack it first")
        if (child.site, child.location) != (body.site, body.location):
            return elsewhere(f"{child.place}, not at {body.site}/{body.location}: move it first")
        children.append(replace(child, parent=unit.unit))
    return children


def _ancestors(unit: UnitState, books: HandlingBooks) -> set[str]:
    found: set[str] = set()
    above = unit.parent
    while above is not None and above not in found:
        found.add(above)
        outer = books.unit(above)
        above = None if outer is None else outer.parent
    return found


def _packing(body: HandlingUnitPacked) -> list[tuple[BalanceKey, BalanceKey, int]]:
    account = storage(body.site, body.location)
    return [
        (
            replace(key := _key(account, leg), handling_unit=leg.handling_unit),
            replace(key, handling_unit=body.handling_unit),
            leg.quantity.scaled(),
        )
        for leg in body.contents
    ]


def _key(account: str, leg: LegReported) -> BalanceKey:
    return BalanceKey(account, leg.material, leg.lot, str(leg.disposition), leg.serial)  # type: ignore[arg-type]


def unpacked(told: Told, body: HandlingUnitUnpacked, books: HandlingBooks) -> Refusal | None:
    """Let what stood in a unit stand by itself where the unit stands."""
    unit = _standing(body.handling_unit, books)
    if isinstance(unit, Refusal):
        return unit
    account = storage(unit.site, unit.location)
    direct = {one.unit: one for one in books.inside(unit.unit) if one.parent == unit.unit}
    strange = sorted(set(body.units) - direct.keys())
    if strange:
        return elsewhere(f"{', '.join(strange)} does not stand in {unit.unit}")
    if body.contents or body.units:
        taken = [
            (replace(_key(account, leg), handling_unit=unit.unit), leg.quantity.scaled())
            for leg in body.contents
        ]
        freed = list(body.units)
    else:
        taken, freed = books.contents([unit.unit]), list(direct)
    for name in freed:
        within = [name, *(one.unit for one in books.inside(name))]
        for key, scaled in books.contents(within):
            if (refusal := books.kept(key, scaled)) is not None:
                return refusal
        books.put_unit(replace(direct[name], parent=None), told.entry)
        books.refreeze(name)
    legs = [(key, replace(key, handling_unit=LOOSE), scaled) for key, scaled in taken]
    return _transfer(told, "unpacking", legs, books)


def moved(told: Told, body: HandlingUnitMoved, books: HandlingBooks) -> Refusal | None:
    """Take a unit, and all that is in it, to another place, or out to a customer."""
    unit = _standing(body.handling_unit, books)
    if isinstance(unit, Refusal):
        return unit
    if unit.parent is not None:
        return elsewhere(f"{unit.place}: unpack it first, or move {unit.parent}")
    to = body.to_location
    if to is not None and (refusal := place_fault(books, unit.site, to)) is not None:
        return refusal
    if to == unit.location:
        return elsewhere(f"{unit.place} already")
    units = [unit, *books.inside(unit.unit)]
    stock = books.contents([one.unit for one in units])
    for one in units:
        after = replace(one, state=SHIPPED) if to is None else replace(one, location=to)
        books.put_unit(after, told.entry)
    legs = [(key, _target(key, unit.site, to), scaled) for key, scaled in stock]
    step = "shipping" if to is None else "storing"
    return _transfer(told, step, legs, books, under_hold=body.under_hold)


def _target(key: BalanceKey, site: SiteId, to: LocationId | None) -> BalanceKey:
    if to is not None:
        return replace(key, account=storage(site, to))
    return replace(key, account=CUSTOMER, disposition="available")


def _standing(name: HandlingUnitId, books: HandlingBooks) -> UnitState | Refusal:
    unit = books.unit(name)
    if unit is None:
        return Refusal(
            code=RefusalCode.UNKNOWN_HANDLING_UNIT,
            because=f"nothing is known of handling unit {name}: tell what was packed into it",
            transient=True,
        )
    return elsewhere(f"{unit.place}") if unit.state == SHIPPED else unit


def _transfer(
    told: Told,
    step: str,
    parts: Sequence[tuple[BalanceKey, BalanceKey, int]],
    books: HandlingBooks,
    under_hold: str | None = None,
) -> Refusal | None:
    """Post what goes from key to key in one movement; nothing where the units are empty."""
    if not parts:
        return None
    legs = [Leg(source, -scaled) for source, _, scaled in parts]
    legs += [Leg(target, scaled) for _, target, scaled in parts]
    cause = cause_of(told.signal)
    movement = Movement(
        key=cause, business_step=step, legs=tuple(legs), under_hold=under_hold,
        unit=books.unit_of(parts[0][0].material) or Unit.PIECE,
    )  # fmt: skip
    for key, _, scaled in parts if under_hold is None else ():
        if (refusal := books.shortage(key, scaled)) is not None:
            return refusal
    posted = books.post(
        movement, actor=told.actor, cause=cause, occurred_at=told.signal.occurred_at
    )
    if isinstance(posted, Refusal):
        return posted
    for site, material in {(key.account.partition("/")[0], key.material) for key, _, _ in parts}:
        books.trigger(SiteId(site), material)
    return None


CHECKS: dict[type, Check] = {
    HandlingUnitPacked: check_unit,
    HandlingUnitUnpacked: check_unit,
    HandlingUnitMoved: check_unit,
}
EFFECTS: dict[type, Effect] = {
    HandlingUnitPacked: packed,
    HandlingUnitUnpacked: unpacked,
    HandlingUnitMoved: moved,
}
