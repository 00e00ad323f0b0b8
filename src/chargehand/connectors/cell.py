"""Read the text of one cell as a number, a date, a unit; or say what is wrong and what to do."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Final, Literal

from chargehand.vocabulary.quantity import AMOUNT_MAX, SCALE, Unit

EARLIEST: Final = date(1950, 1, 1)
"""No plant has usable records from before: an older date is a mistake or a placeholder."""
PLAN_YEARS_MAX: Final = 10
"""Farthest planned date (years from today)."""

UNIT_NAMES: Final[Mapping[str, Unit]] = {
    **{unit.value.casefold(): unit for unit in Unit},
    **{unit.name.casefold(): unit for unit in Unit},
    **dict.fromkeys(("ea", "each", "pc", "pcs", "pce", "pieces", "st", "stk", "c62"), Unit.PIECE),
    **dict.fromkeys(("kg", "kilo", "kilograms"), Unit.KILOGRAM),
    **dict.fromkeys(("g", "gr", "grams"), Unit.GRAM),
    **dict.fromkeys(("m", "meter", "meters", "metres"), Unit.METRE),
    **dict.fromkeys(("l", "lt", "liter", "liters", "litres"), Unit.LITRE),
    **dict.fromkeys(("h", "hr", "hrs", "hours"), Unit.HOUR),
    **dict.fromkeys(("sets",), Unit.SET),
    **dict.fromkeys(("pairs", "pr"), Unit.PAIR),
}
"""What people write, by unit (upper and lower case alike)."""

_PLAIN_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$", re.ASCII)
_NOT_A_NUMBER: Final = frozenset({"nan", "inf", "-inf", "infinity", "-infinity"})
_DIRECTIVE: Final = re.compile(r"%[aAbBdHIjmMpSfyYzZTF%]")

DecimalStyle = Literal["point", "comma", "unsure"]
"""``unsure``: a text such as 1.234, which could be either, is not guessed."""


class CellFault(ValueError):
    """A text that cannot be what it should be; ``cure`` says what to do about it."""

    def __init__(self, because: str, cure: str = "", column: str = "") -> None:
        super().__init__(because)
        self.cure = cure
        self.column = column


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How one column writes things."""

    decimal: DecimalStyle = "point"
    formats: tuple[str, ...] = ()
    """Formats of dates, tried in order; none: ISO 8601."""
    zone: tzinfo = UTC
    """Zone of moments that do not say their offset."""
    units: Mapping[str, Unit] = field(default_factory=lambda: UNIT_NAMES)
    shift_months: int = 0
    shift_days: int = 0


def number(text: str, style: DecimalStyle = "point") -> Decimal:
    """Read a number, with or without separators of thousands.

    Raises
    ------
    CellFault
        It is none, is not finite, is beyond what can be stored, or can be read in two ways.

    Examples
    --------
    >>> number("1.234,5", "comma"), number("1,234.5"), number("7-")
    (Decimal('1234.5'), Decimal('1234.5'), Decimal('-7'))
    """
    bare = text.replace("\u00a0", "").replace("\u202f", "").replace("'", "").replace(" ", "")
    if bare.casefold() in _NOT_A_NUMBER:
        raise CellFault(
            f"{text!r} is not a number",
            "correct it, or list it under `missing` in the map if it means 'not known'",
        )
    if bare.endswith("-"):
        bare = "-" + bare[:-1]
    plain = _with_point(bare, text, style)
    if not _PLAIN_NUMBER.match(plain):
        raise CellFault(
            f"{text!r} is not a number",
            "correct it, or list it under `missing` in the map if it means 'not known'",
        )
    value = Decimal(plain)
    if abs(value) > AMOUNT_MAX:
        raise CellFault(f"{text} is beyond {AMOUNT_MAX}", "correct it at its source")
    if value * SCALE != (value * SCALE).to_integral_value():
        value = _to_millionths(value, text)
    return value or Decimal(0)


def _to_millionths(value: Decimal, text: str) -> Decimal:
    """Binary fractions that a spreadsheet wrote out, such as 0.30000000000000004, are rounded."""
    rounded = value.quantize(Decimal(1).scaleb(-6))
    if abs(rounded - value) > abs(value) * Decimal("1e-9"):
        raise CellFault(f"{text} is finer than a millionth", "use a smaller unit of measure")
    return rounded.normalize()


def _with_point(bare: str, text: str, style: DecimalStyle) -> str:
    """Write a number with a decimal point and no separators of thousands."""
    points, commas = bare.count("."), bare.count(",")
    if not commas and (style == "point" or not points):
        return bare
    if points and commas:
        mark = "." if bare.rfind(".") > bare.rfind(",") else ","
        if style != "unsure" and (mark == ",") != (style == "comma"):
            raise _other_style(text, style)
    elif style == "unsure":
        present = "." if points else ","
        if points + commas == 1 and _looks_grouped(bare, present):
            raise CellFault(
                f"{text!r} can be read in two ways",
                'say decimal = "point" or decimal = "comma" in the map',
            )
        mark = present if points + commas == 1 else ("," if points else ".")
    else:
        mark = "." if style == "point" else ","
    separator = "," if mark == "." else "."
    whole, _, fraction = bare.partition(mark)
    if separator in fraction or (separator in whole and not _looks_grouped(whole, separator)):
        raise _other_style(text, style)
    return whole.replace(separator, "") + ("." + fraction if mark in bare else "")


