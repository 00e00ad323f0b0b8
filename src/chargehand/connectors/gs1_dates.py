"""Dates on GS1 labels: six digits, without a century, and with day 00 for the end of a month."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, time
from typing import Final

_AHEAD: Final = 50
"""Years ahead of which a two-digit year means the past (GS1 General Specifications 7.12)."""


def day_of(digits: str | None, today: date) -> date | None:
    """Day that YYMMDD means; day 00 is the month's last.

    Raises ``ValueError`` where there is no such day.

    >>> day_of("270300", date(2026, 1, 5))
    datetime.date(2027, 3, 31)
    """
    if not digits:
        return None
    year, month, day = (int(digits[at : at + 2]) for at in (0, 2, 4))
    year += today.year - today.year % 100
    if year - today.year > _AHEAD:
        year -= 100
    elif year - today.year < 1 - _AHEAD:
        year += 100
    if not 1 <= month <= 12:  # noqa: PLR2004
        raise ValueError(f"{digits} is no date: there is no month {month:02d}")
    try:
        return date(year, month, day or monthrange(year, month)[1])
    except ValueError as error:
        raise ValueError(f"{digits} is no date: {error}") from error


def clock_of(digits: str) -> time | None:
    """Time that HHMM means; None where there is none.

    Raises ``ValueError`` where there is no such time.
    """
    return time(int(digits[:2]), int(digits[2:])) if digits else None
