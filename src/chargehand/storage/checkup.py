"""Whether a database is sound as its engine sees it, and its upkeep."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chargehand.storage import catalog
from chargehand.storage.session import Session, StorageFault

FAULTS_MAX = 100
TREE = re.compile(r"\bTree (\d+)\b")
"""How SQLite names a table or index: by the page that it begins with."""


def engine_faults(session: Session) -> Iterator[str]:
    """What the engine itself finds wrong: torn pages, indexes that do not fit, broken rules."""
    if session.engine == "sqlite":
        try:
            yield from _file_faults(session)
        except StorageFault as fault:
            yield f"SQLite: {fault}"
        return
    for row in session.execute(
        "SELECT c.relname AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        " WHERE NOT i.indisvalid OR NOT i.indisready ORDER BY c.relname"
    ):
        yield f"PostgreSQL: index {row['name']} is not valid: REINDEX it"


def _file_faults(session: Session) -> Iterator[str]:
    schema = session.execute("SELECT rootpage, type, tbl_name FROM sqlite_master").fetchall()
    named = {str(root): f"{kind} of {table}" for root, kind, table in schema}
    for row in session.execute(f"PRAGMA integrity_check({FAULTS_MAX})"):
        if row[0] != "ok":
            said = TREE.sub(lambda found: f"{found[0]} ({named.get(found[1], '?')})", row[0])
            yield f"SQLite: {said}"
    for row in session.execute("PRAGMA foreign_key_check"):
        yield f"table {row[0]}: row {row[1]} refers to a {row[2]} that is not there"


def read_faults(session: Session) -> Iterator[str]:
    """Tables of which a row cannot be read: PostgreSQL finds a torn page when it reads it."""
    for name in catalog.names(session):
        try:
            for _ in session.stream(f"SELECT * FROM {name}"):
                pass
        except StorageFault as fault:
            yield f"table {name} cannot be read: {fault}"
            return  # its transaction is over


def size_bytes(session: Session) -> int:
    """Room that the database takes."""
    statement = (
        "SELECT page_count * page_size AS size FROM pragma_page_count, pragma_page_size"
        if session.engine == "sqlite"
        else "SELECT pg_database_size(current_database()) AS size"
    )
    row = session.execute(statement).fetchone()
    return int(row["size"])


def compact(session: Session) -> None:
    """Give back room that is not used, and make indexes anew; no row is dropped."""
    if session.engine == "sqlite":
        for statement in ("VACUUM", "REINDEX", "ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)"):
            session.script(statement)
        return
    for name in catalog.names(session):
        session.execute(f"VACUUM (FULL, ANALYZE) {name}")
