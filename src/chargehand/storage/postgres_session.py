"""A connection to a PostgreSQL server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import count
from typing import Any

import psycopg
from psycopg import errors
from psycopg.adapt import Loader
from psycopg.pq import TransactionStatus

from chargehand.storage.session import (
    NO_SIGN,
    DatabaseBroken,
    DatabaseBusy,
    DatabaseFull,
    Row,
    RuleBroken,
    StorageFault,
    row_class,
)

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

_STREAMS = count()
"""Names of cursors: several may be open at once."""


class _Number(Loader):
    """Sums of whole numbers come as ``numeric``: they are whole numbers all the same."""

    def load(self, data: Any) -> int | float:
        """Read the driver's bytes."""
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


def _without_nul(values: Sequence[Any]) -> list[Any] | None:
    """Values that the server can take, which has no sign NUL in its texts; None where it can.

    The driver itself refuses them, so that the transaction goes on.
    """
    if not any(isinstance(one, str) and "\0" in one for one in values):
        return None
    return [one.replace("\0", NO_SIGN) if isinstance(one, str) else one for one in values]


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

    def last_value(self) -> Any:
        """The value that the last of several statements returned."""
        while self._cursor.nextset():
            pass
        row = self.fetchone()
        return None if row is None else row[0]

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
            if (clean := _without_nul(parameters)) is not None:
                return self.execute(statement, clean)
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

    def copy_in(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Write many rows by ``COPY ... FROM STDIN``."""
        try:
            with self.connection.cursor() as cursor, cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
        except psycopg.Error as error:
            raise fault_of(error) from error

    def copy(self, statement: str, text: str) -> None:
        """Run a ``COPY .. FROM STDIN`` of rows in its text form."""
        try:
            with self.connection.cursor() as cursor, cursor.copy(statement) as copy:
                copy.write(text)
        except psycopg.Error as error:
            raise fault_of(error) from error

    def stream(self, statement: str, parameters: Sequence[Any] = ()) -> Iterator[Row]:
        """Rows of a long list as they are asked for, with little memory; inside a transaction."""
        try:
            with self.connection.cursor(name=f"stream_{next(_STREAMS)}", withhold=False) as cursor:
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
