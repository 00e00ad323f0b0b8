"""Balances and movements of one transaction in SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

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
from chargehand.storage.session import Row
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

    @property
    def loose(self) -> int:
        """How much of frozen stock may be taken all the same.

        What was let go in spite of one hold is frozen again while a second one is on it.
        """
        return min(self.released, self.scaled) if self.frozen == 1 else 0

    @property
    def free(self) -> int:
        """What may be promised: on hand, promised to nobody and not frozen."""
        return max(0, (self.loose if self.frozen else self.scaled) - self.reserved)


NOTHING = Standing(0, 0, 0, 0)


class StockBook(MasterBook):
    """Keeps the ledger's law under concurrency: the check and the change are one transaction."""

    _are_holds: bool | None = None
    """Whether anything is on hold; None where that was not read yet."""

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
        """Free stock at a place, lot by lot, oldest first (millionths); what is frozen is not."""
        rows = self.sql(
            "SELECT * FROM balance WHERE account = ? AND material = ?"
            " AND disposition = 'available' AND scaled > reserved"
            " ORDER BY lot, serial, handling_unit",
            (storage(site, location), material),
        )
        found = [(key_of(row), standing_of(row).free) for row in rows]
        return [(key, free) for key, free in found if free]

    def post(
        self,
        movement: Movement,
        *,
        actor: str,
        cause: str | None,
        occurred_at: datetime | None,
    ) -> Refusal | int:
        """Post a movement whole or not at all; the number of its journal entry."""
        if (refusal := imbalance(movement) or self._let(movement)) is not None:
            return refusal
        change: dict[BalanceKey, int] = defaultdict(int)
        taken: dict[BalanceKey, int] = defaultdict(int)
        for leg in movement.legs:
            change[leg.key] += leg.scaled
            taken[leg.key] += min(leg.scaled, 0)
        freed: dict[BalanceKey, int] = {}
        for key, delta in change.items():
            standing = self.standing(key)
            refusal = self._kept(movement, key, taken[key], standing)
            refusal = refusal or self._short(movement, key, delta, standing)
            if refusal is not None:
                return refusal
            if delta < 0 and standing.frozen:
                left = standing.released + (0 if _is_let(movement) else delta)
                freed[key] = min(left, standing.scaled + delta) - standing.released
        body = movement_text(movement)
        number = self.entry(
            "movement", movement.key, body, actor=actor, cause=cause, occurred_at=occurred_at
        )
        for key, delta in change.items():
            self._change(key, delta, freed.get(key, 0), number)
        self.sql("INSERT INTO outbox (number, topic) VALUES (?, 'movement')", (number,))
        return number

    def _let(self, movement: Movement) -> Refusal | None:
        """Why a movement may not take frozen stock under the hold that it names."""
        raise NotImplementedError

    def _kept(
        self, movement: Movement, key: BalanceKey, taken: int, standing: Standing
    ) -> Refusal | None:
        """Why so much may not be taken of frozen stock, be it only to be put back there."""
        if taken and standing.frozen and standing.loose + taken < 0 and not _is_let(movement):
            return self.held(key, standing, -taken, movement.unit)
        return None

    def _short(
        self, movement: Movement, key: BalanceKey, delta: int, standing: Standing
    ) -> Refusal | None:
        """Why a balance cannot change by so much."""
        on_hand, reserved = standing.scaled, standing.reserved
        if delta < 0 and not is_outside(key.account) and on_hand + delta < reserved:
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

    def held(self, key: BalanceKey, standing: Standing, wanted: int, unit: Unit) -> Refusal:
        """The refusal for frozen stock: which holds keep it, and why."""
        refusal = on_hold(key, standing.loose, wanted, unit)
        named = "; ".join(f"hold {row['key']}: {row['reason']}" for row in self.holds_of(key))
        return replace(refusal, because=f"{refusal.because} ({named})") if named else refusal

    def holds_on(self, key: BalanceKey) -> int:
        """How many active holds cover a balance, whether there is anything in it or not."""
        if self._are_holds is None:
            row = self.sql("SELECT 1 FROM hold WHERE state = 'active' LIMIT 1").fetchone()
            self._are_holds = row is not None
        return len(self.holds_of(key)) if self._are_holds else 0

    def forget(self) -> None:
        """Forget what was read: it was changed, or a change was taken back."""
        super().forget()
        self._are_holds = None

    def holds_of(self, key: BalanceKey) -> list[Row]:
        """The active holds that cover a balance, the oldest first; those of its unit's too."""
        site, _, location = key.account.partition("/")
        units = self.units_above(key.handling_unit)
        rows: list[Row] = self.sql(
            "SELECT * FROM hold WHERE state = 'active' AND site = ?"
            " AND material IN ('', ?) AND lot IN ('', ?) AND serial IN ('', ?)"
            f" AND handling_unit IN (''{', ?' * len(units)}) AND location IN ('', ?)"
            " ORDER BY placed_at, key",
            (site, key.material, key.lot, key.serial, *units, location),
        ).fetchall()
        return rows

    def units_above(self, unit: str) -> list[str]:
        """A handling unit, and those that it stands in or on."""
        found: list[str] = []
        while unit and unit not in found:
            found.append(unit)
            row = self.sql("SELECT parent FROM handling_unit WHERE unit = ?", (unit,)).fetchone()
            unit = "" if row is None else row["parent"] or ""
        return found

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
            "INSERT INTO inbox (source, key, kind, digest, status, entry, code, because)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (source, key) DO UPDATE SET kind = excluded.kind,"
            " digest = excluded.digest, status = excluded.status, entry = excluded.entry,"
            " code = excluded.code, because = excluded.because",
            (
                source, key, kind, digest, status, entry, refusal and refusal.code,
                refusal and refusal.because,
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


def _is_let(movement: Movement) -> bool:
    """Whether a movement may take what is frozen."""
    return movement.under_hold is not None or movement.business_step == COUNTING


def at(key: BalanceKey) -> tuple[str, ...]:
    """The values of a balance's key, in the order of ``AT``."""
    return (
        key.account, key.material, key.lot, key.serial, key.handling_unit, key.disposition,
    )  # fmt: skip


def standing_of(row: Mapping[str, Any]) -> Standing:
    """What a row keeps of its balance."""
    return Standing(row["scaled"], row["reserved"], row["frozen"], row["released"])


def key_of(row: Mapping[str, Any]) -> BalanceKey:
    """The balance that a row is of."""
    return BalanceKey(
        row["account"], row["material"], row["lot"], row["disposition"], row["serial"],
        row["handling_unit"],
    )  # fmt: skip
