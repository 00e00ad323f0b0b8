"""Whether an amount or a place that is told fits the record: checks that several subjects share."""

from __future__ import annotations

from decimal import Decimal
from typing import Protocol

from chargehand.record.stock_unit import Definitions as Units
from chargehand.record.stock_unit import in_stock_unit
from chargehand.vocabulary import wire
from chargehand.vocabulary.identifier import LocationId, MaterialId, SiteId, check_name
from chargehand.vocabulary.location import OperationalLocation
from chargehand.vocabulary.material import MaterialDefinition
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.refusal import Refusal, RefusalCode


class Definitions(Units, Protocol):
    """What has to be known of materials and places; the books know it."""

    def place(self, site: SiteId, location: LocationId) -> OperationalLocation | None:
        """A place of a site; None where it is not known."""
        ...


AMOUNT_AT_ONCE = Decimal(100_000_000)
"""Most that one signal may tell (of the material's unit); article numbers are larger."""


def in_unit_of(books: Definitions, material: MaterialId, quantity: Quantity) -> Quantity | Refusal:
    """The amount in the unit that a material is stocked in; as told where that is not known."""
    if books.unit_of(material) is quantity.unit:
        return quantity
    text = books.master("material", material)
    if text is None:
        return quantity
    return in_stock_unit(quantity, wire.read(MaterialDefinition, text))


def amount_fault(
    books: Definitions, material: MaterialId, quantity: Quantity, *, floor: int | None = 1
) -> Refusal | None:
    """Why an amount (in the stock unit) of a material cannot be booked.

    ``floor``: the least millionths; None where it may be negative, as a leg that takes away.
    """
    unit = books.unit_of(material)
    if unit is None:
        because = f"material {material} is not known; send its definition first"
        return Refusal(code=RefusalCode.UNKNOWN_MATERIAL, because=because, transient=True)
    if unit is not quantity.unit:
        because = f"{material} is stocked in {unit}, and {quantity} is not"
        return Refusal(code=RefusalCode.UNIT_MISMATCH, because=because)
    if abs(quantity.amount) > AMOUNT_AT_ONCE:
        because = f"{quantity} of {material} is more than {AMOUNT_AT_ONCE:,} at once"
        return Refusal(code=RefusalCode.QUANTITY_INVALID, because=because)
    try:
        scaled = quantity.scaled()
    except ValueError as error:
        return Refusal(code=RefusalCode.QUANTITY_INVALID, because=str(error))
    if floor is not None and scaled < floor:
        least = "0 or more" if floor == 0 else "above 0"
        because = f"quantity must be {least}, not {quantity}"
        return Refusal(code=RefusalCode.QUANTITY_INVALID, because=because)
    return None


def name_fault(lot: str, serial: str = "") -> Refusal | None:
    """Why a lot or serial that comes in cannot be called so."""
    try:
        check_name(lot, "lot")
        check_name(serial, "serial")
    except ValueError as error:
        return Refusal(code=RefusalCode.LOT_INVALID, because=str(error))
    return None


def place_fault(books: Definitions, site: SiteId, location: LocationId) -> Refusal | None:
    """Why a place cannot be booked on: the site does not know it."""
    if books.place(site, location) is not None:
        return None
    because = f"{site} has no location {location}; send its definition first"
    return Refusal(code=RefusalCode.UNKNOWN_LOCATION, because=because, transient=True)
