"""SQLite: one file, one writer at a time, any number of readers beside it.

Every connection of the process comes from one library (apsw): two copies of SQLite in a process
would drop each other's locks on a file.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw

from chargehand.record.journal import Tree
from chargehand.storage import migrate
from chargehand.storage.session import (
    DatabaseBroken,
    DatabaseBusy,
    DatabaseFull,
    Row,
    RuleBroken,
    StorageFault,
    row_class,
)
from chargehand.storage.transaction import (
    CHECKPOINT_EVERY,
    LaneRows,
    Transaction,
    place_of,
    stored_tree,
)

BUSY_TIMEOUT_MS = 30_000
CACHE_KIB = 131_072
CHECKPOINT_PAGES = 4_000
"""Pages of the write-ahead log after which a resting writer moves it into the file."""
LOG_PAGES_MAX = 50_000
"""Pages after which a commit does it itself, however long that takes."""
TAKE = (
    "UPDATE balance SET scaled = scaled + ?1 + ?2, entry = ?3 WHERE account = ?4 AND material = ?5"
    " AND lot = ?6 AND serial = ?7 AND handling_unit = ?8 AND disposition = ?9"
    " AND frozen = 0 AND scaled + ?1 >= reserved"
)
BRING = (
    "UPDATE balance SET scaled = scaled + ?, entry = ? WHERE account = ? AND material = ?"
    " AND lot = ? AND serial = ? AND handling_unit = ? AND disposition = ?"
)
MAKE = (
    "INSERT INTO balance (entry, account, material, lot, serial, handling_unit, disposition,"
    " site, location) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
MAKES = 16
"""Batches for which balances are looked for first, after one found that some were missing."""
CLAIM = (
    "INSERT INTO inbox (source, key, kind, digest, status, entry, recorded_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)
ENTRY = (
    "INSERT INTO journal (number, kind, key, recorded_at, occurred_at, cause, actor, body, leaf)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
FAULTS: tuple[tuple[type[apsw.Error], type[StorageFault]], ...] = (
    (apsw.BusyError, DatabaseBusy),
    (apsw.LockedError, DatabaseBusy),
    (apsw.FullError, DatabaseFull),
    (apsw.CorruptError, DatabaseBroken),
    (apsw.NotADBError, DatabaseBroken),
    (apsw.ConstraintError, RuleBroken),
)


def fault_of(error: apsw.Error) -> StorageFault:
    """The engine's error in our words."""
    for theirs, ours in FAULTS:
        if isinstance(error, theirs):
            return ours(str(error))
    return StorageFault(str(error))


class SqliteResult:
    """What a statement returned."""

    __slots__ = ("_cursor", "_session", "_shape")

    def __init__(self, cursor: apsw.Cursor, session: SqliteSession, shape: type[Row]) -> None:
        self._cursor = cursor
        self._session = session
        self._shape = shape

    @property
    def rowcount(self) -> int:
        """Rows that the statement changed; ask before the next statement."""
        return self._session.changes()

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return list(self._shape.columns)

    def fetchone(self) -> Row | None:
        """The next row; None after the last."""
        try:
            row = self._cursor.fetchone()
        except apsw.Error as error:
            raise fault_of(error) from error
        return None if row is None else self._shape(row)

    def fetchall(self) -> list[Row]:
        """All rows that are left."""
        try:
            return list(map(self._shape, self._cursor))
        except apsw.Error as error:
            raise fault_of(error) from error

    def __iter__(self) -> Iterator[Row]:
        try:
            yield from map(self._shape, self._cursor)
        except apsw.Error as error:
            raise fault_of(error) from error


