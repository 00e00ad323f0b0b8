"""Balances, movements and promises of one transaction in SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chargehand.record.books import Promise
from chargehand.record.ledger import (
    BALANCE_MAX,
    BalanceKey,
    Movement,
    imbalance,
    is_outside,
    short_of,
    storage,
    too_much,
)
from chargehand.storage.master import MasterBook
from chargehand.vocabulary import wire
from chargehand.vocabulary.identifier import LocationId, LotId, MaterialId, SiteId
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.quantity import Unit
from chargehand.vocabulary.refusal import Refusal

DEBIT = """UPDATE balance SET scaled = scaled + ?, entry = ?
 WHERE account = ? AND material = ? AND lot = ? AND disposition = ? AND scaled + ? >= reserved"""
CREDIT = """INSERT INTO balance (account, material, lot, disposition, site, location, scaled, entry)
 VALUES (?, ?, ?, ?, ?, ?, ?, ?)
 ON CONFLICT (account, material, lot, disposition)
 DO UPDATE SET scaled = scaled + excluded.scaled, entry = excluded.entry"""


class StockBook(MasterBook):
    """Keeps the ledger's law under concurrency: the check and the change are one transaction."""

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
            on_hand, reserved = self.balance(key)
            if delta < 0 and not is_outside(key.account) and on_hand + delta < reserved:
                return short_of(key, on_hand - reserved, -delta, movement.unit)
            if abs(on_hand + delta) > BALANCE_MAX:
                return too_much(key, on_hand + delta, movement.unit)
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

    def promises_on(self, key: BalanceKey) -> list[str]:
        """Keys of the orders that part of a balance is set aside for, the newest first."""
        rows = self.sql(
            "SELECT key, max(entry) AS entry FROM reservation WHERE state = 'open'"
            " AND account = ? AND material = ? AND lot = ? AND disposition = ?"
            " GROUP BY key ORDER BY entry DESC",
            (key.account, key.material, key.lot, key.disposition),
        )
        return [str(row["key"]) for row in rows]

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


def _key(row: Mapping[str, Any]) -> BalanceKey:
    return BalanceKey(
        row["account"], MaterialId(row["material"]), LotId(row["lot"]), row["disposition"]
    )
