"""Looking into a plant's record without opening the plant: for the doctor, who mends nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from chargehand.storage.session import Session, StorageFault
from chargehand.storage.sqlite import SqliteSession

__all__ = ["Session", "StorageFault", "look_into"]


@contextmanager
def look_into(file: Path) -> Iterator[Session]:
    """The record, read only, past everything that could refuse to open it; ``StorageFault``."""
    with closing(SqliteSession(file, read_only=True)) as session:
        yield session
