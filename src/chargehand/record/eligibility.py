"""What may be taken from stock at all: the rules that a candidate of lot selection must pass."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from math import ceil

from chargehand.vocabulary.identifier import (
    HandlingUnitId,
    HoldId,
    LocationId,
    LotId,
    MaterialId,
    SerialId,
    ZoneId,
)
from chargehand.vocabulary.lot import Disposition
from chargehand.vocabulary.quantity import Unit

SOUND = frozenset({Disposition.AVAILABLE, Disposition.CONFORMANT})
"""What the definition of a lot may say of it for its stock to be taken."""


class SelectionPolicy(StrEnum):
    """In which order lots are taken."""

    FEFO = "fefo"
    """First expired, first out; what has no expiry date goes last."""
    FIFO = "fifo"
    """First in, first out; what has no arrival goes last."""
    LIFO = "lifo"
    """Last in, first out; what has no arrival goes last."""
    SPECIFIC = "specific"
    """Only the lot, serial or handling unit that is named; among it, first expired first."""


class PassedOverCode(StrEnum):
    """Why stock that is there was not taken. Codes are stable."""

    DISPOSITION = "disposition"
    HELD = "held"
    EXPIRED = "expired"
    EXPIRY_UNKNOWN = "expiry_unknown"
    LIFE_TOO_SHORT = "life_too_short"
    ZONE_NOT_PERMITTED = "zone_not_permitted"
    RESERVED = "reserved"
    NOT_SPECIFIED = "not_specified"
    HANDLING_UNIT_WHOLE = "handling_unit_whole"
    POLICY_ORDER = "policy_order"


Fault = tuple[PassedOverCode, str]
"""Why a candidate may not be taken: code and sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Stock of one balance of the material, within one site (amounts in millionths)."""

    location: LocationId
    zone: ZoneId
    on_hand: int
    reserved: int = 0
    """Part of it that is promised to somebody."""
    lot: LotId = LotId("")
    serial: SerialId = SerialId("")
    handling_unit: HandlingUnitId = HandlingUnitId("")
    """The outermost unit that would have to be broken to take part of it."""
    disposition: str = Disposition.AVAILABLE
    lot_status: str = Disposition.AVAILABLE
    """What the lot's definition says of all of it."""
    hold: HoldId | None = None
    """The hold that freezes it."""
    expires_on: date | None = None
    """Last day on which it may be used."""
    received_at: datetime | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.reserved <= self.on_hand:
            raise ValueError(f"{self.name}: {self.reserved} of {self.on_hand} cannot be reserved")
        if self.received_at is not None and self.received_at.tzinfo is None:
            raise ValueError(f"{self.name}: {self.received_at} does not say its offset from UTC")

    @property
    def free(self) -> int:
        """On hand and promised to nobody (millionths)."""
        return self.on_hand - self.reserved

    @property
    def key(self) -> tuple[str, ...]:
        """What tells it from every other balance of the material."""
        return (self.location, self.lot, self.serial, self.handling_unit, self.disposition)

    @property
    def name(self) -> str:
        """What people call it."""
        parts = (("lot ", self.lot), ("serial ", self.serial), ("unit ", self.handling_unit))
        named = " ".join(f"{word}{value}" for word, value in parts if value)
        return f"{named or 'stock'} at {self.location}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be taken, and what it must be fit for."""

    material: MaterialId
    unit: Unit
    scaled: int
    """How much (millionths of the unit)."""
    day: date
    """The day on which it is used: nothing that expires before is taken."""
    policy: SelectionPolicy = SelectionPolicy.FEFO
    life_days_min: int = 0
    """Days of life that it must have left on that day; see ``life_days``."""
    expiry_obligatory: bool = False
    """Whether stock without an expiry date is refused instead of taken last."""
    zones: frozenset[ZoneId] | None = None
    """Zones that it may be taken from; None: any."""
    dispositions: frozenset[str] = frozenset({Disposition.AVAILABLE})
    whole_handling_units: bool = False
    """Whether a handling unit is taken as it stands or not at all."""
    lot: LotId = LotId("")
    serial: SerialId = SerialId("")
    handling_unit: HandlingUnitId = HandlingUnitId("")

    def __post_init__(self) -> None:
        if self.scaled <= 0 or self.life_days_min < 0:
            raise ValueError(
                f"{self.material}: the amount must be above 0 and the days of life 0 or more, not"
                f" {self.scaled} and {self.life_days_min}"
            )
        named = bool(self.lot or self.serial or self.handling_unit)
        if named is not (self.policy is SelectionPolicy.SPECIFIC):
            raise ValueError(
                f"{self.material}: name a lot, serial or handling unit with policy specific, and"
                f" only with it, not with {self.policy}"
            )

    def asks_for(self, one: Candidate) -> bool:
        """Whether it is what was named, or nothing was."""
        pairs = (
            (self.lot, one.lot),
            (self.serial, one.serial),
            (self.handling_unit, one.handling_unit),
        )
        return all(not named or named == found for named, found in pairs)


def life_days(share: Fraction, shelf_life_days: int) -> int:
    """Days of life left that a share of the shelf life means, rounded up.

    >>> life_days(Fraction(2, 3), 100)
    67
    """
    if not 0 <= share <= 1:
        raise ValueError(f"a share of the shelf life is within 0 and 1, not {share}")
    return ceil(share * shelf_life_days)


def fault_of(wanted: Wanted, one: Candidate) -> Fault | None:
    """Why a candidate may not be taken, by the first rule that it breaks; None where it may."""
    name, code = one.name, PassedOverCode
    is_sound = one.lot_status in wanted.dispositions | SOUND
    if one.disposition not in wanted.dispositions or not is_sound:
        said = f"{one.lot_status} by its lot's definition" if not is_sound else one.disposition
        return code.DISPOSITION, f"{name} is {said}"
    if one.hold is not None:
        return code.HELD, f"{name} is frozen by hold {one.hold}"
    if one.expires_on is None and (wanted.expiry_obligatory or wanted.life_days_min):
        return code.EXPIRY_UNKNOWN, f"{name} has no expiry date, and one is asked for"
    life = None if one.expires_on is None else (one.expires_on - wanted.day).days
    if life is not None and life < 0:
        return code.EXPIRED, f"{name} expired on {one.expires_on}"
    if life is not None and life < wanted.life_days_min:
        because = f"{name} has {life} days left, and {wanted.life_days_min} are asked for"
        return code.LIFE_TOO_SHORT, because
    if wanted.zones is not None and one.zone not in wanted.zones:
        return code.ZONE_NOT_PERMITTED, f"{name} stands in zone {one.zone}"
    if not wanted.asks_for(one):
        asked = wanted.lot or wanted.serial or wanted.handling_unit
        return code.NOT_SPECIFIED, f"{name} is not {asked}, which was asked for"
    return None
