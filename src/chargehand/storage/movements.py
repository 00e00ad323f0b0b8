"""Movements of one transaction in SQL: found by their keys, and what was taken back of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from chargehand.record.ledger import BalanceKey, Movement
from chargehand.signals.kinds import Body, GoodsReceived
from chargehand.storage.reservations import ReservationBook
from chargehand.vocabulary import wire
from chargehand.vocabulary.identifier import MaterialId, SiteId

EFFECTS_MAX = 10_000
"""Entries that one signal may cause, at most: its movement is among them."""


class MovementBook(ReservationBook):
    """Finds movements without an index of them: the inbox knows where each key came in."""

    def is_booked_at(self, site: SiteId, material: MaterialId) -> bool:
        """Whether there ever was stock of a material in a site: its unit cannot change then."""
        row = self.sql(
            "SELECT 1 FROM balance WHERE site = ? AND material = ? LIMIT 1", (site, material)
        ).fetchone()
        return row is not None

    def movement(self, key: str) -> Movement | None:
        """A movement that was posted, by its key or by that of the signal that caused it."""
        for number in self._told_at(key):
            row = self.sql(
                "SELECT body FROM journal WHERE number >= ? AND number <= ? AND kind = 'movement'"
                " AND (key = ? OR cause = ?) ORDER BY number LIMIT 1",
                (number, number + EFFECTS_MAX, key, key),
            ).fetchone()
            if row is not None:
                found: Movement = wire.read(Movement, row["body"])
                return found
        return None

    def _told_at(self, key: str) -> Iterator[int]:
        """Entries that a key came in by: of its signal, or of the last step of its task."""
        at = key.find("/")
        while at >= 0:  # a source's name may hold the sign that parts it from the key
            row = self.sql(
                "SELECT entry FROM inbox WHERE source = ? AND key = ? AND status = 'accepted'",
                (key[:at], key[at + 1 :]),
            ).fetchone()
            if row is not None:
                yield row["entry"]
            at = key.find("/", at + 1)
        row = self.sql(
            "SELECT max(number) FROM journal WHERE kind = 'effect' AND kind <> 'movement'"
            " AND key = ?",
            (key,),
        ).fetchone()
        if row[0] is not None:
            yield row[0]

    def taken_back(self, key: str) -> dict[BalanceKey, int]:
        """What corrections have changed so far of what a movement did (millionths)."""
        back: dict[BalanceKey, int] = defaultdict(int)
        rows = self.sql(
            "SELECT body FROM journal WHERE kind = 'correction' AND kind <> 'movement'"
            " AND key = ? ORDER BY number",
            (key,),
        ).fetchall()
        for row in rows:
            for leg in wire.read(Movement, row["body"]).legs:
                back[leg.key] += leg.scaled
        return back

    def receipt(self, key: str) -> GoodsReceived | None:
        """The goods receipt that told a movement; None where something else did."""
        row = self.sql(
            "SELECT body FROM journal WHERE kind = 'goods_received' AND kind <> 'movement'"
            " AND key = ? ORDER BY number DESC LIMIT 1",
            (key,),
        ).fetchone()
        if row is None:
            return None
        told: GoodsReceived = wire.read(Body, row["body"])
        return told

    def correction(self, key: str, by: Movement, *, actor: str, cause: str) -> int:
        """Note in the journal that a movement is taken back, whole or in part, by another."""
        return self.entry("correction", key, wire.write(by), actor=actor, cause=cause)
