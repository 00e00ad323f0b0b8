"""Lots of a material, and the units in which stock is handled: pallets, totes, cartons."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from chargehand.vocabulary import gs1
from chargehand.vocabulary.identifier import (
    HandlingUnitId,
    LotId,
    MaterialId,
    SupplierId,
    check_name,
)

_COUNTRY = re.compile(r"[A-Z]{2}")
_SSCC_LENGTH = 18


class Disposition(StrEnum):
    """Stock status: what may be done with it (CBV 2.0 dispositions that a plant needs)."""

    AVAILABLE = "available"
    CONFORMANT = "conformant"
    NON_CONFORMANT = "non_conformant"
    DAMAGED = "damaged"
    EXPIRED = "expired"
    RECALLED = "recalled"
    NEEDS_REPLACEMENT = "needs_replacement"
    RETURNED = "returned"
    IN_PROGRESS = "in_progress"
    IN_TRANSIT = "in_transit"
    UNAVAILABLE = "unavailable"
    DESTROYED = "destroyed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterialLotProperty:
    """One thing that is known of a lot and has no field of its own, such as its melt number."""

    name: str
    value: str

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ValueError(f"a property of a lot needs a name (its value is {self.value!r})")


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterialLot:
    """A quantity of a material made or received under one history (B2MML MaterialLot).

    With ``parent_lot`` it is a sublot: part of another lot of the same material that is told apart
    (B2MML MaterialSubLot).
    """

    material: MaterialId
    lot: LotId
    parent_lot: LotId | None = None
    status: Disposition = Disposition.AVAILABLE
    manufactured_on: date | None = None
    expires_on: date | None = None
    """Last day on which it may be used (GS1 AI (17))."""
    received_on: date | None = None
    supplier: SupplierId | None = None
    supplier_lot: str = ""
    """The number that the supplier gave it."""
    country: str = ""
    """Where it was made (ISO 3166-1 alpha-2, such as DE)."""
    attributes: tuple[MaterialLotProperty, ...] = ()

    def __post_init__(self) -> None:
        check_name(self.material, "material")
        check_name(self.lot, "lot")
        if not self.lot:
            raise ValueError(f"a lot of {self.material} needs a number")
        if self.parent_lot is not None:
            check_name(self.parent_lot, "parent lot")
        if self.parent_lot == self.lot:
            raise ValueError(f"lot {self.lot} of {self.material} cannot be part of itself")
        if self.country and not _COUNTRY.fullmatch(self.country):
            raise ValueError(f"country {self.country!r} is not two capital letters, such as DE")
        made, ends = self.manufactured_on, self.expires_on
        if made is not None and ends is not None and ends < made:
            raise ValueError(f"lot {self.lot} of {self.material} expires {ends}, made {made}")
        names = [one.name for one in self.attributes]
        if len(names) != len(set(names)):
            raise ValueError(f"lot {self.lot} of {self.material} tells one property twice: {names}")

    def expiry(self, shelf_life_days: int | None) -> date | None:
        """The last day on which it may be used: as stated, else by the material's shelf life.

        None where neither is known.

        >>> lot = MaterialLot(
        ...     material=MaterialId("GLUE"), lot=LotId("L1"), manufactured_on=date(2026, 1, 31)
        ... )
        >>> lot.expiry(28)
        datetime.date(2026, 2, 28)
        """
        if self.expires_on is not None or self.manufactured_on is None or shelf_life_days is None:
            return self.expires_on
        return self.manufactured_on + timedelta(days=shelf_life_days)


class HandlingUnitKind(StrEnum):
    """What holds the stock together."""

    PALLET = "pallet"
    CARTON = "carton"
    TOTE = "tote"
    KIT_BOX = "kit_box"
    CAGE = "cage"
    DRUM = "drum"
    REEL = "reel"
    TROLLEY = "trolley"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlingUnit:
    """Stock that is moved as one: a pallet, a tote, a kit box; one may stand in another.

    Its key is an SSCC (18 digits, whose check digit must fit), or the plant's own number.
    """

    handling_unit: HandlingUnitId
    kind: HandlingUnitKind = HandlingUnitKind.PALLET
    parent: HandlingUnitId | None = None
    """The handling unit that it stands in or on."""

    def __post_init__(self) -> None:
        check_name(self.handling_unit, "handling unit")
        if not self.handling_unit:
            raise ValueError("a handling unit needs a number")
        if self.parent is not None:
            check_name(self.parent, "handling unit")
        if self.parent == self.handling_unit:
            raise ValueError(f"handling unit {self.handling_unit} cannot stand in itself")
        if self.is_sscc:
            gs1.sscc(self.handling_unit)

    @property
    def is_sscc(self) -> bool:
        """Whether its key is an SSCC: any 18 digits are taken for one.

        >>> HandlingUnit(handling_unit=HandlingUnitId("195212345678900006")).is_sscc
        True
        """
        key = self.handling_unit
        return len(key) == _SSCC_LENGTH and key.isascii() and key.isdigit()
