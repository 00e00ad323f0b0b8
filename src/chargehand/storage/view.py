"""The record's view in SQL: one snapshot, whole-site answers, evidence noted on look-up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeVar

from chargehand.record.books import supply_name
from chargehand.record.view import OpenSupply, Reservation, StockAt, Watched
from chargehand.storage.ages import Ages
from chargehand.storage.difference_view import DifferenceView
from chargehand.storage.session import Session
from chargehand.storage.statements import SUPPLY
from chargehand.storage.stock_view import Found, read_stock
from chargehand.vocabulary import wire
from chargehand.vocabulary.equipment import OPEN_STATES, MaintenanceOrder, PhysicalAsset
from chargehand.vocabulary.identifier import (
    AssetId,
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
from chargehand.vocabulary.quantity import amount

__all__ = ["SqlRecordView", "amount"]

K = TypeVar("K")
V = TypeVar("V")


class SqlRecordView(DifferenceView, Ages):
    """Implements ``chargehand.record.view.RecordView`` over one snapshot."""

    def __init__(
        self,
        connection: Session,
        as_of: datetime,
        *,
        site: str | None = None,
        subjects: Mapping[str, frozenset[str]] | None = None,
    ) -> None:
        self._session = connection
        self._sql = connection.execute
        self._as_of = as_of
        self._site = site
        self._subjects = subjects
        self._noted: set[str] = set()
        self._kept: dict[tuple[str, ...], Any] = {}

    @property
    def as_of(self) -> datetime:
        """The moment that all answers are for."""
        return self._as_of

    def sites(self) -> Sequence[SiteId]:
        """The sites in question, in order of their names."""
        if self._subjects is not None:
            return sorted(SiteId(site) for site in self._subjects)
        if self._site is not None:
            return [SiteId(self._site)]
        return self.all_sites

    @cached_property
    def all_sites(self) -> list[SiteId]:
        """Every site that has a place, a machine or a stocking level."""
        rows = self._sql("SELECT DISTINCT site FROM master WHERE site <> '' ORDER BY site")
        return [SiteId(row[0]) for row in rows]

    def subjects(self, site: SiteId) -> frozenset[str] | None:
        """Materials and orders that something happened to; None: all are in question."""
        if self._subjects is None:
            return None
        # A later hearing carries its day behind the subject: see SqlBooks.trigger.
        return frozenset(one.partition("|")[0] for one in self._subjects.get(site, ()))

    def materials(self) -> Mapping[MaterialId, MaterialDefinition]:
        """Definitions of all materials."""
        return self._master("material", "", MaterialDefinition, lambda d: d.material)

    def stocking(self, site: SiteId) -> Mapping[MaterialId, StockingParameters]:
        """How the site stocks its materials."""
        return self._master("stocking", site, StockingParameters, lambda d: d.material)

    def assets(self, site: SiteId) -> Mapping[AssetId, PhysicalAsset]:
        """The site's machines."""
        return self._master("asset", site, PhysicalAsset, lambda d: d.asset)

    def suppliers(self) -> Mapping[SupplierId, Supplier]:
        """All suppliers."""
        return self._master("supplier", "", Supplier, lambda d: d.supplier)

    def locations(self, site: SiteId) -> Mapping[str, OperationalLocation]:
        """The site's places."""
        return self._master("location", site, OperationalLocation, lambda d: d.location)

    def maintenance(self, site: SiteId) -> Mapping[OrderId, MaintenanceOrder]:
        """Open maintenance orders."""
        orders: Watched[OrderId, MaintenanceOrder] = self._master(
            "maintenance_order",
            site,
            MaintenanceOrder,
            lambda d: d.order,
            where=lambda d: d.state in OPEN_STATES,
        )
        return orders

    def sources(self) -> Mapping[MaterialId, tuple[SupplierItem, ...]]:
        """Approved suppliers of each material."""
        return self._once(("sources",), self._read_sources)

    def _read_sources(self) -> Watched[MaterialId, tuple[SupplierItem, ...]]:
        rows = self._sql("SELECT body, entry FROM master WHERE kind = 'supplier_item' ORDER BY key")
        items = ((wire.read(SupplierItem, row["body"]), row["entry"]) for row in rows)
        return self._grouped((item.material, item, entry) for item, entry in items)

    def stock(self, site: SiteId) -> Mapping[MaterialId, tuple[StockAt, ...]]:
        """Where the site's stock stands; materials without any are absent."""
        return self._once(("stock", site), lambda: self._read_stock(site))

    def _stock_rows(self, site: SiteId) -> Iterator[Found]:
        day = self.as_of.date()
        return read_stock(self._session, site, self.locations(site), day)

    def _read_stock(self, site: SiteId) -> Watched[MaterialId, tuple[StockAt, ...]]:
        values: dict[MaterialId, list[StockAt]] = defaultdict(list)
        references: dict[MaterialId, list[str]] = defaultdict(list)
        for material, stock, entries in self._stock_rows(site):
            values[material].append(stock)
            references[material].extend(f"#{entry}" for entry in entries)
        return Watched(
            {material: tuple(found) for material, found in values.items()},
            {material: tuple(found) for material, found in references.items()},
            self._noted,
        )

    def reservations(self, site: SiteId) -> Mapping[OrderId, tuple[Reservation, ...]]:
        """Stock promised to orders."""
        return self._once(("reservations", site), lambda: self._read_reservations(site))

    def _read_reservations(self, site: SiteId) -> Watched[OrderId, tuple[Reservation, ...]]:
        rows = self._sql(
            "SELECT for_order, material, location, entry,"
            " CASE WHEN kind = 'order' AND state = 'posted' THEN posted ELSE scaled END AS scaled"
            " FROM reservation WHERE state IN ('open', 'posted') AND site = ?"
            " AND for_order IS NOT NULL ORDER BY key, n",
            (site,),
        )
        return self._grouped(
            (
                OrderId(row["for_order"]),
                Reservation(
                    order=row["for_order"],
                    material=row["material"],
                    location=row["location"],
                    quantity=amount(row["scaled"]),
                ),
                row["entry"],
            )
            for row in rows
        )

    def supply(self, site: SiteId) -> Mapping[MaterialId, tuple[OpenSupply, ...]]:
        """What is on its way to the site, proposals that wait for a person included."""
        return self._once(("supply", site), lambda: self._read_supply(site))

    def _read_supply(self, site: SiteId) -> Watched[MaterialId, tuple[OpenSupply, ...]]:
        rows = self._sql(SUPPLY, (site, site))
        return self._grouped(
            (
                MaterialId(row["material"]),
                OpenSupply(
                    key=supply_name(row["key"]),
                    state=row["state"],
                    decision=row["decision"],
                    quantity=amount(row["scaled"]),
                    promised_on=row["promised_on"] and date.fromisoformat(row["promised_on"]),
                    supplier=row["supplier"],
                    order=row["for_order"],
                ),
                row["entry"],
            )
            for row in rows
        )

    def estimates(self, kind: type[V], site: SiteId) -> Mapping[str, V]:
        """Recorded forecasts of a kind, by material or supplier; the enterprise's own included."""
        return self._once(("estimate", kind.__name__, site), lambda: self._estimates(kind, site))

    def _estimates(self, kind: type[V], site: SiteId) -> Watched[str, V]:
        rows = self._sql(
            "SELECT subject, body, entry FROM estimate WHERE kind = ? AND site IN ('', ?)"
            " ORDER BY site",
            (kind.__name__, site),
        ).fetchall()
        values: dict[str, V] = {row["subject"]: wire.read(kind, row["body"]) for row in rows}
        return Watched(values, {row["subject"]: (f"#{row['entry']}",) for row in rows}, self._noted)

    def used(self, site: SiteId, since: date, until: date) -> Mapping[MaterialId, Decimal]:
        """Material consumed from ``since`` up to, not including, ``until``."""
        rows = self._sql(
            "SELECT material, sum(scaled) AS scaled, max(entry) AS entry FROM usage"
            " WHERE site = ? AND used_on >= ? AND used_on < ? GROUP BY material",
            (site, since.isoformat(), until.isoformat()),
        ).fetchall()
        return Watched(
            {MaterialId(row["material"]): amount(row["scaled"]) for row in rows},
            {MaterialId(row["material"]): (f"#{row['entry']}",) for row in rows},
            self._noted,
        )

    def journal_size(self) -> int:
        """How many entries the journal had in this snapshot."""
        row = self._sql("SELECT max(number) FROM journal").fetchone()
        return 0 if row[0] is None else int(row[0]) + 1

    def take_evidence(self) -> tuple[str, ...]:
        """Journal entries that the answers since the last call were read from, in order."""
        taken = tuple(sorted(self._noted, key=lambda reference: int(reference[1:])))
        self._noted.clear()
        return taken

    def _once(self, key: tuple[str, ...], read: Callable[[], V]) -> V:
        if key not in self._kept:
            self._kept[key] = read()
        return self._kept[key]  # type: ignore[no-any-return]

    def _master(
        self,
        kind: str,
        site: str,
        definition: type[V],
        key: Callable[[V], K],
        where: Callable[[V], bool] | None = None,
    ) -> Watched[K, V]:
        def read() -> Watched[K, V]:
            rows = self._sql(
                "SELECT body, entry FROM master WHERE kind = ? AND site = ? ORDER BY key",
                (kind, site),
            )
            values: dict[K, V] = {}
            references: dict[K, tuple[str, ...]] = {}
            for row in rows:
                value: V = wire.read(definition, row["body"])
                if where is None or where(value):
                    values[key(value)] = value
                    references[key(value)] = (f"#{row['entry']}",)
            return Watched(values, references, self._noted)

        return self._once((kind, site), read)

    def _grouped(self, found: Iterable[tuple[K, V, int | None]]) -> Watched[K, tuple[V, ...]]:
        values: dict[K, list[V]] = defaultdict(list)
        references: dict[K, list[str]] = defaultdict(list)
        for key, value, entry in found:
            values[key].append(value)
            if entry is not None:
                references[key].append(f"#{entry}")
        return Watched(
            {key: tuple(group) for key, group in values.items()},
            {key: tuple(group) for key, group in references.items()},
            self._noted,
        )
