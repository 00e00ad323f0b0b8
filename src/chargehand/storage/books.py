"""The books of one transaction in SQL, whole: journal, definitions, stock, use, supply, jobs."""

from __future__ import annotations

from datetime import date, datetime

from chargehand.record.books import Supply
from chargehand.storage.stock import StockBook
from chargehand.vocabulary.identifier import MaterialId, SiteId
from chargehand.vocabulary.instant import written

SUPPLY_COLUMNS = (
    "key, site, material, state, scaled, received, supplier, promised_on, order_key,"
    " for_order, decision"
)


class SqlBooks(StockBook):
    """Implements ``chargehand.record.books.Books`` on an open transaction."""

    def use(
        self,
        entry: int,
        site: SiteId,
        material: MaterialId,
        on: date,
        scaled: int,
        *,
        asset: str | None,
        order: str | None,
    ) -> None:
        """Add to the demand history."""
        self.sql(
            "INSERT INTO usage (entry, site, material, used_on, scaled, asset, for_order)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (entry, site, material, on.isoformat(), scaled, asset, order),
        )

    def supply(self, key: str) -> Supply | None:
        """One requisition or purchase order."""
        return self._supply("key = ?", key)

    def supply_for(self, order_key: str) -> Supply | None:
        """The supply that came of one of our orders."""
        return self._supply("order_key = ? AND state <> 'cancelled'", order_key)

    def _supply(self, where: str, value: str) -> Supply | None:
        statement = f"SELECT {SUPPLY_COLUMNS} FROM supply WHERE {where} ORDER BY entry DESC"
        row = self.sql(statement, (value,)).fetchone()
        if row is None:
            return None
        fields = dict(row)
        promised = fields.pop("promised_on")
        return Supply(promised_on=promised and date.fromisoformat(promised), **fields)

    def put_supply(self, supply: Supply, entry: int) -> None:
        """Write a requisition or purchase order as it now stands."""
        self.sql(
            f"INSERT OR REPLACE INTO supply ({SUPPLY_COLUMNS}, entry)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                supply.key, supply.site, supply.material, supply.state, supply.scaled,
                supply.received, supply.supplier,
                None if supply.promised_on is None else supply.promised_on.isoformat(),
                supply.order_key, supply.for_order, supply.decision, entry,
            ),
        )  # fmt: skip

    def trigger(self, site: SiteId, subject: str, at: datetime | None = None) -> None:
        """Ask for a hearing about a material or order of a site, now or at a later moment."""
        self.job("hearing" if at is None else "hearing_later", site, subject, at or self._now)

    def job(self, kind: str, site: str, subject: str, run_at: datetime) -> None:
        """Put a job into the queue; one that waits already keeps the earlier moment."""
        self.sql(
            "INSERT INTO job (kind, site, subject, run_at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (kind, site, subject) DO UPDATE SET"
            " run_at = min(run_at, excluded.run_at), lease_until = NULL",
            (kind, site, subject, written(run_at)),
        )
