"""Why a signal cannot be taken into the record: what of it does not fit."""

from __future__ import annotations

from decimal import Decimal

from chargehand.record import handling, holding, movements, producing, reconciling, reserving
from chargehand.record.books import Books
from chargehand.record.limits import name_fault
from chargehand.record.told import Check
from chargehand.signals import kinds
from chargehand.signals.signal import Signal
from chargehand.vocabulary.identifier import LocationId, MaterialId, SiteId, check_site
from chargehand.vocabulary.material import MaterialDefinition
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.refusal import Refusal, RefusalCode

CHECKS: dict[type, Check] = {
    **movements.CHECKS,
    **reserving.CHECKS,
    **holding.CHECKS,
    **producing.CHECKS,
    **handling.CHECKS,
    **reconciling.CHECKS,
}
QUANTITY_MAX = Decimal(100_000_000)
"""Most that one signal may tell (of the material's unit); article numbers are larger."""


def check(signal: Signal, books: Books) -> Refusal | None:
    """Say why a signal cannot be taken into the record as it stands; None where it can."""
    body = signal.body
    match body:
        case kinds.StockCounted():
            return _material(books, body.material, body.counted, floor=0) or _place(
                books, body.site, body.location
            )
        case kinds.GoodsReceived():
            return (
                name_fault(body.lot, body.serial)
                or _material(books, body.material, body.quantity)
                or _place(books, body.site, body.location)
            )
        case kinds.StockMoved():
            return _check_move(body, books)
        case kinds.UsageReported() | kinds.SupplyPlaced():
            return _material(books, body.material, body.quantity) or _site(body.site)
        case kinds.MaterialDefined():
            return _same_unit(body.definition, books)
        case kinds.StockingDefined() | kinds.SupplierItemDefined():
            return _known(books, body.definition.material)
        case _:
            checked = CHECKS.get(type(body))
            return None if checked is None else checked(body, books)


def _check_move(body: kinds.StockMoved, books: Books) -> Refusal | None:
    if body.from_location == body.to_location:
        return Refusal(
            code=RefusalCode.QUANTITY_INVALID,
            because="a movement needs two different places, or one and the outside",
        )
    refusal = name_fault(body.lot, body.serial) if body.from_location is None else None
    refusal = refusal or _material(books, body.material, body.quantity)
    for location in (body.from_location, body.to_location):
        if refusal is None and location is not None:
            refusal = _place(books, body.site, location)
    return refusal


def _same_unit(definition: MaterialDefinition, books: Books) -> Refusal | None:
    unit = books.unit_of(definition.material)
    if unit in {None, definition.unit} or not books.is_booked(definition.material):
        return None
    return Refusal(
        code=RefusalCode.UNIT_MISMATCH,
        because=f"{definition.material} was booked in {unit}: amounts would mean something else in"
        f" {definition.unit}; define it under a key of its own",
    )


def _site(site: SiteId) -> Refusal | None:
    try:
        check_site(site)
    except ValueError as error:
        return Refusal(code=RefusalCode.UNKNOWN_SITE, because=str(error))
    return None


def _known(books: Books, material: MaterialId) -> Refusal | None:
    if books.unit_of(material) is not None:
        return None
    return Refusal(
        code=RefusalCode.UNKNOWN_MATERIAL,
        because=f"material {material} is not known; send its definition first",
        transient=True,
    )


def _material(
    books: Books, material: MaterialId, quantity: Quantity, floor: int = 1
) -> Refusal | None:
    unit = books.unit_of(material)
    if unit is None:
        return _known(books, material)
    if unit is not quantity.unit:
        return Refusal(
            code=RefusalCode.UNIT_MISMATCH,
            because=f"{material} is stocked in {unit}, and {quantity} is not",
        )
    if quantity.amount > QUANTITY_MAX:
        return Refusal(
            code=RefusalCode.QUANTITY_INVALID,
            because=f"{quantity} of {material} is more than {QUANTITY_MAX:,} at once: it looks like"
            " a bar code that was read as a quantity",
        )
    try:
        scaled = quantity.scaled()
    except ValueError as error:
        return Refusal(code=RefusalCode.QUANTITY_INVALID, because=str(error))
    if scaled < floor:
        return Refusal(
            code=RefusalCode.QUANTITY_INVALID,
            because=f"quantity must be {'0 or more' if floor == 0 else 'above 0'}, not {quantity}",
        )
    return None


def _place(books: Books, site: SiteId, location: LocationId) -> Refusal | None:
    if books.place(site, location) is not None:
        return None
    return Refusal(
        code=RefusalCode.UNKNOWN_LOCATION,
        because=f"{site} has no location {location}; send its definition first",
        transient=True,
    )
