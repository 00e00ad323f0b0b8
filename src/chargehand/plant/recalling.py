"""The recall report: every affected unit, where it is now, what it went into, whom it went to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

from chargehand.plant.export_forms import Kind, csv_chunks
from chargehand.plant.leaving import STATES, Gone, gone, told_as_used
from chargehand.plant.reading_lots import RecallLine, RecallReport
from chargehand.plant.tracing import Names, held, is_known, unknown_lot
from chargehand.record.ledger import CONSUMED, BalanceKey
from chargehand.record.lineage import Edge, LotKey, Trace, trace
from chargehand.record.producing import ORIGIN, supplier_lot
from chargehand.storage.genealogy import SqlLineage
from chargehand.storage.lot_movements import (
    OutsideMovements,
    keys_of,
    named_by,
    order_of_reservation,
    told_as,
)
from chargehand.storage.session import Row, Session
from chargehand.storage.stock import key_of
from chargehand.storage.units import outermost
from chargehand.vocabulary.instant import instant
from chargehand.vocabulary.quantity import amount
from chargehand.vocabulary.refusal import Refusal

COLUMNS: Mapping[str, Kind] = {
    field.name: {"quantity": Kind.AMOUNT, "held": Kind.AMOUNT, "level": Kind.NUMBER}.get(
        field.name, Kind.MOMENT if field.name == "at" else Kind.TEXT
    )
    for field in fields(RecallLine)
}


def recall(sql: Session, key: LotKey) -> RecallReport | Refusal:
    """All that a lot is in, itself included: what stands where, what was used, what has left."""
    if not is_known(sql, key):
        return unknown_lot(key)
    what = f"lot {key.lot} of {key.material}" if key.lot else f"{key.material} {key.serial}"
    return _report(sql, what, key)


def recall_supplier_lot(
    sql: Session, number: str, supplier: str | None = None
) -> RecallReport | Refusal:
    """All that a supplier's lot is in; without a supplier, that of any who has such a number."""
    if supplier is not None:
        key = supplier_lot(supplier, number)
        return (
            _report(sql, f"lot {number} of supplier {supplier}", key)
            if any(SqlLineage(sql).of_used([key]))
            else unknown_lot(key)
        )
    found = SqlLineage(sql).of_suppliers(number)
    if not found:
        return unknown_lot(supplier_lot("", number))
    reports = [_report(sql, "", key) for key in found]
    return _joined(f"supplier's lot {number}", reports)


def _report(sql: Session, start: str, key: LotKey) -> RecallReport:
    found = trace(key, SqlLineage(sql), forward=True)
    affected = [
        (one, level) for one, level in found.levels.items()
        if one.is_tracked and not one.material.startswith(ORIGIN)
    ]  # fmt: skip
    writer = _Lines(sql, found)
    lines = tuple(line for one, level in affected for line in writer.of(one, level))
    return _counted(start, lines, {_lot(key) for key, _ in affected}, is_cut=found.is_cut)


def _joined(start: str, reports: Sequence[RecallReport]) -> RecallReport:
    lines = tuple(dict.fromkeys(line for one in reports for line in one.lines))
    lots = {(line.material, line.lot, line.serial if not line.lot else "") for line in lines}
    return _counted(start, lines, lots, is_cut=any(one.is_cut for one in reports))


def _lot(key: LotKey) -> tuple[str, str, str]:
    return key.material, key.lot, "" if key.lot else key.serial


def _counted(
    start: str, lines: tuple[RecallLine, ...], lots: set[tuple[str, str, str]], *, is_cut: bool
) -> RecallReport:
    here: dict[tuple[str, str, str], list[RecallLine]] = {}
    gone: set[tuple[str, str, str]] = set()
    for line in lines:
        lot = (line.material, line.lot, "" if line.lot else line.serial)
        if line.state == "stands":
            here.setdefault(lot, []).append(line)
        elif line.state == "shipped":
            gone.add(lot)
    held_back = [
        lot for lot, found in here.items() if all(one.held >= one.quantity for one in found)
    ]
    return RecallReport(
        start=start, lots=len(lots), on_hand=len(here), on_hold=len(held_back), shipped=len(gone),
        is_cut=is_cut, lines=lines,
    )  # fmt: skip


