"""How long somebody looked before saying yes: for figures over many, never for one person.

A row of ``look`` stands while somebody has a proposal open, and is struck out with the first act on
it. What is kept is counted at once, by week and in bins: no seconds, no proposal and no name. Only
that a proposal was approved sooner than anybody can read is noted with its number, until a review
has looked at what came of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from chargehand.governance.policy import Policy
from chargehand.governance.reviewing import rule_of
from chargehand.outcomes.attention import WAVED_THROUGH_S, reading_bin
from chargehand.storage.docket import Docket
from chargehand.storage.store import Store
from chargehand.vocabulary.instant import instant, written

KEPT_AT_MOST = timedelta(weeks=8)
"""As long it stays noted what was waved through and has no outcome yet."""


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


def note_reading(docket: Docket, row: Mapping[str, Any], person: str, policy: Policy) -> None:
    """Count how long a person had this version open, as they approve it; nothing where unknown."""
    seconds = _reading_time(docket, row, person)
    if seconds is None:
        return
    today = docket.now().date()
    docket.sql(
        "INSERT INTO reading AS r (decision, site, week, bin, approvals) VALUES (?, ?, ?, ?, 1)"
        " ON CONFLICT (decision, site, week, bin) DO UPDATE SET approvals = r.approvals + 1",
        (row["decision"], row["site"], _week(today), reading_bin(seconds)),
    )
    docket.sql("DELETE FROM waved_through WHERE day < ?", (str(today - KEPT_AT_MOST),))
    if seconds < WAVED_THROUGH_S and rule_of(policy.reviews, row["site"]) is not None:
        docket.sql(
            "INSERT INTO waved_through (proposal, site, day) VALUES (?, ?, ?)"
            " ON CONFLICT (proposal) DO NOTHING",
            (row["number"], row["site"], str(today)),
        )


def _week(day: date) -> str:
    """The Monday of a week."""
    return str(day - timedelta(days=day.weekday()))


def _reading_time(docket: Docket, row: Mapping[str, Any], person: str) -> float | None:
    """Seconds since a person opened this version, whose row is struck out; None where unknown."""
    found = docket.sql(
        "SELECT opened_at FROM look WHERE proposal = ? AND person = ? AND version = ?",
        (row["number"], person, row["version"]),
    ).fetchone()
    docket.sql("DELETE FROM look WHERE proposal = ? AND person = ?", (row["number"], person))
    if found is None:
        return None
    return max(0.0, (docket.now() - instant(found["opened_at"])).total_seconds())


def strike_out(docket: Docket, site: str, until: datetime) -> None:
    """Forget what was waved through at a site and of which it is known what came of it.

    Called when the pack of a period is drawn, which ends at ``until``: it has been told then.
    """
    docket.sql(
        "DELETE FROM waved_through WHERE site = ? AND (day < ?"
        " OR EXISTS (SELECT 1 FROM outcome o WHERE o.proposal = waved_through.proposal"
        " AND o.measured_at < ?)"
        " OR EXISTS (SELECT 1 FROM transition t WHERE t.proposal = waved_through.proposal"
        " AND t.event = 'undo' AND t.at < ?))",
        (site, str((until - KEPT_AT_MOST).date()), written(until), written(until)),
    )


def closed(docket: Docket, row: Mapping[str, Any]) -> None:
    """Strike out who has a proposal open: nobody's approval of this version can follow."""
    docket.sql("DELETE FROM look WHERE proposal = ?", (row["number"],))
