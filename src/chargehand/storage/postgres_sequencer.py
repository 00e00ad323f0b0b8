"""Places in the tree, given after the commit by one sequencer at a time.

A transaction's number says when it began, not when it was committed: who reads from the last
number on misses those that commit later. Every committed entry without a place gets the next one;
where to begin to look is a number below which nothing is open any more, noted while nobody writes.
No transaction of the server's other databases holds this up.
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
UNPLACED = (
    "SELECT j.number, j.leaf, j.recorded_at FROM journal j WHERE j.number >= ?"
    " AND NOT EXISTS (SELECT 1 FROM leaf l WHERE l.number = j.number) ORDER BY j.number"
)
FLOOR_BEHIND_MAX = 500_000
"""Numbers to look through again and again, until it is worth to wait for the writers."""
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
    row = session.execute("SELECT size, peaks, floor FROM head").fetchone()
    tree = Tree() if row is None else stored_tree(row["size"], row["peaks"])
    before, floor = (0, 0) if row is None else (row["size"], row["floor"])
    following = _floor(session, floor)
    rows = session.stream(UNPLACED, (floor,))
    while chunk := list(islice(rows, CHUNK)):
        _place(session, tree, chunk)
    if (tree.size, following) == (before, floor):
        session.execute("ROLLBACK")
        return 0
    session.execute(
        "INSERT INTO head (id, size, peaks, floor) VALUES (1, ?, ?, ?) ON CONFLICT (id) DO UPDATE"
        " SET size = excluded.size, peaks = excluded.peaks, floor = excluded.floor",
        (tree.size, b"".join(tree.peaks), following),
    )
    session.execute("COMMIT")
    return tree.size - before


def _floor(session: PostgresSession, floor: int) -> int:
    """The number below which every entry is committed or will never be.

    Known for sure while nobody writes; it is not waited for, unless the last one is long ago.
    """
    row = session.execute("SELECT last_value FROM journal_number").fetchone()
    assert row is not None
    wait = row["last_value"] - floor > FLOOR_BEHIND_MAX
    lock = "pg_advisory_lock" if wait else "pg_try_advisory_lock"
    alone = session.execute(f"SELECT {lock}({DESK}) AS is_ours").fetchone()
    if not wait and (alone is None or not alone["is_ours"]):
        return floor
    try:
        row = session.execute("SELECT last_value, is_called FROM journal_number").fetchone()
    finally:
        session.execute(f"SELECT pg_advisory_unlock({DESK})")
    assert row is not None
    return int(row["last_value"]) + int(row["is_called"])


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
