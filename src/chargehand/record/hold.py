"""What a hold is, what it froze, and the port through which the books keep it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from chargehand.record.books import Books
from chargehand.record.ledger import BalanceKey, is_outside
from chargehand.vocabulary.identifier import HoldId, SiteId


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
    placed: Hold | None = None
    """The hold, where it was placed."""
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


def balance_name(key: BalanceKey) -> str:
    """What a balance is called in a list of what a hold froze.

    >>> balance_name(BalanceKey("S1/BIN", "SEAL", "L7"))
    'S1/BIN|SEAL|L7|||available'
    """
    parts = (
        key.account, key.material, key.lot, key.serial, key.handling_unit, key.disposition,
    )  # fmt: skip
    return "|".join(parts)


def fits(
    hold: Hold, key: BalanceKey, units: Sequence[str], lots: Sequence[str] | None = None
) -> bool:
    """Whether a balance is in a hold's scope.

    ``units``: its handling unit and those around it; ``lots``: its lot and those that it is part
    of, None where it is part of none.
    """
    site, _, location = key.account.partition("/")
    pairs = (
        (hold.material, key.material), (hold.serial, key.serial), (hold.location, location),
    )  # fmt: skip
    inside = not is_outside(key.account) and site == hold.site
    unit_fits = not hold.handling_unit or hold.handling_unit in units
    lot_fits = not hold.lot or hold.lot in ((key.lot,) if lots is None else lots)
    all_fit = unit_fits and lot_fits and all(not asked or asked == found for asked, found in pairs)
    return inside and all_fit
