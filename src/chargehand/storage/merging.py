"""Merging segments of the history into a larger one, and sweeping away what is left of them.

Both go balance by balance in small transactions, so that no writer waits long. The merged segment
counts from the last of them, which lists it in place of its parts; legs under a number that is
not listed are what a merge has left behind, its parts or, where it was cut off, its beginning.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chargehand.storage.docket import Docket
from chargehand.storage.segment import ENDLESS, PUT_SEGMENT, Segment
from chargehand.storage.session import Session


@dataclass(slots=True, kw_only=True)
class Merge:
    """A merge under way; where this process does not end it, another sweeps it away."""

    target: int
    parts: tuple[Segment, ...]
    done: int = 0
    """Legs written so far."""
    slot: int = 0
    """Balances below this number are done."""

    @property
    def numbers(self) -> list[int]:
        """The numbers of its parts."""
        return [one.number for one in self.parts]


class Overtaken(Exception):
    """Another process took over while this one slept; it goes on with the work."""


def tier(one: Segment, run: int, fan: int) -> int:
    """How often a segment was merged, by what it covers.

    >>> tier(Segment(number=1, first=0, last=4095, at_max=0, legs=2), 4096, 16)
    0
    """
    found, size = 0, run * fan
    while one.last - one.first + 1 >= size:
        found, size = found + 1, size * fan
    return found


def group(known: Iterable[Segment], run: int, fan: int) -> tuple[Segment, ...]:
    """The oldest segments of a size of which there are enough to be merged; none: empty."""
    tiers: dict[int, list[Segment]] = {}
    for one in known:
        tiers.setdefault(tier(one, run, fan), []).append(one)
    for size in sorted(tiers):
        if len(tiers[size]) >= fan:
            return tuple(tiers[size][:fan])
    return ()


def unused(sql: Session) -> int:
    """A number that no segment has, nor had while legs of it are left."""
    row = sql.execute(
        "SELECT coalesce((SELECT max(number) FROM segment), 0) AS listed,"
        " coalesce((SELECT max(segment) FROM history), 0) AS written"
    ).fetchone()
    return int(max(row)) + 1


def until(sql: Session, numbers: Sequence[int], slot: int, legs: int) -> int | None:
    """The balance before which to stop, so that about so many legs are taken; None: take all."""
    found = []
    for number in numbers:
        row = sql.execute(
            "SELECT slot FROM history WHERE segment = ? AND slot >= ? ORDER BY slot"
            " LIMIT 1 OFFSET ?",
            (number, slot, max(1, legs // len(numbers))),
        ).fetchone()
        if row is not None:
            found.append(int(row[0]))
    return max(min(found), slot + 1) if found else None


def merge_slots(docket: Docket, merge: Merge, end: int | None) -> int:
    """Merge the balances up to ``end``, and list the merged segment after the last; legs done."""
    numbers = merge.numbers
    marks = ", ".join("?" * len(numbers))
    listed = docket.sql(f"SELECT count(*) AS n FROM segment WHERE number IN ({marks})", numbers)
    if listed.fetchone()[0] != len(numbers):
        raise Overtaken
    legs: int = docket.sql(
        "INSERT INTO history (segment, slot, entry, n, scaled, at)"
        " SELECT ?, slot, entry, n, scaled, at FROM history"
        f" WHERE segment IN ({marks}) AND slot >= ? AND slot < ? ORDER BY slot, entry, n",
        (merge.target, *numbers, merge.slot, ENDLESS if end is None else end),
    ).rowcount
    if end is None:
        _list(docket, merge, merge.done + legs)
    return legs


def _list(docket: Docket, merge: Merge, legs: int) -> None:
    """Let the merged segment count instead of its parts."""
    if legs != sum(one.legs for one in merge.parts):
        raise Overtaken  # what was written before was swept away meanwhile
    gone = [(number,) for number in merge.numbers]
    docket.transaction.executemany("DELETE FROM segment WHERE number = ?", gone)
    docket.sql(
        PUT_SEGMENT,
        (
            merge.target, min(one.first for one in merge.parts),
            max(one.last for one in merge.parts), max(one.at_max for one in merge.parts), legs,
        ),
    )  # fmt: skip


def left_over(sql: Session, listed: Iterable[int]) -> int | None:
    """A number that has legs and is not among the listed ones."""
    known, number = set(listed), -1
    while True:
        row = sql.execute(
            "SELECT min(segment) AS next FROM history WHERE segment > ?", (number,)
        ).fetchone()
        if row[0] is None:
            return None
        number = int(row[0])
        if number not in known:
            return number
