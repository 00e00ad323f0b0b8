"""Stock as decisions see it: place by place and lot by lot, without what may not be used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from chargehand.record.eligibility import SOUND
from chargehand.record.view import StockAt
from chargehand.storage.session import Row, Session
from chargehand.storage.stock import Standing
from chargehand.vocabulary import wire
from chargehand.vocabulary.identifier import MaterialId, SiteId, ZoneId
from chargehand.vocabulary.instant import instant
from chargehand.vocabulary.location import LocationKind, OperationalLocation
from chargehand.vocabulary.lot import MaterialLot
from chargehand.vocabulary.material import MaterialDefinition
from chargehand.vocabulary.quantity import amount

STOCK = (
    "SELECT b.material, b.location, b.lot, b.scaled, b.reserved, b.frozen, b.released,"
    " b.counted_at, b.entry, l.body AS lot_text, m.body AS material_text FROM balance b"
    " LEFT JOIN master l ON b.lot <> '' AND l.kind = 'lot' AND l.key = b.material || '|' || b.lot"
    " LEFT JOIN master m ON l.body IS NOT NULL AND m.kind = 'material' AND m.key = b.material"
    " WHERE b.site = ? AND b.disposition = 'available'"
    " ORDER BY b.material, b.location, b.lot, b.serial, b.handling_unit"
)
INCOMING = (
    "SELECT material, to_location, sum(scaled - posted) AS scaled FROM reservation"
    " WHERE state = 'open' AND to_site = ? GROUP BY material, to_location"
)

Found = tuple[MaterialId, StockAt, tuple[int, ...]]
"""A material, where it stands, and the journal entries that say so."""


def read_stock(
    sql: Session,
    site: SiteId,
    places: Mapping[str, OperationalLocation],
    day: date,
    materials: Sequence[str] | None = None,
) -> Iterator[Found]:
    """The site's stock, place by place; serials and handling units of a lot are one amount.

    ``materials``: only of these; None: of all.
    Lots that are expired on a day, or not sound by their definitions, have nothing free.
    """
    known = {key: places[key] for key in places}
    incoming: dict[tuple[str, str], int] = defaultdict(int)
    marks = "" if materials is None else ", ".join("?" * len(materials))
    only = () if materials is None else tuple(materials)
    for row in sql.execute(INCOMING, (site,)):
        if materials is None or row["material"] in only:
            incoming[row["material"], row["to_location"]] = row["scaled"]
    stock_of = STOCK
    if materials is not None:
        stock_of = STOCK.replace(" ORDER BY", f" AND b.material IN ({marks}) ORDER BY")
    last: tuple[str, str, str] | None = None
    stock: StockAt | None = None
    entries: tuple[int, ...] = ()
    for row in sql.execute(stock_of, (site, *only)):
        at = (row["material"], row["location"], row["lot"])
        if stock is None or at != last:
            if stock is not None and last is not None:
                yield MaterialId(last[0]), stock, entries
            coming = amount(incoming.pop(at[:2], 0))
            stock, entries = _standing(row, known, coming, day), ()
        else:
            stock = _together(stock, _standing(row, known, Decimal(0), day))
        last, entries = at, (*entries, row["entry"])
    if stock is not None and last is not None:
        yield MaterialId(last[0]), stock, entries
    for (material, location), scaled in incoming.items():
        empty = StockAt(
            **_place(location, known),
            on_hand=Decimal(0), reserved=Decimal(0), incoming=amount(scaled),
        )  # fmt: skip
        yield MaterialId(material), empty, ()


def _standing(
    row: Row, known: Mapping[str, OperationalLocation], incoming: Decimal, day: date
) -> StockAt:
    standing = Standing(row["scaled"], row["reserved"], row["frozen"], row["released"])
    held = 0
    if row["lot_text"] is not None and not _is_fit(row["lot_text"], row["material_text"], day):
        held = max(0, standing.scaled - standing.reserved)
    elif standing.frozen:
        held = max(0, standing.scaled - standing.reserved - standing.free)
    return StockAt(
        **_place(row["location"], known),
        on_hand=amount(standing.scaled),
        reserved=amount(standing.reserved),
        incoming=incoming,
        held=amount(held),
        lot=row["lot"],
        counted_at=row["counted_at"] and instant(row["counted_at"]),
    )


@lru_cache(maxsize=4096)
def _is_fit(lot_text: str, material_text: str | None, day: date) -> bool:
    """Whether a lot may be used on a day, by its definition and its material's shelf life."""
    lot = wire.read(MaterialLot, lot_text)
    life = None
    if material_text is not None:
        life = wire.read(MaterialDefinition, material_text).shelf_life_days
    return lot.status in SOUND and (lot.expiry(life) or date.max) >= day


def _together(one: StockAt, other: StockAt) -> StockAt:
    return replace(
        one,
        on_hand=one.on_hand + other.on_hand,
        reserved=one.reserved + other.reserved,
        held=one.held + other.held,
        counted_at=_later(one.counted_at, other.counted_at),
    )


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((at for at in (one, other) if at is not None), default=None)


def _place(location: str, known: Mapping[str, OperationalLocation]) -> dict[str, Any]:
    place = known.get(location)
    return {
        "location": location,
        "zone": place.zone if place else ZoneId(""),
        "location_kind": place.kind if place else LocationKind.BULK,
    }
