"""One connection to the plant's database, the same to its callers whichever engine is behind it.

Statements are written once, with ``?`` for a value, in the SQL that both engines read alike;
``storage/sqlite.py`` and ``storage/postgres.py`` hold what differs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol, SupportsIndex, overload

NO_SIGN = "\N{REPLACEMENT CHARACTER}"
"""Stands for the sign NUL in what people write: PostgreSQL has none in its texts."""


class StorageFault(Exception):
    """The database could not do what it was asked; the message is the engine's own."""


class DatabaseBusy(StorageFault):
    """Another process holds the database for longer than we wait."""


class DatabaseFull(StorageFault):
    """There is no room left to write."""


class DatabaseBroken(StorageFault):
    """The file, or the server's copy of it, cannot be read as a database."""


class RuleBroken(StorageFault):
    """A row breaks a rule of the database: a duplicate key, a check, a missing reference."""


class CommitFailed(Exception):
    """The shared commit failed: nothing of this call was written."""


class CommitUnanswered(CommitFailed):
    """The database did not say whether it committed: what was sent may be written or not."""


class Row(tuple[Any, ...]):
    """A row whose values are reached by column name or by position."""

    __slots__ = ()
    columns: Mapping[str, int] = {}

    @overload
    def __getitem__(self, key: SupportsIndex | str) -> Any: ...
    @overload
    def __getitem__(self, key: slice) -> tuple[Any, ...]: ...
    def __getitem__(self, key: Any) -> Any:
        """Value of a column."""
        return tuple.__getitem__(self, self.columns[key] if key.__class__ is str else key)

    def keys(self) -> list[str]:
        """Names of the columns, in order; lets ``dict(row)`` work."""
        return list(self.columns)


@lru_cache(maxsize=2048)
def row_class(names: tuple[str, ...]) -> type[Row]:
    """The class of rows with these columns."""
    columns = {name: at for at, name in enumerate(names)}
    return type("Row", (Row,), {"__slots__": (), "columns": columns})


class Result(Protocol):
    """What a statement returned."""

    @property
    def rowcount(self) -> int:
        """Rows that the statement changed; ask before the next statement."""
        ...

    def fetchone(self) -> Row | None:
        """The next row; None after the last."""
        ...

    def fetchall(self) -> list[Row]:
        """All rows that are left."""
        ...

    def __iter__(self) -> Iterator[Row]: ...


class Session(Protocol):
    """One connection; used by one thread at a time."""

    engine: str
    """``sqlite`` or ``postgres``."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open and can still be used."""
        ...

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Any:
        """Run one statement; a ``Result``. Raises a ``StorageFault``."""
        ...

    def executemany(self, statement: str, rows: Sequence[Sequence[Any]]) -> int:
        """Run a statement for every row; how many rows changed in all."""
        ...

    def stream(self, statement: str, parameters: Sequence[Any] = ()) -> Iterator[Row]:
        """Rows of a long list as they are asked for, with little memory; in a transaction."""
        ...

    def script(self, text: str) -> None:
        """Run several statements, none of which asks for values."""
        ...

    def close(self) -> None:
        """Close the connection; what is not committed is taken back."""
        ...
