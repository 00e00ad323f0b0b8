"""Hindsight: what came of each proposal once its time has passed."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Any

from chargehand.decisions.decision import Hindsight, Proposal
from chargehand.governance.policy import Policy
from chargehand.plant import installed
from chargehand.plant.listing import page, proposal_row
from chargehand.plant.reading import OutcomeLine, OutcomeRow, Page
from chargehand.plant.rulings import read_breakers
from chargehand.storage.docket import Docket
from chargehand.storage.store import Store
from chargehand.storage.view import SqlRecordView
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import instant, written
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import Refusal

FOLLOWED = {
    "confirmed": "followed",
    "sent": "followed",
    "cleared": "followed",
    "rejected": "overruled",
    "observed": "observed",
    "expired": "expired",
    "declined": "declined",
    "failed": "failed",
}
DUE = (
    "SELECT p.* FROM proposal p LEFT JOIN outcome o ON o.proposal = p.number"
    " WHERE o.proposal IS NULL AND p.measure_after <= ? AND p.state IN"
    " ('confirmed', 'sent', 'rejected', 'observed', 'expired', 'declined') ORDER BY p.number"
)


def measure_due(store: Store, policy: Policy, as_of: datetime) -> list[OutcomeLine]:
    """Measure every proposal whose time has come, and write its outcome down once."""
    found: list[tuple[dict[str, Any], Hindsight]] = []
    with store.snapshot() as connection:
        view = SqlRecordView(connection, as_of)
        for row in connection.execute(DUE, (written(as_of),)).fetchall():
            decision = installed.load(row["decision"])
            proposal = wire.read(Proposal, row["body"])
            hindsight = decision.measure(proposal, instant(row["as_of"]), view)
            if not isinstance(hindsight, Refusal):
                found.append((dict(row), hindsight))
    lines = [
        line
        for row, seen in found
        if (line := store.write(lambda docket, row=row, seen=seen: _write(docket, row, seen)))  # type: ignore[misc]
    ]
    if lines:
        store.write(lambda docket: read_breakers(docket, policy))
    return lines


def _write(docket: Docket, row: dict[str, Any], seen: Hindsight) -> OutcomeLine | None:
    known = docket.sql("SELECT 1 FROM outcome WHERE proposal = ?", (row["number"],)).fetchone()
    if known is not None:
        return None
    followed = (
        "changed"
        if row["version"] > 1 and row["state"] in {"confirmed", "sent"}
        else FOLLOWED[row["state"]]
    )
    line = OutcomeLine(
        followed=followed, right=seen.right, worth=seen.worth, because=seen.because,
        expected=seen.expected, actual=seen.actual, measured_at=docket.now(),
    )  # fmt: skip
    entry = docket.entry("outcome", f"P-{row['number']}", wire.write(line), actor="chargehand")
    docket.sql(
        "INSERT INTO outcome (proposal, followed, is_right, worth, currency, because, expected,"
        " actual, measured_at, entry) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            row["number"], followed, int(seen.right), str(seen.worth.amount), seen.worth.currency,
            seen.because, seen.expected, seen.actual, written(docket.now()), entry,
        ),
    )  # fmt: skip
    return line


def outcome_line(row: Any) -> OutcomeLine:
    """A stored outcome."""
    return OutcomeLine(
        followed=row["followed"], right=bool(row["is_right"]),
        worth=Money.of(row["worth"], row["currency"]), because=row["because"],
        expected=row["expected"], actual=row["actual"], measured_at=instant(row["measured_at"]),
    )  # fmt: skip


def outcomes(sql: sqlite3.Connection, *, after: str | None, limit: int) -> Page[OutcomeRow]:
    """Measured proposals, newest first."""
    statement = (
        "SELECT p.*, o.followed, o.is_right, o.worth, o.because, o.expected, o.actual,"
        " o.measured_at, -o.entry AS place FROM outcome o"
        " JOIN proposal p ON p.number = o.proposal"
    )
    return page(
        sql, statement, (), ("place",), after, limit,
        lambda row: OutcomeRow(proposal=proposal_row(row), outcome=outcome_line(row)),
    )  # fmt: skip
