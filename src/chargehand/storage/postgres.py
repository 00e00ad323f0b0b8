"""PostgreSQL: many processes, each with one writing connection; what differs from SQLite.

Work that looks before it writes runs alone, under an advisory lock; batches of postings run beside
each other under the shared form of it and lock balances in the order of their keys. Entries get
their place in the tree after their commit, from one sequencer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from queue import Empty, SimpleQueue
from typing import Any

import psycopg
from psycopg import errors
from psycopg.adapt import Loader
from psycopg.pq import TransactionStatus

from chargehand.storage import migrate, postgres_lane, postgres_sequencer
from chargehand.storage.session import (
    DatabaseBroken,
    DatabaseBusy,
    DatabaseFull,
    Row,
    RuleBroken,
    StorageFault,
    row_class,
)
from chargehand.storage.transaction import LaneRows, Transaction

DESK = 4_711_001
"""Advisory lock: held alone by work that looks before it writes, shared by batches of postings."""
NUMBERS = 4_711_002
MIGRATION = 4_711_003
SETTINGS = (
    "SET plan_cache_mode = force_custom_plan; SET synchronous_commit = on;"
    " SET lock_timeout = '30s'; SET TimeZone = 'UTC'; SET client_min_messages = error"
)
"""A generic plan takes arrays for short ones and reads balances in nested loops: 6 x slower."""
FAULTS: tuple[tuple[tuple[type[Exception], ...], type[StorageFault]], ...] = (
    ((errors.DeadlockDetected, errors.LockNotAvailable, errors.QueryCanceled), DatabaseBusy),
    ((errors.DiskFull,), DatabaseFull),
    ((errors.DataCorrupted, errors.IndexCorrupted), DatabaseBroken),
    ((psycopg.IntegrityError, errors.NumericValueOutOfRange), RuleBroken),
)


class _Number(Loader):
    """Sums of whole numbers come as ``numeric``: they are whole numbers all the same."""

    def load(self, data: Any) -> int | float:
        text = bytes(data).decode()
        return float(text) if "." in text or "N" in text else int(text)


def fault_of(error: psycopg.Error) -> StorageFault:
    """The engine's error in our words."""
    for theirs, ours in FAULTS:
        if isinstance(error, theirs):
            return ours(str(error))
    return StorageFault(str(error))


@lru_cache(maxsize=4096)
def _spelled(statement: str) -> str:
    """The statement with this driver's sign for a value."""
    return statement.replace("%", "%%").replace("?", "%s")


def _shape(cursor: psycopg.Cursor[Any]) -> Any:
    described = cursor.description
    return row_class(tuple(part.name for part in described)) if described else tuple


class PostgresResult:
    """What a statement returned."""

    __slots__ = ("_cursor",)

    def __init__(self, cursor: psycopg.Cursor[Any]) -> None:
        self._cursor = cursor

    @property
    def rowcount(self) -> int:
        """Rows that the statement changed."""
        return self._cursor.rowcount

    def fetchone(self) -> Row | None:
        """The next row; None after the last."""
        try:
            return None if self._cursor.description is None else self._cursor.fetchone()
        except psycopg.Error as error:
            raise fault_of(error) from error

    def fetchall(self) -> list[Row]:
        """All rows that are left."""
        try:
            return [] if self._cursor.description is None else self._cursor.fetchall()
        except psycopg.Error as error:
            raise fault_of(error) from error

    def __iter__(self) -> Iterator[Row]:
        try:
            yield from () if self._cursor.description is None else self._cursor
        except psycopg.Error as error:
            raise fault_of(error) from error


