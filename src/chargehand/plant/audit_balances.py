"""Balances against the journal: each is recomputed from the movements while they pass.

A plant has a million balances, so that what is kept of each is small: 16 bytes of its key's digest
and two numbers. Which balance it was is looked up again where something is wrong.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator, Sequence
from functools import partial
from hashlib import blake2b

from chargehand.plant.audit_record import Inbox
from chargehand.plant.audit_rows import Fact, guarded
from chargehand.record.journal import Entry
from chargehand.record.ledger import is_outside, storage
from chargehand.signals.signal import Status
from chargehand.storage.session import Row, Session

KEY = ("account", "material", "lot", "serial", "handling_unit", "disposition")
AT = ", ".join(KEY)


def key_of(told: Fact) -> tuple[str, ...]:
    """A balance's key as the journal writes it, which leaves out what is empty."""
    return (
        told["account"], told["material"], told["lot"], told.get("serial", ""),
        told.get("handling_unit", ""), told["disposition"],
    )  # fmt: skip


class Balanced:
    """Each movement creates and loses nothing."""

    kinds = frozenset({"movement"})

    def see(self, entry: Entry, fact: Fact) -> Iterator[str]:
        """Faults that an entry shows."""
        legs = fact["legs"]
        total: dict[str, int] = {}
        for leg in legs:
            material = leg["key"]["material"]
            total[material] = total.get(material, 0) + leg["scaled"]
        if any(total.values()) or len(legs) <= 1 or not all(leg["scaled"] for leg in legs):
            yield f"movement {entry.key} (entry {entry.number}) does not balance"

    def end(self) -> Iterator[str]:
        """Faults that show once every entry has passed."""
        yield from ()


class Sums:
    """What the movements that have passed come to, balance by balance (millionths)."""

    def __init__(self) -> None:
        self._places: dict[bytes, int] = {}
        self._scaled = array("q")
        self._entries = array("q")
        self._is_met = bytearray()

    def add(self, key: tuple[str, ...], scaled: int, entry: int) -> None:
        """Let a leg pass."""
        digest = _digest(key)
        place = self._places.get(digest)
        if place is None:
            self._places[digest] = len(self._scaled)
            self._scaled.append(scaled)
            self._entries.append(entry)
            self._is_met.append(0)
        else:
            self._scaled[place] += scaled
            self._entries[place] = entry

    def meet(self, key: tuple[str, ...]) -> tuple[int, int]:
        """The sum of a balance and the last entry that moved it; it has a row from now on."""
        place = self._places.get(_digest(key))
        if place is None:
            return 0, -1
        self._is_met[place] = 1
        return self._scaled[place], self._entries[place]

    def unmet(self, sql: Session) -> Iterator[tuple[str, ...]]:
        """The balances that have no row."""
        if all(self._is_met):
            return
        missing = {digest for digest, place in self._places.items() if not self._is_met[place]}
        for row in sql.stream("SELECT body FROM journal WHERE kind = 'movement' ORDER BY number"):
            for leg in _legs(row["body"]):
                key = key_of(leg["key"])
                if (digest := _digest(key)) in missing:
                    missing.discard(digest)
                    yield key
            if not missing:
                return


def _digest(key: tuple[str, ...]) -> bytes:
    return blake2b("\0".join(key).encode(), digest_size=16).digest()


def _legs(body: str) -> Sequence[Fact]:
    try:
        legs: Sequence[Fact] = json.loads(body)["legs"]
    except (ValueError, KeyError, TypeError):  # a fault that is told already
        return ()
    return legs


