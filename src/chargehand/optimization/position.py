"""Read where a part stands at a site: free, on its way, planned for; and what stops without it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from chargehand.record.view import OpenSupply, StockAt
from chargehand.vocabulary.equipment import MaintenanceOrder, RequestState
from chargehand.vocabulary.identifier import (
    AssetId,
    LineId,
    LocationId,
    MaterialId,
    OrderId,
    SiteId,
    ZoneId,
)
from chargehand.vocabulary.location import PICKABLE, LocationKind
from chargehand.vocabulary.material import StockingParameters
from chargehand.vocabulary.money import Money

RECEIVING_DEFAULT: Final = LocationId("RECEIVING")
"""Where parts arrive that have no place at a site yet."""

NOTHING: Final = Decimal(0)
OVERDUE_DAYS: Final = 14
"""Days after its promised date from which supply is not counted on any more."""
_COUNTED: Final = PICKABLE | {LocationKind.RECEIVING}
RELEASED_STATES: Final = frozenset(
    {RequestState.RELEASED, RequestState.WAITING, RequestState.READY}
)
"""States in which what an order is short of is ordered for that order itself."""


def plain_amount(amount: Decimal) -> str:
    """Write an amount without an exponent or idle zeros.

    >>> plain_amount(Decimal("1.2E+2")), plain_amount(Decimal("0.50"))
    ('120', '0.5')
    """
    return f"{amount.normalize():f}" if amount else "0"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedNeed:
    """What a maintenance order still lacks of a part: neither reserved nor staged for it."""

    order: OrderId
    asset: AssetId
    due_at: datetime
    quantity: Decimal
    is_released: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Stoppage:
    """The costliest machine that a part fits: what stands still without it."""

    asset: AssetId
    line: LineId | None
    cost_per_hour: Money | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartPosition:
    """One part at one site (amounts of its unit)."""

    site: SiteId
    zone: ZoneId
    places: tuple[StockAt, ...]
    supply: tuple[OpenSupply, ...]
    planned: tuple[PlannedNeed, ...]
    """Earliest due first."""
    overdue: tuple[OpenSupply, ...] = ()
    """Promised for a day so long past (`OVERDUE_DAYS`) that it is not counted on any more."""

    @property
    def free(self) -> Decimal:
        """On the shelf or just received, and promised to nobody."""
        return sum((place.free for place in self._counted()), NOTHING)

    @property
    def on_order(self) -> Decimal:
        """Ordered, requested, or coming from another site."""
        coming = sum((place.incoming for place in self._counted()), NOTHING)
        return coming + sum((supply.quantity for supply in self.supply), NOTHING)

    def planned_until(self, moment: datetime) -> Decimal:
        """What maintenance orders due by then still lack."""
        return sum((need.quantity for need in self.planned if need.due_at <= moment), NOTHING)

    def net(self, until: datetime, *, without: OrderId | None = None) -> Decimal:
        """The inventory position: free and on order, less what is planned until then.

        Released orders take what is there, and no more: what they are short of is ordered for them
        (`chargehand.optimization.reservation`), so that it must not be ordered here again.
        """
        needs = [n for n in self.planned if n.due_at <= until and n.order != without]
        released = sum((n.quantity for n in needs if n.is_released), NOTHING)
        others = sum((n.quantity for n in needs if not n.is_released), NOTHING)
        return max(NOTHING, self.free + self.on_order - released) - others

    def free_by_location(self, *kinds: LocationKind) -> dict[LocationId, Decimal]:
        """Free stock of each place of these kinds, all lots together, where there is any."""
        free: dict[LocationId, Decimal] = defaultdict(Decimal)
        for place in self.places:
            if place.location_kind in kinds:
                free[place.location] += place.free
        return {location: free[location] for location in sorted(free) if free[location] > 0}

    def at(self, location: LocationId) -> Decimal:
        """Free at one place and on its way there."""
        places = [place for place in self.places if place.location == location]
        return sum((place.free + place.incoming for place in places), NOTHING)

    def _counted(self) -> Iterable[StockAt]:
        return (place for place in self.places if place.location_kind in _COUNTED)


def receiving_place(part: PartPosition, levels: StockingParameters | None) -> LocationId:
    """Where the site puts what comes from elsewhere: bulk, pick face, or where the part stands."""
    declared = (levels.bulk or levels.pick_face) if levels else None
    known = [place.location for place in part.places if place.location_kind in PICKABLE]
    return declared or min(known, default=RECEIVING_DEFAULT)


def staged_amount(places: Iterable[StockAt]) -> Decimal:
    """What stands ready at staging places: it serves the orders that are due first."""
    staged = (place for place in places if place.location_kind is LocationKind.STAGING)
    return sum((place.on_hand for place in staged), NOTHING)


def lacking(order: MaintenanceOrder, material: MaterialId) -> Decimal:
    """What the order's parts list asks of a material, all lines together."""
    return sum((part.quantity for part in order.parts if part.material == material), NOTHING)