class PostgresSession:
    """One connection to the server."""

    engine = "postgres"

    def __init__(self, address: str) -> None:
        try:
            self.connection: psycopg.Connection[Any] = psycopg.connect(
                address, autocommit=True, row_factory=_shape
            )
            self.connection.adapters.register_loader("numeric", _Number)
            self.connection.execute(SETTINGS)
        except psycopg.Error as error:
            raise fault_of(error) from error

    @property
    def is_lost(self) -> bool:
        """Whether the connection is gone."""
        return self.connection.closed or self.connection.broken

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open, be it only to go back to a savepoint."""
        return self.connection.info.transaction_status in {
            TransactionStatus.INTRANS, TransactionStatus.INERROR,
        }  # fmt: skip

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> PostgresResult:
        """Run one statement."""
        try:
            return PostgresResult(
                self.connection.execute(_spelled(statement), parameters)
                if parameters
                else self.connection.execute(statement)
            )
        except psycopg.Error as error:
            raise fault_of(error) from error

    def executemany(self, statement: str, rows: Sequence[Sequence[Any]]) -> int:
        """Run a statement for every row; how many rows changed in all."""
        if not rows:
            return 0
        try:
            with self.connection.cursor() as cursor:
                cursor.executemany(_spelled(statement), rows)
                return cursor.rowcount
        except psycopg.Error as error:
            raise fault_of(error) from error

    def stream(self, statement: str, parameters: Sequence[Any] = ()) -> Iterator[Row]:
        """Rows of a long list as they are asked for, with little memory; inside a transaction."""
        try:
            with self.connection.cursor(name="stream", withhold=False) as cursor:
                cursor.itersize = 5000
                cursor.execute(_spelled(statement), parameters)
                yield from cursor
        except psycopg.Error as error:
            raise fault_of(error) from error

    def script(self, text: str) -> None:
        """Run several statements."""
        self.execute(text)

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


class PostgresTransaction(Transaction):
    """Numbers come from a sequence, and may have gaps; places in the tree come after the commit."""

    def __init__(self, door: PostgresDoor, *, alone: bool) -> None:
        super().__init__(door.session)
        self._door = door
        self._last = -1
        self.is_alone = alone

    def next_number(self) -> int:
        """The number of the next journal entry, for who works alone."""
        row = self.execute("SELECT last_value, is_called FROM journal_number").fetchone()
        return int(row[0]) + int(row[1])

    def last_number(self) -> int:
        """The number of the last journal entry of this transaction."""
        return self._last

    def take_numbers(self, count: int) -> int:
        """Use up numbers in a row; the first of them."""
        if count == 1:
            first = self.execute("SELECT nextval('journal_number')").fetchone()[0]
        else:
            row = self.execute(
                "SELECT pg_advisory_lock(?), setval('journal_number',"
                " nextval('journal_number') + ?), pg_advisory_unlock(?)",
                (NUMBERS, count - 1, NUMBERS),
            ).fetchone()
            first = row[1] - count + 1
        self._last = first + count - 1
        return int(first)

    def sequence(self, leaves: Sequence[bytes], recorded_at: str) -> None:
        """Places are given after the commit: see ``postgres_sequencer``."""

    def put_lane(self, rows: LaneRows) -> bool:
        """Write a batch of postings; False where any of it is not in order."""
        assert isinstance(self.session, PostgresSession)
        try:
            return postgres_lane.put(self.session.connection, rows)
        except psycopg.Error as error:
            raise fault_of(error) from error

    def mark(self) -> int:
        """The last number: those after it stay unused."""
        return self._last

    def back_to(self, mark: int) -> None:
        """Nothing after that number is written."""
        self._last = mark

    def restart(self) -> None:
        """Take everything back and begin again."""
        self._door.abandon()
        self._door.open(alone=self.is_alone)


class PostgresDoor:
    """The writing connection of this process."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.session = PostgresSession(address)

    def begin(self, *, alone: bool) -> PostgresTransaction:
        """Begin, beside other batches of postings or alone; connects anew where that was lost."""
        if self.session.is_lost:
            self.session = PostgresSession(self._address)
        self.open(alone=alone)
        return PostgresTransaction(self, alone=alone)

    def open(self, *, alone: bool) -> None:
        """Begin under the lock."""
        lock = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
        self.session.execute(
            f"BEGIN ISOLATION LEVEL READ COMMITTED; SELECT {lock}({DESK})"
            + ("" if alone else f"; {postgres_lane.BESIDE}")
        )

    def commit(self, transaction: Transaction) -> None:  # noqa: ARG002 - the tree comes later
        """Commit."""
        self.session.execute("COMMIT")

    def abandon(self) -> None:
        """Take back what is open."""
        if not self.session.is_lost and self.session.in_transaction:
            self.session.execute("ROLLBACK")

    def rest(self) -> None:
        """Give new entries their places in the tree."""
        if self.session.is_lost:
            self.session = PostgresSession(self._address)
        try:
            postgres_sequencer.sequence(self.session)
        finally:
            self.abandon()

    def close(self) -> None:
        """Close the connection."""
        self.session.close()


class PostgresReaders:
    """Connections for reading, each read a consistent snapshot."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._idle: SimpleQueue[PostgresSession] = SimpleQueue()
        self._open = True

    @contextmanager
    def snapshot(self, *, settled: bool = False) -> Iterator[PostgresSession]:
        """A connection that sees one moment of the database until the block ends.

        ``settled``: taken while nobody writes, so that no smaller number appears later.
        """
        session = self._connection()
        begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT 1"
        if settled:
            session.execute(f"SELECT pg_advisory_lock({DESK})")
            session.execute(f"{begin}; SELECT pg_advisory_unlock({DESK})")
        else:
            session.execute(begin)
        try:
            yield session
        finally:
            if not session.is_lost:
                session.execute("ROLLBACK")
            if self._open and not session.is_lost:
                self._idle.put(session)
            else:
                session.close()

    def _connection(self) -> PostgresSession:
        while True:
            try:
                session = self._idle.get_nowait()
            except Empty:
                return PostgresSession(self._address)
            if not session.is_lost:
                return session

    def close(self) -> None:
        """Close the idle connections; those in use are closed when their block ends."""
        self._open = False
        while not self._idle.empty():
            self._idle.get_nowait().close()


class Postgres:
    """A database of a PostgreSQL server."""

    name = "postgres"

    def __init__(self, address: str) -> None:
        self._address = address

    def migrate(self) -> None:
        """Bring the database to the present shape, where it is not."""
        session = PostgresSession(self._address)
        try:
            if migrate.revision(session) != migrate.HEAD:
                session.execute(f"BEGIN; SELECT pg_advisory_xact_lock({MIGRATION})")
                present = migrate.revision(session)  # another process may have been faster
                if present != migrate.HEAD:
                    session.script(migrate.steps("postgres", present))
                session.execute("COMMIT")
        finally:
            session.close()

    def door(self) -> PostgresDoor:
        """The writing connection of this process."""
        return PostgresDoor(self._address)

    def readers(self) -> PostgresReaders:
        """Its reading connections."""
        return PostgresReaders(self._address)
