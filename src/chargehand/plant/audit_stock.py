"""The ledger against the journal: legs, balances, counts, promises and what is on its way."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from chargehand.plant.audit_record import Inbox
from chargehand.plant.audit_rows import Fact, Mirror, Rows, differences, guarded, scaled
from chargehand.record.books import supply_key
from chargehand.record.journal import Entry
from chargehand.record.ledger import Movement, imbalance, is_outside, storage
from chargehand.signals.signal import Status
from chargehand.storage.session import Row, Session
from chargehand.vocabulary import wire

KEY = ("account", "material", "lot", "disposition")


def legs(sql: Session) -> Mirror:
    """Each movement's legs are those of its entry."""

    def said(_entry: Entry, fact: Fact) -> Sequence[Fact]:
        return [
            {"n": n, "scaled": leg["scaled"]} | {name: leg["key"][name] for name in KEY}
            for n, leg in enumerate(fact["legs"])
        ]

    columns = "n, account, material, lot, disposition, scaled"
    return Mirror(
        frozenset({"movement"}),
        Rows(sql, "leg", columns),
        said,
        lambda entry: f"the legs of movement {entry.key}",
    )


class Balanced:
    """Each movement creates and loses nothing."""

    kinds = frozenset({"movement"})

    def see(self, entry: Entry, fact: Fact) -> Iterator[str]:
        """Faults that an entry shows."""
        total: dict[str, int] = {}
        for leg in fact["legs"]:
            material = leg["key"]["material"]
            total[material] = total.get(material, 0) + leg["scaled"]
        if any(total.values()) or imbalance(wire.read(Movement, entry.body)) is not None:
            yield f"movement {entry.key} (entry {entry.number}) does not balance"

    def end(self) -> Iterator[str]:
        """Faults that show once every entry has passed."""
        yield from ()


class Balances:
    """Each balance is the sum of its legs, and says what changed it last and who counted it."""

    kinds = frozenset({"stock_counted", "effect"})

    def __init__(self, sql: Session, inbox: Inbox) -> None:
        self._sql = sql
        self._inbox = inbox
        self._counts: dict[tuple[str, ...], tuple[str, int]] = {}
        """When a place was counted, and the last entry before its balance was touched."""
        self._last: tuple[str, tuple[str, ...]] = ("", ())

    def see(self, entry: Entry, fact: Fact) -> Iterator[str]:
        """Faults that an entry shows."""
        if entry.kind == "effect":
            cause, at = self._last
            if entry.cause == cause and at:
                self._counts[at] = (self._counts[at][0], entry.number)
        elif self._inbox.status == Status.ACCEPTED:
            account = storage(fact["site"], fact["location"])
            at = (account, fact["material"], fact["lot"], "available")
            self._counts[at] = (entry.occurred_at or entry.recorded_at, entry.number)
            self._last = (entry.key, at)
        yield from ()

    def end(self) -> Iterator[str]:
        """Faults that show once every entry has passed."""
        for row in self._sql.execute(BALANCES):
            counted_at, counted = self._counts.pop(tuple(row)[:4], (None, -1))
            what = f"the balance of {row['material']} at {row['account']}"
            yield from guarded(what, partial(_balance, what, row, counted_at, counted))
        for account, material, *_ in self._counts:
            yield f"{material} at {account} was counted, and has no balance"
        for row in self._sql.execute(LOOSE_LEGS):
            yield f"legs of {row['material']} at {row['account']} have no balance"


BALANCES = (
    "SELECT b.account, b.material, b.lot, b.disposition, b.scaled, b.site, b.location, b.entry,"
    " b.counted_at, coalesce(l.total, 0) AS total, coalesce(l.entry, -1) AS moved,"
    " coalesce(r.entry, -1) AS promised FROM balance b LEFT JOIN (SELECT account, material, lot,"
    " disposition, sum(scaled) AS total, max(entry) AS entry FROM leg GROUP BY 1, 2, 3, 4) l USING"
    " (account, material, lot, disposition) LEFT JOIN (SELECT account, material, lot, disposition,"
    " max(entry) AS entry FROM reservation GROUP BY 1, 2, 3, 4) r USING"
    " (account, material, lot, disposition)"
)
LOOSE_LEGS = (
    "SELECT account, material FROM leg GROUP BY account, material, lot, disposition"
    " HAVING sum(scaled) <> 0 AND NOT EXISTS (SELECT 1 FROM balance b WHERE"
    " b.account = leg.account AND b.material = leg.material AND b.lot = leg.lot"
    " AND b.disposition = leg.disposition)"
)


def _balance(what: str, row: Row, counted_at: str | None, counted: int) -> Iterator[str]:
    if row["total"] != row["scaled"]:
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
    if row["entry"] != (changed := max(row["moved"], row["promised"], counted)):
        yield f"{what} names entry {row['entry']}, and entry {changed} changed it last"


def held_back(sql: Session) -> Iterator[str]:
    """What a balance holds back is the sum of the open promises."""
    rows = sql.execute(
        "SELECT b.account, b.material, b.reserved, coalesce(sum(r.scaled), 0) AS promised"
        " FROM balance b LEFT JOIN reservation r ON r.state = 'open' AND r.account = b.account"
        " AND r.material = b.material AND r.lot = b.lot AND r.disposition = b.disposition"
        " GROUP BY b.account, b.material, b.lot, b.disposition HAVING b.reserved <> promised"
    )
    for row in rows:
        yield (
            f"{row['material']} at {row['account']} holds back {row['reserved']} millionths,"
            f" and its promises are {row['promised']}"
        )


