"""SQLite: one file, one writer at a time, any number of readers beside it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chargehand.storage import migrate
from chargehand.storage.sqlite_door import SqliteDoor
from chargehand.storage.sqlite_session import SqliteSession

__all__ = ["Sqlite", "SqliteDoor", "SqliteReaders", "SqliteSession"]


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


class SqliteSequencer:
    """Does nothing: entries are written in the order of the tree."""

    def sequence(self) -> None:
        """Nothing is left to do."""

    def close(self) -> None:
        """Nothing is open."""


class Sqlite:
    """A file of SQLite."""

    name = "sqlite"

    def __init__(self, path: Path) -> None:
        self._path = path

    def migrate(self) -> None:
        """Bring the file to the present shape, where it is not; makes it where it is not there.

        The file of an earlier release is copied first, beside it and named by its migration.
        """
        self._path.touch()
        session = SqliteSession(self._path)
        try:
            present = migrate.revision(session)
            if present not in {None, migrate.HEAD}:
                copy = self._path.with_name(f"{self._path.stem}-before-{migrate.HEAD}.db")
                if not copy.exists():
                    session.backup_to(copy)
            if present != migrate.HEAD:
                _migrate(session)
        finally:
            session.close()

    def door(self) -> SqliteDoor:
        """The writing connection of this process."""
        return SqliteDoor(self._path)

    def sequencer(self) -> SqliteSequencer:
        """What gives entries their places in the tree."""
        return SqliteSequencer()

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
