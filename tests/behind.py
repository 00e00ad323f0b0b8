"""Editing a plant's record behind its back: a file through the one copy of SQLite it has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chargehand.plant.database import place_of
from chargehand.storage import catalog
from chargehand.storage.engines import is_address
from chargehand.storage.postgres_session import PostgresSession
from chargehand.storage.session import Session
from chargehand.storage.sqlite import SqliteSession

RULES = (
    "SELECT c.conrelid::regclass::text, c.conname FROM pg_constraint c JOIN pg_class t"
    " ON t.oid = c.conrelid WHERE c.contype = 'c' AND t.relnamespace = 'public'::regnamespace"
)


@contextmanager
def behind_the_back(place: Path, *, checks: bool = False) -> Iterator[Session]:
    """A connection to a file, or to the plant of a folder, that minds no reference between tables.

    Nor what a table's rules check, unless ``checks``.
    """
    found = place_of(place) if place.is_dir() else place
    session: Session
    if is_address(found):
        session = PostgresSession(str(found))
        session.execute("SET session_replication_role = replica")
        for table, rule in () if checks else session.execute(RULES).fetchall():
            session.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{rule}"')
    else:
        session = SqliteSession(Path(found))
        session.execute("PRAGMA foreign_keys = OFF")
        session.execute(f"PRAGMA ignore_check_constraints = {'OFF' if checks else 'ON'}")
    try:
        yield session
    finally:
        session.close()


def on_each_ruling(session: Session, when: str, statement: str) -> None:
    """Let the database itself run a statement ``BEFORE`` or ``AFTER`` each new ruling."""
    if session.engine == "sqlite":
        begin = f"CREATE TRIGGER meddler {when} INSERT ON ruling BEGIN {statement}; END"
    else:
        begin = (
            "CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN {statement}; RETURN NEW; END $$;"
            f" CREATE TRIGGER meddler {when} INSERT ON ruling FOR EACH ROW EXECUTE"
            " FUNCTION meddle()"
        )
    session.script(begin)


def no_longer(session: Session) -> None:
    """End what ``on_each_ruling`` began."""
    session.execute(f"DROP TRIGGER meddler{'' if session.engine == 'sqlite' else ' ON ruling'}")


def everything(session: Session, *, but: str = "") -> str:
    """All that the database holds in its tables, except one."""
    return "\n".join(
        repr(tuple(row))
        for name in catalog.names(session)
        if name != but
        for row in session.execute(f"SELECT * FROM {name}").fetchall()
    )
