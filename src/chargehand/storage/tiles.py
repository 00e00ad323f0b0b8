"""The tree's tiles in SQL: made from new leaves, read for proofs.

Tiles are derived: whatever is missing is made again from the journal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from chargehand.record.tile import TILE_WIDTH, grown
from chargehand.storage.docket import Docket
from chargehand.storage.session import Session
from chargehand.storage.statements import replacing
from chargehand.storage.store import Store

LEAVES_MAX: Final = TILE_WIDTH * TILE_WIDTH
"""Leaves that are made into tiles at once."""
TILE = (
    "INSERT INTO tile (level, number, hashes) VALUES (?, ?, ?) "
    f"{replacing('level, number, hashes', 'level', 'number')}"
)


class SqlTiles:
    """Hashes of the tree as one session sees them; see ``chargehand.record.tile.HashReader``."""

    def __init__(self, sql: Session) -> None:
        self._sql = sql

    def read_tile(self, level: int, index: int) -> bytes | None:
        """Hashes of a tile, one after the other, as far as they are kept; None if none is."""
        row = self._sql.execute(
            "SELECT hashes FROM tile WHERE level = ? AND number = ?", (level, index)
        ).fetchone()
        if row is None:
            return None
        # An edit may have made text of it, which must not look like a missing tile.
        return bytes(row[0]) if isinstance(row[0], bytes | memoryview) else b"?"

    def read_leaves(self, begin: int, end: int) -> Sequence[bytes]:
        """Leaf hashes of the entries begin to end - 1, in the order of the tree."""
        rows = self._sql.execute(
            "SELECT leaf FROM sequenced WHERE place >= ? AND place < ? ORDER BY place", (begin, end)
        )
        return [bytes(row[0]) for row in rows.fetchall()]


def tiled(sql: Session) -> int:
    """How many leaves are in tiles."""
    row = sql.execute("SELECT max(number) FROM tile WHERE level = 0").fetchone()
    return 0 if row is None or row[0] is None else (int(row[0]) + 1) * TILE_WIDTH


def sequenced(sql: Session) -> int:
    """How many leaves have a place in the tree."""
    row = sql.execute("SELECT size FROM head").fetchone()
    return 0 if row is None else int(row[0])


def fill(store: Store) -> int:
    """Make tiles from leaves that are in none yet, a chunk of them; how many leaves it took.

    Hashes are reckoned beside the writers; only the finished tiles are written. Two processes may
    do so at once: one of them writes.
    """
    with store.snapshot() as sql:
        first, size = tiled(sql), sequenced(sql)
        whole = min((size - first) // TILE_WIDTH * TILE_WIDTH, LEAVES_MAX)
        if whole <= 0:
            return 0
        reader = SqlTiles(sql)
        tiles = grown(first, reader.read_leaves(first, first + whole), reader)

    def put(docket: Docket) -> int:
        if tiled(docket.transaction.session) != first:
            return 0
        rows = [(level, index, hashes) for (level, index), hashes in sorted(tiles.items())]
        docket.transaction.executemany(TILE, rows)
        return whole

    return store.write(put)
