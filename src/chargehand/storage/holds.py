"""Holds of one transaction in SQL."""

from __future__ import annotations

from collections.abc import Sequence

from chargehand.record.hold import Frozen, Hold, HoldFact, Touched, balance_name
from chargehand.record.ledger import (
    BalanceKey,
    storage,
)
from chargehand.storage.stock import AT, at, key_of
from chargehand.storage.sublots import lots_below
from chargehand.storage.under_hold import UnderHoldBook, hold_of
from chargehand.vocabulary import wire
from chargehand.vocabulary.identifier import LocationId, SiteId
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.quantity import amount


class HoldBook(UnderHoldBook):
    """Keeps how many active holds are on each balance, stock that arrives later included."""

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
            if self._let_go_by(key_of(row)) == hold.key:
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
            keys = self._named(touched)
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

    def _named(self, touched: Touched) -> list[BalanceKey]:
        """The balances that are called so; a name is not taken apart, as a lot's may hold a '|'."""
        account, _, _ = touched.key.partition(f"|{touched.material}|")
        rows = self.sql(
            "SELECT * FROM balance WHERE account = ? AND material = ?", (account, touched.material)
        ).fetchall()
        return [key for row in rows if balance_name(key := key_of(row)) == touched.key]

    def _let_go_by(self, key: BalanceKey) -> str | None:
        """The hold in spite of which part of a balance was let go last."""
        row = self.sql(
            f"SELECT hold FROM hold_release WHERE {AT} ORDER BY entry DESC LIMIT 1", at(key)
        ).fetchone()
        return None if row is None else str(row["hold"])

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
            self._recount(
                "SELECT * FROM balance WHERE handling_unit = ? AND handling_unit <> ''"
                " AND site <> ''",
                (inner,),
            )

    def refreeze_lot(self, material: str, lot: str) -> None:
        """Count anew the holds on a lot, and on what was divided from it: its origin is another."""
        for inner in lots_below(self.sql, material, lot):
            self._recount(
                "SELECT * FROM balance WHERE lot = ? AND lot <> '' AND material = ? AND site <> ''",
                (inner, material),
            )

    def _recount(self, statement: str, values: Sequence[str]) -> None:
        """Count anew the holds on balances; what one that is off them let go is loose no more."""
        for row in self.sql(statement, values).fetchall():
            key = key_of(row)
            holds = {one["key"] for one in self.holds_of(key)} if self.are_holds() else set()
            is_loose = row["released"] and self._let_go_by(key) in holds
            released = row["released"] if is_loose else 0
            if (len(holds), released) != (row["frozen"], row["released"]):
                self.sql(
                    f"UPDATE balance SET frozen = ?, released = ? WHERE {AT}",
                    (len(holds), released, *at(key)),
                )

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
        for name in ("material", "serial"):
            if value := getattr(hold, name):
                parts.append(f"{name} = ?")
                values.append(value)
        if hold.lot:
            lots = lots_below(self.sql, hold.material, hold.lot)
            parts.append(f"lot IN ({', '.join('?' * len(lots))})")
            values += lots
        if hold.handling_unit:
            units = self.units_below(hold.handling_unit)
            parts.append(f"handling_unit IN ({', '.join('?' * len(units))})")
            values += units
        return " AND ".join(parts), values
