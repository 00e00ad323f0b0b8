"""Balances, movements and promises of one transaction in SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chargehand.record.books import Promise
from chargehand.record.ledger import (
    BALANCE_MAX,
    BalanceKey,
    Movement,
    imbalance,
    is_outside,
    on_hold,
    short_of,
    storage,
    too_much,
)
from chargehand.storage.lane_text import movement_text
from chargehand.storage.master import MasterBook
from chargehand.vocabulary import wire
from chargehand.vocabulary.identifier import LocationId, MaterialId, SiteId
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.quantity import Unit
from chargehand.vocabulary.refusal import Refusal

AT = (
    "account = ? AND material = ? AND lot = ? AND serial = ? AND handling_unit = ?"
    " AND disposition = ?"
)
DEBIT = f"""UPDATE balance SET scaled = scaled + ?, released = released + ?, entry = ?
 WHERE {AT} AND scaled + ? >= reserved"""
CREDIT = """INSERT INTO balance AS b (account, material, lot, serial, handling_unit, disposition,
 site, location, scaled, entry, frozen) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
 ON CONFLICT (account, material, lot, serial, handling_unit, disposition)
 DO UPDATE SET scaled = b.scaled + excluded.scaled, entry = excluded.entry"""
COUNTING = "cycle_counting"
"""A count says what is there, held or not."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One balance (millionths)."""

    scaled: int
    reserved: int
    frozen: int
    """How many holds are on it."""
    released: int
    """How much of it a person let go in spite of its hold."""


NOTHING = Standing(0, 0, 0, 0)


