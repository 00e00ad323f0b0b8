"""The outbox: what happened, for everyone who must act on it, until everyone has.

A consumer reads in the order of the tree and remembers its place in the transaction of its effect,
so that each event has its effect once. Places are given after the commit and without gaps (see
``postgres_sequencer``): reading on from a place misses nothing, which reading on from a number
would.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chargehand.storage.session import Row

if TYPE_CHECKING:
    from chargehand.storage.docket import Docket

EVENTS = (
    "SELECT s.place, s.number, o.topic, s.kind, s.key, s.body, s.recorded_at, s.actor, s.cause"
    " FROM outbox o JOIN sequenced s ON s.number = o.number WHERE s.place >= ?"
    " ORDER BY s.place LIMIT ?"
)
CONSUMERS = ("hearing",)
"""Who must have acted on an event before its row goes."""


def take(docket: Docket, consumer: str, limit: int = 1000) -> list[Row]:
    """The next events for a consumer, which count as acted on when this transaction commits."""
    row = docket.sql("SELECT place FROM consumer WHERE name = ?", (consumer,)).fetchone()
    start = 0 if row is None else row["place"]
    events: list[Row] = docket.sql(EVENTS, (start, limit)).fetchall()
    if events:
        docket.sql(
            "INSERT INTO consumer (name, place) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET place = excluded.place",
            (consumer, events[-1]["place"] + 1),
        )
    return events


def prune(docket: Docket) -> int:
    """Delete events that every consumer has acted on; how many."""
    marks = ", ".join("?" * len(CONSUMERS))
    row = docket.sql(
        f"SELECT count(*) AS known, min(place) AS place FROM consumer WHERE name IN ({marks})",
        CONSUMERS,
    ).fetchone()
    if row["known"] < len(CONSUMERS):
        return 0
    deleted: int = docket.sql(
        "DELETE FROM outbox WHERE number IN (SELECT o.number FROM outbox o JOIN sequenced s"
        " ON s.number = o.number WHERE s.place < ?)",
        (row["place"],),
    ).rowcount
    return deleted
