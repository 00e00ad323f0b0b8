"""Reading which lots are part of which: a hold on a lot is on all that was divided from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Sql = Callable[..., Any]
"""Runs a statement on a connection."""
ABOVE = (
    "SELECT used_lot AS lot FROM genealogy WHERE made_material = ? AND made_lot = ?"
    " AND kind = 'sublot'"
)
BELOW = (
    "SELECT made_lot AS lot FROM genealogy WHERE used_material = ? AND used_lot = ?"
    " AND kind = 'sublot'"
)


def lots_above(sql: Sql, material: str, lot: str) -> list[str]:
    """A lot, and those that it is part of; nothing where there is no lot."""
    return _all(sql, ABOVE, material, lot)


def lots_below(sql: Sql, material: str, lot: str) -> list[str]:
    """A lot, and those that are part of it; nothing where there is no lot."""
    return _all(sql, BELOW, material, lot)


def _all(sql: Sql, statement: str, material: str, lot: str) -> list[str]:
    found = [lot] if lot else []
    for one in found:  # grows while it is read
        for row in sql(statement, (material, one)).fetchall():
            if row["lot"] not in found:
                found.append(row["lot"])
    return found
