"""Editing a plant's record behind its back: a file through the one copy of SQLite it has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chargehand.plant.database import place_of
from chargehand.storage.engines import is_address
from chargehand.storage.postgres_session import PostgresSession
from chargehand.storage.session import Session
from chargehand.storage.sqlite import SqliteSession

RULES = (
    "SELECT c.conrelid::regclass::text, c.conname FROM pg_constraint c JOIN pg_class t"
    " ON t.oid = c.conrelid WHERE c.contype = 'c' AND t.relnamespace = 'public'::regnamespace"
)


@contextmanager
def behind_the_back(place: Path) -> Iterator[Session]:
    """A connection to a file, or to the plant of a folder, that minds no constraint of ours."""
    found = place_of(place) if place.is_dir() else place
    session = _unruled(str(found)) if is_address(found) else _unruled_file(Path(found))
    try:
        yield session
    finally:
        session.close()


def _unruled_file(file: Path) -> Session:
    session = SqliteSession(file)
    session.execute("PRAGMA foreign_keys = OFF")
    session.execute("PRAGMA ignore_check_constraints = ON")
    return session


def _unruled(address: str) -> Session:
    session = PostgresSession(address)
    session.execute("SET session_replication_role = replica")  # no reference is checked
    for table, rule in session.execute(RULES).fetchall():
        session.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{rule}"')
    return session
