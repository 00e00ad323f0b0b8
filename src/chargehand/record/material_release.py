"""Staging confirmed: material of an order is released to the MES, or what is missing is said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from chargehand.record.books import Books
from chargehand.record.ledger import BalanceKey
from chargehand.record.production_checks import USABLE
from chargehand.record.told import Told, cause_of
from chargehand.signals.stock_kinds import StagingConfirmed
from chargehand.vocabulary import wire
from chargehand.vocabulary.equipment import MaintenanceOrder
from chargehand.vocabulary.identifier import LocationId, MaterialId, OrderId, SiteId
from chargehand.vocabulary.quantity import SCALE, amount
from chargehand.vocabulary.refusal import Refusal, RefusalCode

RELEASED = "material_released"
"""Kind of the journal entry, and topic of the outbox, that tells an MES to begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """Stock at a staging place (millionths)."""

    key: BalanceKey
    scaled: int
    usable: int
    """Neither on hold nor of a status that keeps it out of a product."""


class StagingBooks(Books, Protocol):
    """The books, and what a release of material needs of them."""

    def staged_at(self, site: SiteId, location: LocationId) -> list[Staged]:
        """All stock at a place."""
        ...

    def awaited(self, site: SiteId, location: LocationId, order: OrderId) -> dict[MaterialId, int]:
        """What is set aside for an order and not yet brought to a place (millionths)."""
        ...

    def is_told(self, kind: str, key: str) -> bool:
        """Whether the journal has an entry of a kind under a key."""
        ...

    def publish(self, entry: int, topic: str) -> None:
        """Let those who follow a topic have an entry."""
        ...


def check_staging(body: StagingConfirmed, books: Books) -> Refusal | None:
    """Why the place is not one of the site."""
    if books.place(body.site, body.location) is not None:
        return None
    because = f"{body.site} has no location {body.location}; send its definition first"
    return Refusal(code=RefusalCode.UNKNOWN_LOCATION, because=because, transient=True)


def staged(told: Told, body: StagingConfirmed, books: StagingBooks) -> Refusal | None:
    """Release the material of an order, once; refused while any of it is on hold or short.

    What an order needs is told by its parts list where it has one, and by what is set aside for it
    and still awaited. Where neither is known, all that stands at the place is taken for its own.
    """
    needed = _parts(body, books)
    there = [
        one for one in books.staged_at(body.site, body.location)
        if not needed or one.key.material in needed
    ]  # fmt: skip
    refusal = _missing(body, needed, there, books)
    if refusal is not None:
        return refusal
    key = f"{body.site}|{body.order}|{body.location}"
    if not books.is_told(RELEASED, key):
        text = wire.canonical(message(body, there, books))
        entry = books.entry(RELEASED, key, text, actor=told.actor, cause=cause_of(told.signal))
        books.publish(entry, RELEASED)
        books.trigger(body.site, body.order)
    return None


def _parts(body: StagingConfirmed, books: StagingBooks) -> dict[MaterialId, int]:
    """What the order's parts list asks for (millionths); empty where it has none."""
    text = books.master("maintenance_order", f"{body.site}|{body.order}")
    if text is None:
        return {}
    needed: dict[MaterialId, int] = defaultdict(int)
    for part in wire.read(MaintenanceOrder, text).parts:
        needed[part.material] += int(part.quantity * SCALE)
    return dict(needed)


def _missing(
    body: StagingConfirmed,
    needed: Mapping[MaterialId, int],
    there: Sequence[Staged],
    books: StagingBooks,
) -> Refusal | None:
    """What keeps an order's material from being released, all of it at once."""
    held = [
        f"{one.key.material}{f' lot {one.key.lot}' if one.key.lot else ''}:"
        f" {(one.scaled - one.usable) / SCALE:g} on hold or not fit for use"
        for one in there if one.usable < one.scaled
    ]  # fmt: skip
    usable: dict[MaterialId, int] = defaultdict(int)
    for one in there:
        usable[one.key.material] += one.usable
    short = [
        f"{material}: {usable[material] / SCALE:g} of {scaled / SCALE:g} stand ready"
        for material, scaled in sorted(needed.items()) if usable[material] < scaled
    ]  # fmt: skip
    awaited = books.awaited(body.site, body.location, body.order)
    short += [f"{name}: {scaled / SCALE:g} not yet brought" for name, scaled in awaited.items()]
    if not there and not short:
        short = ["nothing stands there"]
    if not held and not short:
        return None
    because = f"order {body.order} at {body.location} waits for {'; '.join((*held, *short))}"
    code = RefusalCode.ON_HOLD if held else RefusalCode.INSUFFICIENT_STOCK
    return Refusal(code=code, because=because, transient=True)


def message(
    body: StagingConfirmed, there: Sequence[Staged], books: StagingBooks
) -> dict[str, object]:
    """What the MES is told: production of the order may begin, with this material."""
    return {
        "message": RELEASED,
        "site": body.site,
        "order": body.order,
        "location": body.location,
        "person": body.person,
        "materials": [
            {
                "material": one.key.material,
                "lot": one.key.lot,
                "serial": one.key.serial,
                "handling_unit": one.key.handling_unit,
                "quantity": {
                    "amount": str(amount(one.usable)),
                    "unit": str(books.unit_of(one.key.material) or ""),
                },
            }
            for one in there
        ],
    }


def is_usable(disposition: str) -> bool:
    """Whether stock of a status may go into a product."""
    return disposition in USABLE
