"""Looking into a plant's record without opening the plant: for the doctor, who mends nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from chargehand.storage.checkup import engine_faults, size_bytes
from chargehand.storage.engines import is_address
from chargehand.storage.migrate import revision
from chargehand.storage.session import Session, StorageFault
from chargehand.storage.sqlite import SqliteSession

__all__ = ["Session", "StorageFault", "look_into", "soundness"]

POSTGRES_MIN = 150_000
"""Oldest release that is tried (``server_version_num``)."""


@contextmanager
def look_into(place: Path | str) -> Iterator[Session]:
    """The record, read only, past everything that could refuse to open it; ``StorageFault``."""
    if not is_address(place):
        with closing(SqliteSession(Path(place), read_only=True)) as session:
            yield session
        return
    from chargehand.storage.postgres_session import PostgresSession

    with closing(PostgresSession(str(place))) as server:
        server.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield server


def soundness(session: Session) -> tuple[str, list[str]]:
    """What keeps the record, with its size; and what it finds wrong with it, quickly."""
    size = f"{size_bytes(session) / 1024**2:.1f} MiB"
    if revision(session) is None:
        return size, ["it is empty: its record is gone"]
    if session.engine == "sqlite":
        said = [str(row[0]) for row in session.execute("PRAGMA quick_check(5)")]
        return size, [] if said == ["ok"] else said
    row = session.execute(
        "SELECT current_setting('server_version') AS version,"
        " current_setting('server_version_num') AS number"
    ).fetchone()
    assert row is not None
    faults = list(engine_faults(session))
    if int(row["number"]) < POSTGRES_MIN:
        faults.append(f"PostgreSQL {row['version']} is older than {POSTGRES_MIN // 10_000}")
    return f"PostgreSQL {row['version'].split()[0]}, {size}", faults
