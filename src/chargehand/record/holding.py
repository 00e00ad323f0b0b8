"""Holds: one fact that freezes stock and all that counts on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from chargehand.record.books import Books
from chargehand.record.ledger import BalanceKey, is_outside, storage
from chargehand.record.limits import amount_fault, in_unit_of, place_fault
from chargehand.record.told import Check, Effect, Told
from chargehand.signals.stock_kinds import HoldPlaced, HoldReleased
from chargehand.vocabulary.identifier import HoldId, SiteId, check_site
from chargehand.vocabulary.quantity import amount
from chargehand.vocabulary.refusal import Refusal, RefusalCode

SIGNATURE_LENGTH_MIN = 10
"""Characters in which a person says what the signature means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A hold: all stock of a site that fits every part of the scope that is not empty."""

    key: HoldId
    site: SiteId
    material: str
    lot: str
    serial: str
    handling_unit: str
    location: str
    reason: str
    state: str
    """``active`` or ``released``."""
    review_by: datetime | None
    placed_by: str

    @property
    def scope(self) -> str:
        """What it freezes, in words."""
        parts = (
            ("", self.material), ("lot ", self.lot), ("serial ", self.serial),
            ("unit ", self.handling_unit), ("at ", self.location),
        )  # fmt: skip
        return " ".join(f"{word}{name}" for word, name in parts if name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """One thing that a hold froze."""

    kind: str
    """``balance``, ``reservation``, ``task``, ``proposal`` ..."""
    key: str
    was: str
    """Its amount or state before."""
    material: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """What became of one thing that a hold had frozen."""

    kind: str
    key: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """A balance under a hold (millionths)."""

    key: BalanceKey
    scaled: int
    frozen: int
    """How many holds are on it."""
    released: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldFact:
    """What a hold, its release or part of it has done, as the journal keeps it."""

    hold: HoldId
    event: str
    """``place``, ``release``, ``release_part`` or ``review``."""
    site: SiteId
    by: str
    because: str
    signature: str = ""
    touched: tuple[Touched, ...] = ()
    resumed: tuple[Resumed, ...] = ()
    let_go: tuple[tuple[BalanceKey, int], ...] = ()
    """Balances of which so many millionths were let go in spite of the hold."""


class HoldBooks(Books, Protocol):
    """The books, with holds."""

    def hold(self, key: str) -> Hold | None:
        """A hold, also one that has ended."""
        ...

    def put_hold(self, hold: Hold) -> None:
        """Let a hold be active: every balance in its scope is frozen once more."""
        ...

    def frozen_by(self, hold: Hold) -> list[Frozen]:
        """The balances in a hold's scope that hold something."""
        ...

    def counting_on(self, hold: Hold) -> list[Touched]:
        """Open reservations and tasks that something in a hold's scope is set aside for."""
        ...

    def end_hold(self, hold: Hold, by: str) -> None:
        """End a hold: every balance in its scope is frozen once less."""
        ...

    def let_go(self, hold: Hold, parts: Sequence[tuple[BalanceKey, int]], by: str) -> None:
        """Let some stock be used in spite of the hold."""
        ...

    def hold_fact(self, fact: HoldFact, *, cause: str | None) -> int:
        """Write what a hold did into the journal; the number of its entry."""
        ...

    def touched_by(self, hold: str) -> list[Touched]:
        """What a hold froze when it was placed."""
        ...

    def still_held(self, touched: Touched) -> str:
        """Why a reservation or task cannot be picked yet; empty where it can."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Toucher:
    """One kind of thing that counts on stock: how a hold freezes it, and how it resumes."""

    touch: Callable[[Hold, Sequence[Frozen], Any], list[Touched]]
    resume: Callable[[Touched, Any], str]
    """What became of it once its hold has ended."""


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


def balance_name(key: BalanceKey) -> str:
    """What a balance is called in a list of what a hold froze.

    >>> balance_name(BalanceKey(storage(SiteId("S1"), "BIN"), "SEAL", "L7"))
    'S1/BIN|SEAL|L7|||available'
    """
    parts = (
        key.account, key.material, key.lot, key.serial, key.handling_unit, key.disposition,
    )  # fmt: skip
    return "|".join(parts)


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
        touched=tuple(touched),
    )  # fmt: skip
    books.hold_fact(fact, cause=f"{told.signal.source}/{told.signal.key}")
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
    quantity = in_unit_of(books, material, body.quantity)  # type: ignore[arg-type]
    if isinstance(quantity, Refusal):
        return quantity
    if refusal := amount_fault(books, material, quantity):  # type: ignore[arg-type]
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
    books.hold_fact(fact, cause=f"{told.signal.source}/{told.signal.key}")
    _stir(hold, [*touched, *_balances(hold, books.frozen_by(hold), books)], books)
    return None


def fits(hold: Hold, key: BalanceKey, units: Sequence[str]) -> bool:
    """Whether a balance is in a hold's scope; ``units``: its handling unit and those around it."""
    site, _, location = key.account.partition("/")
    pairs = (
        (hold.material, key.material), (hold.lot, key.lot), (hold.serial, key.serial),
        (hold.location, location),
    )  # fmt: skip
    inside = not is_outside(key.account) and site == hold.site
    unit_fits = not hold.handling_unit or hold.handling_unit in units
    return inside and unit_fits and all(not asked or asked == found for asked, found in pairs)


CHECKS: dict[type, Check] = {HoldPlaced: _may_place, HoldReleased: _may_release}
EFFECTS: dict[type, Effect] = {HoldPlaced: place}
"""A release is not among them: the plant asks first whether the person may (``release``)."""
