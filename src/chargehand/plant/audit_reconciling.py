"""Other systems' lists and their differences against the journal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from chargehand.plant.audit_rows import Fact, Mirror, Rows, differences
from chargehand.record.journal import Entry
from chargehand.storage.session import Session

COLUMNS = (
    "site", "location", "material", "lot", "disposition", "ours", "theirs", "explained",
    "because", "state",
)  # fmt: skip


def lists(sql: Session) -> Mirror:
    """Each list that was compared."""

    def said(_entry: Entry, fact: Fact) -> Sequence[Fact]:
        names = ("system", "site", "taken_at", "lines", "differing")
        return [{"number": fact["list"]} | {name: fact[name] for name in names}]

    return Mirror(
        frozenset({"reconciliation"}),
        Rows(sql, "snapshot"),
        said,
        lambda entry: f"the list of {entry.key}",
    )


class Differences:
    """Each difference is as it was found, and in the state that its latest entry says."""

    kinds = frozenset({"difference"})

    def __init__(self, sql: Session) -> None:
        self._sql = sql
        self._said: dict[tuple[int, int], dict[str, Any]] = {}

    def see(self, entry: Entry, fact: Fact) -> Iterator[str]:
        """Faults that an entry shows."""
        if fact["event"] == "found":
            said = {name: fact[name] for name in COLUMNS}
            self._said[fact["list"], fact["n"]] = {**said, "entry": entry.number}
            if (before := fact["supersedes"]) is not None:
                yield from self._moved(before, "superseded", entry)
        else:
            yield from self._moved(fact, fact["state"], entry)

    def _moved(self, fact: Fact, state: str, entry: Entry) -> Iterator[str]:
        said = self._said.get((fact["list"], fact["n"]))
        if said is None:
            yield f"entry {entry.number} speaks of a difference that no entry found"
        else:
            said |= {"state": state, "because": fact["because"], "entry": entry.number}

    def end(self) -> Iterator[str]:
        """Faults that show once every entry has passed."""
        for row in self._sql.execute("SELECT * FROM difference ORDER BY snapshot, n"):
            what = f"difference D-{row['snapshot']}.{row['n']}"
            said = self._said.pop((row["snapshot"], row["n"]), None)
            if said is None:
                yield f"{what} has no entry in the journal"
            else:
                yield from differences(what, row, said, said["entry"])
        for (number, n), said in self._said.items():
            yield f"difference D-{number}.{n} (entry {said['entry']}) is not in the table"
