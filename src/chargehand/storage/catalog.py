"""The tables of a database and their columns, in the words of both engines."""

from __future__ import annotations

from dataclasses import dataclass

from chargehand.storage.session import Session

REMADE = frozenset({"head", "leaf", "alembic_version"})
"""Tables that follow from the others, or from the release."""
_TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table'"
    " AND substr(name, 1, 7) <> 'sqlite_'",
    "postgres": "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()",
}
_COLUMNS = {
    "sqlite": "SELECT name, lower(type) AS type, pk FROM pragma_table_info(?) ORDER BY cid",
    "postgres": "SELECT a.attname AS name, format_type(a.atttypid, NULL) AS type,"
    " coalesce(array_position(i.indkey::int2[], a.attnum), -1) + 1 AS pk FROM pg_attribute a"
    " LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary"
    " WHERE a.attrelid = to_regclass(?) AND a.attnum > 0 AND NOT a.attisdropped"
    " ORDER BY a.attnum",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table of the record."""

    name: str
    columns: tuple[str, ...]
    """In alphabetical order: the same on both engines, whatever migrations added when."""
    key: tuple[str, ...]
    """Its primary key; rows in its order are in the same order on both engines."""
    binary: frozenset[str]
    """Columns of bytes."""


def names(session: Session) -> list[str]:
    """Every table there is, in order."""
    return sorted(str(row["name"]) for row in session.execute(_TABLES[session.engine]))


def table(session: Session, name: str) -> Table:
    """One table."""
    found = session.execute(_COLUMNS[session.engine], (name,)).fetchall()
    rows = list(found)
    key = sorted((row["pk"], row["name"]) for row in rows if row["pk"])
    return Table(
        name=name,
        columns=tuple(sorted(str(row["name"]) for row in rows)),
        key=tuple(str(part) for _, part in key),
        binary=frozenset(str(row["name"]) for row in rows if row["type"] in {"blob", "bytea"}),
    )


def tables(session: Session) -> list[Table]:
    """The tables of the record, those that others refer to first."""
    found = [table(session, name) for name in names(session) if name not in REMADE]
    return sorted(found, key=lambda one: (one.name == "orders", one.name))
