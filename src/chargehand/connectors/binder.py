"""Tie the fields of a kind to the columns of one file; every mistake is named at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from chargehand.connectors import cell
from chargehand.connectors.binding import WIDE_FIELDS, Binding, Bound, folded
from chargehand.connectors.cell import UNIT_NAMES, CellFault, DecimalStyle, Style
from chargehand.connectors.fields import read_field
from chargehand.connectors.kinds import Field, Kind
from chargehand.connectors.mapping import ColumnMap, MappingMistake
from chargehand.connectors.mapping import Mapping as FileMap
from chargehand.connectors.mapping_check import near
from chargehand.connectors.table import Table

_PART: Final = re.compile(r"\{([^{}]+)\}")


class Binder:
    """Collects what is tied and every mistake."""

    def __init__(self, kind: Kind, mapping: FileMap, table: Table, today: date) -> None:
        self.kind, self.mapping, self.table, self.today = kind, mapping, table, today
        self.mistakes: list[MappingMistake] = []
        self.bound: list[Bound] = []
        self.constants: dict[str, Any] = {}

    def wrong(self, key: str, because: str, cure: str, line: int | None = None) -> None:
        """Note a mistake: in the map where it has a line, else in the file."""
        where = f"{self.mapping.name}: {key}" if line else f"{self.table.path.name}: {key}"
        self.mistakes.append(MappingMistake(where=where, because=because, cure=cure, line=line))

    def style(self, column: ColumnMap) -> Style:
        """How a column writes things, by its own entry or the whole map's."""
        mapping = self.mapping
        if not self.table.delimiter:  # Parquet's own numbers have points, whatever the map says
            usual: DecimalStyle = "point"
        else:  # a semicolon is often there because commas are decimal marks
            usual = mapping.decimal or ("unsure" if self.table.delimiter == ";" else "point")
        return Style(
            decimal=column.decimal or usual,
            formats=column.formats,
            zone=mapping.zone,
            units={**UNIT_NAMES, **mapping.units},
            shift_months=mapping.shift_months,
            shift_days=mapping.shift_days,
        )

    def position(self, column: str, key: str, line: int | None) -> int | None:
        """Where a column stands; a mistake where it does not, or more than once."""
        at = [i for i, name in enumerate(self.table.columns) if name == column.strip()]
        if len(at) == 1:
            return at[0]
        if at:
            self.wrong(key, f"the file has {len(at)} columns {column!r}", "rename one", line)
        else:
            known = tuple(name for name in self.table.columns if name)
            self.wrong(key, f"the file has no column {column!r}", near(column, known), line)
        return None

    def tie(self, field: Field, column: ColumnMap) -> None:
        """Tie a field to its column, its template or its constant."""
        key, style = f"columns.{field.name}", self.style(column)
        missing = frozenset(t.casefold() for t in self.mapping.missing | column.missing)
        if column.constant is not None:
            self.constant(field, column.prefix + column.constant, column.line)
            return
        if column.template is not None:
            text, label = self.template(column, key, missing), column.template
        else:
            at = self.position(column.column or "", key, column.line)
            text, label = _cell_at(at or 0, column.prefix, missing), column.column or ""
        self.bound.append(
            Bound(field=field, label=label, text=text, style=style, missing=missing,
                  words=column.words)
        )  # fmt: skip

    def template(
        self, column: ColumnMap, key: str, missing: frozenset[str]
    ) -> Callable[[Sequence[str]], str]:
        """The text of a template in one row; empty where one of its columns is not known."""
        template = column.template or ""
        names = _PART.findall(template)
        if not names:
            self.wrong(key, f"{template!r} names no column", "write {column} in it", column.line)
        positions = {name: self.position(name, key, column.line) or 0 for name in names}

        def filled(cells: Sequence[str]) -> str:
            parts = {name: cells[at].strip() for name, at in positions.items()}
            if any(not part or part.casefold() in missing for part in parts.values()):
                return ""
            return column.prefix + _PART.sub(lambda match: parts[match[1]], template)

        return filled

    def constant(self, field: Field, text: str, line: int | None) -> None:
        """Read a value that all rows share, once; it is not moved in time."""
        style = replace(self.style(ColumnMap()), shift_months=0, shift_days=0, decimal="point")
        try:
            self.constants[field.name] = read_field(field, text.strip(), style, self.today)
        except CellFault as fault:
            self.wrong(f"constants.{field.name}", str(fault), fault.cure, line)

    def by_name(self, field: Field) -> bool:
        """Tie a field to the column of its own name or an alias; say whether there was one."""
        wanted = [folded(name) for name in (field.name, *field.aliases)]
        found = [c for c in dict.fromkeys(self.table.columns) if folded(c) in wanted]
        own = [column for column in found if folded(column) == wanted[0]]
        if len(own or found) > 1:
            which = " and ".join(repr(column) for column in own or found)
            self.wrong(field.name, f"{which} could both be it", "name one in a map")
        elif found:
            self.tie(field, ColumnMap(column=(own or found)[0]))
        return bool(found)


