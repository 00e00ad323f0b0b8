"""A plant's database: one writer, any number of readers."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from chargehand.storage import sqlite
from chargehand.storage.docket import Docket
from chargehand.vocabulary.refusal import Refusal

T = TypeVar("T")
FILE = "chargehand.db"


class Undone(Exception):
    """Raised inside a transaction to take back what it wrote; the refusal is the answer instead."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.because)
        self.refusal = refusal


class Store:
    """An open database."""

    def __init__(self, path: Path, clock: Callable[[], datetime]) -> None:
        self.path = path
        self._clock = clock
        with sqlite.connect(path) as connection:
            present = sqlite.revision(connection)
        connection.close()
        if present != sqlite.HEAD:
            sqlite.migrate(path)
        self._writer = sqlite.Writer(path)
        self._readers = sqlite.Readers(path)

    def write(self, work: Callable[[Docket], T]) -> T:
        """Run work in a transaction; when it returns, its effect is durable."""
        return self._writer.run(lambda transaction: work(Docket(transaction, self._clock)))

    def snapshot(self) -> AbstractContextManager[sqlite3.Connection]:
        """A connection for reading that sees one moment of the database."""
        return self._readers.snapshot()

    def rest(self) -> None:
        """Do what can be done when nobody waits: move the write-ahead log into the file."""
        self._writer.checkpoint()

    def close(self) -> None:
        """Close every connection."""
        self._readers.close()
        self._writer.close()
