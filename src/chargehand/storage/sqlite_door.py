"""Writing to a file of SQLite: one writer at a time; journal numbers are places in the tree."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chargehand.record.journal import Tree
from chargehand.storage.sqlite_session import SqliteSession
from chargehand.storage.transaction import (
    CHECKPOINT_EVERY,
    LaneRows,
    Transaction,
    place_of,
    stored_tree,
)

TAKE = (
    "UPDATE balance SET scaled = scaled + ?1 + ?2, entry = ?3 WHERE material = ?4 AND lot = ?5"
    " AND account = ?6 AND serial = ?7 AND handling_unit = ?8 AND disposition = ?9"
    " AND frozen = 0 AND scaled + ?1 >= reserved"
)
BRING = (
    "UPDATE balance SET scaled = scaled + ?, entry = ? WHERE material = ? AND lot = ?"
    " AND account = ? AND serial = ? AND handling_unit = ? AND disposition = ?"
)
MAKE = (
    "INSERT INTO balance (entry, material, lot, account, serial, handling_unit, disposition,"
    " site, location) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
MAKES = 16
"""Batches for which balances are looked for first, after one found that some were missing."""
CLAIM = "INSERT INTO inbox (source, key, kind, digest, status, entry) VALUES (?, ?, ?, ?, ?, ?)"
ENTRY = (
    "INSERT INTO journal (number, kind, key, recorded_at, occurred_at, cause, actor, body, leaf)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


class SqliteTransaction(Transaction):
    """The journal's numbers are the places of its leaves: there is one writer at a time."""

    def __init__(self, door: SqliteDoor, tree: Tree) -> None:
        super().__init__(door.session)
        self.door = door
        self.tree = tree
        self.size = tree.size
        """Of the tree when the transaction began."""

    def next_number(self) -> int:
        """The number of the next journal entry."""
        return self.tree.size + self.door.ahead

    def last_number(self) -> int:
        """The number of the last journal entry."""
        return self.tree.size + self.door.ahead - 1

    def take_numbers(self, count: int) -> int:  # noqa: ARG002 - the tree grows with its leaves
        """Numbers are used up by ``sequence``."""
        return self.tree.size + self.door.ahead

    def sequence(self, leaves: Sequence[bytes], recorded_at: Sequence[str]) -> None:
        """Append leaves to the tree."""
        tree = self.tree
        for leaf, moment in zip(leaves, recorded_at, strict=True):
            tree.append(leaf)
            if tree.size % CHECKPOINT_EVERY == 0:
                self.execute(
                    "INSERT INTO checkpoint (size, root, recorded_at) VALUES (?, ?, ?)"
                    " ON CONFLICT (size) DO NOTHING",
                    (tree.size, tree.root(), moment),
                )

    def put_lane(self, rows: LaneRows) -> bool:
        """Write a batch of postings; False where any of it is not in order."""
        put = self.executemany
        put(CLAIM, rows.inbox)
        if put(TAKE, rows.takes) != len(rows.takes):
            return False
        may_make = not self.door.makes or self._make(rows.brings)
        if put(BRING, rows.brings) != len(rows.brings):
            if not may_make:
                return False
            self.door.makes = MAKES
            return self.is_fresh and self._again(rows)
        self.door.makes = max(0, self.door.makes - 1)
        put(ENTRY, rows.journal)
        put(
            "INSERT INTO outbox (number, topic) VALUES (?, 'movement')",
            [(row[0],) for row in rows.journal],
        )
        return True

    def _again(self, rows: LaneRows) -> bool:
        """Begin the batch again, now that balances have to be made."""
        size = self.tree.size
        self.restart()
        return self.tree.size == size and self.put_lane(rows)

    def _make(self, brings: list[tuple[Any, ...]]) -> bool:
        """Make balances that are not there; not where a hold may wait for them."""
        if self.execute("SELECT 1 FROM hold WHERE state = 'active' LIMIT 1").fetchone():
            return False
        self.executemany(MAKE, [(*row[1:], *place_of(row[4])) for row in brings])
        return True

    def restart(self) -> None:
        """Take everything back and begin again."""
        self.door.abandon()
        self.tree = self.door.open_tree()
        self.size = self.tree.size

    def mark(self) -> tuple[int, list[bytes]]:
        """The tree as it stands."""
        return self.tree.size, list(self.tree.peaks)

    def back_to(self, mark: tuple[int, list[bytes]]) -> None:
        """Let the tree be what it was."""
        self.tree.size, self.tree.peaks = mark[0], list(mark[1])


class SqliteDoor:
    """The writing connection of this process."""

    def __init__(self, path: Path) -> None:
        self.session = SqliteSession(path)
        self._path = path
        self._aside: SqliteSession | None = None
        self.makes = 0
        """For how many batches to come balances may have to be made."""
        self.ahead = self._ahead()
        """By how much numbers are ahead of places: above 0 in a record that PostgreSQL began."""

    def _ahead(self) -> int:
        row = self.session.execute(
            "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'leaf'"
        ).fetchone()
        if row is None:
            return 0
        row = self.session.execute(
            "SELECT (SELECT max(number) + 1 FROM journal) - size AS ahead FROM head"
        ).fetchone()
        return 0 if row is None else int(row["ahead"])

    def begin(self, *, alone: bool) -> SqliteTransaction:  # noqa: ARG002 - a writer is always alone
        """Take the write lock."""
        return SqliteTransaction(self, self.open_tree())

    def open_tree(self) -> Tree:
        """Begin, and read the tree's edge."""
        self.session.execute("BEGIN IMMEDIATE")
        began = False
        try:
            row = self.session.execute("SELECT size, peaks FROM head").fetchone()
            tree = Tree() if row is None else stored_tree(row["size"], row["peaks"])
            began = True
        finally:
            if not began:
                self.abandon()
        return tree

    def commit(self, transaction: Transaction) -> None:
        """Write the tree's edge and commit."""
        assert isinstance(transaction, SqliteTransaction)
        tree = transaction.tree
        if tree.size != transaction.size:
            self._write_edge(tree)
        self.session.execute("COMMIT")

    def _write_edge(self, tree: Tree) -> None:
        self.session.execute(
            "INSERT INTO head (id, size, peaks) VALUES (1, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET size = excluded.size, peaks = excluded.peaks",
            (tree.size, b"".join(tree.peaks)),
        )

    def abandon(self) -> None:
        """Take back what is open."""
        if self.session.in_transaction:
            self.session.execute("ROLLBACK")

    def rest(self) -> None:
        """Move the write-ahead log into the file beside the commits, so that none waits for it."""
        if self._aside is None:
            self._aside = SqliteSession(self._path)
        self._aside.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def close(self) -> None:
        """Close the connections."""
        if self._aside is not None:
            self._aside.close()
        self.session.close()
