"""Stock as decisions see it: place by place and lot by lot, without what a hold keeps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from chargehand.record.view import StockAt
from chargehand.storage.session import Row, Session
from chargehand.storage.stock import Standing
from chargehand.vocabulary.identifier import MaterialId, SiteId, ZoneId
from chargehand.vocabulary.instant import instant
from chargehand.vocabulary.location import LocationKind, OperationalLocation
from chargehand.vocabulary.quantity import amount

STOCK = (
    "SELECT material, location, lot, scaled, reserved, frozen, released, counted_at, entry"
    " FROM balance WHERE site = ? AND disposition = 'available'"
    " ORDER BY material, location, lot, serial, handling_unit"
)
INCOMING = (
    "SELECT material, to_location, sum(scaled - posted) AS scaled FROM reservation"
    " WHERE state = 'open' AND to_site = ? GROUP BY material, to_location"
)

Found = tuple[MaterialId, StockAt, tuple[int, ...]]
"""A material, where it stands, and the journal entries that say so."""


def read_stock(
    sql: Session, site: SiteId, places: Mapping[str, OperationalLocation]
) -> Iterator[Found]:
    """The site's stock, place by place; serials and handling units of a lot are one amount."""
    known = {key: places[key] for key in places}
    incoming: dict[tuple[str, str], int] = defaultdict(int)
    for row in sql.execute(INCOMING, (site,)):
        incoming[row["material"], row["to_location"]] = row["scaled"]
    last: tuple[str, str, str] | None = None
    stock: StockAt | None = None
    entries: tuple[int, ...] = ()
    for row in sql.execute(STOCK, (site,)):
        at = (row["material"], row["location"], row["lot"])
        if stock is None or at != last:
            if stock is not None and last is not None:
                yield MaterialId(last[0]), stock, entries
            coming = amount(incoming.pop(at[:2], 0))
            stock, entries = _standing(row, known, coming), ()
        else:
            stock = _together(stock, _standing(row, known, Decimal(0)))
        last, entries = at, (*entries, row["entry"])
    if stock is not None and last is not None:
        yield MaterialId(last[0]), stock, entries
    for (material, location), scaled in incoming.items():
        empty = StockAt(
            **_place(location, known),
            on_hand=Decimal(0), reserved=Decimal(0), incoming=amount(scaled),
        )  # fmt: skip
        yield MaterialId(material), empty, ()


def _standing(row: Row, known: Mapping[str, OperationalLocation], incoming: Decimal) -> StockAt:
    standing = Standing(row["scaled"], row["reserved"], row["frozen"], row["released"])
    held = 0
    if standing.frozen:
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
