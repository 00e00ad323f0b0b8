"""Balances and movements of one transaction in SQL."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from chargehand.record.ledger import (
    BALANCE_MAX,
    BalanceKey,
    Movement,
    brought,
    doubled,
    imbalance,
    is_outside,
    on_hold,
    short_of,
    too_much,
)
from chargehand.storage.cover import CoverBook
from chargehand.storage.lane_text import movement_text
from chargehand.storage.transaction import Transaction
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.quantity import Unit
from chargehand.vocabulary.refusal import Refusal

AT = (
    "account = ? AND material = ? AND lot = ? AND serial = ? AND handling_unit = ?"
    " AND disposition = ?"
)
SERIAL = (
    "SELECT * FROM balance WHERE serial = ? AND serial <> '' AND material = ? AND site <> ''"
    " AND scaled > 0"
)
DEBIT = f"""UPDATE balance SET scaled = scaled + ?, released = released + ?, entry = ?
 WHERE {AT} AND scaled + ? >= reserved"""
CREDIT = """INSERT INTO balance AS b (account, material, lot, serial, handling_unit, disposition,
 site, location, scaled, entry, frozen) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
 ON CONFLICT (account, material, lot, serial, handling_unit, disposition)
 DO UPDATE SET scaled = b.scaled + excluded.scaled, entry = excluded.entry"""


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


class StockBook(CoverBook, ABC):
    """Keeps the ledger's law under concurrency: the check and the change are one transaction."""

    def __init__(self, transaction: Transaction, clock: Callable[[], datetime]) -> None:
        super().__init__(transaction, clock)
        self._due: dict[BalanceKey, int] = {}
        """What the movement that follows takes by a promise, which holds it back no more."""

    def forget(self) -> None:
        """Forget what was read: it was changed, or a change was taken back."""
        super().forget()
        self._due = {}

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

    def post(
        self,
        movement: Movement,
        *,
        actor: str,
        cause: str | None,
        occurred_at: datetime | None,
        is_count: bool = False,
    ) -> Refusal | int:
        """Post a movement whole or not at all; the number of its journal entry.

        ``is_count``: a count told it, which says what is there, held or not.
        """
        due, self._due = self._due, {}
        if (refusal := imbalance(movement) or self._let(movement)) is not None:
            return refusal
        is_let = is_count or movement.under_hold is not None
        change: dict[BalanceKey, int] = defaultdict(int)
        taken: dict[BalanceKey, int] = defaultdict(int)
        for leg in movement.legs:
            change[leg.key] += leg.scaled
            taken[leg.key] += min(leg.scaled, 0)
        freed: dict[BalanceKey, int] = {}
        for key, delta in change.items():
            standing = self.standing(key)
            if not is_let and standing.frozen and taken[key]:
                refusal = self._kept(key, -taken[key], due.get(key, 0), standing, movement.unit)
            refusal = refusal or self._short(movement, key, delta, standing)
            if refusal is not None:
                return refusal
            if delta < 0 and standing.frozen:  # under its hold, what was not let go goes first
                left = standing.released + (0 if movement.under_hold is not None else delta)
                freed[key] = max(0, min(left, standing.scaled + delta)) - standing.released
        if (refusal := self._doubled(change)) is not None:
            return refusal
        body = movement_text(movement)
        number = self.entry(
            "movement", movement.key, body, actor=actor, cause=cause, occurred_at=occurred_at
        )
        for key, delta in change.items():
            self._change(key, delta, freed.get(key, 0), number)
        self.sql("INSERT INTO outbox (number, topic) VALUES (?, 'movement')", (number,))
        return number

    @abstractmethod
    def _let(self, movement: Movement) -> Refusal | None:
        """Why a movement may not take frozen stock under the hold that it names."""

    def _kept(
        self, key: BalanceKey, taken: int, due: int, standing: Standing, unit: Unit
    ) -> Refusal | None:
        """Why so much may not be taken of frozen stock, be it only to be put back there.

        What was let go and is promised is for whom it is promised to: ``due`` is theirs.
        """
        others = standing.reserved if taken > due else 0
        if standing.loose - others >= taken:
            return None
        if standing.loose < taken:
            return self.held(key, standing, taken, unit)
        return short_of(key, max(0, standing.loose - others), taken, unit)

    def _doubled(self, change: Mapping[BalanceKey, int]) -> Refusal | None:
        """Why a serial would be in two places, or more than one thing."""
        for material, serial in brought(change):
            rows = self.sql(SERIAL, (serial, material)).fetchall()
            before = {key_of(row): int(row["scaled"]) for row in rows}
            unit = self.unit_of(material)
            if (refusal := doubled((material, serial), before, change, unit)) is not None:
                return refusal
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