class _Lines:
    """Writes the lines of one lot after the other, each of them once."""

    def __init__(self, sql: Session, found: Trace) -> None:
        self._sql = sql
        self._names = Names(sql)
        self._outside = OutsideMovements(sql, STATES)
        self._told: set[object] = set()
        self._from: dict[tuple[str, str], list[Edge]] = {}
        for edge in found.edges:
            self._from.setdefault((edge.used.material, edge.used.lot), []).append(edge)

    def of(self, key: LotKey, level: int) -> Iterator[RecallLine]:
        """All lines of a lot, or of a single thing."""
        edges = [
            edge for edge in self._from.get((key.material, key.lot), ()) if key.meets(edge.used)
        ]
        for edge in edges:
            into = edge.made
            if self._is_new(edge):
                yield self._line(
                    edge.used, level, "used", edge.used_scaled, into_material=into.material,
                    into_lot=into.lot, into_serial=into.serial, order=", ".join(edge.orders),
                    at=instant(edge.at),
                )  # fmt: skip
        outside: dict[str, set[BalanceKey]] = {}
        for row in self._balances(key):
            if not self._is_new(key_of(row)):
                continue
            if row["site"] and row["scaled"]:
                yield self._stands(row, level)
            elif row["account"] in STATES:
                outside.setdefault(row["account"], set()).add(key_of(row))
        used = told_as_used(key, SqlLineage(self._sql).of_used([key]), edges)
        yield from self._gone(key, level, outside, keys_of(self._sql, used))

    def _is_new(self, what: object) -> bool:
        is_new = what not in self._told
        self._told.add(what)
        return is_new

    def _balances(self, key: LotKey) -> list[Any]:
        by = ("lot", key.lot) if key.lot else ("serial", key.serial)
        also = " AND serial = ?" if key.lot and key.serial else ""
        rows: list[Any] = self._sql.execute(
            f"SELECT * FROM balance WHERE {by[0]} = ? AND {by[0]} <> '' AND material = ?{also}"
            " ORDER BY account, serial, handling_unit, disposition",
            (by[1], key.material, *((key.serial,) if also else ())),
        ).fetchall()
        return rows

    def _stands(self, row: Row, level: int) -> RecallLine:
        return self._line(
            LotKey(row["material"], row["lot"], row["serial"]), level, "stands", row["scaled"],
            site=row["site"], location=row["location"], handling_unit=row["handling_unit"],
            outermost_unit=outermost(self._sql.execute, row["handling_unit"]),
            disposition=row["disposition"], held=amount(held(row)),
        )  # fmt: skip

    def _gone(
        self, key: LotKey, level: int, outside: Mapping[str, set[BalanceKey]], used: set[str]
    ) -> Iterator[RecallLine]:
        """What left, movement by movement, but for what is told of as used already."""
        moved = self._outside.of(key.material, key.lot) if outside else []
        for account, wanted in sorted(outside.items()):
            is_told = used if account == CONSUMED else ()
            for one in gone([one for one in moved if one.movement.key not in is_told], wanted):
                yield self._left(one, level)

    def _left(self, one: Gone, level: int) -> RecallLine:
        at, key = one.key, one.moved.movement.key
        order, document = named_in(self._sql, key)
        return self._line(
            LotKey(at.material, at.lot, at.serial), level, STATES[at.account], one.scaled,
            handling_unit=at.handling_unit, order=order, document=document, movement=key,
            at=instant(one.moved.at),
        )  # fmt: skip

    def _line(self, key: LotKey, level: int, state: str, scaled: int, **more: object) -> RecallLine:
        description, unit = self._names.of(key.material)
        return RecallLine(
            material=key.material, description=description, lot=key.lot, serial=key.serial,
            level=level, state=state, quantity=amount(scaled), unit=unit, **more,  # type: ignore[arg-type]
        )  # fmt: skip


def named_in(sql: Session, key: str) -> tuple[str, str]:
    """The order and the document that the signal of a movement names; empty where it names none."""
    body = told_as(sql, key)
    if body is None:
        return "", named_by(sql, key)
    told = json.loads(body)
    order = told.get("order") or order_of_reservation(sql, told.get("reservation") or "")
    return str(order), str(told.get("document") or "")


def recall_csv(report: RecallReport) -> bytes:
    """The lines of a recall as CSV, with a heading."""
    rows = (tuple(getattr(line, name) for name in COLUMNS) for line in report.lines)
    return b"".join(csv_chunks(COLUMNS, rows))