class StockBook(MasterBook):
    """Keeps the ledger's law under concurrency: the check and the change are one transaction."""

    def balance(self, key: BalanceKey) -> tuple[int, int]:
        """On hand and reserved (millionths)."""
        row = self.sql(f"SELECT scaled, reserved FROM balance WHERE {AT}", at(key)).fetchone()
        return (0, 0) if row is None else (row[0], row[1])

    def standing(self, key: BalanceKey) -> Standing:
        """All that is kept of one balance."""
        row = self.sql(
            f"SELECT scaled, reserved, frozen, released FROM balance WHERE {AT}", at(key)
        ).fetchone()
        return NOTHING if row is None else Standing(*row)

    def lots(
        self, site: SiteId, location: LocationId, material: MaterialId
    ) -> list[tuple[BalanceKey, int]]:
        """Free stock at a place, lot by lot, oldest first (millionths)."""
        rows = self.sql(
            "SELECT *, scaled - reserved AS free FROM balance WHERE account = ?"
            " AND material = ? AND disposition = 'available' AND scaled > reserved AND frozen = 0"
            " ORDER BY lot, serial, handling_unit",
            (storage(site, location), material),
        )
        return [(key_of(row), row["free"]) for row in rows]

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
        freed: dict[BalanceKey, int] = {}
        for key, delta in change.items():
            standing = self.standing(key)
            refusal = self._short(movement, key, delta, standing)
            if refusal is not None:
                return refusal
            if delta < 0 and standing.frozen and not _is_let(movement):
                freed[key] = delta
        body = movement_text(movement)
        number = self.entry(
            "movement", movement.key, body, actor=actor, cause=cause, occurred_at=occurred_at
        )
        for key, delta in change.items():
            self._change(key, delta, freed.get(key, 0), number)
        self.sql("INSERT INTO outbox (number, topic) VALUES (?, 'movement')", (number,))
        return number

    def _short(
        self, movement: Movement, key: BalanceKey, delta: int, standing: Standing
    ) -> Refusal | None:
        """Why a balance cannot change by so much."""
        on_hand, reserved = standing.scaled, standing.reserved
        if delta < 0 and not is_outside(key.account):
            if standing.frozen and standing.released + delta < 0 and not _is_let(movement):
                return on_hold(key, standing.released, -delta, movement.unit)
            if on_hand + delta < reserved:
                return short_of(key, on_hand - reserved, -delta, movement.unit)
        if abs(on_hand + delta) > BALANCE_MAX:
            return too_much(key, on_hand + delta, movement.unit)
        return None

    def _change(self, key: BalanceKey, delta: int, freed: int, entry: int) -> None:
        outside = is_outside(key.account)
        if delta < 0 and not outside:
            changed = self.sql(DEBIT, (delta, freed, entry, *at(key), delta)).rowcount
            if changed != 1:
                raise RuntimeError(f"balance of {key} changed inside its own transaction")
            return
        site, _, location = ("", "", "") if outside else key.account.partition("/")
        frozen = 0 if outside else self.holds_on(key)
        self.sql(CREDIT, (*at(key), site, location, delta, entry, frozen))

    def holds_on(self, key: BalanceKey) -> int:
        """How many active holds cover a balance, whether there is anything in it or not."""
        site, _, location = key.account.partition("/")
        row = self.sql(
            "SELECT count(*) FROM hold WHERE state = 'active' AND site = ?"
            " AND material IN ('', ?) AND lot IN ('', ?) AND serial IN ('', ?)"
            " AND handling_unit IN ('', ?) AND location IN ('', ?)",
            (site, key.material, key.lot, key.serial, key.handling_unit, location),
        ).fetchone()
        return int(row[0])

    def note_inbox(
        self,
        source: str,
        key: str,
        kind: str,
        digest: bytes,
        entry: int,
        status: str,
        refusal: Refusal | None,
    ) -> None:
        """Note what became of a source transaction."""
        self.sql(
            "INSERT INTO inbox (source, key, kind, digest, status, entry, code, because,"
            " recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (source, key) DO UPDATE SET kind = excluded.kind,"
            " digest = excluded.digest, status = excluded.status, entry = excluded.entry,"
            " code = excluded.code, because = excluded.because,"
            " recorded_at = excluded.recorded_at",
            (
                source, key, kind, digest, status, entry, refusal and refusal.code,
                refusal and refusal.because, written(self._now),
            ),
        )  # fmt: skip

    def counted(self, key: BalanceKey, moment: datetime) -> None:
        """Note when a balance was last counted; a place found empty is noted too."""
        site, _, location = key.account.partition("/")
        self.sql(
            "INSERT INTO balance (account, material, lot, serial, handling_unit, disposition,"
            " site, location, scaled, entry, counted_at, frozen)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?)"
            " ON CONFLICT (account, material, lot, serial, handling_unit, disposition)"
            " DO UPDATE SET counted_at = excluded.counted_at, entry = excluded.entry",
            (
                *at(key), site, location, self.transaction.last_number(), written(moment),
                self.holds_on(key),
            ),
        )  # fmt: skip

    def promise(self, promise: Promise, *, actor: str) -> Refusal | None:
        """Set stock aside; refused where it is not free."""
        for key, scaled in promise.legs:
            standing = self.standing(key)
            unit = self.unit_of(key.material) or Unit.PIECE
            if standing.frozen and standing.released - standing.reserved < scaled:
                return on_hold(key, standing.released - standing.reserved, scaled, unit)
            if standing.scaled - standing.reserved < scaled:
                return short_of(key, standing.scaled - standing.reserved, scaled, unit)
        number = self.entry("reservation", promise.key, wire.write(promise), actor=actor)
        for n, (key, scaled) in enumerate(promise.legs):
            self.sql(
                f"UPDATE balance SET reserved = reserved + ?, entry = ? WHERE {AT}",
                (scaled, number, *at(key)),
            )
            self.sql(
                "INSERT INTO reservation (key, n, account, material, lot, serial, handling_unit,"
                " disposition, site, location, to_site, to_location, scaled, state, for_order,"
                " entry) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?, ?)",
                (
                    promise.key, n, *at(key), promise.site, promise.location, promise.to_site,
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
            legs=tuple((key_of(row), row["scaled"]) for row in rows),
            site=first["site"],
            location=first["location"],
            to_site=first["to_site"],
            to_location=first["to_location"],
            for_order=first["for_order"],
        )

    def promises_on(self, key: BalanceKey) -> list[str]:
        """Keys of the orders that part of a balance is set aside for, the newest first."""
        rows = self.sql(
            f"SELECT key, max(entry) AS entry FROM reservation WHERE state = 'open' AND {AT}"
            " GROUP BY key ORDER BY entry DESC",
            at(key),
        )
        return [str(row["key"]) for row in rows]

    def release(self, key: str, state: str, entry: int) -> None:
        """End a promise: ``posted`` or ``voided``."""
        open_rows = self.sql(
            "SELECT * FROM reservation WHERE key = ? AND state = 'open'", (key,)
        ).fetchall()
        for row in open_rows:
            self.sql(
                f"UPDATE balance SET reserved = reserved - ?, entry = ? WHERE {AT}",
                (row["scaled"], entry, *at(key_of(row))),
            )
        self.sql(
            "UPDATE reservation SET state = ?, entry = ? WHERE key = ? AND state = 'open'",
            (state, entry, key),
        )


def _is_let(movement: Movement) -> bool:
    """Whether a movement may take what is frozen."""
    return movement.under_hold is not None or movement.business_step == COUNTING


def at(key: BalanceKey) -> tuple[str, ...]:
    """The values of a balance's key, in the order of ``AT``."""
    return (
        key.account, key.material, key.lot, key.serial, key.handling_unit, key.disposition,
    )  # fmt: skip


def key_of(row: Mapping[str, Any]) -> BalanceKey:
    """The balance that a row is of."""
    return BalanceKey(
        row["account"], row["material"], row["lot"], row["disposition"], row["serial"],
        row["handling_unit"],
    )  # fmt: skip
