"""MAP.toml: how somebody else's export becomes one of our kinds of tables.

It is checked whole: every mistake is named at once, with its line, what is wrong and what to do.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from datetime import UTC, date, tzinfo
from pathlib import Path
from typing import Any

from chargehand.connectors.cell import DecimalStyle
from chargehand.connectors.kinds import Kind
from chargehand.vocabulary.quantity import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingMistake:
    """One mistake in a map, a command or a file as a whole."""

    where: str
    """File and key, such as ``map.toml: columns.material``."""
    because: str
    cure: str
    line: int | None = None

    def __str__(self) -> str:
        line = f", line {self.line}" if self.line else ""
        return f"{self.where}{line}: {self.because}; {self.cure}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMap:
    """Where one field comes from: a column, several columns in a template, or a constant."""

    column: str | None = None
    template: str | None = None
    """Such as ``{machineID}-{comp}``."""
    constant: str | None = None
    prefix: str = ""
    formats: tuple[str, ...] = ()
    missing: frozenset[str] = frozenset()
    words: Dictionary[str, str] = field(default_factory=dict)
    """Their word to ours."""
    decimal: DecimalStyle | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wide:
    """One column per period: each cell that is not zero becomes usage of its own.

    A month's total is dated on its last day, because it was not known before.
    """

    columns: str
    """Format of the columns' names, such as ``%Y-%m``."""
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """A map, read and checked; without a file, everything is as the columns' names say."""

    name: str = "the columns' names"
    source: str | None = None
    site: str | None = None
    currency: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    decimal: DecimalStyle | None = None
    zone: tzinfo = UTC
    missing: frozenset[str] = frozenset()
    columns: Dictionary[str, ColumnMap] = field(default_factory=dict)
    units: Dictionary[str, Unit] = field(default_factory=dict)
    filter: Dictionary[str, frozenset[str]] = field(default_factory=dict)
    filter_lines: Dictionary[str, int | None] = field(default_factory=dict)
    since: date | None = None
    until: date | None = None
    shift_months: int = 0
    shift_days: int = 0
    wide: Wide | None = None

    def takes_names(self) -> bool:
        """Whether fields come from columns of their own name, because the map names none."""
        return not any(column.constant is None for column in self.columns.values())


def read_mapping(path: Path, kind: Kind) -> Mapping | list[MappingMistake]:
    """Read a map for one kind of table; the mistakes, all of them, where there are any."""
    from chargehand.connectors.mapping_check import Checked

    try:
        text = path.read_bytes().decode("utf-8-sig")
        raw: dict[str, Any] = tomllib.loads(text)
    except FileNotFoundError:
        return [
            MappingMistake(where=str(path), because="there is no such file", cure="check the path")
        ]
    except (OSError, UnicodeDecodeError) as error:
        return [
            MappingMistake(where=str(path), because=str(error), cure="save the map as UTF-8 text")
        ]
    except tomllib.TOMLDecodeError as error:
        return [
            MappingMistake(where=path.name, because=f"it is not TOML: {error}", cure="correct it")
        ]
    checked = Checked(raw=raw, text=text, name=path.name, kind=kind)
    mapping = checked.mapping()
    return sorted(checked.mistakes, key=lambda mistake: mistake.line or 0) or mapping
