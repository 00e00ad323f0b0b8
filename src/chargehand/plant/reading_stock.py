"""What the interfaces show of holds and reservations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRow:
    """One line of the list of holds."""

    key: str
    site: str
    material: str
    lot: str
    serial: str
    handling_unit: str
    location: str
    """Parts of its scope; empty where it is not about that."""
    reason: str
    state: str
    """``active`` or ``released``."""
    placed_by: str
    placed_at: datetime
    review_by: datetime | None
    is_overdue: bool
    """Somebody had to look at it by now; it stays on hold all the same."""
    ended_by: str | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenLine:
    """Stock under a hold."""

    location: str
    material: str
    lot: str
    serial: str
    handling_unit: str
    disposition: str
    on_hand: Decimal
    reserved: Decimal
    let_go: Decimal
    """So much of it may be used in spite of the hold."""
    holds: int
    """How many holds are on it."""
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchLine:
    """One thing that a hold froze when it was placed."""

    kind: str
    """``balance``, ``reservation``, ``task``, ``proposal`` ..."""
    key: str
    was: str
    became: str
    """What came of it at the latest release; empty while nothing was released."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldStep:
    """One step in the life of a hold."""

    at: datetime
    event: str
    """``place``, ``release``, ``release_part`` or ``review``."""
    by: str
    because: str
    signature: str
    entry: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldDetail:
    """A hold, whole."""

    row: HoldRow
    frozen: tuple[FrozenLine, ...]
    touched: tuple[TouchLine, ...]
    history: tuple[HoldStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldDone:
    """What came of an act on a hold."""

    hold: str
    state: str
    text: str
    touched: tuple[TouchLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationRow:
    """One part of a reservation: so much of one balance."""

    key: str
    n: int
    kind: str
    """``order``, or ``task`` for what a task in flight keeps."""
    state: str
    site: str
    material: str
    location: str
    lot: str
    serial: str
    handling_unit: str
    quantity: Decimal
    picked: Decimal
    unit: str
    to_location: str
    """Empty: it will be consumed."""
    for_order: str | None
    expires_at: datetime | None
    is_held: bool
    """A hold keeps it where it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOverLine:
    """Stock with an earlier claim that a reservation left where it stands, and why."""

    location: str
    lot: str
    quantity: Decimal
    code: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationDetail:
    """A reservation, whole."""

    rows: tuple[ReservationRow, ...]
    selection: str
    """Policy by which its lots were taken; empty for tasks."""
    passed_over: tuple[PassedOverLine, ...]
