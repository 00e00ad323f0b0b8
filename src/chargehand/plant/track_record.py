"""What a decision has shown at a place: measured, right, overruled, and for how long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chargehand.governance.promotion import TrackRecord
from chargehand.governance.raising import Cell
from chargehand.plant.breaker_readings import NO_PROBE, one
from chargehand.plant.journalled import backwards, whole
from chargehand.storage.personal import Sql
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
    outcomes = measured(sql, *within(cell))
    since = written(now - timedelta(days=days))
    seen = [one for one in outcomes if one.measured_at >= since]
    if len(seen) < count:
        since, seen = "", outcomes
    where, arguments = within(cell)
    judged = one(
        sql,
        f"SELECT count(*) AS n, count(CASE WHEN {OVERRULED} THEN 1 END) AS overruled"
        f" FROM proposal p WHERE p.updated_at >= ?{where} AND {JUDGED} AND {NO_PROBE}",
        (since, *arguments),
    )
    return TrackRecord(
        days=_days(sql, outcomes, now),
        measured=len(seen),
        right=sum(one.is_right for one in seen),
        decided=judged["n"],
        overridden=judged["overruled"],
    )


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of a proposal, as the journal tells it."""

    proposal: int
    is_right: bool
    measured_at: str


def measured(sql: Sql, where: str, arguments: Sequence[object]) -> list[Measured]:
    """What came of the proposals under a condition on ``p``, in their order.

    From the journal alone: an outcome that somebody wrote into the table is no evidence, and one
    that was taken out of it still is. No probe is ever measured.

    Raises ``PlantFault`` where an entry was edited.
    """
    rows = sql(
        "SELECT j.*, p.number AS proposal FROM proposal p JOIN journal j"
        " ON j.kind <> 'movement' AND j.kind = 'outcome' AND j.key = 'P-' || p.number"
        f" WHERE 1 = 1{where} ORDER BY p.number, j.number DESC",
        arguments,
    )
    first = {row["proposal"]: row for row in rows.fetchall()}
    return [_told(row) for row in first.values()]


def _told(row: Any) -> Measured:
    fact = whole(row)
    at = written(instant(fact["measured_at"]))
    return Measured(row["proposal"], bool(fact["right"]), at)


def _days(sql: Sql, outcomes: Sequence[Measured], now: datetime) -> float:
    """Since the first proposal that was measured was made."""
    if not outcomes:
        return 0.0
    key = f"P-{outcomes[0].proposal}"
    (first, _) = list(backwards(sql, "proposal", key))[-1]
    return max((now - instant(first["recorded_at"])) / A_DAY, 0.0)
