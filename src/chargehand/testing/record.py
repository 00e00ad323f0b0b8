"""A record made of plain values, to try a decision on without a database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from chargehand.record.view import OpenSupply, Reservation, StockAt, StockDifference, Watched
from chargehand.vocabulary.equipment import MaintenanceOrder, PhysicalAsset
from chargehand.vocabulary.identifier import (
    AssetId,
    LocationId,
    MaterialId,
    OrderId,
    SiteId,
    SupplierId,
)
from chargehand.vocabulary.location import OperationalLocation
from chargehand.vocabulary.material import (
    MaterialDefinition,
    StockingParameters,
    Supplier,
    SupplierItem,
)

K = TypeVar("K")
V = TypeVar("V")
Row = TypeVar("Row")


@dataclass(kw_only=True)
class FakeRecord:
    """A `RecordView` over plain values; evidence is named after what was looked up.

    >>> part = MaterialDefinition(material=MaterialId("SEAL-7"))
    >>> record = FakeRecord(definitions=[part])
    >>> record.materials()[MaterialId("SEAL-7")] == part
    True
    >>> record.take_evidence()
    ('material:SEAL-7',)
    """

    as_of: datetime = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
    definitions: Sequence[MaterialDefinition] = ()
    levels: Sequence[StockingParameters] = ()
    balances: Sequence[tuple[SiteId, MaterialId, StockAt]] = ()
    promised: Sequence[tuple[SiteId, Reservation]] = ()
    coming: Sequence[tuple[SiteId, MaterialId, OpenSupply]] = ()
    orders: Sequence[MaintenanceOrder] = ()
    machines: Sequence[PhysicalAsset] = ()
    partners: Sequence[Supplier] = ()
    items: Sequence[SupplierItem] = ()
    places: Sequence[OperationalLocation] = ()
    forecasts: Sequence[tuple[SiteId, str, Any]] = ()
    """Site, material or supplier, and any recorded estimate."""
    usage: Sequence[tuple[SiteId, MaterialId, date, Decimal]] = ()
    differing: Sequence[tuple[SiteId, MaterialId, StockDifference]] = ()
    triggered: Mapping[SiteId, frozenset[str]] = field(default_factory=dict)
    """What something happened to, by site; a site that is not named is in question as a whole."""
    only_sites: Sequence[SiteId] | None = None
    noted: set[str] = field(default_factory=set)

    def sites(self) -> Sequence[SiteId]:
        """The sites in question: all, unless `only_sites` says which."""
        return self.all_sites if self.only_sites is None else sorted(self.only_sites)

    @property
    def all_sites(self) -> Sequence[SiteId]:
        """Every site that any value names, in question or not."""
        named = {level.site for level in self.levels} | {order.site for order in self.orders}
        named |= {site for site, *_ in self.balances} | {machine.site for machine in self.machines}
        return sorted(named | {site for site, *_ in self.forecasts})

    def subjects(self, site: SiteId) -> frozenset[str] | None:
        """What something happened to at the site."""
        return self.triggered.get(site)

    def materials(self) -> Mapping[MaterialId, MaterialDefinition]:
        """Definitions of all materials."""
        return self._one("material", self.definitions, lambda row: row.material)

    def stocking(self, site: SiteId) -> Mapping[MaterialId, StockingParameters]:
        """How the site stocks its materials."""
        rows = [row for row in self.levels if row.site == site]
        return self._one(f"stocking:{site}", rows, lambda row: row.material)

    def stock(self, site: SiteId) -> Mapping[MaterialId, tuple[StockAt, ...]]:
        """Where the site's stock stands."""
        rows = [(material, stock) for at, material, stock in self.balances if at == site]
        return self._many(f"stock:{site}", rows)

    def reservations(self, site: SiteId) -> Mapping[OrderId, tuple[Reservation, ...]]:
        """Stock promised to orders."""
        rows = [(row.order, row) for at, row in self.promised if at == site]
        return self._many(f"reservation:{site}", rows)

    def supply(self, site: SiteId) -> Mapping[MaterialId, tuple[OpenSupply, ...]]:
        """What is on its way to the site."""
        rows = [(material, supply) for at, material, supply in self.coming if at == site]
        return self._many(f"supply:{site}", rows)

    def differences(self, site: SiteId) -> Mapping[MaterialId, tuple[StockDifference, ...]]:
        """Where other systems' lists differ from the record, and nobody knows why."""
        rows = [(material, row) for at, material, row in self.differing if at == site]
        return self._many(f"difference:{site}", rows)

    def maintenance(self, site: SiteId) -> Mapping[OrderId, MaintenanceOrder]:
        """Open maintenance orders."""
        rows = [row for row in self.orders if row.site == site]
        return self._one(f"order:{site}", rows, lambda row: row.order)

    def assets(self, site: SiteId) -> Mapping[AssetId, PhysicalAsset]:
        """The site's machines."""
        rows = [row for row in self.machines if row.site == site]
        return self._one(f"asset:{site}", rows, lambda row: row.asset)

    def locations(self, site: SiteId) -> Mapping[LocationId, OperationalLocation]:
        """All places of the site."""
        rows = [row for row in self.places if row.site == site]
        return self._one(f"location:{site}", rows, lambda row: row.location)

    def suppliers(self) -> Mapping[SupplierId, Supplier]:
        """All suppliers."""
        return self._one("supplier", self.partners, lambda row: row.supplier)

    def sources(self) -> Mapping[MaterialId, tuple[SupplierItem, ...]]:
        """Approved suppliers of each material."""
        return self._many("source", [(row.material, row) for row in self.items])

    def estimates(self, kind: type[V], site: SiteId) -> Mapping[str, V]:
        """Recorded forecasts of a kind."""
        rows = {
            key: value for at, key, value in self.forecasts if at == site and type(value) is kind
        }
        references = {key: (f"estimate:{kind.__name__}:{site}:{key}",) for key in rows}
        return Watched(rows, references, self.noted)

    def used(self, site: SiteId, since: date, until: date) -> Mapping[MaterialId, Decimal]:
        """Material consumed from ``since`` up to, not including, ``until``."""
        rows: dict[MaterialId, Decimal] = {}
        for at, material, day, amount in self.usage:
            if at == site and since <= day < until:
                rows[material] = rows.get(material, Decimal(0)) + amount
        references = {material: (f"usage:{site}:{material}",) for material in rows}
        return Watched(rows, references, self.noted)

    def take_evidence(self) -> tuple[str, ...]:
        """Names of what was looked up since the last call, in order."""
        taken = tuple(sorted(self.noted))
        self.noted.clear()
        return taken

    def _one(self, kind: str, rows: Iterable[Row], key: Callable[[Row], K]) -> Watched[K, Row]:
        values = {key(row): row for row in rows}
        return Watched(values, {k: (f"{kind}:{k}",) for k in values}, self.noted)

    def _many(self, kind: str, rows: Iterable[tuple[K, V]]) -> Watched[K, tuple[V, ...]]:
        values: dict[K, tuple[V, ...]] = {}
        for key, row in rows:
            values[key] = (*values.get(key, ()), row)
        return Watched(values, {k: (f"{kind}:{k}",) for k in values}, self.noted)
