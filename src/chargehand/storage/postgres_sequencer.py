"""Places in the tree, given after the commit by one sequencer at a time.

A transaction's number says when it began, not when it was committed: who reads from the last
number on misses those that commit later. Only what is older than every open transaction is taken,
and all of that at once, so nothing is missed and nothing comes twice.

The server counts the transactions of all its databases together, so that a long one of somebody
else's would hold up our tree. Where nobody is writing to this journal at the moment, they do not
matter: then all that is committed is taken.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from itertools import islice

from chargehand.record.journal import Tree
from chargehand.storage.postgres_session import PostgresSession
from chargehand.storage.session import Row
from chargehand.storage.transaction import CHECKPOINT_EVERY, stored_tree

DESK = 4_711_001
"""Advisory lock: held alone by work that looks before it writes, shared by batches of postings."""
SEQUENCER = 4_711_004
CHUNK = 50_000
"""Entries that are held in memory at a time."""


class PostgresSequencer:
    """Gives places over a connection of its own: no writer waits for it, and it for none."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._session: PostgresSession | None = None
        self._lock = threading.Lock()

    def sequence(self) -> None:
        """Give committed entries their places in the tree."""
        with self._lock:
            if self._session is None or self._session.is_lost:
                self._session = PostgresSession(self._address)
            try:
                sequence(self._session)
            finally:
                if not self._session.is_lost and self._session.in_transaction:
                    self._session.execute("ROLLBACK")

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            if self._session is not None:
                self._session.close()


def sequence(session: PostgresSession) -> int:
    """Append every committed entry that has no place yet; how many there were."""
    session.execute(f"BEGIN; SELECT pg_advisory_xact_lock({SEQUENCER})")
    row = session.execute("SELECT size, peaks, horizon FROM head").fetchone()
    tree = Tree() if row is None else stored_tree(row["size"], row["peaks"])
    start, before = (0, 0) if row is None else (row["horizon"], row["size"])
    horizon, following = _horizon(session)
    unplaced = ""
    if start > following:
        start, unplaced = 0, _moved(session, following)
    horizon = max(horizon, start)
    rows = session.stream(
        "SELECT number, leaf, recorded_at FROM journal j WHERE xid >= ?::text::xid8"
        f" AND xid < ?::text::xid8 {unplaced} ORDER BY xid, number",
        (str(start), str(horizon)),
    )
    while chunk := list(islice(rows, CHUNK)):
        _place(session, tree, chunk)
    if tree.size == before and not unplaced:
        session.execute("ROLLBACK")
        return 0
    session.execute(
        "INSERT INTO head (id, size, peaks, horizon) VALUES (1, ?, ?, ?) ON CONFLICT (id) DO UPDATE"
        " SET size = excluded.size, peaks = excluded.peaks, horizon = excluded.horizon",
        (tree.size, b"".join(tree.peaks), horizon),
    )
    session.execute("COMMIT")
    return tree.size - before


def _horizon(session: PostgresSession) -> tuple[int, int]:
    """The number below which no transaction will write to the journal any more; the next one."""
    row = session.execute(
        "SELECT pg_snapshot_xmin(s)::text::bigint AS open, pg_snapshot_xmax(s)::text::bigint"
        " AS next FROM pg_current_snapshot() s"
    ).fetchone()
    assert row is not None
    if row["open"] == row["next"] or not _is_alone(session):
        return int(row["open"]), int(row["next"])
    try:  # whoever writes here after this takes a later number
        found = session.execute(
            "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
        ).fetchone()
    finally:
        session.execute(f"SELECT pg_advisory_unlock({DESK})")
    assert found is not None
    return int(found[0]), int(found[0])


def _moved(session: PostgresSession, following: int) -> str:
    """Forget the transactions of another server, from which this database was copied by a dump."""
    session.execute(
        "UPDATE journal SET xid = '0'::xid8 WHERE xid >= ?::text::xid8", (str(following),)
    )
    return "AND NOT EXISTS (SELECT 1 FROM leaf l WHERE l.number = j.number)"


def _is_alone(session: PostgresSession) -> bool:
    """Whether nobody writes to the journal; then nobody begins to until we unlock."""
    row = session.execute(f"SELECT pg_try_advisory_lock({DESK})").fetchone()
    return row is not None and bool(row[0])


def _place(session: PostgresSession, tree: Tree, rows: Sequence[Row]) -> None:
    """Append entries to the tree, and note their places and its roots."""
    places: list[str] = []
    checkpoints = []
    for number, leaf, recorded_at in rows:
        places.append(f"{tree.size}\t{number}\n")
        tree.append(leaf)
        if tree.size % CHECKPOINT_EVERY == 0:
            checkpoints.append((tree.size, tree.root(), recorded_at))
    session.copy("COPY leaf (place, number) FROM STDIN", "".join(places))
    session.executemany(
        "INSERT INTO checkpoint (size, root, recorded_at) VALUES (?, ?, ?)", checkpoints
    )
