"""What the journal itself says: for what somebody who edits a table must not gain by it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from chargehand.plant.fault import PlantFault
from chargehand.record.journal import Entry, leaf_hash
from chargehand.storage.personal import Sql

AT_ONCE = 16
"""Entries that are read by one statement."""


def said_in(row: Any) -> dict[str, Any] | None:
    """The body of an entry; None where it was edited."""
    fact = Entry(**{name: row[name] for name in Entry.__dataclass_fields__})
    try:
        if leaf_hash(fact.leaf_text()) == bytes(row["leaf"]):
            return dict(json.loads(fact.body))
    except (TypeError, ValueError):
        pass
    return None


def whole(row: Any) -> dict[str, Any]:
    """The body of an entry; ``PlantFault`` where it was edited."""
    body = said_in(row)
    if body is not None:
        return body
    raise PlantFault(
        f"journal entry {row['number']} ({row['kind']}) was edited in the database",
        "run 'chargehand audit verify', and restore the database from a backup",
    )


def newest_of_each(sql: Sql, kind: str) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The newest entry of a kind under each of its keys, with its body."""
    rows = sql(
        "SELECT j.* FROM journal j JOIN (SELECT max(number) AS newest FROM journal"
        " WHERE kind <> 'movement' AND kind = ? GROUP BY key) k ON j.number = k.newest"
        " ORDER BY j.number",
        (kind,),
    ).fetchall()
    for row in rows:
        yield row, whole(row)


def backwards(sql: Sql, kind: str, key: str) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The entries of a kind under a key with their bodies, the newest first."""
    before = None
    while True:
        older = "" if before is None else " AND number < ?"
        rows = sql(
            "SELECT * FROM journal WHERE kind <> 'movement' AND kind = ? AND key = ?"
            f"{older} ORDER BY number DESC LIMIT {AT_ONCE}",
            (kind, key) if before is None else (kind, key, before),
        ).fetchall()
        for row in rows:
            yield row, whole(row)
        if len(rows) < AT_ONCE:
            return
        before = rows[-1]["number"]
