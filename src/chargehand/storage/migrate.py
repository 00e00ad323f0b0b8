"""Bringing a database to the present shape: Alembic writes the steps, our own session runs them."""

from __future__ import annotations

import io
from pathlib import Path

from chargehand.storage.session import Session

HEAD = "0003"
"""The migration that this release needs; a test compares it with the newest step."""


def revision(session: Session) -> str | None:
    """The migration that a database stands at; None where it is empty."""
    known = (
        "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
        if session.engine == "sqlite"
        else "SELECT 1 FROM pg_tables WHERE tablename = 'alembic_version'"
        " AND schemaname = current_schema()"
    )
    if session.execute(known).fetchone() is None:
        return None
    row = session.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])


def steps(engine: str, present: str | None, wanted: str = HEAD) -> str:
    """The SQL text that leads from one migration to another."""
    from alembic import command
    from alembic.config import Config

    text = io.StringIO()
    configuration = Config(output_buffer=text)
    configuration.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    configuration.attributes["dialect"] = "sqlite" if engine == "sqlite" else "postgresql"
    command.upgrade(configuration, f"{present}:{wanted}" if present else wanted, sql=True)
    return text.getvalue()
