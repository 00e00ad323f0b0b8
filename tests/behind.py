"""Editing a plant's file behind its back, through the one copy of SQLite that the plant has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chargehand.storage.sqlite import SqliteSession
from chargehand.storage.store import FILE


@contextmanager
def behind_the_back(place: Path) -> Iterator[SqliteSession]:
    """A connection to the file, or to the plant of a folder, that minds no constraint of ours."""
    session = SqliteSession(place / FILE if place.is_dir() else place)
    try:
        session.execute("PRAGMA foreign_keys = OFF")
        session.execute("PRAGMA ignore_check_constraints = ON")
        yield session
    finally:
        session.close()
