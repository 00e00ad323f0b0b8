"""Lists of stock and of movements, by any dimension, now and as of a moment."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from chargehand.plant.listing import LIMIT_MAX, cursor, cursor_keys
from chargehand.plant.reading import Page
from chargehand.plant.reading_stock_lists import (
    MovementDetail,
    MovementLeg,
    MovementRow,
    StockLine,
)
from chargehand.storage import movement_lists
from chargehand.storage.balances import KEYS, Chosen, balances
from chargehand.storage.looking_back import Cut, cut
from chargehand.storage.segment import legs_of, placed
from chargehand.storage.session import Row, Session
from chargehand.storage.stock import Standing
from chargehand.storage.transaction import place_of
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import instant
from chargehand.vocabulary.material import MaterialDefinition
from chargehand.vocabulary.quantity import amount

NAMES_KEPT = 100_000
"""Names of materials and zones of places that are kept while a long list is written."""
CORRECTIONS_MAX = 1000
"""Later movements of a balance among which corrections are looked for."""


class Names:
    """What materials are called and counted in, and which zones places are in."""

    def __init__(self, sql: Session) -> None:
        self._sql = sql
        self._materials: dict[str, tuple[str, str]] = {}
        self._zones: dict[tuple[str, str], str] = {}

    def of_material(self, material: str) -> tuple[str, str]:
        """Description and unit; both empty for a material that nobody defined."""
        known = self._materials.get(material)
        if known is None:
            row = self._master("material", material)
            known = ("", "")
            if row is not None:
                definition = wire.read(MaterialDefinition, row[0])
                known = (definition.description, definition.unit.value)
            if len(self._materials) >= NAMES_KEPT:
                self._materials.clear()
            self._materials[material] = known
        return known

    def zone(self, site: str, location: str) -> str:
        """The zone of a place; empty where it has none."""
        known = self._zones.get((site, location))
        if known is None:
            row = self._master("location", f"{site}|{location}")
            known = "" if row is None else str(json.loads(row[0]).get("zone") or "")
            if len(self._zones) >= NAMES_KEPT:
                self._zones.clear()
            self._zones[site, location] = known
        return known

    def _master(self, kind: str, key: str) -> Row | None:
        row: Row | None = self._sql.execute(
            "SELECT body FROM master WHERE kind = ? AND key = ?", (kind, key)
        ).fetchone()
        return row


def cut_of(sql: Session, as_of: datetime | None, known_at: datetime | None) -> Cut | None:
    """From where on movements are taken back; None for stock as it stands."""
    if as_of is None and known_at is None:
        return None
    return cut(sql, occurred=as_of, known=known_at)


def stock_page(
    sql: Session, chosen: Chosen, back: Cut | None, *, after: str | None, limit: int, empty: bool
) -> Page[StockLine]:
    """One window of the stock list, in the order of places."""
    limit = max(1, min(limit, LIMIT_MAX))
    start: Any = cursor_keys(after, len(KEYS))
    names = Names(sql)
    found = balances(
        sql, chosen, cut=back, after=start and tuple(start), at_once=limit + 1, empty=empty
    )
    rows = list(itertools.islice(found, limit + 1))
    following = cursor(rows[limit - 1][0][: len(KEYS)]) if len(rows) > limit else None
    lines = (stock_line(row, scaled, names, is_past=back is not None) for row, scaled in rows)
    return Page(rows=tuple(itertools.islice(lines, limit)), next=following)


def stock_lines(sql: Session, chosen: Chosen, back: Cut | None) -> Iterator[StockLine]:
    """All of the stock, as it is read."""
    names = Names(sql)
    for row, scaled in balances(sql, chosen, cut=back, at_once=2000):
        yield stock_line(row, scaled, names, is_past=back is not None)


def stock_line(row: Row, scaled: int, names: Names, *, is_past: bool) -> StockLine:
    """One line of the stock list."""
    description, unit = names.of_material(row["material"])
    standing = Standing(scaled, row["reserved"], row["frozen"], row["released"])
    held = standing.scaled - standing.loose if standing.frozen else 0
    counted = None if is_past else row["counted_at"]
    return StockLine(
        site=row["site"], zone=names.zone(row["site"], row["location"]), location=row["location"],
        material=row["material"], description=description, lot=row["lot"], serial=row["serial"],
        handling_unit=row["handling_unit"], disposition=row["disposition"],
        on_hand=amount(scaled), reserved=None if is_past else amount(row["reserved"]),
        held=None if is_past else amount(held), free=None if is_past else amount(standing.free),
        unit=unit, counted_at=None if counted is None else instant(counted),
    )  # fmt: skip


def movement_page(
    sql: Session, chosen: Chosen, *, after: str | None, limit: int
) -> Page[MovementRow]:
    """One window of the movements that touched some stock, the newest first."""
    limit = max(1, min(limit, LIMIT_MAX))
    start: Any = cursor_keys(after, 1)
    window = movement_lists.movements(
        sql, chosen, below=None if start is None else int(start[0]), limit=limit
    )
    names = Names(sql)
    rows = tuple(movement_row(row, names) for row in window.rows)
    return Page(rows=rows, next=None if window.below is None else cursor([window.below]))


def movement_row(row: Row, names: Names) -> MovementRow:
    """One line of the list of movements."""
    body = json.loads(row["body"])
    occurred = row["occurred_at"]
    return MovementRow(
        entry=row["number"], place=row["place"], key=row["key"],
        business_step=body["business_step"],
        occurred_at=None if occurred is None else instant(occurred),
        recorded_at=instant(row["recorded_at"]), actor=row["actor"], cause=row["cause"],
        corrects=body.get("corrects"), under_hold=body.get("under_hold"),
        legs=tuple(movement_legs(row["body"], body["unit"], names)),
    )  # fmt: skip


def movement_legs(text: str, unit: str, names: Names) -> Iterator[MovementLeg]:
    """The legs of a movement; ``unit`` is of materials that nobody defined."""
    for (account, material, lot, serial, handling_unit, disposition), scaled in legs_of(text):
        site, location = place_of(account)
        yield MovementLeg(
            account=account, site=site, location=location, material=material, lot=lot,
            serial=serial, handling_unit=handling_unit, disposition=disposition,
            quantity=amount(scaled), unit=names.of_material(material)[1] or unit,
        )  # fmt: skip


def movement_detail(sql: Session, entry: int) -> MovementDetail | None:
    """One movement by the number of its journal entry."""
    row = movement_lists.movement(sql, entry)
    if row is None:
        return None
    names = Names(sql)
    later = movement_lists.later_entries(sql, row, CORRECTIONS_MAX)
    corrections = [one for one in later if json.loads(one["body"]).get("corrects") == row["key"]]
    return MovementDetail(
        row=movement_row(row, names),
        leaf=bytes(row["leaf"]).hex(),
        tree_size=placed(sql),
        corrected_by=tuple(movement_row(one, names) for one in corrections),
        cause_entry=_cause_entry(sql, row["cause"]),
    )


def _cause_entry(sql: Session, cause: str | None) -> int | None:
    """The entry of the signal ``source/key``; neither part says where the other begins."""
    for at, sign in enumerate(cause or ""):
        if sign == "/" and cause is not None:
            row = sql.execute(
                "SELECT entry FROM inbox WHERE source = ? AND key = ?",
                (cause[:at], cause[at + 1 :]),
            ).fetchone()
            if row is not None:
                return int(row[0])
    return None