class SqliteSession:
    """One connection to the file; it may be handed from thread to thread."""

    engine = "sqlite"

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        flags = apsw.SQLITE_OPEN_READONLY if read_only else apsw.SQLITE_OPEN_READWRITE
        try:
            self._connection = apsw.Connection(
                str(path.absolute()), flags=flags, statementcachesize=256
            )
            self._connection.set_busy_timeout(BUSY_TIMEOUT_MS)
            for line in (
                *(() if read_only else ("journal_mode = WAL",)),
                "synchronous = FULL", "foreign_keys = ON", f"cache_size = -{CACHE_KIB}",
                "temp_store = MEMORY", f"wal_autocheckpoint = {LOG_PAGES_MAX}",
            ):  # fmt: skip
                self._connection.execute(f"PRAGMA {line}")
        except apsw.Error as error:
            raise fault_of(error) from error
        self._shapes: dict[str, type[Row]] = {}

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._connection.in_transaction

    def changes(self) -> int:
        """Rows that the last statement changed."""
        return self._connection.changes()

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> SqliteResult:
        """Run one statement."""
        try:
            cursor = self._connection.execute(statement, parameters)
        except apsw.Error as error:
            raise fault_of(error) from error
        shape = self._shapes.get(statement)
        if shape is None:
            try:
                shape = row_class(tuple(part[0] for part in cursor.get_description()))
            except apsw.ExecutionCompleteError:
                shape = Row  # there are no rows, so none will have this shape
            else:
                self._shapes[statement] = shape
        return SqliteResult(cursor, self, shape)

    def executemany(self, statement: str, rows: Sequence[Sequence[Any]]) -> int:
        """Run a statement for every row; how many rows changed in all."""
        before = self._connection.total_changes()
        try:
            self._connection.executemany(statement, rows)
        except apsw.Error as error:
            raise fault_of(error) from error
        return self._connection.total_changes() - before

    def stream(self, statement: str, parameters: Sequence[Any] = ()) -> Iterator[Row]:
        """Rows of a long list as they are asked for, with little memory."""
        return iter(self.execute(statement, parameters))

    def script(self, text: str) -> None:
        """Run several statements."""
        try:
            self._connection.execute(text).fetchall()  # else it halts at the first row
        except apsw.Error as error:
            raise fault_of(error) from error

    def backup_to(self, path: Path) -> None:
        """Copy the database into a new file while others go on reading and writing."""
        target = apsw.Connection(str(path))
        try:
            with target.backup("main", self._connection, "main") as copy:
                while not copy.done:
                    copy.step(2000)
        except apsw.Error as error:
            raise fault_of(error) from error
        finally:
            target.close()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class SqliteTransaction(Transaction):
    """The journal's numbers are the places of its leaves: there is one writer at a time."""

    def __init__(self, door: SqliteDoor, tree: Tree) -> None:
        super().__init__(door.session)
        self.door = door
        self.tree = tree

    def next_number(self) -> int:
        """The number of the next journal entry."""
        return self.tree.size

    def last_number(self) -> int:
        """The number of the last journal entry."""
        return self.tree.size - 1

    def take_numbers(self, count: int) -> int:  # noqa: ARG002 - the tree grows with its leaves
        """Numbers are used up by ``sequence``."""
        return self.tree.size

    def sequence(self, leaves: Sequence[bytes], recorded_at: str) -> None:
        """Append leaves to the tree."""
        tree = self.tree
        for leaf in leaves:
            tree.append(leaf)
            if tree.size % CHECKPOINT_EVERY == 0:
                self.execute(
                    "INSERT INTO checkpoint (size, root, recorded_at) VALUES (?, ?, ?)"
                    " ON CONFLICT (size) DO NOTHING",
                    (tree.size, tree.root(), recorded_at),
                )

    def put_lane(self, rows: LaneRows) -> bool:
        """Write a batch of postings; False where any of it is not in order."""
        put = self.executemany
        put(CLAIM, rows.inbox)
        if put(TAKE, rows.takes) != len(rows.takes):
            return False
        if self.door.makes and not self._make(rows.brings):
            return False
        if put(BRING, rows.brings) != len(rows.brings):
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
        self.executemany(MAKE, [(*row[1:], *place_of(row[2])) for row in brings])
        return True

    def restart(self) -> None:
        """Take everything back and begin again."""
        self.door.abandon()
        self.tree = self.door.open_tree()

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
        self.makes = 0
        """For how many batches to come balances may have to be made."""

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
        self.session.execute(
            "INSERT INTO head (id, size, peaks) VALUES (1, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET size = excluded.size, peaks = excluded.peaks",
            (tree.size, b"".join(tree.peaks)),
        )
        self.session.execute("COMMIT")

    def abandon(self) -> None:
        """Take back what is open."""
        if self.session.in_transaction:
            self.session.execute("ROLLBACK")

    def rest(self) -> None:
        """Move the write-ahead log into the file, where no commit has to wait for it."""
        self.session.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def close(self) -> None:
        """Close the connection."""
        self.session.close()


class SqliteReaders:
    """Connections for reading, one for each thread, each read a consistent snapshot."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: list[SqliteSession] = []
        self._lock = threading.Lock()
        self._open = True

    @contextmanager
    def snapshot(self, *, settled: bool = False) -> Iterator[SqliteSession]:  # noqa: ARG002
        """A connection that sees one moment of the database until the block ends."""
        with self._lock:
            session = self._idle.pop() if self._idle else None
        if session is None:
            session = SqliteSession(self._path, read_only=True)
        session.execute("BEGIN")
        try:
            yield session
        finally:
            session.execute("ROLLBACK")
            with self._lock:
                keep = self._open
                if keep:
                    self._idle.append(session)
            if not keep:
                session.close()

    def close(self) -> None:
        """Close the idle connections; those in use are closed when their block ends."""
        with self._lock:
            self._open = False
            idle, self._idle = self._idle, []
        for session in idle:
            session.close()


class Sqlite:
    """A file of SQLite."""

    name = "sqlite"

    def __init__(self, path: Path) -> None:
        self._path = path

    def migrate(self) -> None:
        """Bring the file to the present shape, where it is not; makes it where it is not there."""
        self._path.touch()
        session = SqliteSession(self._path)
        try:
            if migrate.revision(session) != migrate.HEAD:
                _migrate(session)
        finally:
            session.close()

    def door(self) -> SqliteDoor:
        """The writing connection of this process."""
        return SqliteDoor(self._path)

    def readers(self) -> SqliteReaders:
        """Its reading connections."""
        return SqliteReaders(self._path)


def _migrate(session: SqliteSession) -> None:
    session.execute("PRAGMA foreign_keys = OFF")  # tables are remade under their own names
    session.execute("BEGIN IMMEDIATE")
    present = migrate.revision(session)  # another process may have been faster
    if present != migrate.HEAD:
        session.script(migrate.steps("sqlite", present))
    session.execute("COMMIT")
    session.execute("PRAGMA foreign_keys = ON")
