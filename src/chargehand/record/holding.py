"""Holds: one fact that freezes stock and all that counts on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chargehand.record.hold import (
    Frozen,
    Hold,
    HoldBooks,
    HoldFact,
    Resumed,
    Touched,
    Toucher,
    balance_name,
)
from chargehand.record.ledger import BalanceKey, storage
from chargehand.record.limits import amount_fault, in_unit_of, place_fault
from chargehand.record.told import Check, Effect, Told, cause_of
from chargehand.signals.stock_kinds import HoldPlaced, HoldReleased
from chargehand.vocabulary.identifier import MaterialId, check_site
from chargehand.vocabulary.quantity import amount
from chargehand.vocabulary.refusal import Refusal, RefusalCode

SIGNATURE_LENGTH_MIN = 10
"""Characters in which a person says what the signature means."""


def _balances(_hold: Hold, frozen: Sequence[Frozen], _books: HoldBooks) -> list[Touched]:
    return [
        Touched(
            kind="balance", key=balance_name(one.key), was=str(amount(one.scaled)),
            material=one.key.material,
        )
        for one in frozen
    ]  # fmt: skip


def _promises(hold: Hold, _frozen: Sequence[Frozen], books: HoldBooks) -> list[Touched]:
    return books.counting_on(hold)


def _resumes(touched: Touched, books: HoldBooks) -> str:
    return books.still_held(touched) or "may be used again"


TOUCHERS: Mapping[str, Toucher] = {
    "balance": Toucher(touch=_balances, resume=_resumes),
    "reservation": Toucher(touch=_promises, resume=_resumes),
    "task": Toucher(touch=lambda _hold, _frozen, _books: [], resume=_resumes),
}
"""What the record itself freezes, by kind; tasks are found beside reservations."""


def _may_place(body: HoldPlaced, books: HoldBooks) -> Refusal | None:
    if not body.hold.strip() or not body.reason.strip():
        because = "a hold needs a name and a reason"
        return Refusal(code=RefusalCode.REASON_MISSING, because=because)
    if books.hold(body.hold) is not None:
        because = f"there is a hold {body.hold} already; take another name"
        return Refusal(code=RefusalCode.KEY_REUSED, because=because)
    try:
        check_site(body.site)
    except ValueError as error:
        return Refusal(code=RefusalCode.UNKNOWN_SITE, because=str(error))
    if not (body.material or body.handling_unit or body.location):
        because = (
            "a hold needs a material, a handling unit or a place; lots and serials are a"
            " material's: name it too"
        )
        return Refusal(code=RefusalCode.HOLD_INVALID, because=because)
    if (body.lot or body.serial) and not body.material:
        because = "lots and serials are told apart within a material: name it too"
        return Refusal(code=RefusalCode.HOLD_INVALID, because=because)
    if body.material and books.unit_of(body.material) is None:
        because = f"material {body.material} is not known; send its definition first"
        return Refusal(code=RefusalCode.UNKNOWN_MATERIAL, because=because, transient=True)
    if body.location:
        return place_fault(books, body.site, body.location)
    return None


def place(
    told: Told,
    body: HoldPlaced,
    books: HoldBooks,
    *,
    by: str = "",
    touchers: Mapping[str, Toucher] = TOUCHERS,
) -> None:
    """Place a hold: freeze what fits and what counts on it, and say what that was."""
    hold = Hold(
        key=body.hold,
        site=body.site,
        material=body.material or "",
        lot=body.lot or "",
        serial=body.serial or "",
        handling_unit=body.handling_unit or "",
        location=body.location or "",
        reason=body.reason,
        state="active",
        review_by=body.review_by,
        placed_by=by or body.person or told.actor,
    )
    books.put_hold(hold)
    frozen = books.frozen_by(hold)
    touched = [
        one for toucher in touchers.values() for one in toucher.touch(hold, frozen, books)
    ]  # fmt: skip
    fact = HoldFact(
        hold=hold.key, event="place", site=hold.site, by=hold.placed_by, because=hold.reason,
        placed=hold, touched=tuple(touched),
    )  # fmt: skip
    books.hold_fact(fact, cause=cause_of(told.signal))
    _stir(hold, touched, books)


def _stir(hold: Hold, touched: Sequence[Touched], books: HoldBooks) -> None:
    for material in sorted({one.material for one in touched if one.material}):
        books.trigger(hold.site, material)


def active(key: str, books: HoldBooks) -> Hold | Refusal:
    """The active hold of a key, or why there is none."""
    hold = books.hold(key)
    if hold is None or hold.state != "active":
        because = f"there is no hold {key}" if hold is None else f"hold {key} has ended already"
        return Refusal(code=RefusalCode.UNKNOWN_HOLD, because=because)
    return hold


def _may_release(body: HoldReleased, books: HoldBooks) -> Refusal | None:
    hold = active(body.hold, books)
    if isinstance(hold, Refusal):
        return hold
    if len(body.signature.strip()) < SIGNATURE_LENGTH_MIN:
        because = f"say what you sign, in {SIGNATURE_LENGTH_MIN} characters or more"
        return Refusal(code=RefusalCode.SIGNATURE_MISSING, because=because)
    if not body.reason.strip():
        because = f"say why hold {body.hold} may go"
        return Refusal(code=RefusalCode.REASON_MISSING, because=because)
    if (body.quantity is None) != (body.location is None):
        because = "a part is let go by its place and its quantity: give both, or neither"
        return Refusal(code=RefusalCode.HOLD_INVALID, because=because)
    if body.quantity is None:
        if body.material or body.lot:
            because = "to let a material or lot go, say how much of it and where"
            return Refusal(code=RefusalCode.HOLD_INVALID, because=because)
        return None
    parts = _parts(hold, body, books)
    return parts if isinstance(parts, Refusal) else None


def _parts(
    hold: Hold, body: HoldReleased, books: HoldBooks
) -> list[tuple[BalanceKey, int]] | Refusal:
    """The balances that a part is let go from, in the order of their keys."""
    assert body.quantity is not None
    assert body.location is not None
    material = body.material or hold.material
    if not material or (hold.material and material != hold.material):
        because = f"hold {hold.key} is on {hold.scope}: name a material that it freezes"
        return Refusal(code=RefusalCode.HOLD_INVALID, because=because)
    quantity = in_unit_of(books, MaterialId(material), body.quantity)
    if isinstance(quantity, Refusal):
        return quantity
    if refusal := amount_fault(books, MaterialId(material), quantity):
        return refusal
    account = storage(hold.site, body.location)
    lot = hold.lot if body.lot is None else body.lot
    parts: list[tuple[BalanceKey, int]] = []
    rest = quantity.scaled()
    others = False
    for one in books.frozen_by(hold):
        key = one.key
        if (key.account, key.material) != (account, material) or (lot and key.lot != lot):
            continue
        if one.frozen > 1:
            others = True
            continue
        part = min(one.scaled - min(one.released, one.scaled), rest)
        rest -= part
        if part:
            parts.append((key, part))
    if not rest:
        return parts
    if others:
        because = f"another hold covers {material} at {body.location} too: end that one first"
        return Refusal(code=RefusalCode.ON_HOLD, because=because, transient=True)
    there = amount(quantity.scaled() - rest)
    because = f"hold {hold.key} keeps {there} of {material} at {body.location}, not {quantity}"
    return Refusal(code=RefusalCode.QUANTITY_INVALID, because=because)


def release(
    told: Told, body: HoldReleased, books: HoldBooks, *, touchers: Mapping[str, Toucher] = TOUCHERS
) -> Refusal | None:
    """End a hold, or let a part of its stock go. Whether the person may is asked before."""
    hold = active(body.hold, books)
    if isinstance(hold, Refusal):
        return hold
    parts = [] if body.quantity is None else _parts(hold, body, books)
    if isinstance(parts, Refusal):
        return parts
    if body.quantity is None:
        books.end_hold(hold, body.person)
    else:
        books.let_go(hold, parts, body.person)
    touched = books.touched_by(hold.key)
    resumed = tuple(
        Resumed(kind=one.kind, key=one.key, because=touchers[one.kind].resume(one, books))
        for one in touched
        if one.kind in touchers
    )
    fact = HoldFact(
        hold=hold.key, event="release" if body.quantity is None else "release_part",
        site=hold.site, by=body.person, because=body.reason, signature=body.signature,
        resumed=resumed, let_go=tuple(parts),
    )  # fmt: skip
    books.hold_fact(fact, cause=cause_of(told.signal))
    _stir(hold, [*touched, *_balances(hold, books.frozen_by(hold), books)], books)
    return None


CHECKS: dict[type, Check] = {HoldPlaced: _may_place, HoldReleased: _may_release}
EFFECTS: dict[type, Effect] = {HoldPlaced: place}
"""A release is not among them: the plant asks first whether the person may (``release``)."""
