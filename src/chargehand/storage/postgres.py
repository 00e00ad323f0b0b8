"""PostgreSQL: many processes, each with one writing connection; what differs from SQLite.

Work that looks before it writes runs alone, under an advisory lock; batches of postings run beside
each other under the shared form of it and lock balances in the order of their keys. Entries get
their place in the tree after their commit, from one sequencer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from queue import Empty, SimpleQueue

import psycopg

from chargehand.storage import migrate, postgres_lane
from chargehand.storage.postgres_sequencer import DESK, PostgresSequencer
from chargehand.storage.postgres_session import PostgresSession, fault_of
from chargehand.storage.session import StorageFault
from chargehand.storage.transaction import LaneRows, Transaction

MIGRATION = 4_711_003


class PostgresTransaction(Transaction):
    """Numbers come from a sequence, and may have gaps; places in the tree come after the commit."""

    def __init__(self, door: PostgresDoor, *, alone: bool, spare: int | None) -> None:
        super().__init__(door.session)
        self._door = door
        self._last = -1
        self._spare = spare
        """A number that came with the beginning; a batch of several leaves it unused."""
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
        spare, self._spare = self._spare, None
        if count == 1 and spare is not None:
            first = spare
        else:
            first = self.execute("SELECT take_numbers(?)", (count,)).fetchone()[0]
        self._last = first + count - 1
        return int(first)

    def sequence(self, leaves: Sequence[bytes], recorded_at: Sequence[str]) -> None:
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
        self._spare = self._door.open(alone=self.is_alone)


class PostgresDoor:
    """The writing connection of this process."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.session = PostgresSession(address)

    def begin(self, *, alone: bool) -> PostgresTransaction:
        """Begin, beside other batches of postings or alone; connects anew where that was lost."""
        try:
            spare = self.open(alone=alone)
        except StorageFault:
            if not self.session.is_lost:
                raise
            self.session.close()
            self.session = PostgresSession(self._address)  # the server has hung up meanwhile
            spare = self.open(alone=alone)
        return PostgresTransaction(self, alone=alone, spare=spare)

    def open(self, *, alone: bool) -> int | None:
        """Begin under the lock; for batches of postings, with a number for the first entry."""
        begin = "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock"
        if alone:
            self.session.execute(f"{begin}({DESK})")
            return None
        number = "SELECT take_numbers(1)"
        beside = f"{begin}_shared({DESK}); {postgres_lane.BESIDE}; {number}"
        return int(self.session.execute(beside).last_value())

    def commit(self, transaction: Transaction) -> None:  # noqa: ARG002 - the tree comes later
        """Commit."""
        self.session.execute("COMMIT")

    def abandon(self) -> None:
        """Take back what is open."""
        if not self.session.is_lost and self.session.in_transaction:
            self.session.execute("ROLLBACK")

    def rest(self) -> None:
        """Nothing: the server keeps house itself."""

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
        session = self._begun(settled=settled)
        try:
            yield session
        finally:
            if not session.is_lost:
                session.execute("ROLLBACK")
            if self._open and not session.is_lost:
                self._idle.put(session)
            else:
                session.close()

    def _begun(self, *, settled: bool) -> PostgresSession:
        """A connection in a transaction: an idle one that still answers, or a new one."""
        while True:
            try:
                session = self._idle.get_nowait()
            except Empty:
                session = PostgresSession(self._address)
                _begin(session, settled=settled)
                return session
            try:
                _begin(session, settled=settled)
            except StorageFault:
                if not session.is_lost:
                    raise
                session.close()
            else:
                return session

    def close(self) -> None:
        """Close the idle connections; those in use are closed when their block ends."""
        self._open = False
        while not self._idle.empty():
            self._idle.get_nowait().close()


def _begin(session: PostgresSession, *, settled: bool) -> None:
    begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT 1"
    if not settled:
        session.execute(begin)
        return
    session.execute(f"SELECT pg_advisory_lock({DESK})")
    session.execute(f"{begin}; SELECT pg_advisory_unlock({DESK})")


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

    def sequencer(self) -> PostgresSequencer:
        """What gives entries their places in the tree."""
        return PostgresSequencer(self._address)

    def readers(self) -> PostgresReaders:
        """Its reading connections."""
        return PostgresReaders(self._address)
