"""Finding in the journal whatever somebody typed: an object, a person, a decision, a lot, an order.

What is a key is found by the index, however old. Everything else is looked for backwards through
the newest entries, a stretch at a time: the answer says how far it looked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from chargehand.plant import policies, record_lists
from chargehand.plant.listing import cursor, cursor_keys
from chargehand.plant.reading import JournalRow
from chargehand.storage.personal import shown
from chargehand.storage.session import Row, Session
from chargehand.storage.store import Store
from chargehand.vocabulary.instant import instant, written

STRETCH = 40_000
"""Entries looked through for one window: some 30 MB of text, about 50 ms."""
LIMIT_MAX = 200
BEYOND = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is looked for."""

    text: str = ""
    """A key, an id of a person, or any text in what was recorded."""
    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None
    mentions: bool = False
    """Also entries that only speak of it, where it is a key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """One window of what was found, the newest first."""

    rows: tuple[JournalRow, ...]
    by: str
    """``key``, ``person`` or ``text``: how the text was understood; empty where all is listed."""
    looked: int
    """Entries looked through for this window; 0 where the index answered."""
    back_to: datetime | None = None
    """The oldest moment looked at; None where everything was."""
    next: str | None = None


def search(sql: Session, asked: Asked, *, person: bool, after: str | None, limit: int) -> Trail:
    """Look for something. ``person`` says whether the text is the id of somebody known."""
    limit = max(1, min(limit, LIMIT_MAX))
    top = _top(sql, asked, after)
    bottom = first_at(sql, asked.since) if asked.since else 0
    if asked.text and not asked.mentions and not person:
        found = _by_key(sql, asked, bottom, top, limit + 1)
        if found:
            more = len(found) > limit
            rows = tuple(record_lists.journal_row(row) for row in found[:limit])
            following = cursor([rows[-1].number]) if more else None
            return Trail(rows=rows, by="key", looked=0, next=following)
    by = "" if not asked.text else "person" if person and not asked.mentions else "text"
    return _scanned(sql, asked, by, (bottom, top), limit)


def _scanned(sql: Session, asked: Asked, by: str, ends: tuple[int, int], limit: int) -> Trail:
    """Look backwards through a stretch of entries below the upper end."""
    bottom, top = ends
    newest = sql.execute("SELECT max(number) FROM journal").fetchone()[0]
    top = min(top, (newest if newest is not None else -1) + 1)
    lowest = max(bottom, top - STRETCH)
    where, parameters = _where(asked, by)
    rows = sql.execute(
        f"SELECT * FROM journal WHERE number >= ? AND number < ?{where}"
        " ORDER BY number DESC LIMIT ?",
        (lowest, top, *parameters, limit + 1),
    ).fetchall()
    more = len(rows) > limit
    found = tuple(record_lists.journal_row(row) for row in rows[:limit])
    at = found[-1].number if more else lowest
    edge = None
    if at > bottom:
        row = sql.execute("SELECT recorded_at FROM journal WHERE number = ?", (at,)).fetchone()
        edge = instant(row["recorded_at"]) if row is not None else None
    return Trail(
        rows=found, by=by, looked=top - at, back_to=edge,
        next=cursor([at]) if at > bottom else None,
    )  # fmt: skip


def _where(asked: Asked, by: str) -> tuple[str, list[object]]:
    where, parameters = "", list[object]()
    if asked.kind:
        where, parameters = " AND kind = ?", [asked.kind]
    if by == "person":
        return f"{where} AND (actor = ? OR key = ?)", [*parameters, asked.text, asked.text]
    if by == "text":
        like = "%" + asked.text.replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%"
        fields = " OR ".join(f"{name} LIKE ? ESCAPE '!'" for name in ("body", "key", "cause"))
        return f"{where} AND ({fields} OR actor = ?)", [*parameters, *[like] * 3, asked.text]
    return where, parameters


def _by_key(sql: Session, asked: Asked, bottom: int, top: int, limit: int) -> list[Row]:
    """Entries of a key, and of the orders of a proposal, of every kind, by the index."""
    spellings = dict.fromkeys((asked.text, asked.text.upper()))
    found: list[Row] = []
    for kind in (asked.kind,) if asked.kind else _kinds(sql):
        if kind == "movement":
            continue
        for key in spellings:
            found += sql.execute(
                "SELECT * FROM journal WHERE kind <> 'movement' AND kind = ?"
                " AND (key = ? OR (key >= ? AND key < ?)) AND number >= ? AND number < ?"
                " ORDER BY number DESC LIMIT ?",
                (kind, key, f"{key}.", f"{key}/", bottom, top, limit),
            ).fetchall()
    found.sort(key=lambda row: -int(row["number"]))
    return found[:limit]


def _kinds(sql: Session) -> Iterable[str]:
    """Every kind there is but movements: a seek in the index for each."""
    last = ""
    while True:
        row = sql.execute(
            "SELECT min(kind) FROM journal WHERE kind <> 'movement' AND kind > ?", (last,)
        ).fetchone()
        if row is None or row[0] is None:
            return
        last = str(row[0])
        yield last


def _top(sql: Session, asked: Asked, after: str | None) -> int:
    start = cursor_keys(after, 1)
    top = int(str(start[0])) if start is not None and str(start[0]).isdecimal() else BEYOND
    return min(top, first_at(sql, asked.until)) if asked.until else top


def first_at(sql: Session, moment: datetime) -> int:
    """The first entry recorded at a moment or later: numbers rise with time, so it is bisected."""
    ends = sql.execute("SELECT min(number), max(number) FROM journal").fetchone()
    if ends is None or ends[0] is None:
        return 0
    low, high, text = int(ends[0]), int(ends[1]) + 1, written(moment)
    while low < high:
        middle = (low + high) // 2
        row = sql.execute(
            "SELECT number, recorded_at FROM journal WHERE number >= ? ORDER BY number LIMIT 1",
            (middle,),
        ).fetchone()
        if row is None or row["recorded_at"] >= text:
            high = middle
        else:
            low = int(row["number"]) + 1
    return low


class Explorer:
    """The search of the journal."""

    store: Store

    def search_journal(self, asked: Asked, *, after: str | None = None, limit: int = 100) -> Trail:
        """Whatever the journal says of an object, a person, a decision, a lot or an order."""
        text = asked.text.strip()
        person = bool(text) and policies.in_force(self.store).person(text) is not None
        with self.store.snapshot() as sql:
            trail = search(sql, replace(asked, text=text), person=person, after=after, limit=limit)
            return replace(trail, rows=shown(sql.execute, trail.rows))
