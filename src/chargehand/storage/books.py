"""The books of one transaction in SQL: journal, balances, promises, supply."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime

from chargehand.record.books import Promise, Supply
from chargehand.record.journal import Entry, leaf_hash
from chargehand.record.ledger import (
    BalanceKey,
    Movement,
    imbalance,
    is_outside,
    short_of,
    storage,
)
from chargehand.storage.sqlite import Transaction
from chargehand.vocabulary import wire
from chargehand.vocabulary.identifier import (
    LocationId,
    LotId,
    MaterialId,
    OrderId,
    SiteId,
    ZoneId,
)
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.location import OperationalLocation
from chargehand.vocabulary.material import MaterialDefinition
from chargehand.vocabulary.quantity import Unit
from chargehand.vocabulary.refusal import Refusal

DEBIT = """UPDATE balance SET scaled = scaled + ?, entry = ?
 WHERE account = ? AND material = ? AND lot = ? AND disposition = ? AND scaled + ? >= reserved"""
CREDIT = """INSERT INTO balance (account, material, lot, disposition, site, location, scaled, entry)
 VALUES (?, ?, ?, ?, ?, ?, ?, ?)
 ON CONFLICT (account, material, lot, disposition)
 DO UPDATE SET scaled = scaled + excluded.scaled, entry = excluded.entry"""
ENTRY = """INSERT INTO journal
 (number, kind, key, recorded_at, occurred_at, cause, actor, body, leaf)
 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""
SUPPLY_COLUMNS = (
    "key, site, material, state, scaled, received, supplier, promised_on, order_key,"
    " for_order, decision"
)


