"""Lengths of time as a policy text writes them."""

from __future__ import annotations

from datetime import timedelta

_UNITS = (
    ("day", timedelta(days=1)),
    ("hour", timedelta(hours=1)),
    ("minute", timedelta(minutes=1)),
)


def said(span: timedelta) -> str:
    """A length of time in the largest unit that it is a whole number of.

    >>> said(timedelta(hours=72)), said(timedelta(minutes=90))
    ('3 days', '90 minutes')
    """
    for name, unit in _UNITS:
        if span % unit == timedelta(0) and span:
            count = span // unit
            return f"{count} {name}" if count == 1 else f"{count} {name}s"
    return "0 minutes"
