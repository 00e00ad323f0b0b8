"""Moments in time: always with an offset, always compared in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime


def instant(text: str) -> datetime:
    """Read an ISO 8601 moment that says its offset; return it in UTC.

    >>> instant("2026-01-05T06:10:00+01:00").isoformat()
    '2026-01-05T05:10:00+00:00'
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} does not say its offset from UTC")
    return moment.astimezone(UTC)


def written(moment: datetime) -> str:
    """Write a moment in UTC with microseconds, so that text order is time order."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} does not say its offset from UTC")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def start_of(day: date) -> datetime:
    """The first moment of a day in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
