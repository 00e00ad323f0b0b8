"""A connection to a file of SQLite.

Every connection of the process comes from one library (apsw): two copies of SQLite in a process
would drop each other's locks on a file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import apsw

from chargehand.storage.session import (
    DatabaseBroken,
    DatabaseBusy,
    DatabaseFull,
    Row,
    RuleBroken,
    StorageFault,
    row_class,
)

BUSY_TIMEOUT_MS = 30_000
CACHE_KIB = 131_072
READER_CACHE_KIB = 16_384
LOG_PAGES_MAX = 50_000
"""Pages after which a commit does it itself, however long that takes."""
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
                "synchronous = FULL", "foreign_keys = ON",
                f"cache_size = -{READER_CACHE_KIB if read_only else CACHE_KIB}",
                # A long list that is sorted for reading must not fill the memory.
                f"temp_store = {'FILE' if read_only else 'MEMORY'}",
                f"wal_autocheckpoint = {LOG_PAGES_MAX}",
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