def _looks_grouped(text: str, separator: str) -> bool:
    sign = text.lstrip("+-")
    return bool(re.fullmatch(rf"[1-9]\d{{0,2}}(?:{re.escape(separator)}\d{{3}})+", sign))


def _other_style(text: str, style: DecimalStyle) -> CellFault:
    other = "comma" if style == "point" else "point"
    return CellFault(
        f"{text!r} is not a number with a decimal {style if style != 'unsure' else 'mark'}",
        f'correct it, or say decimal = "{other}" in the map if the file is written so',
    )


def unit(text: str, style: Style) -> Unit:
    """Read a unit of measure by its code or one of its usual names.

    >>> unit("pcs", Style())
    <Unit.PIECE: 'H87'>
    """
    found = style.units.get(text.casefold())
    if found is None:
        known = ", ".join(f"{unit.value} ({unit.name.lower()})" for unit in Unit)
        raise CellFault(
            f"{text!r} is not a known unit",
            f"name it under [units] in the map as one of {known}",
        )
    return found


def moment(text: str, style: Style) -> datetime:
    """Read a moment, moved by the map's shift; the result is in UTC.

    A day alone is its first moment; a month alone (format with %Y-%m and no day) its first day.

    >>> moment("02-Sept-06", Style(formats=("%d-%b-%y",))).isoformat()
    '2006-09-02T00:00:00+00:00'
    """
    return _local(text, style).astimezone(UTC)


def day(text: str, style: Style) -> date:
    """Read a day, moved by the map's shift, as the calendar on the wall of the plant shows it."""
    return _local(text, style).date()


def end_of_month(first: date) -> date:
    """Return the last day of a month: when its total was known.

    >>> end_of_month(date(2016, 2, 1)).isoformat()
    '2016-02-29'
    """
    return first.replace(day=monthrange(first.year, first.month)[1])


def _local(text: str, style: Style) -> datetime:
    naive = _as_written(text, style.formats)
    shifted = moved(naive, months=style.shift_months, days=style.shift_days)
    if shifted.tzinfo is None:
        return shifted.replace(tzinfo=style.zone)
    return shifted.astimezone(style.zone)


def moved(when: datetime, *, months: int, days: int) -> datetime:
    """Move a moment by calendar months (to the last day where the month is shorter), then by days.

    >>> moved(datetime(1996, 1, 31), months=1, days=0).date().isoformat()
    '1996-02-29'
    """
    if months:
        year, month = divmod(when.year * 12 + when.month - 1 + months, 12)
        if not 1 <= year <= 9999:  # noqa: PLR2004 - what a calendar can hold
            raise CellFault(f"{when.date()} moved by {months} months is outside the calendar")
        last = monthrange(year, month + 1)[1]
        when = when.replace(year=year, month=month + 1, day=min(when.day, last))
    try:
        return when + timedelta(days=days)
    except OverflowError as error:
        raise CellFault(f"{when.date()} moved by {days} days is outside the calendar") from error


@lru_cache(maxsize=65_536)
def _as_written(text: str, formats: tuple[str, ...]) -> datetime:
    for form in formats:
        written = re.sub(r"\bsept\b", "Sep", text, flags=re.IGNORECASE) if "%b" in form else text
        try:
            return datetime.strptime(written, form)  # noqa: DTZ007 - the zone is added by the caller
        except ValueError:
            continue
    if formats:
        raise CellFault(
            f"{text!r} is not a date of the form {' or '.join(formats)}",
            "correct it, add its form to `formats` of this column in the map, or list the text"
            " under `missing` if it means 'not known'",
        )
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise CellFault(
            f"{text!r} is not a date of the form YYYY-MM-DD",
            'correct it, or name the form in the map, such as formats = ["%d.%m.%Y"]',
        ) from error


def wrong_format(form: str) -> str:
    """Say why a format of dates cannot be used; empty where it can.

    >>> wrong_format("%d.%Q.%Y")
    'it holds %Q, which is not known'
    """
    unknown = [part for part in re.findall(r"%.?", form) if not _DIRECTIVE.fullmatch(part)]
    if unknown:
        return f"it holds {unknown[0]}, which is not known"
    present = set(re.findall(r"%(.)", form))
    if not present & {"Y", "y", "F"}:
        return "it has no year (%Y or %y)"
    if not present & {"m", "b", "B", "j", "F"}:
        return "it has no month (%m or %b)"
    return ""


def check_happened(when: date, today: date) -> None:
    """Refuse a date on which nothing in a plant's records can have happened."""
    if when < EARLIEST:
        raise CellFault(f"{when} is before {EARLIEST.year}", "correct it at its source")
    if when > today + timedelta(days=1):
        raise CellFault(f"{when} is in the future", "correct it, or check the format of the date")


def check_planned(when: date, today: date) -> None:
    """Refuse a date for which nothing can sensibly be planned."""
    if when < EARLIEST:
        raise CellFault(f"{when} is before {EARLIEST.year}", "correct it at its source")
    if when.year > today.year + PLAN_YEARS_MAX:
        raise CellFault(
            f"{when} is more than {PLAN_YEARS_MAX} years ahead",
            "correct it, or list it under `missing` in the map if it means 'not known'",
        )
