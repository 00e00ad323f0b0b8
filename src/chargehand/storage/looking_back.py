"""Stock as it was: the present balances less what came after.

Two clocks can be turned back, each by itself or both together:

- ``occurred``: what was true then. Movements that happened later are taken back, whenever they
  were told; one that was told late counts from when it happened.
- ``known``: what the record said then. Entries after the last one that was recorded up to then are
  taken back, whenever they happened; a correction counts from when it was told.

A movement that does not say when it happened did so when it was recorded. Nothing is clamped: where
a source told a pick with an earlier moment than the receipt before it, stock between the two is
below zero.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from chargehand.storage.segment import ENDLESS, UNPLACED, At, covered, legs_of, micros, placed
from chargehand.storage.session import Row, Session
from chargehand.vocabulary.instant import instant, written

LATER = (
    "(SELECT sum(h.scaled) FROM slot s CROSS JOIN segment g CROSS JOIN history h"
    " WHERE s.account = b.account AND s.material = b.material AND s.lot = b.lot"
    " AND s.serial = b.serial AND s.handling_unit = b.handling_unit"
    " AND s.disposition = b.disposition AND (g.at_max > ? OR g.last > ?)"
    " AND h.segment = g.number AND h.slot = s.id AND (h.at > ? OR h.entry > ?))"
)
"""What came to a balance ``b`` after a cut, as far as segments tell."""
MOVED = "coalesce(occurred_at, recorded_at) AS at, recorded_at, body"
TAIL = {
    "sqlite": f"SELECT number AS place, {MOVED} FROM journal WHERE number > ?"
    " AND kind = 'movement'",
    "postgres": f"SELECT place, {MOVED} FROM sequenced WHERE place > ? AND kind = 'movement'"
    f" UNION ALL SELECT NULL AS place, {MOVED} FROM journal WHERE kind = 'movement'"
    f" AND {UNPLACED}",
}
"""Movements without a segment; on PostgreSQL also those that have no place in the tree yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """From where on movements are taken back."""

    at: int = ENDLESS
    """Those that happened after this moment (µs since 1970)."""
    place: int = ENDLESS
    """Those whose entries come after this place of the tree."""
    recorded: str = ""
    """The moment behind ``place``, as the journal writes it; empty: none."""

    @property
    def values(self) -> tuple[int, int, int, int]:
        """For the marks of ``LATER``."""
        return self.at, self.place, self.at, self.place

    def takes(self, place: int | None, at: str, recorded: str) -> bool:
        """Whether a movement is taken back, with or without a place."""
        if self.at != ENDLESS and micros(instant(at)) > self.at:
            return True
        if not self.recorded:
            return False
        return recorded > self.recorded if place is None else place > self.place


def cut(sql: Session, *, occurred: datetime | None, known: datetime | None) -> Cut:
    """From where on to take back, for what was true or known at a moment.

    Nothing that is recorded has happened after the last recording, though a source's clock that is
    ahead may say so: as of now is the present.
    """
    is_past = occurred is not None and written(occurred) < _last_recorded(sql)
    return Cut(
        at=micros(occurred) if occurred is not None and is_past else ENDLESS,
        place=ENDLESS if known is None else place_at(sql, known),
        recorded="" if known is None else written(known),
    )


def _last_recorded(sql: Session) -> str:
    row = sql.execute("SELECT recorded_at FROM journal ORDER BY number DESC LIMIT 1").fetchone()
    return "" if row is None else str(row["recorded_at"])


def place_at(sql: Session, moment: datetime) -> int:
    """The place of the last entry that was recorded up to a moment; -1 where none was.

    Found by halving: moments of recording rise with their places, unless a clock is set back.
    """
    low, high, text = 0, placed(sql), written(moment)
    while low < high:
        middle = (low + high) // 2
        row = sql.execute("SELECT recorded_at FROM sequenced WHERE place = ?", (middle,)).fetchone()
        assert row is not None, f"place {middle} has no entry"
        if row[0] <= text:
            low = middle + 1
        else:
            high = middle
    return low - 1


def holds_text(field: str, value: str, *, whole: bool = True) -> str:
    """A pattern for ``LIKE .. ESCAPE '!'`` that every body with that value of a field fits."""
    text = json.dumps({field: value}, separators=(",", ":"), ensure_ascii=False)[1:-1]
    text = text if whole else text[:-1]
    for sign in "!%_":
        text = text.replace(sign, f"!{sign}")
    return f"%{text}%"


def tail(sql: Session, patterns: Sequence[str] = ()) -> Iterator[Row]:
    """Place, moment, moment of recording and body of the movements that have no segment yet."""
    like = "".join([" AND body LIKE ? ESCAPE '!'"] * len(patterns))
    statement = f"SELECT place, at, recorded_at, body FROM ({TAIL[sql.engine]}) AS t"
    if like:
        statement += f" WHERE {like.removeprefix(' AND ')}"
    return sql.stream(statement, (covered(sql), *patterns))


def later_in_tail(sql: Session, cut: Cut, patterns: Sequence[str] = ()) -> dict[At, int]:
    """What came to balances after a cut, as far as no segment tells."""
    found: dict[At, int] = defaultdict(int)
    for place, at, recorded, body in tail(sql, patterns):
        if cut.takes(place, at, recorded):
            for key, scaled in legs_of(body):
                found[key] += scaled
    return found
