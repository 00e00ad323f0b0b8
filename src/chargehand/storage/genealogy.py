"""Reading genealogy: rows by lot, by order; the trace asks, one level at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from chargehand.record.lineage import Link, LotKey
from chargehand.record.producing import ORIGIN, SUPPLIED
from chargehand.storage.session import Session
from chargehand.vocabulary.identifier import LotId

CHUNK = 300
"""Keys that one statement asks for."""
BEHIND = chr(ord(ORIGIN) + 1)
"""Behind all that begins with ``ORIGIN``."""


class SqlLineage:
    """Implements ``chargehand.record.lineage.Lineage`` on a connection."""

    def __init__(self, sql: Session) -> None:
        self._sql = sql

    def of_used(self, keys: Sequence[LotKey]) -> Iterator[Link]:
        """Rows in which any of the things was used."""
        return self._of("used", keys)

    def of_made(self, keys: Sequence[LotKey]) -> Iterator[Link]:
        """Rows in which any of the things was made."""
        return self._of("made", keys)

    def of_orders(self, orders: Collection[tuple[str, str]], *, only_apart: bool) -> Iterator[Link]:
        """Rows of orders (site, order); ``only_apart``: those with only one side."""
        apart = " AND (used_material = '' OR made_material = '')" if only_apart else ""
        for some in _chunks(sorted(orders)):
            marks = ", ".join("?" * len(some))
            wanted = set(some)
            for row in self._sql.execute(
                f"SELECT * FROM genealogy WHERE order_key IN ({marks}) AND order_key <> ''{apart}"
                " ORDER BY entry, n",
                [order for _, order in some],
            ):
                if (row["site"], row["order_key"]) in wanted:
                    yield link_of(row)

    def of_suppliers(self, number: str) -> list[LotKey]:
        """Suppliers' lots of a number that became lots of ours, whoever the supplier is."""
        rows = self._sql.execute(
            "SELECT DISTINCT used_material FROM genealogy WHERE used_material >= ?"
            " AND used_material < ? AND used_lot = ? AND kind = ? ORDER BY used_material",
            (ORIGIN, BEHIND, number, SUPPLIED),
        )
        return [LotKey(row["used_material"], LotId(number)) for row in rows]

    def _of(self, side: str, keys: Sequence[LotKey]) -> Iterator[Link]:
        """Rows of one side; a lot is asked for whole, a single thing only where it has no lot."""
        wanted: dict[tuple[str, str, str], list[LotKey]] = {}
        for key in keys:
            if key.is_tracked:
                at = (key.material, key.lot, "" if key.lot else key.serial)
                wanted.setdefault(at, []).append(key)
        lots = sorted({at[:2] for at in wanted if at[1]})
        things = sorted(at for at in wanted if not at[1])
        for columns, rows in (("material lot", lots), ("material lot serial", things)):
            names = [f"{side}_{name}" for name in columns.split()]
            for some in _chunks(rows):
                marks = f"({', '.join('?' * len(names))})"
                for row in self._sql.execute(
                    f"SELECT * FROM genealogy WHERE ({', '.join(names)})"
                    f" IN (VALUES {', '.join([marks] * len(some))}) ORDER BY entry, n",
                    [part for one in some for part in one],
                ):
                    link = link_of(row)
                    found = link.used if side == "used" else link.made
                    assert found is not None
                    at = (found.material, found.lot, "" if found.lot else found.serial)
                    if any(found.meets(key) for key in wanted[at]):
                        yield link


def link_of(row: Any) -> Link:
    """One row of genealogy."""
    return Link(
        entry=row["entry"], site=row["site"], order=row["order_key"], kind=row["kind"],
        used=_key(row, "used"), used_scaled=row["used_scaled"],
        made=_key(row, "made"), made_scaled=row["made_scaled"],
        is_backflushed=bool(row["backflushed"]), at=row["at"],
    )  # fmt: skip


def _key(row: Any, side: str) -> LotKey | None:
    material = row[f"{side}_material"]
    return LotKey(material, row[f"{side}_lot"], row[f"{side}_serial"]) if material else None


def _chunks(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), CHUNK):
        yield rows[start : start + CHUNK]
