"""A plant's database: one writer, any number of readers, on either engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from chargehand.storage import engines
from chargehand.storage.docket import Docket
from chargehand.storage.looking import Looking
from chargehand.storage.posting import Answer, Posting
from chargehand.storage.session import Session
from chargehand.storage.writer import Writer
from chargehand.vocabulary.refusal import Refusal

T = TypeVar("T")
FILE = "chargehand.db"


class Undone(Exception):
    """Raised inside a transaction to take back what it wrote; the refusal is the answer instead."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.because)
        self.refusal = refusal


class Store:
    """An open database: a file of SQLite, or the address of a PostgreSQL database."""

    def __init__(self, place: Path | str, clock: Callable[[], datetime]) -> None:
        self.place = place
        self._clock = clock
        self._engine = engines.engine(place)
        self._engine.migrate()
        self._writer = Writer(self._engine.door())
        self._readers = self._engine.readers()
        self._sequencer = self._engine.sequencer()
        self.is_halted: Callable[[], bool] = lambda: False
        """Whether all automation is stopped from outside the database."""

    @property
    def engine(self) -> str:
        """``sqlite`` or ``postgres``."""
        return self._engine.name

    def write(self, work: Callable[[Docket], T]) -> T:
        """Run work in a transaction; when it returns, its effect is durable."""
        return self._writer.run(
            lambda transaction: work(Docket(transaction, self._clock, self.is_halted))
        )

    def post(self, postings: Sequence[Posting]) -> list[Answer]:
        """Post movements by the fast lane; each is posted or refused on its own."""
        return self._writer.post(postings)

    def snapshot(self, *, settled: bool = False) -> AbstractContextManager[Session]:
        """A connection for reading that sees one moment of the database.

        ``settled``: every entry with a smaller number than the newest one seen is seen too.
        """
        return self._readers.snapshot(settled=settled)

    def look(self, work: Callable[[Docket], T]) -> T:
        """Run work that only reads on one moment of the database, while others write.

        ``StorageFault`` where it would write.
        """
        with self.snapshot() as sql:
            return work(Docket(Looking(sql), self._clock, self.is_halted))

    def rest(self) -> None:
        """Do what can be done when nobody waits."""
        self._writer.rest()
        self.sequence()

    def sequence(self) -> None:
        """Give what is committed its place in the tree, where it has none yet; at any load."""
        self._sequencer.sequence()

    def close(self) -> None:
        """Close every connection."""
        self._sequencer.close()
        self._readers.close()
        self._writer.close()
