"""What is asked of people's attention: questions for each hour on duty, and time spent reading."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from chargehand.governance.roster import Roster, Shift

WAVED_THROUGH_S: Final = 4.0
"""Below this, nobody has read a proposal (seconds)."""
BOUNDS: Final = (WAVED_THROUGH_S, 15.0, 60.0, 300.0)
WORKDAY_H: Final = 8.0
"""Hours counted for each person who decided something on a day, where there is no roster."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """How much was asked of the people of a site."""

    site: str
    questions: int
    """Proposals that waited for a person."""
    person_hours: float
    per_hour: float | None
    """Questions per person-hour on duty; None where nobody was."""
    budget: float
    is_within: bool
    counted: str
    """How the hours were counted, in one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingTime:
    """Approvals by how long the proposal had been open before: of everybody together."""

    from_s: float
    to_s: float | None
    """None: longer than all."""
    count: int


def attention(
    site: str, questions: int, hours: float, budget: float, *, by_roster: bool
) -> Attention:
    """Hold the questions of a site against the budget (questions per person-hour)."""
    per_hour = questions / hours if hours > 0 else None
    counted = (
        "Hours on duty as the rosters say."
        if by_roster
        else f"No roster covers the site: {WORKDAY_H:g} hours for each person on each day on which"
        " that person decided something."
    )
    return Attention(
        site=site,
        questions=questions,
        person_hours=hours,
        per_hour=per_hour,
        budget=budget,
        is_within=questions == 0 or (per_hour is not None and per_hour <= budget),
        counted=counted,
    )


def duty_hours(rosters: Iterable[Roster], days: Sequence[date]) -> float:
    """Person-hours on duty of the shifts that begin on some days (local days of the roster).

    Somebody who is on two rosters at once counts once for each. Shifts are taken by the clock: the
    hour of a change to summer time is not taken off.
    """
    return sum(
        _length_h(shift) * len(shift.people)
        for roster in rosters
        for day in days
        for shift in roster.shifts
        if day.weekday() in shift.days
    )


def days_between(first: date, end: date) -> list[date]:
    """The days from a first one up to, not including, another."""
    return [first + timedelta(days=n) for n in range((end - first).days)]


def reading_bin(seconds: float) -> int:
    """The number of the bin that a reading time falls into; in bin 0 nobody can have read it.

    >>> [reading_bin(one) for one in (1, 3.9, 4, 90, 9000)]
    [0, 0, 1, 3, 4]
    """
    return bisect_right(BOUNDS, seconds)


def reading_times(bins: Iterable[int]) -> tuple[ReadingTime, ...]:
    """How many approvals fall into each bin of reading times.

    >>> [one.count for one in reading_times([0, 0, 1, 3, 4])]
    [2, 1, 0, 1, 1]
    """
    counts = Counter(bins)
    starts = (0.0, *BOUNDS)
    ends = (*BOUNDS, None)
    return tuple(
        ReadingTime(from_s=start, to_s=end, count=counts[n])
        for n, (start, end) in enumerate(zip(starts, ends, strict=True))
    )


def _length_h(shift: Shift) -> float:
    start = shift.start.hour + shift.start.minute / 60
    end = shift.end.hour + shift.end.minute / 60
    return end - start if end > start else end - start + 24
