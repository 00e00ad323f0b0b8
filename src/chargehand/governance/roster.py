"""Duty rosters: whose queue a proposal waits in, and to whom it is handed on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from chargehand.governance.submission import ANY


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Who is on duty at some hours. An end before the start is after midnight."""

    days: frozenset[int]
    """Days of the week that it begins on, 0 is Monday."""
    start: time
    end: time
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """Who looks after the queue of a site at what hours."""

    name: str
    sites: frozenset[str]
    time_zone: str
    """IANA name, such as ``Europe/Berlin``: shifts are written in the plant's own hours."""
    shifts: tuple[Shift, ...]
    clause: str = "rosters"

    def covers(self, site: str) -> bool:
        """Whether it is a roster of a site."""
        return ANY in self.sites or site in self.sites


def on_duty(roster: Roster, local: datetime) -> tuple[str, ...]:
    """Who is on duty at a moment, given in the roster's own time zone."""
    found: dict[str, None] = {}
    for shift in roster.shifts:
        if _is_within(shift, local):
            found |= dict.fromkeys(shift.people)
    return tuple(found)


def _is_within(shift: Shift, local: datetime) -> bool:
    now, today = local.time(), local.weekday()
    if shift.start < shift.end:
        return today in shift.days and shift.start <= now < shift.end
    yesterday = (today - 1) % 7
    return (today in shift.days and now >= shift.start) or (
        yesterday in shift.days and now < shift.end
    )
