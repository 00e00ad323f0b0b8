"""Where a handling unit stands, and where after a movement of the stock in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from chargehand.record.books import Books
from chargehand.record.ledger import BalanceKey
from chargehand.vocabulary.identifier import HandlingUnitId, LocationId, SiteId
from chargehand.vocabulary.lot import HandlingUnitKind
from chargehand.vocabulary.refusal import Refusal, RefusalCode

PRESENT, SHIPPED = "present", "shipped"
LOOSE = HandlingUnitId("")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitState:
    """Where a handling unit stands."""

    unit: HandlingUnitId
    kind: str
    site: SiteId
    location: LocationId
    parent: HandlingUnitId | None = None
    """The unit that it stands in or on."""
    state: str = PRESENT
    """``present`` or ``shipped``."""

    @property
    def place(self) -> str:
        """Where it is, in words."""
        if self.state == SHIPPED:
            return f"{self.unit} has left the plant"
        inside = f" in {self.parent}" if self.parent else ""
        return f"{self.unit} stands{inside} at {self.site}/{self.location}"


class HandlingBooks(Books, Protocol):
    """The books, and what is known of handling units."""

    def unit(self, unit: str) -> UnitState | None:
        """Where a unit stands."""
        ...

    def inside(self, unit: str) -> list[UnitState]:
        """All units in a unit, and in those, the outer ones first."""
        ...

    def contents(self, units: Sequence[str]) -> list[tuple[BalanceKey, int]]:
        """The stock of the plant that stands directly in any of the units (millionths)."""
        ...

    def put_unit(self, state: UnitState, entry: int) -> None:
        """Let a unit stand somewhere."""
        ...

    def refreeze(self, unit: str) -> None:
        """Count anew the holds on what stands in a unit: it stands in another one now."""
        ...

    def shortage(self, key: BalanceKey, scaled: int) -> Refusal | None:
        """Why so much cannot be taken from a balance; None where it can."""
        ...

    def kept(self, key: BalanceKey, scaled: int) -> Refusal | None:
        """Which hold keeps so much of a balance where it is; None where none does."""
        ...


class Nested(Protocol):
    """Knows which units stand in which."""

    def inside(self, unit: str) -> list[UnitState]:
        """All units in a unit, and in those, the outer ones first."""
        ...


def left_with(unit: str, books: Nested) -> list[UnitState]:
    """The units that left the plant in a unit that is used again: they stand in it no more."""
    inside = books.inside(unit)
    return [replace(one, parent=None) for one in inside if one.parent == unit]


def settle(
    name: str, state: UnitState | None, accounts: Sequence[str], *, is_nested: bool
) -> UnitState | Refusal | None:
    """Where a unit stands after a movement of stock in it; None where that has not changed.

    ``accounts`` are the places where it now has stock; ``is_nested``: other units stand in it.
    """
    if not accounts:
        return None
    if len(accounts) > 1:
        return elsewhere(
            f"handling unit {name} would stand in {len(accounts)} places ({', '.join(accounts)}):"
            " move it whole, or unpack what stays"
        )
    site, _, location = accounts[0].partition("/")
    here = UnitState(
        unit=HandlingUnitId(name), kind=HandlingUnitKind.OTHER, site=SiteId(site),
        location=LocationId(location),
    )  # fmt: skip
    if state is None or state.state == SHIPPED:
        return here if state is None else replace(here, kind=state.kind)
    if (state.site, state.location) == (site, location):
        return None
    if state.parent is not None or is_nested:
        return elsewhere(
            f"{state.place}, with other units: tell of its way to {accounts[0]} as a"
            " handling_unit_moved of the outermost one"
        )
    return replace(state, site=SiteId(site), location=LocationId(location))


def elsewhere(because: str) -> Refusal:
    """The refusal for a unit that is elsewhere, in another, or misnumbered."""
    return Refusal(code=RefusalCode.HANDLING_UNIT_INVALID, because=because)