class Balances:
    """Each balance is the sum of its legs, and says what changed it last and who counted it."""

    kinds = frozenset({"movement", "stock_counted", "effect"})

    def __init__(self, sql: Session, inbox: Inbox) -> None:
        self._sql = sql
        self._inbox = inbox
        self._sums = Sums()
        self._counts: dict[tuple[str, ...], tuple[str, int]] = {}
        """When a place was counted, and the last entry before its balance was touched."""
        self._last: tuple[str, tuple[str, ...]] = ("", ())

    def see(self, entry: Entry, fact: Fact) -> Iterator[str]:
        """Faults that an entry shows."""
        if entry.kind == "movement":
            for leg in fact["legs"]:
                self._sums.add(key_of(leg["key"]), leg["scaled"], entry.number)
        elif entry.kind == "effect":
            cause, at = self._last
            if entry.cause == cause and at:
                self._counts[at] = (self._counts[at][0], entry.number)
        elif self._inbox.status == Status.ACCEPTED:
            at = key_of(
                fact
                | {
                    "account": storage(fact["site"], fact["location"]),
                    "disposition": fact.get("disposition", "available"),
                }
            )
            self._counts[at] = (entry.occurred_at or entry.recorded_at, entry.number)
            self._last = (entry.key, at)
        yield from ()

    def end(self) -> Iterator[str]:
        """Faults that show once every entry has passed."""
        for row in self._sql.stream(BALANCES):
            key = tuple(row)[: len(KEY)]
            what = f"the balance of {row['material']} at {row['account']}"
            yield from guarded(what, partial(self._balance, what, row, key))
        for account, material, *_ in self._counts:
            yield f"{material} at {account} was counted, and has no balance"
        for account, material, *_ in self._sums.unmet(self._sql):
            yield f"legs of {material} at {account} have no balance"

    def _balance(self, what: str, row: Row, key: tuple[str, ...]) -> Iterator[str]:
        counted_at, counted = self._counts.pop(key, (None, -1))
        total, moved = self._sums.meet(key)
        if total != row["scaled"]:
            yield f"{what} is not the sum of its legs"
        if row["site"] and row["scaled"] < 0:
            yield f"{what} is below zero"
        is_there = storage(row["site"], row["location"]) == row["account"]
        if is_outside(row["account"]):
            is_there = (row["site"], row["location"]) == ("", "")
        if not is_there:
            yield f"{what} is kept as one of {row['location']} of {row['site']}"
        if row["counted_at"] != counted_at:
            yield (
                f"{what} was counted {row['counted_at'] or 'never'},"
                f" and the journal says {counted_at or 'never'}"
            )
        if row["frozen"] != row["holds"]:
            yield f"{what} is frozen {row['frozen']} times, and {row['holds']} holds are on it"
        if row["released"] and not row["frozen"]:
            yield f"{what} is released by {row['released']} millionths, and no hold is on it"
        if row["entry"] != (changed := max(moved, row["promised"], counted)):
            yield f"{what} names entry {row['entry']}, and entry {changed} changed it last"


BALANCES = f"""
SELECT {", ".join(f"b.{name}" for name in KEY)}, b.scaled, b.site, b.location, b.entry,
 b.counted_at, b.frozen, b.released, coalesce(r.entry, -1) AS promised,
 (SELECT count(*) FROM hold h WHERE h.state = 'active' AND h.site = b.site AND b.site <> ''
  AND h.material IN ('', b.material) AND h.serial IN ('', b.serial)
  AND (h.lot IN ('', b.lot) OR h.lot IN (WITH RECURSIVE origin (lot) AS (
   SELECT b.lot UNION SELECT g.used_lot FROM genealogy g JOIN origin ON g.made_lot = origin.lot
   WHERE g.made_material = b.material AND g.kind = 'sublot') SELECT lot FROM origin))
  AND (h.handling_unit = '' OR h.handling_unit IN (WITH RECURSIVE around (unit) AS (
   SELECT b.handling_unit UNION SELECT u.parent FROM handling_unit u
   JOIN around ON u.unit = around.unit WHERE u.parent IS NOT NULL) SELECT unit FROM around))
  AND h.location IN ('', b.location)) AS holds
FROM balance b LEFT JOIN
 (SELECT {AT}, max(entry) AS entry FROM reservation GROUP BY {AT}) r USING ({AT})"""
