"""Reading handling units: where one stands, what stands in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from chargehand.record.handling_unit import UnitState
from chargehand.record.ledger import BalanceKey
from chargehand.storage.stock import key_of

Sql = Callable[..., Any]
"""Runs a statement on a connection."""
CHUNK = 500
"""Units that one statement asks for."""


def unit_state(sql: Sql, unit: str) -> UnitState | None:
    """Where a unit stands; None where nothing is known of it."""
    row = sql("SELECT * FROM handling_unit WHERE unit = ?", (unit,)).fetchone()
    return None if row is None else _state(row)


def outermost(sql: Sql, unit: str) -> str:
    """The unit that a unit is moved with: itself where it stands in no other."""
    seen: set[str] = set()
    while unit and unit not in seen:
        seen.add(unit)
        row = sql("SELECT parent FROM handling_unit WHERE unit = ?", (unit,)).fetchone()
        if row is None or not row["parent"]:
            break
        unit = row["parent"]
    return unit


def inside(sql: Sql, unit: str) -> list[UnitState]:
    """All units in a unit, and in those, the outer ones first."""
    found: dict[str, UnitState] = {}
    above = [unit]
    while above:
        rows = _of(sql, "SELECT * FROM handling_unit WHERE parent IN ({}) ORDER BY unit", above)
        fresh = {row["unit"]: _state(row) for row in rows if row["unit"] not in found}
        found |= fresh
        above = list(fresh)
    return list(found.values())


def unit_contents(sql: Sql, units: Sequence[str]) -> list[tuple[BalanceKey, int]]:
    """The stock of the plant that stands directly in any of the units (millionths)."""
    return [(key_of(row), row["scaled"]) for row in stock_of(sql, units)]


def stock_of(sql: Sql, units: Sequence[str]) -> list[Any]:
    """The balances of the plant that stand directly in any of the units."""
    return _of(
        sql,
        "SELECT * FROM balance WHERE handling_unit IN ({}) AND handling_unit <> '' AND site <> ''"
        " AND scaled > 0 ORDER BY handling_unit, material, lot, serial, disposition",
        units,
    )


def _of(sql: Sql, statement: str, units: Sequence[str]) -> list[Any]:
    found: list[Any] = []
    for start in range(0, len(units), CHUNK):
        some = units[start : start + CHUNK]
        found += sql(statement.format(", ".join("?" * len(some))), some).fetchall()
    return found


def _state(row: Any) -> UnitState:
    return UnitState(
        unit=row["unit"], kind=row["kind"], site=row["site"], location=row["location"],
        parent=row["parent"], state=row["state"],
    )  # fmt: skip
