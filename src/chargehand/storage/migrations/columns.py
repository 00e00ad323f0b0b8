"""Columns written short, so that a migration shows its tables at a glance.

``name`` is text, ``name#`` a whole number, ``name~`` a real one, ``name&`` bytes; a leading ``!``
makes it part of the primary key, ``?`` lets it be absent, ``=0`` starts it at 0.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

TEXT: sa.types.TypeEngine[Any] = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""Sorted by its bytes on both engines."""
KINDS: dict[str, sa.types.TypeEngine[Any]] = {
    "#": sa.BigInteger(),
    "~": sa.Double(),
    "&": sa.LargeBinary(),
}
ROW_NUMBER = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
"""A whole number in a key: SQLite keeps a table in the order of such a key."""


def column(text: str) -> sa.Column[Any]:
    """A column from its short form."""
    name, _, start = text.partition("=")
    key, absent = name.startswith("!"), name.endswith("?")
    name = name.strip("!?")
    kind = KINDS.get(name[-1], TEXT)
    if key and name.endswith("#"):
        kind = ROW_NUMBER
    return sa.Column(
        name.rstrip("#~&"),
        kind,
        primary_key=key,
        nullable=absent,
        autoincrement=False,
        server_default=sa.text(start) if start else None,
    )


def index(name: str, table: str, columns: list[str], where: str, *, unique: bool) -> None:
    """Make an index, of some rows only where ``where`` says so."""
    only = sa.text(where) if where else None
    op.create_index(name, table, columns, unique=unique, sqlite_where=only, postgresql_where=only)