class SqlBooks:
    """Implements ``chargehand.record.books.Books`` on an open transaction."""

    def __init__(self, transaction: Transaction, clock: Callable[[], datetime]) -> None:
        self.transaction = transaction
        self.sql = transaction.execute
        self._now = clock()
        self._units: dict[str, Unit | None] = {}
        self._places: dict[tuple[str, str], OperationalLocation | None] = {}

    def now(self) -> datetime:
        """The moment of recording: one for the whole transaction."""
        return self._now

    def entry(
        self,
        kind: str,
        key: str,
        body: str,
        *,
        actor: str,
        cause: str | None = None,
        occurred_at: datetime | None = None,
    ) -> int:
        """Append a fact to the journal and return its number."""
        tree = self.transaction.tree
        fact = Entry(
            number=tree.size,
            kind=kind,
            key=key,
            recorded_at=written(self._now),
            occurred_at=None if occurred_at is None else written(occurred_at),
            cause=cause,
            actor=actor,
            body=body,
        )
        leaf = leaf_hash(fact.leaf_text())
        self.sql(
            ENTRY,
            (
                fact.number, kind, key, fact.recorded_at, fact.occurred_at, cause, actor, body, leaf,
            ),
        )  # fmt: skip
        tree.append(leaf)
        if tree.size % 1024 == 0:
            self.sql(
                "INSERT OR IGNORE INTO checkpoint (size, root, recorded_at) VALUES (?, ?, ?)",
                (tree.size, tree.root(), fact.recorded_at),
            )
        return fact.number

    def master(self, kind: str, key: str) -> str | None:
        """The canonical text of the definition that holds."""
        row = self.sql(
            "SELECT body FROM master WHERE kind = ? AND key = ?", (kind, key)
        ).fetchone()
        return None if row is None else str(row[0])

    def define(self, kind: str, key: str, site: str, body: str, entry: int) -> None:
        """Let a definition hold from now on."""
        self.sql(
            "INSERT INTO master (kind, key, site, digest, body, entry) VALUES (?, ?, ?, '', ?, ?)"
            " ON CONFLICT (kind, key) DO UPDATE SET site = excluded.site, body = excluded.body,"
            " entry = excluded.entry",
            (kind, key, site, body, entry),
        )
        self._units.clear()
        self._places.clear()

    def unit_of(self, material: MaterialId) -> Unit | None:
        """The unit that a material is stocked in; None where the material is not known."""
        if material not in self._units:
            text = self.master("material", material)
            self._units[material] = None if text is None else wire.read(MaterialDefinition, text).unit
        return self._units[material]

    def place(self, site: SiteId, location: LocationId) -> OperationalLocation | None:
        """A place of a site; None where it is not known."""
        if (site, location) not in self._places:
            text = self.master("location", f"{site}|{location}")
            known = None if text is None else wire.read(OperationalLocation, text)
            self._places[site, location] = known
        return self._places[site, location]

    def zone_of(self, site: SiteId, location: LocationId) -> ZoneId:
        """The zone of a place."""
        place = self.place(site, location)
        return ZoneId("") if place is None else place.zone

    def balance(self, key: BalanceKey) -> tuple[int, int]:
        """On hand and reserved (millionths)."""
        row = self.sql(
            "SELECT scaled, reserved FROM balance"
            " WHERE account = ? AND material = ? AND lot = ? AND disposition = ?",
            (key.account, key.material, key.lot, key.disposition),
        ).fetchone()
        return (0, 0) if row is None else (row[0], row[1])

    def lots(
        self, site: SiteId, location: LocationId, material: MaterialId
    ) -> list[tuple[BalanceKey, int]]:
        """Free stock at a place, lot by lot, oldest first (millionths)."""
        rows = self.sql(
            "SELECT lot, scaled - reserved AS free FROM balance WHERE account = ?"
            " AND material = ? AND disposition = 'available' AND scaled > reserved ORDER BY lot",
            (storage(site, location), material),
        )
        account = storage(site, location)
        return [(BalanceKey(account, material, LotId(row["lot"])), row["free"]) for row in rows]

    def post(
        self,
        movement: Movement,
        *,
        actor: str,
        cause: str | None,
        occurred_at: datetime | None,
    ) -> Refusal | int:
        """Post a movement whole or not at all; the number of its journal entry."""
        if (refusal := imbalance(movement)) is not None:
            return refusal
        change: dict[BalanceKey, int] = defaultdict(int)
        for leg in movement.legs:
            change[leg.key] += leg.scaled
        for key, delta in change.items():
            if delta < 0 and not is_outside(key.account):
                on_hand, reserved = self.balance(key)
                if on_hand + delta < reserved:
                    return short_of(key, on_hand - reserved, -delta, movement.unit)
        body = wire.write(movement)
        number = self.entry(
            "movement", movement.key, body, actor=actor, cause=cause, occurred_at=occurred_at
        )
        for key, delta in change.items():
            self._change(key, delta, number)
        for n, leg in enumerate(movement.legs):
            at = leg.key
            self.sql(
                "INSERT INTO leg (entry, n, account, material, lot, disposition, scaled)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (number, n, at.account, at.material, at.lot, at.disposition, leg.scaled),
            )
        return number

    def _change(self, key: BalanceKey, delta: int, entry: int) -> None:
        outside = is_outside(key.account)
        if delta < 0 and not outside:
            at = (key.account, key.material, key.lot, key.disposition)
            changed = self.sql(DEBIT, (delta, entry, *at, delta)).rowcount
            if changed != 1:
                raise RuntimeError(f"balance of {key} changed inside its own transaction")
            return
        site, _, location = ("", "", "") if outside else key.account.partition("/")
        self.sql(
            CREDIT,
            (key.account, key.material, key.lot, key.disposition, site, location, delta, entry),
        )

    def counted(self, key: BalanceKey, at: datetime) -> None:
        """Note when a balance was last counted; a place found empty is noted too."""
        site, _, location = key.account.partition("/")
        self.sql(
            "INSERT INTO balance (account, material, lot, disposition, site, location, scaled,"
            " entry, counted_at) VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?)"
            " ON CONFLICT (account, material, lot, disposition)"
            " DO UPDATE SET counted_at = excluded.counted_at, entry = excluded.entry",
            (
                key.account, key.material, key.lot, key.disposition, site, location,
                self.transaction.tree.size - 1, written(at),
            ),
        )  # fmt: skip

    def use(  # noqa: PLR0913 - one column each
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

    def promise(self, promise: Promise, *, actor: str) -> Refusal | None:
        """Set stock aside; refused where it is not free."""
        for key, scaled in promise.legs:
            on_hand, reserved = self.balance(key)
            if on_hand - reserved < scaled:
                unit = self.unit_of(key.material) or Unit.PIECE
                return short_of(key, on_hand - reserved, scaled, unit)
        number = self.entry("reservation", promise.key, wire.write(promise), actor=actor)
        for n, (key, scaled) in enumerate(promise.legs):
            at = (key.account, key.material, key.lot, key.disposition)
            self.sql(
                "UPDATE balance SET reserved = reserved + ?, entry = ?"
                " WHERE account = ? AND material = ? AND lot = ? AND disposition = ?",
                (scaled, number, *at),
            )
            self.sql(
                "INSERT INTO reservation (key, n, account, material, lot, disposition, site,"
                " location, to_site, to_location, scaled, state, for_order, entry)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?, ?)",
                (
                    promise.key, n, *at, promise.site, promise.location, promise.to_site,
                    promise.to_location, scaled, promise.for_order, number,
                ),
            )  # fmt: skip
        return None

    def promised(self, key: str) -> Promise | None:
        """What is still set aside for an order."""
        rows = self.sql(
            "SELECT * FROM reservation WHERE key = ? AND state = 'open' ORDER BY n", (key,)
        ).fetchall()
        if not rows:
            return None
        first = rows[0]
        return Promise(
            key=key,
            legs=tuple((_key(row), row["scaled"]) for row in rows),
            site=first["site"],
            location=first["location"],
            to_site=first["to_site"],
            to_location=first["to_location"],
            for_order=first["for_order"],
        )

    def release(self, key: str, state: str, entry: int) -> None:
        """End a promise: ``posted`` or ``voided``."""
        open_rows = self.sql(
            "SELECT * FROM reservation WHERE key = ? AND state = 'open'", (key,)
        ).fetchall()
        for row in open_rows:
            self.sql(
                "UPDATE balance SET reserved = reserved - ?, entry = ?"
                " WHERE account = ? AND material = ? AND lot = ? AND disposition = ?",
                (
                    row["scaled"], entry, row["account"], row["material"], row["lot"],
                    row["disposition"],
                ),
            )  # fmt: skip
        self.sql(
            "UPDATE reservation SET state = ?, entry = ? WHERE key = ? AND state = 'open'",
            (state, entry, key),
        )

    def supply(self, key: str) -> Supply | None:
        """One requisition or purchase order."""
        return self._supply("key = ?", key)

    def supply_for(self, order_key: str) -> Supply | None:
        """The supply that came of one of our orders."""
        return self._supply("order_key = ? AND state <> 'cancelled'", order_key)

    def _supply(self, where: str, value: str) -> Supply | None:
        statement = f"SELECT {SUPPLY_COLUMNS} FROM supply WHERE {where} ORDER BY entry DESC"  # noqa: S608 - fixed texts
        row = self.sql(statement, (value,)).fetchone()
        if row is None:
            return None
        fields = dict(row)
        promised = fields.pop("promised_on")
        return Supply(promised_on=promised and date.fromisoformat(promised), **fields)

    def put_supply(self, supply: Supply, entry: int) -> None:
        """Write a requisition or purchase order as it now stands."""
        self.sql(
            f"INSERT OR REPLACE INTO supply ({SUPPLY_COLUMNS}, entry)"  # noqa: S608 - fixed texts
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


def _key(row: object) -> BalanceKey:
    return BalanceKey(
        row["account"],  # type: ignore[index]
        MaterialId(row["material"]),  # type: ignore[index]
        LotId(row["lot"]),  # type: ignore[index]
        row["disposition"],  # type: ignore[index]
    )


_ = OrderId
