"""Which engine a database is kept by."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from chargehand.storage.session import Session
from chargehand.storage.writer import Door


class Readers(Protocol):
    """Connections for reading."""

    def snapshot(self, *, settled: bool = False) -> AbstractContextManager[Session]:
        """A connection that sees one moment of the database until the block ends."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...


class Sequencer(Protocol):
    """Gives committed entries their places in the tree, where the engine does not at once."""

    def sequence(self) -> None:
        """Give every committed entry its place."""
        ...

    def close(self) -> None:
        """Close its connection."""
        ...


class Engine(Protocol):
    """One database, by the engine that keeps it."""

    name: str

    def migrate(self) -> None:
        """Bring the database to the present shape, where it is not."""
        ...

    def door(self) -> Door:
        """The writing connection of this process."""
        ...

    def sequencer(self) -> Sequencer:
        """What gives entries their places in the tree."""
        ...

    def readers(self) -> Readers:
        """Its reading connections."""
        ...


def is_address(place: Path | str) -> bool:
    """Whether a place is the address of a PostgreSQL database, not a file."""
    return str(place).startswith(("postgresql:", "postgres:"))


def engine(place: Path | str) -> Engine:
    """The engine of a database: a path is a file of SQLite, an address is PostgreSQL."""
    if is_address(place):
        from chargehand.storage.postgres import Postgres

        return Postgres(str(place))
    from chargehand.storage.sqlite import Sqlite

    return Sqlite(Path(place))
