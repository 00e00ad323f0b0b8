"""Read where a part stands at a site: free, on its way, planned for; and what stops without it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Protocol, runtime_checkable

from chargehand.record.view import OpenSupply, RecordView, StockAt
from chargehand.vocabulary.equipment import OPEN_STATES, MaintenanceOrder, RequestState
from chargehand.vocabulary.identifier import (
    AssetId,
    LineId,
    LocationId,
    MaterialId,
    OrderId,
    SiteId,
    ZoneId,
)
from chargehand.vocabulary.location import PICKABLE, LocationKind, OperationalLocation
from chargehand.vocabulary.material import StockingParameters
from chargehand.vocabulary.money import Money

ZONE_DEFAULT: Final = ZoneId("MRO")
STAGING_DEFAULT: Final = LocationId("STAGING")
"""Where parts are staged at a site that names no staging location."""

RECEIVING_DEFAULT: Final = LocationId("RECEIVING")
"""Where parts arrive that have no place at a site yet."""

NOTHING: Final = Decimal(0)
_COUNTED: Final = PICKABLE | {LocationKind.RECEIVING}
_NEEDING: Final = OPEN_STATES - {RequestState.RUNNING}
"""States whose parts are still to be taken from the store: a running order has its parts."""


def plain_amount(amount: Decimal) -> str:
    """Write an amount without an exponent or idle zeros.

    >>> plain_amount(Decimal("1.2E+2")), plain_amount(Decimal("0.50"))
    ('120', '0.5')
    """
    return f"{amount.normalize():f}" if amount else "0"


@runtime_checkable
class KnowsPlaces(Protocol):
    """A record that can list its places, empty ones too."""

    def locations(self, site: SiteId) -> Mapping[LocationId, OperationalLocation]:
        """All places of the site."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedNeed:
    """What a maintenance order still lacks of a part: neither reserved nor staged for it."""

    order: OrderId
    asset: AssetId
    due_at: datetime
    quantity: Decimal


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

    def net(self, until: datetime) -> Decimal:
        """The inventory position: free and on order, less what is planned until then."""
        return self.free + self.on_order - self.planned_until(until)

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


class SiteReader:
    """Reads positions of one site, so that each part's evidence is its own.

    Orders and machines are indexed by part first; the evidence of that scan is dropped, and what a
    part depends on is looked up again when it is read.
    """

    def __init__(self, view: RecordView, site: SiteId, decision: str) -> None:
        self._decision = decision
        self._site = site
        self._view = view
        self._stock = view.stock(site)
        self._supply = view.supply(site)
        self._stocking = view.stocking(site)
        self._orders = view.maintenance(site)
        self._reservations = view.reservations(site)
        self._assets = view.assets(site)
        self._orders_of: dict[MaterialId, list[OrderId]] = defaultdict(list)
        self._assets_of: dict[MaterialId, list[AssetId]] = defaultdict(list)
        for key in sorted(self._orders):
            for part in {part.material for part in self._orders[key].parts}:
                self._orders_of[part].append(key)
        for asset in sorted(self._assets):
            for part in self._assets[asset].parts:
                self._assets_of[part].append(asset)
        view.take_evidence()

    def levels(self, material: MaterialId) -> StockingParameters | None:
        """How the site stocks the part."""
        return self._stocking.get(material)

    def in_question(self, material_class: str) -> list[MaterialId]:
        """Parts of a class that the site stocks and something happened to, or to their orders."""
        triggered = self._view.subjects(self._site)
        definitions = self._view.materials()
        found = [
            material
            for material in sorted({*self._stocking, *self._stock})
            if material in definitions
            and definitions[material].material_class.upper().startswith(material_class)
            and (triggered is None or not triggered.isdisjoint(self._names(material)))
        ]
        self._view.take_evidence()
        return found

    def orders_in_question(self, states: frozenset[RequestState]) -> list[OrderId]:
        """Orders with parts in these states that something happened to, earliest due first."""
        triggered = self._view.subjects(self._site)
        orders = [self._orders[key] for key in self._orders]
        orders.sort(key=lambda order: (order.due_at, order.order))
        found = [
            order.order
            for order in orders
            if order.parts
            and order.state in states
            and (
                triggered is None
                or not triggered.isdisjoint((order.order, *(p.material for p in order.parts)))
            )
        ]
        self._view.take_evidence()
        return found

    def _names(self, material: MaterialId) -> tuple[str, ...]:
        return (material, *self.needed_by(material))

    def stocks(self, material: MaterialId) -> bool:
        """Whether the site has the part, or levels for it."""
        return material in self._stocking or material in self._stock

    def needed_by(self, material: MaterialId) -> list[OrderId]:
        """Maintenance orders that list the part."""
        return self._orders_of.get(material, [])

    def part(self, material: MaterialId) -> PartPosition:
        """Where the part stands; open proposals of the same decision are not supply."""
        places = tuple(sorted(self._stock.get(material, ()), key=lambda p: (p.location, p.lot)))
        supply = (
            supply
            for supply in self._supply.get(material, ())
            if supply.state != "proposed" or supply.decision != self._decision
        )
        levels = self.levels(material)
        zones = [levels.zone] if levels else [place.zone for place in places]
        return PartPosition(
            site=self._site,
            zone=zones[0] if zones else ZONE_DEFAULT,
            places=places,
            supply=tuple(sorted(supply, key=lambda s: s.key)),
            planned=self._planned(material, places),
        )

    def stoppage(self, material: MaterialId) -> Stoppage | None:
        """The costliest machine that lists the part; None where no machine does."""
        machines = [self._assets[asset] for asset in self._assets_of.get(material, ())]
        if not machines:
            return None
        costs = [m.downtime_cost_per_hour for m in machines]
        known = [float(cost.amount) if cost else -1.0 for cost in costs]
        machine = machines[known.index(max(known))]
        return Stoppage(
            asset=machine.asset, line=machine.line, cost_per_hour=machine.downtime_cost_per_hour
        )

    def _planned(
        self, material: MaterialId, places: tuple[StockAt, ...]
    ) -> tuple[PlannedNeed, ...]:
        orders = [self._orders[key] for key in self.needed_by(material)]
        orders = [order for order in orders if order.state in _NEEDING]
        staged = staged_amount(places)
        needs = []
        for order in sorted(orders, key=lambda order: (order.due_at, order.order)):
            lacks = lacking(order, material) - self._reserved(order.order, material)
            covered = min(staged, max(lacks, NOTHING))
            staged -= covered
            if lacks > covered:
                needs.append(
                    PlannedNeed(
                        order=order.order,
                        asset=order.asset,
                        due_at=order.due_at,
                        quantity=lacks - covered,
                    )
                )
        return tuple(needs)

    def _reserved(self, order: OrderId, material: MaterialId) -> Decimal:
        held = self._reservations.get(order, ())
        return sum((r.quantity for r in held if r.material == material), NOTHING)


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


def staging_location(view: RecordView, site: SiteId) -> LocationId:
    """The site's first staging place by name, or `STAGING_DEFAULT` where none is known.

    A record that cannot list its places shows only those that hold stock.
    """
    if isinstance(view, KnowsPlaces):
        places = view.locations(site)
        found = {key for key in places if places[key].kind is LocationKind.STAGING}
    else:
        stock = view.stock(site)
        found = {
            place.location
            for material in stock
            for place in stock[material]
            if place.location_kind is LocationKind.STAGING
        }
    view.take_evidence()
    return min(found, default=STAGING_DEFAULT)
