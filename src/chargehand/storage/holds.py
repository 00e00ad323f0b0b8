"""Holds of one transaction in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chargehand.record.hold import Frozen, Hold, HoldFact, Touched, fits
from chargehand.record.ledger import (
    SCRAPPED,
    SUPPLIER,
    BalanceKey,
    Movement,
    is_outside,
    storage,
)
from chargehand.storage.movements import MovementBook
from chargehand.storage.session import Row
from chargehand.storage.stock import AT, at, key_of
from chargehand.vocabulary import wire
from chargehand.vocabulary.identifier import HoldId, LocationId, SiteId
from chargehand.vocabulary.instant import instant, written
from chargehand.vocabulary.quantity import amount
from chargehand.vocabulary.refusal import Refusal, RefusalCode

LEAVES = (SCRAPPED, SUPPLIER)
"""Where frozen stock may leave the plant for: the scrap, and back to who sent it."""


class HoldBook(MovementBook):
    """Keeps how many active holds are on each balance, stock that arrives later included."""

    def hold(self, key: str) -> Hold | None:
        """A hold, also one that has ended."""
        row = self.sql("SELECT * FROM hold WHERE key = ?", (key,)).fetchone()
        return None if row is None else hold_of(row)

    def put_hold(self, hold: Hold) -> None:
        """Let a hold be active: every balance in its scope is frozen once more."""
        review = None if hold.review_by is None else written(hold.review_by)
        self.forget()
        self.sql(
            "INSERT INTO hold (key, site, material, lot, serial, handling_unit, location, reason,"
            " state, review_by, placed_by, placed_at, entry)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'active', ?, ?, ?, ?)",
            (
                hold.key, hold.site, hold.material, hold.lot, hold.serial, hold.handling_unit,
                hold.location, hold.reason, review, hold.placed_by, written(self._now),
                self.next_number(),
            ),
        )  # fmt: skip
        where, parameters = self._scope(hold)
        self.sql(f"UPDATE balance SET frozen = frozen + 1 WHERE {where}", parameters)

    def frozen_by(self, hold: Hold) -> list[Frozen]:
        """The balances in a hold's scope that hold something, in the order of their keys."""
        where, parameters = self._scope(hold)
        rows = self.sql(
            f"SELECT * FROM balance WHERE {where} AND scaled > 0 ORDER BY account, material, lot,"
            " serial, handling_unit, disposition",
            parameters,
        )
        return [
            Frozen(
                key=key_of(row), scaled=row["scaled"], frozen=row["frozen"],
                released=row["released"],
            )
            for row in rows
        ]  # fmt: skip

    def counting_on(self, hold: Hold) -> list[Touched]:
        """Open reservations and tasks that something in a hold's scope is set aside for."""
        where, parameters = self._scope(hold, balances=False)
        rows = self.sql(
            "SELECT key, kind, material, sum(scaled - posted) AS kept FROM reservation"
            f" WHERE state = 'open' AND {where} GROUP BY key, kind, material ORDER BY key",
            parameters,
        )
        return [
            Touched(
                kind="reservation" if row["kind"] == "order" else "task", key=row["key"],
                was=f"open, {amount(row['kept'])} set aside", material=row["material"],
            )
            for row in rows
        ]  # fmt: skip

    def end_hold(self, hold: Hold, by: str) -> None:
        """End a hold: every balance in its scope is frozen once less."""
        for row in self.sql(
            "SELECT * FROM hold_release WHERE hold = ?", (hold.key,)
        ).fetchall():  # what was let go in spite of it needs no letting go any more
            self.sql(f"UPDATE balance SET released = 0 WHERE {AT}", at(key_of(row)))
        where, parameters = self._scope(hold)
        self.sql(f"UPDATE balance SET frozen = frozen - 1 WHERE {where}", parameters)
        self.sql(
            "UPDATE hold SET state = 'released', ended_by = ?, ended_at = ? WHERE key = ?",
            (by, written(self._now), hold.key),
        )

    def let_go(self, hold: Hold, parts: Sequence[tuple[BalanceKey, int]], by: str) -> None:
        """Let some stock be used in spite of the hold."""
        entry = self.next_number()
        for n, (key, scaled) in enumerate(parts):
            self.sql(
                f"UPDATE balance SET released = released + ? WHERE {AT}", (scaled, *at(key))
            )  # fmt: skip
            self.sql(
                "INSERT INTO hold_release (entry, n, hold, account, material, lot, serial,"
                " handling_unit, disposition, scaled, released_by)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (entry, n, hold.key, *at(key), scaled, by),
            )

    def hold_fact(self, fact: HoldFact, *, cause: str | None) -> int:
        """Write what a hold did into the journal; the number of its entry."""
        entry = self.entry("hold", fact.hold, wire.write(fact), actor=fact.by, cause=cause)
        for one in fact.touched:
            self.sql(
                "INSERT INTO hold_touch (hold, kind, key, was, entry) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (hold, kind, key) DO NOTHING",
                (fact.hold, one.kind, one.key, one.was, entry),
            )
        self.sql("UPDATE hold SET entry = ? WHERE key = ?", (entry, fact.hold))
        self.sql("INSERT INTO outbox (number, topic) VALUES (?, 'hold')", (entry,))
        return entry

    def touched_by(self, hold: str) -> list[Touched]:
        """What a hold froze when it was placed, as the journal tells it."""
        row = self.sql(
            "SELECT body FROM journal WHERE kind = 'hold' AND key = ? AND kind <> 'movement'"
            " ORDER BY number LIMIT 1",
            (hold,),
        ).fetchone()
        return [] if row is None else list(wire.read(HoldFact, row["body"]).touched)

    def still_held(self, touched: Touched) -> str:
        """Why a balance, reservation or task cannot be picked yet; empty where it can."""
        if touched.kind == "balance":
            account, material, lot, serial, unit, disposition = touched.key.split("|")
            keys = [BalanceKey(account, material, lot, disposition, serial, unit)]  # type: ignore[arg-type]
        else:
            found = self.reservation(touched.key)
            if found is None or found.state != "open":
                return f"it is {'gone' if found is None else found.state}"
            keys = [leg.key for leg in found.legs if leg.left]
        for key in keys:
            standing = self.standing(key)
            if standing.frozen and standing.loose < standing.scaled:
                named = ", ".join(row["key"] for row in self.holds_of(key))
                some = f", {amount(standing.loose)} of it let go" if standing.loose else ""
                return f"still on hold by {named}{some}"
        return ""

    def due_reviews(self) -> list[Hold]:
        """Active holds that somebody had to look at by now, and that nobody was told of yet."""
        rows = self.sql(
            "SELECT * FROM hold AS h WHERE state = 'active' AND review_by <= ?"
            " AND NOT EXISTS (SELECT 1 FROM journal WHERE kind = 'hold_review' AND key = h.key"
            " AND kind <> 'movement') ORDER BY key",
            (written(self._now),),
        ).fetchall()
        return [hold_of(row) for row in rows]

    def refreeze(self, unit: str) -> None:
        """Count anew the holds on what stands in a handling unit: it stands in another one now."""
        for inner in self.units_below(unit):
            for row in self.sql(
                "SELECT * FROM balance WHERE handling_unit = ?", (inner,)
            ).fetchall():
                if row["site"]:
                    key = key_of(row)
                    holds = self.holds_on(key)
                    # What no hold is on needs no letting go: a later hold freezes all of it.
                    self.sql(
                        "UPDATE balance SET frozen = ?, released = CASE WHEN ? = 0 THEN 0"
                        f" ELSE released END WHERE {AT}",
                        (holds, holds, *at(key)),
                    )

    def units_below(self, unit: str) -> list[str]:
        """A handling unit, and those that stand in or on it."""
        found = [unit]
        for outer in found:
            rows = self.sql("SELECT unit FROM handling_unit WHERE parent = ?", (outer,)).fetchall()
            found += [row["unit"] for row in rows if row["unit"] not in found]
        return found

    def _let(self, movement: Movement) -> Refusal | None:
        """Why a movement may not take frozen stock under the hold that it names."""
        name = movement.under_hold
        if name is None:
            return None
        hold = self.hold(name)
        if hold is None or hold.state != "active":
            because = f"there is no active hold {name} that would let it take frozen stock"
            return Refusal(code=RefusalCode.UNKNOWN_HOLD, because=because)
        targets = [leg.key for leg in movement.legs if leg.scaled > 0]
        for leg in movement.legs:
            key = leg.key
            if leg.scaled > 0 or is_outside(key.account):
                continue
            if not fits(hold, key, self.units_above(key.handling_unit)):
                because = f"hold {name} ({hold.scope}) does not cover {key.material}"
                because += f" at {key.account}: it lets nothing be taken there"
                return Refusal(code=RefusalCode.ON_HOLD, because=because)
            over = [hold_of(row) for row in self.holds_of(key)]
            others = [one for one in over if one.key != name]
            for target in targets:
                if target.material == key.material:
                    refusal = self._stays(hold, others, key, target)
                    if refusal is not None:
                        return refusal
        return None

    def _stays(
        self, hold: Hold, others: Sequence[Hold], key: BalanceKey, target: BalanceKey
    ) -> Refusal | None:
        """Why stock would get out from under its holds: nothing covers it where it goes."""
        if target.account in LEAVES:
            if not others:
                return None
            because = f"hold {others[0].key} is on {key.material} at {key.account} too"
        elif is_outside(target.account):
            because = f"{key.material} on hold leaves only as scrap or back to its supplier"
        else:
            on_target = {row["key"] for row in self.holds_of(target)}
            bare = [one.key for one in others if one.key not in on_target]
            if on_target and not bare:
                return None
            bare = bare or [hold.key]
            because = f"{key.material} would not be on hold {bare[0]} any more at {target.account}"
        return Refusal(code=RefusalCode.ON_HOLD, because=because)

    def _scope(self, hold: Hold, *, balances: bool = True) -> tuple[str, list[str]]:
        """The condition on the rows of a scope, and its values."""
        parts: list[str] = []
        values: list[str] = []
        if hold.location:
            parts.append("account = ?")
            values.append(storage(SiteId(hold.site), LocationId(hold.location)))
        elif balances:
            parts.append("site = ?")
            values.append(hold.site)
        else:
            start = storage(hold.site, LocationId(""))
            parts.append(f"substr(account, 1, {len(start)}) = ?")
            values.append(start)
        for name in ("material", "lot", "serial"):
            if value := getattr(hold, name):
                parts.append(f"{name} = ?")
                values.append(value)
        if hold.handling_unit:
            units = self.units_below(hold.handling_unit)
            parts.append(f"handling_unit IN ({', '.join('?' * len(units))})")
            values += units
        return " AND ".join(parts), values


def hold_of(row: Row) -> Hold:
    """A hold from its row."""
    review: datetime | None = None if row["review_by"] is None else instant(row["review_by"])
    return Hold(
        key=HoldId(row["key"]), site=row["site"], material=row["material"], lot=row["lot"],
        serial=row["serial"], handling_unit=row["handling_unit"], location=row["location"],
        reason=row["reason"], state=row["state"], review_by=review, placed_by=row["placed_by"],
    )  # fmt: skip
