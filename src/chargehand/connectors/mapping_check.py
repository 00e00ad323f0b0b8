"""Check a map whole: every mistake is collected, none stops the others from being found."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from difflib import get_close_matches
from typing import Any, Final, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from chargehand.connectors.cell import UNIT_NAMES, DecimalStyle, wrong_format
from chargehand.connectors.fields import DATED
from chargehand.connectors.kinds import Kind
from chargehand.connectors.mapping import ColumnMap, Mapping, MappingMistake, Wide
from chargehand.vocabulary.quantity import Unit

KEYS: Final = (
    "source", "site", "currency", "encoding", "delimiter", "decimal", "timezone", "missing",
    "since", "until", "shift_months", "shift_days", "columns", "constants", "units", "filter",
    "wide",
)  # fmt: skip
COLUMN_KEYS: Final = (
    "column", "template", "constant", "prefix", "formats", "missing", "words", "decimal",
)  # fmt: skip
WIDE_KEYS: Final = ("columns",)
SHIFT_MAX: Final = 40_000
"""Longest shift (days or months)."""


def near(word: str, known: tuple[str, ...]) -> str:
    """Offer what was probably meant.

    >>> near("materail", ("material", "site"))
    "did you mean 'material'? Known: material, site"
    """
    folded = {name.casefold(): name for name in known}
    match = get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.6)
    meant = f"did you mean {folded[match[0]]!r}? " if match else ""
    return f"{meant}Known: {', '.join(known)}"


@dataclass(slots=True)
class Checked:
    """One map on its way from TOML to a ``Mapping``."""

    raw: dict[str, Any]
    text: str
    name: str
    kind: Kind
    mistakes: list[MappingMistake] = field(default_factory=list)

    def mapping(self) -> Mapping:
        """The map; only worth anything where ``mistakes`` stays empty."""
        self._known(self.raw, KEYS, "")
        names = tuple(f.name for f in self.kind.fields)
        columns = {}
        for field_name, value in self._table("columns").items():
            if self._known({field_name: value}, names, "columns."):
                columns[field_name] = self._column(field_name, value)
        for field_name, value in self._table("constants").items():
            if self._known({field_name: value}, names, "constants."):
                columns[field_name] = ColumnMap(
                    constant=_as_text(value), line=self._line(field_name, "constants")
                )
        self._check_period()
        return Mapping(
            name=self.name,
            source=self._text("source"),
            site=self._text("site"),
            currency=self._currency(),
            encoding=self._encoding(),
            delimiter=self._delimiter(),
            decimal=self._decimal(self.raw, ""),
            zone=self._zone(),
            missing=self._texts(self.raw, "missing", ""),
            columns=columns,
            units=self._units(),
            filter=self._filter(),
            filter_lines={name: self._line(name, "filter") for name in self._table("filter")},
            since=self._date("since"),
            until=self._date("until"),
            shift_months=self._whole("shift_months"),
            shift_days=self._whole("shift_days"),
            wide=self._wide(),
        )

    def wrong(self, key: str, because: str, cure: str) -> None:
        """Note a mistake at a key such as ``columns.material``."""
        section, _, rest = key.partition(".") if "." in key else ("", "", key)
        inside = self._line(rest, section) or self._line(rest.rpartition(".")[0], section)
        self.mistakes.append(
            MappingMistake(where=f"{self.name}: {key}", because=because, cure=cure, line=inside)
        )

    def _line(self, key: str, section: str) -> int | None:
        current = ""
        wanted = re.compile(rf"""\s*["']?{re.escape(key)}["']?\s*(=|\.)""")
        for number, line in enumerate(self.text.splitlines(), 1):
            if (heading := re.match(r"\s*\[\s*([^\]]*?)\s*\]", line)) is not None:
                current = heading[1]
                if current.replace('"', "") in {key, f"{section}.{key}"}:
                    return number
            elif wanted.match(line) and current.partition(".")[0] == section:
                return number
        return None

    def _known(self, given: dict[str, Any], known: tuple[str, ...], prefix: str) -> bool:
        unknown = [key for key in given if key not in known]
        for key in unknown:
            what = "field of " + self.kind.name if prefix in {"columns.", "constants."} else "key"
            self.wrong(prefix + key, f"there is no {what} named {key!r}", near(key, known))
        return not unknown

    def _table(self, key: str) -> dict[str, Any]:
        value = self.raw.get(key, {})
        if isinstance(value, dict):
            return cast("dict[str, Any]", value)
        self.wrong(key, "it is not a table", f"write it as a section [{key}]")
        return {}

    def _text(self, key: str) -> str | None:
        value = self.raw.get(key)
        if value is None or (isinstance(value, str) and value.strip()):
            return value
        self.wrong(key, f"it is {value!r}", "write a text in quotes, or leave the key out")
        return None

    def _texts(self, given: dict[str, Any], key: str, prefix: str) -> frozenset[str]:
        value = given.get(key, [])
        texts = [value] if isinstance(value, str) else value
        if isinstance(texts, list) and all(isinstance(text, str) for text in texts):
            return frozenset(text.strip() for text in texts)
        self.wrong(prefix + key, f"it is {value!r}", 'write a list of texts, such as ["n/a"]')
        return frozenset()

    def _currency(self) -> str | None:
        currency = self._text("currency")
        if currency is not None and not re.fullmatch("[A-Z]{3}", currency):
            self.wrong("currency", f"{currency!r} is no currency", "write a code such as EUR")
        return currency

    def _encoding(self) -> str | None:
        encoding = self._text("encoding")
        try:
            "".encode(encoding or "utf-8")
        except LookupError:
            self.wrong("encoding", f"{encoding!r} is not known", "write utf-8, cp1252 or utf-16")
        return encoding

    def _delimiter(self) -> str | None:
        delimiter = self.raw.get("delimiter")
        if delimiter is not None and not (isinstance(delimiter, str) and len(delimiter) == 1):
            self.wrong("delimiter", f"it is {delimiter!r}", 'write one character, such as ";"')
            return None
        return delimiter

    def _decimal(self, given: dict[str, Any], prefix: str) -> DecimalStyle | None:
        value = given.get("decimal")
        if value is not None and value not in {"point", "comma"}:
            self.wrong(prefix + "decimal", f"it is {value!r}", 'write "point" or "comma"')
            return None
        return cast("DecimalStyle | None", value)

    def _zone(self) -> tzinfo:
        name = self._text("timezone")
        if name is None or name == "UTC":
            return UTC
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            self.wrong("timezone", f"{name!r} is not known", "write one such as Europe/Berlin")
            return UTC

    def _date(self, key: str) -> date | None:
        value = self.raw.get(key)
        if isinstance(value, str):
            with suppress(ValueError):  # named below
                value = date.fromisoformat(value)
        if isinstance(value, datetime):
            return value.date()
        if value is None or isinstance(value, date):
            return value
        self.wrong(key, f"{value!r} is not a date", "write it as 2015-12-01")
        return None

    def _whole(self, key: str) -> int:
        value = self.raw.get(key, 0)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= SHIFT_MAX:
            return value
        self.wrong(key, f"it is {value!r}", f"write a whole number up to {SHIFT_MAX}")
        return 0

    def _units(self) -> dict[str, Unit]:
        units = {}
        for theirs, ours in self._table("units").items():
            unit = UNIT_NAMES.get(ours.casefold()) if isinstance(ours, str) else None
            if unit is None:
                known = tuple(unit.value for unit in Unit)
                self.wrong(f"units.{theirs}", f"{ours!r} is not a unit", near(str(ours), known))
            else:
                units[theirs.casefold()] = unit
        return units

    def _filter(self) -> dict[str, frozenset[str]]:
        given = self._table("filter")
        return {column: self._texts(given, column, "filter.") for column in given}

    def _check_period(self) -> None:
        has_time = self.kind.when is not None or self.kind.field("due_at") is not None
        for key in ("since", "until"):
            if key in self.raw and not has_time:
                self.wrong(key, f"{self.kind.name} have no time", "leave it out")

    def _wide(self) -> Wide | None:
        given = self._table("wide")
        if "wide" not in self.raw:
            return None
        self._known(given, WIDE_KEYS, "wide.")
        if self.kind.name != "issues":
            self.wrong("wide", f"{self.kind.name} cannot be wide", "only issues come so")
        form = given.get("columns", "%Y-%m")
        if fault := wrong_format(str(form)):
            self.wrong("wide.columns", f"{form!r}: {fault}", 'write one such as "%Y-%m"')
        return Wide(columns=str(form), line=self._line("wide", ""))

    def _column(self, name: str, value: object) -> ColumnMap:
        here = f"columns.{name}"
        line = self._line(name, "columns")
        if isinstance(value, str):
            return ColumnMap(column=value, line=line)
        if not isinstance(value, dict):
            self.wrong(here, f"it is {value!r}", 'write the column\'s name, or { column = "..." }')
            return ColumnMap(constant="", line=line)
        self._known(value, COLUMN_KEYS, f"{here}.")
        if sum(key in value for key in ("column", "template", "constant")) != 1:
            self.wrong(here, "it needs one of column, template, constant", "write one of them")
        field = self.kind.field(name)
        formats = value.get("formats", [])
        formats = [formats] if isinstance(formats, str) else formats
        if formats and field is not None and field.reads not in DATED:
            self.wrong(f"{here}.formats", f"{name} is not a date", "leave the formats out")
        for form in formats:
            if fault := wrong_format(str(form)):
                self.wrong(f"{here}.formats", f"{form!r}: {fault}", 'write one such as "%d.%m.%Y"')
        return ColumnMap(
            column=_text_or_none(value.get("column")),
            template=_text_or_none(value.get("template")),
            constant=_text_or_none(value.get("constant")),
            prefix=str(value.get("prefix", "")),
            formats=tuple(str(form) for form in formats),
            missing=self._texts(value, "missing", f"{here}."),
            words=self._words(value.get("words", {}), here),
            decimal=self._decimal(value, f"{here}."),
            line=line,
        )

    def _words(self, given: object, here: str) -> dict[str, str]:
        if isinstance(given, dict):
            return {str(theirs).casefold(): str(ours) for theirs, ours in given.items()}
        self.wrong(f"{here}.words", f"it is {given!r}", 'write { "their word" = "our word" }')
        return {}


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _text_or_none(value: object) -> str | None:
    return None if value is None else _as_text(value)
