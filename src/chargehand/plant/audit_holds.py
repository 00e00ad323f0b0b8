"""Holds against the journal: what each froze, what of it was let go, and how it ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chargehand.plant.audit_balances import KEY, key_of
from chargehand.plant.audit_rows import Fact, Rows, differences
from chargehand.record.journal import Entry
from chargehand.storage.session import Session
from chargehand.vocabulary.instant import instant, written

SCOPE = ("key", "site", "material", "lot", "serial", "handling_unit", "location", "reason")


class Holds:
    """Each hold is as its latest entry left it; what it froze and let go is what they say."""

    kinds = frozenset({"hold"})

    def __init__(self, sql: Session) -> None:
        self._sql = sql
        self._touched = Rows(sql, "hold_touch")
        self._let_go = Rows(sql, "hold_release")
        self._said: dict[str, dict[str, Any]] = {}

    def see(self, entry: Entry, fact: Fact) -> Iterator[str]:
        """Faults that an entry shows."""
        key, event = entry.key, fact["event"]
        if event == "place":
            hold = fact["placed"]
            review = hold["review_by"]
            self._said[key] = {name: hold[name] for name in SCOPE} | {
                "state": "active", "placed_by": hold["placed_by"], "placed_at": entry.recorded_at,
                "review_by": None if review is None else written(instant(review)),
                "ended_by": None, "ended_at": None,
            }  # fmt: skip
        said = self._said.get(key)
        if said is None:
            yield f"entry {entry.number} speaks of hold {key}, which no entry placed"
            return
        said["entry"] = entry.number
        if event == "release":
            said |= {"state": "released", "ended_by": fact["by"], "ended_at": entry.recorded_at}
        yield from self._touches(entry, fact)
        yield from self._parts(entry, fact)

    def _touches(self, entry: Entry, fact: Fact) -> Iterator[str]:
        there = {(r["hold"], r["kind"], r["key"], r["was"]) for r in self._touched.of(entry.number)}
        told = {(entry.key, one["kind"], one["key"], one["was"]) for one in fact["touched"]}
        if there != told:
            yield f"what hold {entry.key} froze is not what its entry {entry.number} says"

    def _parts(self, entry: Entry, fact: Fact) -> Iterator[str]:
        there = {
            (r["n"], r["hold"], r["released_by"], *(r[name] for name in KEY), r["scaled"])
            for r in self._let_go.of(entry.number)
        }
        told = {
            (n, entry.key, fact["by"], *key_of(key), scaled)
            for n, (key, scaled) in enumerate(fact["let_go"])
        }
        if there != told:
            yield f"what of hold {entry.key} was let go is not what its entry {entry.number} says"

    def end(self) -> Iterator[str]:
        """Faults that show once every entry has passed."""
        for row in self._sql.execute("SELECT * FROM hold ORDER BY key").fetchall():
            said = self._said.pop(row["key"], None)
            if said is None:
                yield f"hold {row['key']} has no entry in the journal"
            else:
                yield from differences(f"hold {row['key']}", row, said, said["entry"])
        for key, said in self._said.items():
            yield f"hold {key} (entry {said['entry']}) is not in the table"
        yield from self._touched.end("hold")
        yield from self._let_go.end("hold")
        for row in self._sql.execute(TOO_MUCH).fetchall():
            yield (
                f"{row['material']} at {row['account']} is released by more than was let go of it"
            )


TOO_MUCH = (
    "SELECT b.account, b.material FROM balance b WHERE b.released > 0 AND b.released >"
    " (SELECT coalesce(sum(r.scaled), 0) FROM hold_release r JOIN hold h ON h.key = r.hold"
    " AND h.state = 'active' WHERE " + " AND ".join(f"r.{name} = b.{name}" for name in KEY) + ")"
)
