"""Places in the tree, given after the commit by one sequencer at a time.

A transaction's number says when it began, not when it was committed: who reads from the last
number on misses those that commit later. Only what is older than every open transaction is taken,
and all of that at once, so nothing is missed and nothing comes twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chargehand.record.journal import Tree
from chargehand.storage.transaction import CHECKPOINT_EVERY, stored_tree

if TYPE_CHECKING:
    from chargehand.storage.postgres_session import PostgresSession

SEQUENCER = 4_711_004


def sequence(session: PostgresSession) -> int:
    """Append every committed entry that has no place yet; how many there were."""
    session.execute(f"BEGIN; SELECT pg_advisory_xact_lock({SEQUENCER})")
    row = session.execute("SELECT size, peaks, horizon FROM head").fetchone()
    tree = Tree() if row is None else stored_tree(row["size"], row["peaks"])
    start, before = (0, 0) if row is None else (row["horizon"], row["size"])
    horizon = session.execute(
        "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
    ).fetchone()
    assert horizon is not None
    rows = session.stream(
        "SELECT number, leaf, recorded_at FROM journal WHERE xid >= ?::text::xid8"
        " AND xid < ?::text::xid8 ORDER BY xid, number",
        (str(start), str(horizon[0])),
    )
    places: list[tuple[int, int]] = []
    checkpoints = []
    for number, leaf, recorded_at in rows:
        places.append((tree.size, number))
        tree.append(leaf)
        if tree.size % CHECKPOINT_EVERY == 0:
            checkpoints.append((tree.size, tree.root(), recorded_at))
    if places:
        with (
            session.connection.cursor() as cursor,
            cursor.copy("COPY leaf (place, number) FROM STDIN") as copy,
        ):
            copy.write("".join([f"{place}\t{number}\n" for place, number in places]))
    else:
        session.execute("ROLLBACK")
        return 0
    session.executemany(
        "INSERT INTO checkpoint (size, root, recorded_at) VALUES (?, ?, ?)", checkpoints
    )
    session.execute(
        "INSERT INTO head (id, size, peaks, horizon) VALUES (1, ?, ?, ?) ON CONFLICT (id) DO UPDATE"
        " SET size = excluded.size, peaks = excluded.peaks, horizon = excluded.horizon",
        (tree.size, b"".join(tree.peaks), horizon[0]),
    )
    session.execute("COMMIT")
    return tree.size - before
