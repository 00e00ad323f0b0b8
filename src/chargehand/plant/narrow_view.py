"""The record's view of a few materials only: the same answers about them, without reading a site.

For decisions whose answer about a subject depends on no other material than those that their
question names, see ``freshness``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TypeVar

from chargehand.forecast.demand import DemandForecast
from chargehand.record.view import Watched
from chargehand.storage.session import Session
from chargehand.storage.stock_view import Found, read_stock
from chargehand.storage.view import SqlRecordView
from chargehand.vocabulary import wire
from chargehand.vocabulary.identifier import MaterialId, SiteId
from chargehand.vocabulary.material import SupplierItem

K = TypeVar("K")
V = TypeVar("V")


class NarrowView(SqlRecordView):
    """A view that knows the materials among some names, and everything else as it is."""

    def __init__(
        self, connection: Session, as_of: datetime, *, site: str, names: frozenset[str]
    ) -> None:
        super().__init__(connection, as_of, subjects={site: names})
        orders = self.maintenance(SiteId(site))
        parts = (orders[key].parts for key in orders if key in names)
        self._names = sorted({*names, *(part.material for some in parts for part in some)})
        self.take_evidence()

    def _stock_rows(self, site: SiteId) -> Iterator[Found]:
        day = self.as_of.date()
        return read_stock(self._session, site, self.locations(site), day, self._names)

    def _master(
        self,
        kind: str,
        site: str,
        definition: type[V],
        key: Callable[[V], K],
        where: Callable[[V], bool] | None = None,
    ) -> Watched[K, V]:
        if kind not in {"material", "stocking"}:
            return super()._master(kind, site, definition, key, where)

        def read() -> Watched[K, V]:
            keys = [name if kind == "material" else f"{site}|{name}" for name in self._names]
            rows = self._sql(
                "SELECT body, entry FROM master WHERE kind = ? AND site = ?"
                f" AND key IN ({', '.join('?' * len(keys))}) ORDER BY key",
                (kind, site, *keys),
            )
            values: dict[K, V] = {}
            references: dict[K, tuple[str, ...]] = {}
            for row in rows:
                value: V = wire.read(definition, row["body"])
                values[key(value)] = value
                references[key(value)] = (f"#{row['entry']}",)
            return Watched(values, references, self._noted)

        return self._once((kind, site), read)

    def _read_sources(self) -> Watched[MaterialId, tuple[SupplierItem, ...]]:
        found = []
        for name in self._names:
            rows = self._sql(
                "SELECT body, entry FROM master WHERE kind = 'supplier_item' AND key >= ?"
                " AND key < ? ORDER BY key",
                (f"{name}|", f"{name}}}"),
            )
            found += [(wire.read(SupplierItem, row["body"]), row["entry"]) for row in rows]
        return self._grouped((item.material, item, entry) for item, entry in found)

    def estimates(self, kind: type[V], site: SiteId) -> Mapping[str, V]:
        """Recorded forecasts of a kind: of demand, those of the materials in question."""
        if kind is not DemandForecast:
            return super().estimates(kind, site)
        return self._once(("estimate", kind.__name__, site), lambda: self._forecasts(kind, site))

    def _forecasts(self, kind: type[V], site: SiteId) -> Watched[str, V]:
        rows = self._sql(
            "SELECT subject, body, entry FROM estimate WHERE kind = ? AND site IN ('', ?)"
            f" AND subject IN ({', '.join('?' * len(self._names))}) ORDER BY site",
            (kind.__name__, site, *self._names),
        ).fetchall()
        values: dict[str, V] = {row["subject"]: wire.read(kind, row["body"]) for row in rows}
        return Watched(values, {row["subject"]: (f"#{row['entry']}",) for row in rows}, self._noted)
