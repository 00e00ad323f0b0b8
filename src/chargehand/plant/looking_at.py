"""How long somebody looked before saying yes: for figures over many, never for one person.

A row stands while somebody has a proposal open, and is struck out with the first act on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chargehand.storage.docket import Docket
from chargehand.storage.store import Store
from chargehand.vocabulary.instant import instant, written


def looked_at(store: Store, number: int, person: str) -> bool:
    """Note that a person has opened a proposal; False where it does not wait.

    Opening the same version again does not begin the time anew.
    """

    def work(docket: Docket) -> bool:
        row = docket.proposal(number)
        if row is None or row["state"] != "waiting":
            return False
        docket.sql(
            "INSERT INTO look AS l (proposal, person, version, opened_at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (proposal, person) DO UPDATE SET version = excluded.version,"
            " opened_at = excluded.opened_at WHERE l.version <> excluded.version",
            (number, person, row["version"], written(docket.now())),
        )
        return True

    return store.write(work)


def reading_time(docket: Docket, row: Mapping[str, Any], person: str) -> float | None:
    """Seconds since a person opened this version, whose row is struck out; None where unknown."""
    found = docket.sql(
        "SELECT opened_at FROM look WHERE proposal = ? AND person = ? AND version = ?",
        (row["number"], person, row["version"]),
    ).fetchone()
    docket.sql("DELETE FROM look WHERE proposal = ? AND person = ?", (row["number"], person))
    if found is None:
        return None
    return max(0.0, (docket.now() - instant(found["opened_at"])).total_seconds())


def closed(docket: Docket, row: Mapping[str, Any]) -> None:
    """Strike out who has a proposal open: nobody's approval of this version can follow."""
    docket.sql("DELETE FROM look WHERE proposal = ?", (row["number"],))
