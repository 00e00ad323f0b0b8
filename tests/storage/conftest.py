"""A place for a database on each engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chargehand.runtime.clock import now
from chargehand.storage.store import Store


@pytest.fixture(params=["sqlite", "postgres"])
def place(request, tmp_path) -> Path | str:
    """Where a new database may be: a file, and the address of a server's database."""
    if request.param == "sqlite":
        return tmp_path / "t.db"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
def both(place) -> Iterator[Store]:
    """An empty database on either engine."""
    store = Store(place, now)
    yield store
    store.close()
