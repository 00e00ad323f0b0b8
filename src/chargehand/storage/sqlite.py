"""SQLite: one file, one writer at a time, group commit; any number of readers beside it.

Many callers share a commit: each runs its work inside the open transaction, under its own
savepoint, and all wait for the one ``COMMIT`` that makes them durable. The last caller in line
commits, so nobody waits for a timer. Several processes may write to one file: each transaction
starts with the write lock.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from chargehand.record.journal import Tree

T = TypeVar("T")

HEAD = "0001"
"""The migration that this release needs; a test compares it with the newest step."""
BATCH_MAX = 256
BUSY_TIMEOUT_S = 30.0
RESCUE_S = 0.5
"""How long a caller waits for another's commit before it looks itself."""


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Open a connection with durable settings; it may be handed from thread to thread."""
    place = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rw'}"
    connection = sqlite3.connect(
        place,
        uri=True,
        timeout=BUSY_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
    connection.row_factory = sqlite3.Row
    if not read_only:
        connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA cache_size = -65536")
    return connection


def revision(connection: sqlite3.Connection) -> str | None:
    """The migration that a database stands at; None where it is empty."""
    known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'")
    if known.fetchone() is None:
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])


def migrate(path: Path) -> None:
    """Bring a database file to the present shape; makes it where it is not there."""
    import sqlalchemy as sa
    from alembic import command
    from alembic.config import Config

    engine = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_TIMEOUT_S})
    configuration = Config()
    configuration.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "head")
    engine.dispose()


class Transaction:
    """One caller's part of an open transaction: the connection and the journal's tree."""

    def __init__(self, connection: sqlite3.Connection, tree: Tree) -> None:
        self.connection = connection
        self.execute = connection.execute
        self.tree = tree


class _Batch:
    """Callers whose work shares one commit."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.size = 0
        self.ended = threading.Event()
        self.committed = False


class CommitFailed(Exception):
    """The shared commit failed: nothing of this call was written."""


class Writer:
    """The one door for writing in this process."""

    def __init__(self, path: Path) -> None:
        self._connection = connect(path)
        self._lock = threading.Lock()
        self._count = threading.Lock()
        self._waiting = 0
        self._batch: _Batch | None = None
        self._closed = False

    def run(self, work: Callable[[Transaction], T]) -> T:
        """Run work in a transaction; when it returns, its effect is durable.

        Work that raises leaves no trace, and does not disturb the others of its batch; where the
        database itself gave up (a full disk), ``CommitFailed`` tells all of them.
        """
        with self._turn():
            batch = self._batch or self._begin()
            try:
                with _savepoint(self._connection, batch.tree):
                    result = work(Transaction(self._connection, batch.tree))
            finally:
                batch.size += 1
                if self._is_last(batch):
                    self._end(batch)
        while not batch.ended.wait(RESCUE_S):
            # Whoever was to commit has gone away before its turn.
            with self._lock:
                if self._batch is batch:
                    self._end(batch)
        if not batch.committed:
            raise CommitFailed("the database could not commit; nothing was written")
        return result

    def close(self) -> None:
        """Commit what is under way and close the connection."""
        with self._lock:
            if self._batch is not None:
                self._end(self._batch)
            self._closed = True
            self._connection.close()

    def checkpoint(self) -> None:
        """Move the write-ahead log into the file; called when there is nothing else to do."""
        with self._lock:
            if self._batch is None and not self._closed:
                self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait for the lock, counted, so that the one before knows that somebody follows."""
        with self._count:
            self._waiting += 1
        try:
            self._lock.acquire()
        finally:
            with self._count:
                self._waiting -= 1
        try:
            yield
        finally:
            self._lock.release()

    def _is_last(self, batch: _Batch) -> bool:
        """Whether the batch ends here: nobody follows, it is full, or its transaction is gone."""
        with self._count:
            nobody = self._waiting == 0
        return nobody or batch.size >= BATCH_MAX or not self._connection.in_transaction

    def _begin(self) -> _Batch:
        if self._closed:
            raise CommitFailed("the database is closed; nothing was written")
        self._connection.execute("BEGIN IMMEDIATE")
        began = False
        try:
            row = self._connection.execute("SELECT size, peaks FROM head").fetchone()
            tree = Tree() if row is None else stored_tree(row["size"], row["peaks"])
            self._batch = _Batch(tree)
            began = True
        finally:
            if not began:
                self._connection.execute("ROLLBACK")
        return self._batch

    def _end(self, batch: _Batch) -> None:
        """Commit a batch, or give it up where its transaction is gone, and wake its callers."""
        self._batch = None
        try:
            if self._connection.in_transaction:
                self._connection.execute(
                    "INSERT INTO head (id, size, peaks) VALUES (1, ?, ?)"
                    " ON CONFLICT (id) DO UPDATE SET size = excluded.size, peaks = excluded.peaks",
                    (batch.tree.size, b"".join(batch.tree.peaks)),
                )
                self._connection.execute("COMMIT")
                batch.committed = True
        finally:
            try:
                if not batch.committed and self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
            finally:
                batch.ended.set()


def stored_tree(size: int, peaks: bytes) -> Tree:
    """The tree behind its stored size and peaks."""
    return Tree(size, [peaks[start : start + 32] for start in range(0, len(peaks), 32)])


class _savepoint:  # noqa: N801 - reads as a statement
    """Undo one caller's work where it raises: its rows and its leaves."""

    def __init__(self, connection: sqlite3.Connection, tree: Tree) -> None:
        self._connection = connection
        self._tree = tree

    def __enter__(self) -> None:
        self._before = (self._tree.size, list(self._tree.peaks))
        self._connection.execute("SAVEPOINT work")

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is not None:
            self._tree.size, self._tree.peaks = self._before
        if not self._connection.in_transaction:
            return  # SQLite has taken everything back itself, as it does on a full disk
        if kind is not None:
            self._connection.execute("ROLLBACK TO work")
        self._connection.execute("RELEASE work")


class Readers:
    """Connections for reading, one for each thread, each read a consistent snapshot."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._open = True

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one moment of the database until the block ends."""
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        if connection is None:
            connection = connect(self._path, read_only=True)
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.execute("ROLLBACK")
            with self._lock:
                keep = self._open
                if keep:
                    self._idle.append(connection)
            if not keep:
                connection.close()

    def close(self) -> None:
        """Close the idle connections; those in use are closed when their block ends."""
        with self._lock:
            self._open = False
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
