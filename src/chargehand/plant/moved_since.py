"""Whether stock has moved after a moment, found without reading the whole journal."""

from __future__ import annotations

from datetime import datetime

from chargehand.storage.segment import UNPLACED, covered, micros, placed, segments
from chargehand.storage.session import Session
from chargehand.vocabulary.instant import written

LATER = (
    "SELECT occurred_at FROM sequenced WHERE place >= ? AND place <= ? AND kind = 'movement'"
    " AND occurred_at > ? AND recorded_at > ? ORDER BY place DESC LIMIT 1"
)
UNPLACED_LATER = (
    f"SELECT occurred_at FROM journal WHERE kind = 'movement' AND {UNPLACED} AND occurred_at > ?"
    " AND recorded_at > ?"
    " ORDER BY number DESC LIMIT 1"
)


def moved_since(sql: Session, moment: datetime) -> str | None:
    """When one of the movements after a moment was, the last that was recorded; None if none is.

    None can have happened after it was recorded, whatever its source's clock said.

    The history's segments know the latest moment of their movements, so that only those which may
    hold a later one are looked into, and what has been recorded since the last of them.
    """
    if sql.engine == "postgres":
        row = sql.execute(UNPLACED_LATER, (written(moment),) * 2).fetchone()
        if row is not None:
            return str(row["occurred_at"])
    spans = [(one.first, one.last) for one in segments(sql) if one.at_max > micros(moment)]
    for first, last in reversed([*spans, (covered(sql) + 1, placed(sql) - 1)]):
        row = sql.execute(LATER, (first, last, written(moment), written(moment))).fetchone()
        if row is not None:
            return str(row["occurred_at"])
    return None
