"""Read a site's parts from the record, so that each part's evidence is its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final, Protocol, runtime_checkable

from chargehand.optimization.position import (
    NOTHING,
    OVERDUE_DAYS,
    RELEASED_STATES,
    PartPosition,
    PlannedNeed,
    Stoppage,
    lacking,
    staged_amount,
)
from chargehand.record.view import OpenSupply, RecordView, StockAt
from chargehand.vocabulary.equipment import OPEN_STATES, RequestState
from chargehand.vocabulary.identifier import (
    AssetId,
    LocationId,
    MaterialId,
    OrderId,
    SiteId,
    ZoneId,
)
from chargehand.vocabulary.location import LocationKind, OperationalLocation
from chargehand.vocabulary.material import StockingParameters

ZONE_DEFAULT: Final = ZoneId("MRO")
STAGING_DEFAULT: Final = LocationId("STAGING")
"""Where parts are staged at a site that names no staging location."""

_NEEDING: Final = OPEN_STATES - {RequestState.RUNNING}
"""States whose parts are still to be taken from the store: a running order has its parts."""

_UNDER_WAY: Final = frozenset({"requested", "ordered"})
"""States of supply that somebody can count on; ``proposed`` is none of them."""


@runtime_checkable
class KnowsPlaces(Protocol):
    """A record that can list its places, empty ones too."""

    def locations(self, site: SiteId) -> Mapping[LocationId, OperationalLocation]:
        """All places of the site."""
        ...


@runtime_checkable
class KnowsSites(Protocol):
    """A record that can list all sites, those besides that are not in question."""

    @property
    def all_sites(self) -> Sequence[SiteId]:
        """Every site of the enterprise."""
        ...


def all_sites(view: RecordView) -> Sequence[SiteId]:
    """Every site that the record can tell of: others may send a part to the site in question."""
    return view.all_sites if isinstance(view, KnowsSites) else view.sites()


class SiteReader:
    """Reads positions of one site, so that each part's evidence is its own.

    Orders and machines are indexed by part first; the evidence of that scan is dropped, and what a
    part depends on is looked up again when it is read.
    """

    def __init__(self, view: RecordView, site: SiteId) -> None:
        self._site = site
        self._view = view
        self._as_of = view.as_of
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
        """Where the part stands.

        A proposal that waits is not supply, of whichever decision: nobody ordered it yet, and two
        decisions that rely on each other's proposals would leave a part to nobody.
        """
        places = tuple(sorted(self._stock.get(material, ()), key=lambda p: (p.location, p.lot)))
        found = [supply for supply in self._supply.get(material, ()) if supply.state in _UNDER_WAY]
        supply = (one for one in found if not is_overdue(one, self._as_of))
        overdue = (one for one in found if is_overdue(one, self._as_of))
        levels = self.levels(material)
        zones = [levels.zone] if levels else [place.zone for place in places]
        return PartPosition(
            site=self._site,
            zone=zones[0] if zones else ZONE_DEFAULT,
            places=places,
            supply=tuple(sorted(supply, key=lambda s: s.key)),
            planned=self._planned(material, places),
            overdue=tuple(sorted(overdue, key=lambda s: s.key)),
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
        staged = max(NOTHING, staged_amount(places) - self._moved(material, places))
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
                        is_released=order.state in RELEASED_STATES,
                    )
                )
        return tuple(needs)

    def _moved(self, material: MaterialId, places: tuple[StockAt, ...]) -> Decimal:
        """Reserved for an order, and no longer where it was reserved: it stands staged for it."""
        reserved: dict[LocationId, Decimal] = defaultdict(Decimal)
        for order in self.needed_by(material):
            for held in self._reservations.get(order, ()):
                if held.material == material:
                    reserved[held.location] += held.quantity
        for place in places:
            reserved[place.location] -= min(place.reserved, reserved[place.location])
        return sum(reserved.values(), NOTHING)

    def _reserved(self, order: OrderId, material: MaterialId) -> Decimal:
        held = self._reservations.get(order, ())
        return sum((r.quantity for r in held if r.material == material), NOTHING)


def is_overdue(supply: OpenSupply, as_of: datetime) -> bool:
    """Whether supply was promised for a day so long past that nobody should count on it."""
    promised = supply.promised_on
    return promised is not None and (as_of.date() - promised).days > OVERDUE_DAYS


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
