"""The ledger against the journal: promises and what is on its way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from chargehand.plant.audit_balances import AT, KEY, key_of
from chargehand.plant.audit_record import Inbox
from chargehand.plant.audit_rows import Fact, differences, scaled
from chargehand.record.books import supply_key
from chargehand.record.journal import Entry
from chargehand.record.ledger import SUPPLIER
from chargehand.record.reservation import TASK
from chargehand.signals.signal import Status
from chargehand.storage.session import Row, Session
from chargehand.vocabulary.instant import instant, written


def held_back(sql: Session) -> Iterator[str]:
    """What a balance holds back is the sum of the open promises."""
    rows = sql.execute(
        "SELECT b.account, b.material, b.reserved, coalesce(r.scaled, 0) AS promised"
        f" FROM balance b LEFT JOIN (SELECT {AT}, sum(scaled - posted) AS scaled FROM reservation"
        f" WHERE state = 'open' GROUP BY {AT}) r USING ({AT})"
        " WHERE b.reserved <> coalesce(r.scaled, 0)"
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
        picked = self._picked(entry.key)
        for n, (row, (key, promised)) in enumerate(zip(rows, fact["legs"], strict=True)):
            said = {"n": n, "scaled": promised} | dict(zip(KEY, key_of(key), strict=True))
            for name in ("site", "location", "to_site", "to_location", "for_order"):
                said[name] = fact[name]
            said["kind"] = fact.get("kind", TASK)
            expires = fact.get("expires_at")
            said["expires_at"] = None if expires is None else written(instant(expires))
            said["posted"] = picked.get(n, 0)
            said["state"] = _promise_state(row, entry)
            yield from differences(f"the promise to {entry.key}", row, said, entry.number)

    def _picked(self, key: str) -> dict[int, int]:
        """What was picked of each leg, by the steps of a reservation."""
        picked: dict[int, int] = {}
        for row in self._sql.execute(
            "SELECT body FROM journal WHERE kind <> 'movement' AND kind = 'reservation_step'"
            " AND key = ?",
            (key,),
        ):
            for n, taken in json.loads(row["body"])["picked"]:
                picked[n] = picked.get(n, 0) + taken
        return picked

    def end(self) -> Iterator[str]:
        """Faults that show once every entry has passed."""
        for row in self._sql.execute(
            "SELECT DISTINCT key FROM reservation WHERE NOT EXISTS (SELECT 1 FROM journal j"
            " WHERE j.kind <> 'movement' AND j.kind = 'reservation' AND j.key = reservation.key)"
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
    if row["ended"] == "reservation_step" and row["ended_key"] == entry.key:
        return str(json.loads(row["effect"])["state"])
    later = row["ended"] is not None and row["entry"] > entry.number
    return "voided" if later else "as an entry of its order says"


class Supplies:
    """Each requisition and each line of a purchase order is as it was drafted, placed, received."""

    kinds = frozenset({"supply", "supply_placed", "goods_received", "effect", "correction"})

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
            if fact["state"] in {"declined", "cancelled"}:
                _cancel(drafted, entry.number)
        elif entry.kind == "correction":
            self._taken_back(entry, fact)
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

    def _taken_back(self, entry: Entry, fact: Fact) -> None:
        row = self._sql.execute(
            "SELECT body FROM journal WHERE kind = 'goods_received' AND kind <> 'movement'"
            " AND key = ? ORDER BY number DESC LIMIT 1",
            (entry.key,),
        ).fetchone()
        told = {} if row is None else json.loads(row["body"])
        if not told.get("purchase_order"):
            return
        said = self._said.get(supply_key(told["purchase_order"], told["site"], told["material"]))
        back = sum(
            leg["scaled"]
            for leg in fact["legs"]
            if (leg["key"]["account"], leg["key"]["material"]) == (SUPPLIER, told["material"])
        )
        if said is not None and back:
            received = max(0, said["received"] - back)
            state = "received" if received >= said["scaled"] else "ordered"
            said |= {"received": received, "state": state, "entry": entry.number}

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
