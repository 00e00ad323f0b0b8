"""Allot a site's stock and supply to maintenance orders, the earliest due first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from chargehand.optimization.position import NOTHING, PartPosition, PlannedNeed
from chargehand.optimization.sourcing import Offer, ranked
from chargehand.record.view import OpenSupply
from chargehand.vocabulary.identifier import LocationId, MaterialId, OrderId
from chargehand.vocabulary.location import LocationKind
from chargehand.vocabulary.material import MaterialDefinition

CRITICAL_FROM: Final = 0.8
"""Criticality from which on an order may use safety stock (fraction): that is kept for breakdowns,
and a critical machine that is not maintained is the next breakdown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartLine:
    """One material of an order's parts list, and what the site has of it."""

    material: MaterialId
    definition: MaterialDefinition | None
    """None: the item master does not know it."""
    needed: Decimal
    part: PartPosition
    safety_stock: Decimal
    offers: tuple[Offer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Allotment:
    """What one order gets of one material (amounts of its unit)."""

    line: PartLine
    lacks: Decimal
    """Neither reserved, staged nor ordered for the order."""
    picks: tuple[tuple[LocationId, Decimal], ...]
    """What can be staged now, from where."""
    expected: Decimal
    """What supply that is promised to nobody else brings before the order is due."""
    short: Decimal
    """What has to be ordered."""
    missing: Decimal
    """Not there now: what is short, and what is on its way."""
    coming: tuple[OpenSupply, ...]
    """What is on its way for the order, or for nobody else and in time."""
    is_promised: bool
    """Whether all that is missing is under way and promised for a day in time."""


def allot(line: PartLine, order: OrderId, due_at: datetime) -> Allotment:
    """Return what an order gets of a material, after all orders that are due earlier.

    Bulk is used before the pick face, which serves what nobody planned. Safety stock stays, except
    for a material as critical as `CRITICAL_FROM`. Supply counts that is due no later than the
    order, or undated; what was ordered for another order belongs to that order.
    """
    part = line.part
    own = sum((need.quantity for need in part.planned if need.order == order), NOTHING)
    ordered = min(own, _ordered_for(part, order))
    lacks = own - ordered
    criticality = (line.definition.criticality if line.definition else None) or 0.0
    keep = NOTHING if criticality >= CRITICAL_FROM else line.safety_stock
    ahead = sum((_unmet(part, need) for need in _earlier(part, order, due_at)), NOTHING)
    shelf = _sequence(part)
    available = max(NOTHING, sum((amount for _, amount in shelf), NOTHING) - keep)
    take = min(lacks, max(NOTHING, available - ahead))
    supply = max(NOTHING, _unpromised(part, due_at) - max(NOTHING, ahead - available))
    expected = min(lacks - take, supply)
    coming = tuple(_coming(part, order, due_at, is_counted=expected > 0))
    dated = sum((s.quantity for s in coming if _is_in_time(s, due_at)), NOTHING)
    return Allotment(
        line=line,
        lacks=lacks,
        picks=tuple(_picks(shelf, min(ahead, available), take)),
        expected=expected,
        short=lacks - take - expected,
        missing=own - take,
        coming=coming,
        is_promised=own - take <= dated + (_moving(part) if expected else NOTHING),
    )


def _coming(
    part: PartPosition, order: OrderId, due_at: datetime, *, is_counted: bool
) -> Iterator[OpenSupply]:
    """What was ordered for the order, and what serves it besides where that is counted on."""
    for supply in part.supply:
        if supply.order == order or (is_counted and _is_open(supply, due_at)):
            yield supply


def _is_open(supply: OpenSupply, due_at: datetime) -> bool:
    return supply.order is None and (supply.promised_on is None or _is_in_time(supply, due_at))


def _is_in_time(supply: OpenSupply, due_at: datetime) -> bool:
    return supply.promised_on is not None and supply.promised_on <= due_at.date()


def _moving(part: PartPosition) -> Decimal:
    """What is being carried or sent to the site's places."""
    return part.on_order - sum((s.quantity for s in part.supply), NOTHING)


def _ordered_for(part: PartPosition, order: OrderId) -> Decimal:
    return sum((s.quantity for s in part.supply if s.order == order), NOTHING)


def _earlier(part: PartPosition, order: OrderId, due_at: datetime) -> list[PlannedNeed]:
    return [need for need in part.planned if (need.due_at, need.order) < (due_at, order)]


def _unmet(part: PartPosition, need: PlannedNeed) -> Decimal:
    return max(NOTHING, need.quantity - _ordered_for(part, need.order))


def _unpromised(part: PartPosition, due_at: datetime) -> Decimal:
    timely = (s.quantity for s in part.supply if _is_open(s, due_at))
    return _moving(part) + sum(timely, NOTHING)


def _sequence(part: PartPosition) -> list[tuple[LocationId, Decimal]]:
    bulk = part.free_by_location(LocationKind.BULK)
    fullest = sorted(bulk, key=lambda location: (-bulk[location], location))
    face = part.free_by_location(LocationKind.PICK_FACE)
    return [*((location, bulk[location]) for location in fullest), *sorted(face.items())]


def _picks(
    shelf: Sequence[tuple[LocationId, Decimal]], skip: Decimal, take: Decimal
) -> Iterator[tuple[LocationId, Decimal]]:
    for location, amount in shelf:
        skipped = min(skip, amount)
        skip -= skipped
        picked = min(take, amount - skipped)
        take -= picked
        if picked > 0:
            yield location, picked


def timely_offer(
    offers: Sequence[Offer], quantity: Decimal, as_of: datetime, due_at: datetime
) -> Offer | None:
    """Return the cheapest offer that comes in time in nine of ten cases, else the quickest."""
    days = (due_at - as_of).days
    timely = [offer for offer in offers if offer.lead_time.q90_days <= days]
    if timely:
        return ranked(timely, quantity, 0.0)[0]
    return min(offers, key=lambda o: (o.lead_time.q90_days, o.supplier), default=None)
