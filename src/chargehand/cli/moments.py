"""Moments that a person gives: a day, or a moment with its offset, within what can be kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from chargehand.cli.context import wrong_use

if TYPE_CHECKING:
    from chargehand.cli.context import Common

YEARS: Final = range(1970, 2200)
"""As for everything that is posted: other years are a mistake."""
NOW: Final = timedelta(minutes=5)
"""Clocks may differ by so much."""
A_DAY: Final = timedelta(days=1)
CURE: Final = "Write a day, such as 2026-01-05, or a moment such as 2026-01-05T06:00+01:00."


def moment_of(text: str) -> datetime:
    """Read a day (its first moment in UTC) or a moment with its offset; ``ValueError`` otherwise.

    >>> moment_of("2026-01-05").isoformat()
    '2026-01-05T00:00:00+00:00'
    """
    from chargehand.vocabulary.instant import instant

    try:
        moment = instant(f"{text}T00:00:00+00:00" if len(text) == len("2026-01-05") else text)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is neither a day nor a moment with its offset") from error
    if moment.year not in YEARS:
        raise ValueError(f"the year of {text} is not within {YEARS[0]} and {YEARS[-1]}")
    return moment


def read_moment(
    text: str, option: str, common: Common, *, ahead: timedelta | None = NOW
) -> datetime | int:
    """The moment of an option; else the exit code, with the fault told.

    ``ahead`` is how far it may lie in the future; None for as far as anything can be kept.
    """
    try:
        moment = moment_of(text)
    except ValueError as error:
        return wrong_use(f"{option}: {error}", CURE, json=common.json)
    if ahead is not None and moment > datetime.now(UTC) + ahead:
        cure = "Give a moment that has come, or leave the option out for now."
        return wrong_use(f"{option}: it is not {text} yet", cure, json=common.json)
    return moment
