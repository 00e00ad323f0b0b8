"""Auditing keys, sessions and passwords: each is its person's, and lives as long as was said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chargehand.plant import people
from chargehand.plant.audit_rows import Fact, differences
from chargehand.record.journal import Entry
from chargehand.storage.session import Session


class Keys:
    """Each credential belongs to the person to whom it was issued, and lives as long as was said.

    When it was last used is no fact of the journal: it decides only when an idle session ends.
    """

    kinds = frozenset({"credential", "credential_ended", "credential_replaced"})

    def __init__(self, sql: Session) -> None:
        self._sql = sql

    def see(self, entry: Entry, fact: Fact) -> Iterator[str]:
        """Faults that an entry shows."""
        row = self._sql.execute(
            "SELECT c.*, e.recorded_at AS ended, r.body AS replaced FROM credential c"
            " LEFT JOIN journal e ON e.kind = 'credential_ended' AND e.kind <> 'movement'"
            " AND e.key = c.prefix"
            " LEFT JOIN journal r ON r.kind = 'credential_replaced' AND r.kind <> 'movement'"
            " AND r.key = c.prefix WHERE c.prefix = ?",
            (entry.key,),
        ).fetchone()
        what = f"key {entry.key}"
        if row is None:
            yield f"{what} (entry {entry.number}) is not in the table"
            return
        said: Fact = {"ended_at": row["ended"]}
        if entry.kind == "credential":
            said |= self._made(row, entry, fact)
            if "sha256" in fact and people.seal(row["hash"]) != fact["sha256"]:
                yield f"{what} opens with another secret than the one that was issued"
        elif entry.kind == "credential_replaced":
            said |= {"replaced_by": fact["replaced_by"], "expires_at": fact["expires_at"]}
        yield from differences(what, row, said, entry.number)

    def _made(self, row: Any, entry: Entry, fact: Fact) -> Fact:
        said: Fact = {"kind": fact["kind"], "label": fact["label"]}
        said |= {"person": fact.get("person", entry.actor), "created_at": entry.recorded_at}
        said |= {"scope": fact.get("scope", "")}
        if row["replaced"] is None:
            said |= {"expires_at": fact.get("expires_at", row["expires_at"]), "replaced_by": None}
        return said

    def end(self) -> Iterator[str]:
        """Faults that show once every entry has passed."""
        for row in self._sql.execute(
            "SELECT prefix, person FROM credential WHERE NOT EXISTS (SELECT 1 FROM journal"
            " WHERE kind = 'credential' AND key = prefix)"
        ):
            yield f"key {row['prefix']} of {row['person']} was never issued"
