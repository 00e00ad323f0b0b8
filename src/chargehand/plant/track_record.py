"""What a decision has shown at a place: measured, right, overruled, and for how long."""

from __future__ import annotations

from datetime import datetime, timedelta

from chargehand.governance.promotion import TrackRecord
from chargehand.governance.raising import Cell
from chargehand.plant.breaker_readings import NO_PROBE, one
from chargehand.storage.personal import Sql
from chargehand.storage.session import Row
from chargehand.vocabulary.instant import instant, written

A_DAY = timedelta(days=1)
OVERRULED = (
    "(p.state = 'rejected' OR EXISTS (SELECT 1 FROM transition t WHERE t.proposal = p.number"
    " AND t.event IN ('change', 'undo') AND t.who <> 'chargehand'))"
)
"""Rejected, changed or taken back by a person."""
JUDGED = (
    "EXISTS (SELECT 1 FROM transition t WHERE t.proposal = p.number AND t.who <> 'chargehand'"
    " AND t.who <> 'policy' AND t.event IN ('clear', 'reject', 'change', 'undo'))"
)
"""Decided by a person."""


def within(cell: Cell) -> tuple[str, list[str]]:
    """The condition that a proposal lies in a cell, and its arguments."""
    zones = sorted(cell.zones or cell.but)
    where = " AND p.decision = ?"
    arguments = [cell.decision]
    if cell.site != "*":
        where += " AND p.site = ?"
        arguments.append(cell.site)
    if zones:
        marks = ", ".join("?" * len(zones))
        where += f" AND p.zone {'IN' if cell.zones else 'NOT IN'} ({marks})"
        arguments += zones
    return where, arguments


def track_record(sql: Sql, cell: Cell, now: datetime, *, days: int, count: int) -> TrackRecord:
    """What has been seen in a cell over the last days; over all of it where that is too little.

    What was only observed counts as well: it was measured without being done. Probes do not.
    """
    first = _measured(sql, cell, "")["first"]
    since = written(now - timedelta(days=days))
    seen = _measured(sql, cell, since)
    if seen["n"] < count:
        since = ""
        seen = _measured(sql, cell, since)
    where, arguments = within(cell)
    judged = one(
        sql,
        f"SELECT count(*) AS n, count(CASE WHEN {OVERRULED} THEN 1 END) AS overruled"
        f" FROM proposal p WHERE p.updated_at >= ?{where} AND {JUDGED} AND {NO_PROBE}",
        (since, *arguments),
    )
    return TrackRecord(
        days=0.0 if first is None else max((now - instant(first)) / A_DAY, 0.0),
        measured=seen["n"],
        right=seen["n"] - int(seen["wrong"]),
        decided=judged["n"],
        overridden=judged["overruled"],
    )


def _measured(sql: Sql, cell: Cell, since: str) -> Row:
    where, arguments = within(cell)
    return one(
        sql,
        "SELECT count(*) AS n, coalesce(sum(1 - o.is_right), 0) AS wrong,"
        " min(p.created_at) AS first"
        " FROM outcome o JOIN proposal p ON p.number = o.proposal"
        f" WHERE o.measured_at >= ?{where} AND {NO_PROBE}",
        (since, *arguments),
    )