def _cell_at(at: int, prefix: str, missing: frozenset[str]) -> Callable[[Sequence[str]], str]:
    def text(cells: Sequence[str]) -> str:
        return cells[at]

    def prefixed(cells: Sequence[str]) -> str:
        bare = cells[at].strip()
        return prefix + bare if bare and bare.casefold() not in missing else ""

    return prefixed if prefix else text


def bind(
    kind: Kind,
    mapping: FileMap,
    table: Table,
    *,
    site: str | None,
    today: date,
    counted_at: datetime | None = None,
) -> Binding | list[MappingMistake]:
    """Tie a kind's fields to a file's columns; all mistakes where that cannot be done."""
    binder = Binder(kind, mapping, table, today)
    by_name = mapping.takes_names()
    for field in kind.fields:
        column = mapping.columns.get(field.name)
        if column is not None:
            binder.tie(field, column)
        elif not (by_name and binder.by_name(field)):
            _fall_back(binder, field, site)
    _check_site(binder, site)
    _count_at(binder, counted_at)
    periods = _periods(binder)
    _check_needed(binder)
    filters = []
    for name, wanted in mapping.filter.items():
        at = binder.position(name, f"filter.{name}", mapping.filter_lines.get(name))
        filters.append((at or 0, wanted))
    if binder.mistakes:
        return binder.mistakes
    return Binding(
        kind=kind,
        bound=tuple(binder.bound),
        constants=binder.constants,
        filters=tuple(filters),
        periods=periods,
        amount_style=binder.style(ColumnMap()),
        today=today,
    )


def _fall_back(binder: Binder, field: Field, site: str | None) -> None:
    if field.name == "site" and (named := site or binder.mapping.site):
        binder.constant(field, named, None)
    if field.name == "currency" and binder.mapping.currency:
        binder.constant(field, binder.mapping.currency, None)


def _check_site(binder: Binder, site: str | None) -> None:
    tied = next((bound.label for bound in binder.bound if bound.field.name == "site"), None)
    if site and tied:
        binder.wrong("site", f"each row names its site in {tied!r}", "leave out --site")
    if site and binder.kind.field("site") is None:
        binder.wrong("site", f"{binder.kind.name} belong to no site", "leave out --site")


def _count_at(binder: Binder, counted_at: datetime | None) -> None:
    """Let all rows of a stock list have been counted at one moment, where they do not say it."""
    if counted_at is None:
        return
    tied = next((b.label for b in binder.bound if b.field.name == "counted_at"), None)
    if binder.kind.field("counted_at") is None:
        binder.wrong("counted_at", f"{binder.kind.name} are not counted", "leave out --counted-at")
    elif tied or "counted_at" in binder.constants:
        where = f"each row says in {tied!r}" if tied else "the map says"
        binder.wrong("counted_at", f"{where} when it was counted", "leave out --counted-at")
    else:
        binder.constants["counted_at"] = counted_at


def _check_needed(binder: Binder) -> None:
    tied = {bound.field.name for bound in binder.bound} | set(binder.constants)
    if binder.mapping.wide is not None:
        tied |= set(WIDE_FIELDS)
    for field in binder.kind.fields:
        faulty = field.name in binder.mapping.columns or any(
            mistake.where.endswith(f": {field.name}") for mistake in binder.mistakes
        )
        if not field.needed or field.name in tied or faulty:
            continue
        if field.name == "site":
            cure = 'name it by --site, or by site = "..." in a map'
        else:
            known = tuple(name for name in binder.table.columns if name)[:40]
            cure = f"name its column in a map under [columns]: {near(field.name, known)}"
        binder.wrong(field.name, f"no column says the {field.name}", cure)


def _periods(binder: Binder) -> tuple[tuple[int, str, date], ...]:
    wide, mapping = binder.mapping.wide, binder.mapping
    if wide is None:
        return ()
    has_day = bool(re.search("%[djF]", wide.columns))
    periods = []
    for at, name in enumerate(binder.table.columns):
        try:
            first = datetime.strptime(name, wide.columns)  # noqa: DTZ007 - a calendar's month
            moved = cell.moved(first, months=mapping.shift_months, days=mapping.shift_days).date()
            last = moved if has_day else cell.end_of_month(moved)
            cell.check_happened(last, binder.today)
        except CellFault as fault:
            binder.wrong(name, str(fault), fault.cure)
        except ValueError:
            continue
        else:
            periods.append((at, name, last))
    if not periods:
        binder.wrong(
            "wide", f"no column is named like {wide.columns}", "correct its form", wide.line
        )
    return tuple(periods)
