"""How the rows of one file are read, once its columns are tied to the fields of a kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from chargehand.connectors import cell
from chargehand.connectors.cell import CellFault, Style
from chargehand.connectors.fields import read_field
from chargehand.connectors.kinds import Field, Kind

WIDE_FIELDS: Final = ("used_on", "quantity")
"""Fields that a wide table says by a column's name and its cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """One field, tied to where its text comes from."""

    field: Field
    label: str
    """The column as the file calls it."""
    text: Callable[[Sequence[str]], str]
    style: Style
    missing: frozenset[str]
    words: Mapping[str, str]

    def read(self, cells: Sequence[str], today: date) -> object:
        """The field's value in one row; None where it is not known. Raises ``CellFault``."""
        text = self.text(cells).strip()
        if not text or text.casefold() in self.missing:
            return None
        text = self.words.get(text.casefold(), text) if self.words else text
        try:
            return read_field(self.field, text, self.style, today)
        except CellFault as fault:
            raise CellFault(str(fault), fault.cure, self.label) from fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """How each row of one file is read."""

    kind: Kind
    bound: tuple[Bound, ...]
    constants: Mapping[str, Any]
    filters: tuple[tuple[int, frozenset[str]], ...]
    periods: tuple[tuple[int, str, date], ...]
    """Of a wide table: position, name and last day of each period's column."""
    amount_style: Style
    today: date

    def values(self, cells: Sequence[str], *, but: frozenset[str] = frozenset()) -> dict[str, Any]:
        """Read the fields of one row, except ``but``; what is not known is left out.

        Raises ``CellFault`` for the first field that cannot be read or is needed and missing.
        """
        values = dict(self.constants)
        for bound in self.bound:
            value = bound.read(cells, self.today)
            if value is not None:
                values[bound.field.name] = value
            elif bound.field.needed:
                raise CellFault(
                    f"{bound.field.name} is missing", "fill it in at its source", bound.label
                )
        for field in self.kind.fields:
            if field.needed and field.name not in values and field.name not in but:
                raise CellFault(f"{field.name} is missing", "fill it in at its source", field.name)
        return values

    def amount(self, text: str) -> Decimal:
        """Read the cell of a period. Raises ``CellFault``."""
        value = cell.number(text, self.amount_style.decimal)
        if value < 0:
            raise CellFault(f"{text} is negative", "correct it at its source")
        return value

    def passes(self, cells: Sequence[str]) -> bool:
        """Whether the map's filter lets a row in."""
        return all(cells[at].strip() in wanted for at, wanted in self.filters)


def folded(name: str) -> str:
    """A column's name without upper case, blanks and punctuation.

    >>> folded("PO / SO #"), folded("used_on") == folded("Used On")
    ('poso', True)
    """
    return re.sub(r"[^0-9a-z\u0080-\uffff]", "", name.casefold())
