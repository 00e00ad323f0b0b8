"""The entries that a replay needs, in their order, a page at a time and without the movements."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chargehand.storage.personal import Sql
from chargehand.storage.session import Row, Session
from chargehand.storage.store import Store

AT_ONCE = 400
"""Entries that are read by one statement."""


def numbers(sql: Session, kinds: Sequence[str], low: int, high: int) -> array[int]:
    """The numbers (from low, below high) of all entries of some kinds, in their order.

    Eight bytes each: this is what a replay holds in memory of a long period.
    """
    found = array("q")
    for kind in kinds:
        found.extend(
            row[0]
            for row in sql.execute(
                "SELECT number FROM journal WHERE kind <> 'movement' AND kind = ?"
                " AND number >= ? AND number < ?",
                (kind, low, high),
            )
        )
    return array("q", sorted(found))


def entries(
    store: Store, asked: Sequence[int]
) -> Iterator[tuple[Sql, Row, Mapping[str, Any], int]]:
    """Entries by their numbers: a connection to ask more by, the entry, its body, how many so far.

    A body that cannot be read is empty.
    """
    for start in range(0, len(asked), AT_ONCE):
        some = asked[start : start + AT_ONCE]
        with store.snapshot() as sql:
            rows = sql.execute(
                "SELECT number, kind, key, recorded_at, actor, body FROM journal"
                f" WHERE number IN ({', '.join('?' * len(some))}) ORDER BY number",
                tuple(some),
            ).fetchall()
            for n, row in enumerate(rows):
                yield sql.execute, row, _body(row["body"]), start + n + 1


def _body(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
