"""Balances by any of their dimensions, as they are or as they were."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from chargehand.storage.looking_back import LATER, Cut, holds_text, later_in_tail
from chargehand.storage.segment import At
from chargehand.storage.session import Row, Session

COLUMNS = (
    "b.account, b.material, b.lot, b.serial, b.handling_unit, b.disposition, b.site, b.location,"
    " b.scaled, b.reserved, b.frozen, b.released, b.counted_at, b.entry"
)
KEYS = ("account", "material", "lot", "serial", "handling_unit", "disposition")
SITES = "SELECT DISTINCT site FROM master WHERE site <> ''"
ZONE = (
    "b.account IN (SELECT json_extract(body, '$.site') || '/' || json_extract(body, '$.location')"
    " FROM master WHERE kind = 'location' AND json_extract(body, '$.zone') = ?)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which balances of the plant's own places are meant; None: any."""

    site: str | None = None
    location: str | None = None
    zone: str | None = None
    material: str | None = None
    lot: str | None = None
    serial: str | None = None
    handling_unit: str | None = None
    disposition: str | None = None
    held: bool | None = None

    def clauses(self, *, begun: bool = False) -> tuple[list[str], list[Any]]:
        """Conditions on a balance ``b``; ``begun``: the list goes on from a place in it."""
        told = [*self._place(begun=begun), *self._what()]
        found = ["b.site <> ''", *(clause for clause, _ in told)]
        if self.held is not None:
            found.append("b.frozen > 0" if self.held else "b.frozen = 0")
        return found, [value for _, values in told for value in values]

    def _place(self, *, begun: bool) -> Iterator[tuple[str, tuple[str, ...]]]:
        if self.site is not None and self.location is not None:
            yield "b.account = ?", (f"{self.site}/{self.location}",)
        elif self.site is not None:
            if not begun:  # else the place in the list is the lower end
                yield "b.account >= ?", (f"{self.site}/",)
            yield "b.account < ?", (f"{self.site}0",)
        elif self.location is not None:
            yield f"b.account IN (SELECT site || '/' || ? FROM ({SITES}) x)", (self.location,)
        if self.zone is not None:
            yield ZONE, (self.zone,)

    def _what(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        if self.material is not None:  # with the site, as the index has both
            sites = SITES if self.site is None else "?"
            yield f"b.site IN ({sites})", () if self.site is None else (self.site,)
            yield "b.material = ?", (self.material,)
        for name in ("lot", "serial", "handling_unit"):
            wanted: str | None = getattr(self, name)
            if wanted is not None:
                # Said outright, so that an index of those that have one can be used.
                yield f"b.{name} = ?" + (f" AND b.{name} <> ''" if wanted else ""), (wanted,)
        if self.disposition is not None:
            yield "b.disposition = ?", (self.disposition,)

    def patterns(self) -> list[str]:
        """What the text of every movement of such a balance holds."""
        told = {
            name: getattr(self, name)
            for name in ("material", "lot", "serial", "handling_unit", "disposition")
        }
        found = [holds_text(name, wanted) for name, wanted in told.items() if wanted]
        if self.site is not None:
            account = f"{self.site}/{self.location or ''}"
            found.append(holds_text("account", account, whole=self.location is not None))
        return found


def balances(
    sql: Session,
    chosen: Chosen,
    *,
    cut: Cut | None = None,
    after: At | None = None,
    at_once: int = 1000,
    empty: bool = False,
) -> Iterator[tuple[Row, int]]:
    """Rows of ``balance`` in the order of their keys, and what stood there (millionths).

    Without a cut it is what stands there now. ``empty``: those where nothing does are told too.
    """
    before = {} if cut is None else later_in_tail(sql, cut, chosen.patterns())
    while True:
        rows = _some(sql, chosen, cut, after, at_once)
        for row in rows:
            scaled = int(row["scaled"])
            if cut is not None:
                scaled -= int(row["later"] or 0) + before.get(tuple(row[:6]), 0)
            if scaled or empty:
                yield row, scaled
        if len(rows) < at_once:
            return
        after = tuple(rows[-1][:6])


def _some(sql: Session, chosen: Chosen, cut: Cut | None, after: At | None, limit: int) -> list[Row]:
    clauses, values = chosen.clauses(begun=after is not None)
    if after is not None:
        is_one_place = chosen.site is not None and chosen.location is not None
        keys = KEYS[1:] if is_one_place else KEYS
        marks = ", ".join("?" * len(keys))
        clauses.append(f"({', '.join(f'b.{key}' for key in keys)}) > ({marks})")
        values.extend(after[-len(keys) :])
    later = "" if cut is None else f", {LATER} AS later"
    order = ", ".join(f"b.{key}" for key in KEYS)
    return list(
        sql.execute(
            f"SELECT {COLUMNS}{later} FROM balance b WHERE {' AND '.join(clauses)}"
            f" ORDER BY {order} LIMIT ?",
            (*(() if cut is None else cut.values), *values, limit),
        ).fetchall()
    )
