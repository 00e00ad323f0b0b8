"""Read one cell as what its field says; every fault names what is wrong and what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from chargehand.connectors import cell
from chargehand.connectors.cell import CellFault, Style
from chargehand.connectors.kinds import Field, Reads
from chargehand.vocabulary.equipment import RequestState
from chargehand.vocabulary.identifier import identifier
from chargehand.vocabulary.location import LocationKind
from chargehand.vocabulary.lot import Disposition

DAYS_MAX: Final = 3_650
"""Longest lead time (days) that is not taken for a mistake."""
TEXT_MAX: Final = 1_000
"""Longest description (characters)."""

Reader = Callable[[str, Style, date], Any]


def _identifier(text: str, _style: Style, _today: date) -> str:
    try:
        return identifier(text, "it")
    except ValueError as error:
        raise CellFault(str(error), "correct it at its source") from error


def _text(text: str, _style: Style, _today: date) -> str:
    if len(text) > TEXT_MAX:
        raise CellFault(
            f"it is {len(text)} characters long, more than {TEXT_MAX}",
            "look for a quote that is not closed, or shorten it",
        )
    return text


def _identifiers(text: str, style: Style, today: date) -> tuple[str, ...]:
    parts = (part.strip() for part in re.split(r"[;|,]", text))
    return tuple(dict.fromkeys(_identifier(part, style, today) for part in parts if part))


def _level(text: str, style: Style, _today: date) -> Decimal:
    value = cell.number(text, style.decimal)
    if value < 0:
        raise CellFault(f"{text} is negative", "correct it, or leave the row out by a filter")
    return value


def _amount(text: str, style: Style, today: date) -> Decimal:
    value = _level(text, style, today)
    if value == 0:
        raise CellFault("it is 0, and must be above 0", "correct it, or leave the row out")
    return value


def _fraction(text: str, style: Style, _today: date) -> float:
    is_percent = text.endswith("%")
    value = cell.number(text.rstrip("% "), style.decimal) / (100 if is_percent else 1)
    if not 0 <= value <= 1:
        raise CellFault(f"{text} is not within 0 and 1", "write a fraction such as 0.8, or 80%")
    return float(value)


def _days(text: str, style: Style, today: date) -> int:
    value = _level(text, style, today)
    if value != value.to_integral_value() or value > DAYS_MAX:
        raise CellFault(f"{text} is not a number of days up to {DAYS_MAX}", "write whole days")
    return int(value)


def _happened(text: str, style: Style, today: date) -> date:
    when = cell.day(text, style)
    cell.check_happened(when, today)
    return when


def _planned(text: str, style: Style, today: date) -> date:
    when = cell.day(text, style)
    cell.check_planned(when, today)
    return when


def _happened_at(text: str, style: Style, today: date) -> datetime:
    when = cell.moment(text, style)
    cell.check_happened(when.date(), today)
    return when


def _planned_at(text: str, style: Style, today: date) -> datetime:
    when = cell.moment(text, style)
    cell.check_planned(when.date(), today)
    return when


def _currency(text: str, _style: Style, _today: date) -> str:
    code = text.upper()
    if not re.fullmatch(r"[A-Z]{3}", code):
        raise CellFault(f"{text!r} is not a currency", "write its ISO 4217 code, such as EUR")
    return code


def _word_of(words: type[StrEnum]) -> Reader:
    def read(text: str, _style: Style, _today: date) -> StrEnum:
        try:
            return words(re.sub(r"[\s-]+", "_", text.casefold()))
        except ValueError as error:
            known = ", ".join(words)
            raise CellFault(
                f"{text!r} is not known here",
                f"give it one of these words under `words` of its column in the map: {known}",
            ) from error

    return read


READERS: Final[Mapping[Reads, Reader]] = {
    "id": _identifier,
    "text": _text,
    "ids": _identifiers,
    "amount": _amount,
    "level": _level,
    "price": _level,
    "fraction": _fraction,
    "days": _days,
    "unit": lambda text, style, _today: cell.unit(text, style),
    "happened": _happened,
    "planned": _planned,
    "happened_at": _happened_at,
    "planned_at": _planned_at,
    "state": _word_of(RequestState),
    "place": _word_of(LocationKind),
    "currency": _currency,
    "balance": lambda text, style, _today: cell.number(text, style.decimal),
    "disposition": _word_of(Disposition),
}
DATED: Final = frozenset({"happened", "planned", "happened_at", "planned_at"})
"""Ways of reading that take formats of dates."""


def read_field(field: Field, text: str, style: Style, today: date) -> object:
    """Read the text of a field; raises ``CellFault`` with the reason and the cure."""
    return READERS[field.reads](text, style, today)
