"""What the interfaces show of stock and movements, now and as of a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLine:
    """What stands, or stood, at one place (amounts of ``unit``)."""

    site: str
    zone: str
    location: str
    material: str
    description: str
    lot: str
    serial: str
    handling_unit: str
    disposition: str
    on_hand: Decimal
    reserved: Decimal | None
    """Promised to orders; None as of a moment: only what stood there is known of the past."""
    held: Decimal | None
    """Kept where it is by a hold."""
    free: Decimal | None
    """Neither promised nor held."""
    unit: str
    counted_at: datetime | None
    """When it was last counted; None as of a moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementLeg:
    """One side of a movement; negative is taken away."""

    account: str
    """``site/location``, or the world outside, such as ``~supplier``."""
    site: str
    location: str
    material: str
    lot: str
    serial: str
    handling_unit: str
    disposition: str
    quantity: Decimal
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementRow:
    """One line of the list of movements."""

    entry: int
    """Number of its journal entry."""
    place: int
    """Place of that entry in the tree, by which it is proven."""
    key: str
    business_step: str
    occurred_at: datetime | None
    recorded_at: datetime
    actor: str
    cause: str | None
    corrects: str | None
    """Key of the movement that it takes back, whole or in part."""
    under_hold: str | None
    legs: tuple[MovementLeg, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementDetail:
    """One movement, whole."""

    row: MovementRow
    leaf: str
    """Leaf hash (hexadecimal)."""
    tree_size: int
    """Entries in the tree now: ask for a proof of ``row.place`` in a tree of that size."""
    corrected_by: tuple[MovementRow, ...]
    """Later movements that take it back, whole or in part."""
    cause_entry: int | None
    """Journal entry of the signal that it follows from."""
