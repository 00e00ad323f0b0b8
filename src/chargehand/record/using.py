"""Demand that follows from a movement: what was consumed, as an entry and a row of its own."""

from __future__ import annotations

from chargehand.record.books import Books
from chargehand.record.told import Told, cause_of
from chargehand.vocabulary.identifier import MaterialId, SiteId
from chargehand.vocabulary.wire import canonical


def note_use(
    told: Told,
    books: Books,
    *,
    site: SiteId,
    material: MaterialId,
    scaled: int,
    order: str | None = None,
    asset: str | None = None,
) -> None:
    """Add to the demand history what a signal consumed (millionths; below 0: it came back)."""
    day = (told.signal.occurred_at or books.now()).date()
    fact = {
        "site": site, "material": material, "used_on": day.isoformat(), "scaled": scaled,
        "asset": asset, "order": order,
    }  # fmt: skip
    cause = cause_of(told.signal)
    entry = books.entry("usage", material, canonical(fact), actor=told.actor, cause=cause)
    books.use(entry, site, material, day, scaled, asset=asset, order=order)
