"""Hindsight: what came of each proposal once its time has passed."""

from __future__ import annotations

import sys
import traceback
from datetime import datetime
from functools import partial
from typing import Any

from chargehand.decisions.decision import Hindsight, Proposal
from chargehand.plant import installed, policies
from chargehand.plant.listing import filters, page, proposal_row
from chargehand.plant.probing import NO_PROBE
from chargehand.plant.reading import OutcomeLine, OutcomeRow, Page
from chargehand.plant.standing import read_breakers
from chargehand.storage.docket import Docket
from chargehand.storage.session import Session
from chargehand.storage.store import Store
from chargehand.storage.view import SqlRecordView
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import instant, written
from chargehand.vocabulary.money import Money

CHUNK = 200

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
    " WHERE o.proposal IS NULL AND p.measure_after <= ?"
    f" AND {NO_PROBE.format(number='p.number')} AND p.state IN"
    " ('confirmed', 'sent', 'rejected', 'observed', 'expired', 'declined') ORDER BY p.number"
)


def measure_due(store: Store, as_of: datetime) -> list[OutcomeLine]:
    """Measure every proposal whose time has come, and write its outcome down once.

    What a decision that is gone has proposed stays unmeasured; the others go on.
    """
    found: list[tuple[dict[str, Any], Hindsight]] = []
    with store.snapshot() as connection:
        view = SqlRecordView(connection, as_of)
        for row in connection.execute(DUE, (written(as_of),)).fetchall():
            hindsight = _measured(row, view)
            if hindsight is not None:
                found.append((dict(row), hindsight))
    lines: list[OutcomeLine] = []
    for start in range(0, len(found), CHUNK):
        lines += store.write(partial(_write_all, found[start : start + CHUNK]))
    return lines


def _measured(row: Any, view: SqlRecordView) -> Hindsight | None:
    if row["decision"] not in installed.names():
        return None
    try:
        decision = installed.load(row["decision"])
        proposal = wire.read(Proposal, row["body"])
        hindsight = decision.measure(proposal, instant(row["as_of"]), view)
        wire.write(hindsight)
    except Exception:  # noqa: BLE001 - foreign code may fail in any way; the others go on
        said = traceback.format_exc(limit=-2)
        sys.stderr.write(f"P-{row['number']} could not be measured: {said}")
        return None
    return hindsight if isinstance(hindsight, Hindsight) else None


def _write_all(found: list[tuple[dict[str, Any], Hindsight]], docket: Docket) -> list[OutcomeLine]:
    """Write outcomes and read the breakers together, so that a crash cannot come in between."""
    lines = [line for row, seen in found if (line := _write(docket, row, seen)) is not None]
    if lines:
        read_breakers(docket, policies.within(docket))
    return lines


def _was_changed(docket: Docket, row: dict[str, Any]) -> bool:
    """Whether a person changed it: another version may also come from an approval taken back."""
    step = docket.sql(
        "SELECT 1 FROM transition WHERE proposal = ? AND event = 'change'", (row["number"],)
    ).fetchone()
    return row["version"] > 1 and step is not None


def _write(docket: Docket, row: dict[str, Any], seen: Hindsight) -> OutcomeLine | None:
    known = docket.sql("SELECT 1 FROM outcome WHERE proposal = ?", (row["number"],)).fetchone()
    if known is not None:
        return None
    followed = (
        "changed"
        if row["state"] in {"confirmed", "sent"} and _was_changed(docket, row)
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


def outcomes(
    sql: Session, *, after: str | None, limit: int, site: str | None = None
) -> Page[OutcomeRow]:
    """Measured proposals, newest first."""
    where, parameters = filters(**{"p.site": site})
    statement = (
        "SELECT p.*, o.followed, o.is_right, o.worth, o.because, o.expected, o.actual,"
        " o.measured_at, -o.entry AS place FROM outcome o"
        f" JOIN proposal p ON p.number = o.proposal{where}"
    )
    return page(
        sql, statement, parameters, ("place",), after, limit,
        lambda row: OutcomeRow(proposal=proposal_row(row), outcome=outcome_line(row)),
    )  # fmt: skip
