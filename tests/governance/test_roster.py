"""Who is on duty: by the days a shift begins on, over midnight too."""

from __future__ import annotations

from datetime import datetime, time

import pytest

from chargehand.governance.roster import Roster, Shift, on_duty

WEEK = frozenset(range(5))
EARLY = Shift(days=WEEK, start=time(6), end=time(14), people=("ben",))
NIGHT = Shift(days=WEEK, start=time(22), end=time(6), people=("ada", "cleo"))
ROSTER = Roster(
    name="store", sites=frozenset({"S1"}), time_zone="Europe/Berlin", shifts=(EARLY, NIGHT)
)


@pytest.mark.parametrize(
    ("at", "people"),
    [
        ("2026-01-05T06:00", ("ben",)),  # a Monday
        ("2026-01-05T13:59", ("ben",)),
        ("2026-01-05T14:00", ()),
        ("2026-01-05T22:00", ("ada", "cleo")),
        ("2026-01-06T05:59", ("ada", "cleo")),
        ("2026-01-05T05:59", ()),  # the night of Sunday is nobody's
        ("2026-01-10T05:59", ("ada", "cleo")),  # the one of Friday reaches into Saturday
        ("2026-01-10T06:00", ()),
        ("2026-01-10T23:00", ()),
    ],
)
def test_who_is_on_duty(at, people):
    assert on_duty(ROSTER, datetime.fromisoformat(at)) == people


def test_who_is_on_two_shifts_is_named_once():
    late = Shift(days=WEEK, start=time(13), end=time(21), people=("ben", "dan"))
    both = Roster(name="store", sites=frozenset({"*"}), time_zone="UTC", shifts=(EARLY, late))
    assert on_duty(both, datetime(2026, 1, 5, 13, 30)) == ("ben", "dan")  # noqa: DTZ001 - local
    assert both.covers("S9")
    assert not ROSTER.covers("S9")