class Promises:
    """Each promise is what its entry says: open until an effect of its order ends it."""

    kinds = frozenset({"reservation"})

    def __init__(self, sql: Session) -> None:
        self._sql = sql

    def see(self, entry: Entry, fact: Fact) -> Iterator[str]:
        """Faults that an entry shows."""
        rows = self._sql.execute(
            "SELECT r.*, j.kind AS ended, j.key AS ended_key, j.body AS effect FROM reservation r"
            " LEFT JOIN journal j ON j.number = r.entry WHERE r.key = ? ORDER BY r.n",
            (entry.key,),
        ).fetchall()
        if len(rows) != len(fact["legs"]):
            yield f"the promise to {entry.key} (entry {entry.number}) has {len(rows)} rows"
            return
        for n, (row, (key, promised)) in enumerate(zip(rows, fact["legs"], strict=True)):
            said = {"n": n, "scaled": promised} | {name: key[name] for name in KEY}
            for name in ("site", "location", "to_site", "to_location", "for_order"):
                said[name] = fact[name]
            said["state"] = _promise_state(row, entry)
            yield from differences(f"the promise to {entry.key}", row, said, entry.number)

    def end(self) -> Iterator[str]:
        """Faults that show once every entry has passed."""
        for row in self._sql.execute(
            "SELECT DISTINCT key FROM reservation WHERE NOT EXISTS (SELECT 1 FROM journal j"
            " WHERE j.kind = 'reservation' AND j.key = reservation.key)"
        ):
            yield f"the promise to {row['key']} has no entry in the journal"
        for row in self._sql.execute(
            "SELECT r.key, o.state FROM reservation r JOIN orders o ON o.key = r.key"
            " WHERE r.state = 'open' AND o.state IN ('confirmed', 'declined', 'cancelled')"
        ):
            yield f"the promise to {row['key']} is open, and its order is {row['state']}"


def _promise_state(row: Row, entry: Entry) -> str:
    if row["entry"] == entry.number:
        return "open"
    if row["ended"] == "effect" and row["ended_key"] == entry.key:
        return "posted" if json.loads(row["effect"])["state"] == "confirmed" else "voided"
    later = row["ended"] is not None and row["entry"] > entry.number
    return "voided" if later else "as an entry of its order says"


class Supplies:
    """Each requisition and each line of a purchase order is as it was drafted, placed, received."""

    kinds = frozenset({"supply", "supply_placed", "goods_received", "effect"})

    def __init__(self, sql: Session, inbox: Inbox) -> None:
        self._sql = sql
        self._inbox = inbox
        self._said: dict[str, dict[str, Any]] = {}

    def see(self, entry: Entry, fact: Fact) -> Iterator[str]:
        """Faults that an entry shows."""
        if entry.kind == "supply":
            self._said[entry.key] = {**fact, "entry": entry.number}
        elif entry.kind == "effect":
            drafted = self._said.get(entry.key)
            if fact["state"] == "declined":
                _cancel(drafted, entry.number)
        elif self._inbox.status == Status.ACCEPTED and fact["purchase_order"]:
            key = supply_key(fact["purchase_order"], fact["site"], fact["material"])
            if entry.kind == "supply_placed":
                self._placed(entry.number, key, fact)
            else:
                self._received(entry.number, key, fact)
        yield from ()

    def _placed(self, number: int, key: str, fact: Fact) -> None:
        drafted = self._said.get(fact["order_key"] or "")
        before = self._said.get(key)
        _cancel(drafted, number)
        amount, received = scaled(fact["quantity"]), before["received"] if before else 0
        self._said[key] = {
            "key": key,
            "site": fact["site"],
            "material": fact["material"],
            "state": "received" if received >= amount else "ordered",
            "scaled": amount,
            "received": received,
            "supplier": fact["supplier"],
            "promised_on": fact["promised_on"],
            "order_key": fact["order_key"],
            "for_order": drafted["for_order"] if drafted else None,
            "decision": drafted["decision"] if drafted else None,
            "entry": number,
        }

    def _received(self, number: int, key: str, fact: Fact) -> None:
        said = self._said.get(key)
        if said is not None:
            received = said["received"] + scaled(fact["quantity"])
            state = "received" if received >= said["scaled"] else "ordered"
            said |= {"received": received, "state": state, "entry": number}

    def end(self) -> Iterator[str]:
        """Faults that show once every entry has passed."""
        for row in self._sql.execute("SELECT * FROM supply ORDER BY key"):
            said = self._said.pop(row["key"], None)
            if said is None:
                yield f"supply {row['key']} has no entry in the journal"
            else:
                yield from differences(f"supply {row['key']}", row, said, said["entry"])
        for key, said in self._said.items():
            yield f"supply {key} (entry {said['entry']}) is not in the table"


def _cancel(drafted: dict[str, Any] | None, number: int) -> None:
    if drafted is not None and drafted["state"] == "requested":
        drafted |= {"state": "cancelled", "entry": number}
