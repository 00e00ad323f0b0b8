"""What is handed over of a movement to be written as EPCIS events: plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chargehand.connectors.epcis.names import Thing
from chargehand.vocabulary.identifier import HandlingUnitId, LocationId, SiteId
from chargehand.vocabulary.quantity import Quantity

Place = tuple[SiteId, LocationId]


@dataclass(frozen=True, slots=True, kw_only=True)
class LegOut:
    """One side of a movement."""

    thing: Thing
    quantity: Quantity
    """Negative where it is taken away."""
    place: Place | None = None
    """None: outside the plant."""
    outside: str = ""
    """Which outside: ``supplier``, ``consumed``, ``adjustment``, ``produced`` ..."""
    disposition: str = "available"
    handling_unit: HandlingUnitId = HandlingUnitId("")


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementOut:
    """One movement of the record, with what EPCIS wants to know about it."""

    key: str
    business_step: str
    occurred_at: datetime
    """When it happened, in the zone of the place where it is known, otherwise in UTC."""
    recorded_at: datetime
    legs: tuple[LegOut, ...]
    purchase_order: str | None = None
    production_order: str | None = None
    corrects: MovementOut | None = None
    """The earlier movement that this one takes back, whole or in part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Part of a movement: things that went one way together."""

    source: LegOut
    target: LegOut
    quantity: Quantity
    """More than zero."""

    @property
    def carried(self) -> LegOut:
        """The side inside the plant, which knows best what it is: the target if both are."""
        return self.source if self.target.place is None else self.target


def flows(legs: tuple[LegOut, ...]) -> tuple[Flow, ...]:
    """Pair what was taken away with what was put down, the same thing first.

    Per material the legs cancel out, so every amount finds its other side; where lots or serials
    differ between the sides, the first taken goes with the first put down.
    """
    left = [abs(leg.quantity.amount) for leg in legs]
    found: list[Flow] = []
    for is_same in (_is_same_thing, _is_same_material):
        for at, source in enumerate(legs):
            for to, target in enumerate(legs):
                is_way = source.quantity.amount < 0 < target.quantity.amount
                moved = min(left[at], left[to])
                if is_way and moved and is_same(source, target):
                    left[at] -= moved
                    left[to] -= moved
                    quantity = Quantity(moved, target.quantity.unit)
                    found.append(Flow(source=source, target=target, quantity=quantity))
    return tuple(found)


def _is_same_thing(one: LegOut, other: LegOut) -> bool:
    return one.thing == other.thing


def _is_same_material(one: LegOut, other: LegOut) -> bool:
    return one.thing.material == other.thing.material
