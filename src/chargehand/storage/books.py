"""The books of one transaction in SQL, whole: journal, definitions, stock, use, supply, jobs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from chargehand.record.books import Supply
from chargehand.storage.reconciliation import ReconciliationBook
from chargehand.storage.statements import replacing
from chargehand.storage.transaction import Transaction
from chargehand.vocabulary.identifier import MaterialId, SiteId
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.refusal import Refusal
from chargehand.vocabulary.wire import canonical

SUPPLY_COLUMNS = (
    "key, site, material, state, scaled, received, supplier, promised_on, order_key,"
    " for_order, decision"
)


class SqlBooks(ReconciliationBook):
    """Implements ``chargehand.record.books.Books`` on an open transaction."""

    def __init__(self, transaction: Transaction, clock: Callable[[], datetime]) -> None:
        super().__init__(transaction, clock)
        self._owners: dict[str, str | None] = {}

    def attempt(self, work: Callable[[], Refusal | None]) -> Refusal | None:
        """Do work that may be refused; where it is, or where it raises, it leaves no trace."""
        with self.transaction.savepoint("attempt") as savepoint:
            refusal: Refusal | None = None
            is_done = False
            try:
                refusal = work()
                is_done = refusal is None
            finally:
                if not is_done:
                    savepoint.undo()
                    self.forget()
        return refusal

    def owner_of(self, source: str) -> str | None:
        """The service account that tells under a source's name; None where there is none yet."""
        if source not in self._owners:
            row = self.sql("SELECT account FROM sender WHERE source = ?", (source,)).fetchone()
            self._owners[source] = None if row is None else str(row[0])
        return self._owners[source]

    def own(self, source: str, account: str) -> None:
        """Let a source belong to a service account from now on."""
        body = canonical({"account": account, "source": source})
        entry = self.entry("source_owner", source, body, actor=account)
        self.sql(
            "INSERT INTO sender (source, account, entry) VALUES (?, ?, ?) ON CONFLICT (source)"
            " DO UPDATE SET account = excluded.account, entry = excluded.entry",
            (source, account, entry),
        )
        self._owners[source] = account

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
        """One requisition, or one line of a purchase order."""
        row = self.sql(f"SELECT {SUPPLY_COLUMNS} FROM supply WHERE key = ?", (key,)).fetchone()
        if row is None:
            return None
        fields = dict(row)
        promised = fields.pop("promised_on")
        return Supply(promised_on=promised and date.fromisoformat(promised), **fields)

    def put_supply(self, supply: Supply, entry: int) -> None:
        """Write a requisition, or a line of a purchase order, as it now stands."""
        self.sql(
            f"INSERT INTO supply ({SUPPLY_COLUMNS}, entry)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
            + replacing(f"{SUPPLY_COLUMNS}, entry", "key"),
            (
                supply.key, supply.site, supply.material, supply.state, supply.scaled,
                supply.received, supply.supplier,
                None if supply.promised_on is None else supply.promised_on.isoformat(),
                supply.order_key, supply.for_order, supply.decision, entry,
            ),
        )  # fmt: skip

    def trigger(self, site: SiteId, subject: str, at: datetime | None = None) -> None:
        """Ask for a hearing about a material or order of a site, now or at a later moment.

        Each later day is a job of its own; the view drops the day from the subject.
        """
        if at is None:
            self.job("hearing", site, subject, self._now)
        else:
            self.job("hearing_later", site, f"{subject}|{at.date()}", at)

    def job(self, kind: str, site: str, subject: str, run_at: datetime) -> None:
        """Put a job into the queue; one that waits already keeps the earlier moment."""
        self.sql(
            "INSERT INTO job AS j (kind, site, subject, run_at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (kind, site, subject) DO UPDATE SET lease_until = NULL, run_at ="
            " CASE WHEN excluded.run_at < j.run_at THEN excluded.run_at ELSE j.run_at END",
            (kind, site, subject, written(run_at)),
        )
