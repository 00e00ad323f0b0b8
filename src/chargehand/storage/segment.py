"""Segments of the history: what they are, and how the journal's movements are read for them.

A segment holds the legs of the movements at some places of the tree, sorted by balance. Balances
have numbers of their own (``slot``), so that a leg takes about thirty bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from chargehand.storage.session import Session
from chargehand.vocabulary.instant import instant

At = tuple[str, str, str, str, str, str]
"""A balance's key: account, material, lot, serial, handling unit, disposition."""
Leg = tuple[At, int, int, int, int]
"""Balance, place of its entry in the tree, number of the leg, change (millionths), moment (µs)."""
KEY = "account, material, lot, serial, handling_unit, disposition"
ENTRIES = (
    "SELECT place, coalesce(occurred_at, recorded_at) AS at, body FROM sequenced"
    " WHERE place > ? AND place <= ? AND kind = 'movement' ORDER BY place LIMIT ?"
)
UNPLACED = (
    "number >= coalesce((SELECT floor FROM head), 0)"
    " AND NOT EXISTS (SELECT 1 FROM leaf WHERE leaf.number = journal.number)"
)
"""Of entries of PostgreSQL that have no place in the tree yet."""
PUT_SEGMENT = "INSERT INTO segment (number, first, last, at_max, legs) VALUES (?, ?, ?, ?, ?)"
ENDLESS = 2**62
_read = json.JSONDecoder().raw_decode
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A sorted run: the legs of all movements at the places ``first`` to ``last``."""

    number: int
    first: int
    last: int
    at_max: int
    """The latest moment at which any of them happened (µs since 1970); -1 where there is none."""
    legs: int


def micros(moment: datetime) -> int:
    """Whole microseconds since 1970 began, in UTC.

    >>> micros(instant("1970-01-01T01:00:01+01:00"))
    1000000
    """
    return (moment - _EPOCH) // _MICROSECOND


def legs_of(body: str) -> list[tuple[At, int]]:
    """Balance and change of each leg of a movement, from its journal text."""
    found = []
    for leg in _read(body)[0]["legs"]:
        key = leg["key"]
        at = (
            key["account"], key["material"], key["lot"], key.get("serial", ""),
            key.get("handling_unit", ""), key["disposition"],
        )  # fmt: skip
        found.append((at, leg["scaled"]))
    return found


def read_legs(rows: Iterable[Any]) -> Iterator[Leg]:
    """The legs of movements of the journal: rows of place, moment and body."""
    text, moment = "", 0
    for place, at, body in rows:
        if at != text:
            text, moment = at, micros(instant(at))
        n = 0
        for key, scaled in legs_of(body):
            yield key, place, n, scaled, moment
            n += 1  # noqa: SIM113 - four million calls of enumerate are felt


def segments(sql: Session) -> list[Segment]:
    """The segments that count, the oldest first."""
    rows = sql.execute("SELECT number, first, last, at_max, legs FROM segment ORDER BY first")
    return [Segment(**dict(zip(row.keys(), row, strict=True))) for row in rows]


def covered(sql: Session) -> int:
    """The last place whose movement is in a segment; -1 where none is."""
    return int(sql.execute("SELECT coalesce(max(last), -1) AS last FROM segment").fetchone()[0])


def placed(sql: Session) -> int:
    """How many entries have their place in the tree."""
    row = sql.execute("SELECT size FROM head").fetchone()
    return 0 if row is None else int(row[0])


def history_faults(sql: Session) -> Iterator[str]:
    """What is wrong with the segments, held against the journal that they were made from."""
    following = 0
    for one in segments(sql):
        if one.first != following:
            yield f"history: the places from {following} to {one.first - 1} are not in one segment"
        following = one.last + 1
        if _digest_of_segment(sql, one) != _digest_of_journal(sql, one):
            yield (
                f"history: segment {one.number} does not tell what the journal does from place"
                f" {one.first} to {one.last}; it can be made again"
            )
    if following > placed(sql):
        yield f"history: the journal ends before place {following}, which is in a segment"


def _digest_of_segment(sql: Session, one: Segment) -> tuple[int, int, int]:
    legs = sql.stream(
        f"SELECT {KEY}, entry, n, scaled, at FROM history h JOIN slot s ON s.id = h.slot"
        " WHERE h.segment = ?",
        (one.number,),
    )
    return sum(hash(tuple(row)) for row in legs) % 2**64, one.legs, one.at_max


def _digest_of_journal(sql: Session, one: Segment) -> tuple[int, int, int]:
    total, count, latest = 0, 0, -1
    entries = sql.stream(ENTRIES, (one.first - 1, one.last, ENDLESS))
    for key, place, n, scaled, at in read_legs(entries):
        total += hash((*key, place, n, scaled, at))
        count, latest = count + 1, max(latest, at)
    return total % 2**64, count, latest
