"""Accuracy, calibration, overrides, attention: figures that people can hold against their trust."""

from __future__ import annotations

from datetime import date, datetime, time
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargehand.governance.roster import Roster, Shift, on_duty
from chargehand.outcomes.attention import (
    attention,
    days_between,
    duty_hours,
    reading_bin,
    reading_times,
)
from chargehand.outcomes.calibration import calibration
from chargehand.outcomes.overrides import Answered, acts
from chargehand.outcomes.shares import quantile, share_of
from chargehand.outcomes.together import PEOPLE_MIN, shown_cells
from chargehand.outcomes.trust import Judged, Probes, Seen, trust_lines

JUDGED = st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=60)
PEOPLE = st.frozensets(st.sampled_from("abcdefg"), min_size=1, max_size=5)


def test_a_share_is_less_sure_the_fewer_were_counted():
    assert share_of(19, 20).at_least < share_of(190, 200).at_least < 0.95
    assert share_of(19, 20).share == share_of(190, 200).share == 0.95


@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.floats(0, 1))
def test_a_quantile_lies_within_its_values(values, fraction):
    found = quantile(values, fraction)
    assert min(values) - 1e-6 <= found <= max(values) + 1e-6


def test_quantiles_are_those_of_the_reference():
    import numpy as np

    values = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0]
    for fraction in (0.0, 0.1, 0.5, 0.9, 1.0):
        assert quantile(values, fraction) == pytest.approx(np.quantile(values, fraction))


@given(JUDGED)
def test_every_judged_proposal_is_in_one_bin(judged):
    found = calibration(judged)
    assert sum(one.count for one in found.bins) == found.count == len(judged)
    for one in found.bins:
        if one.count:
            assert one.low - 1e-9 <= one.expected <= one.high + 1e-9


def test_calibration_is_that_of_the_references():
    """Brier by scikit-learn's definition; the error by hand: |.9-.5| * 2/4 + |.3-0| * 2/4."""
    found = calibration([(0.9, True), (0.9, False), (0.3, False), (0.3, False)])
    assert found.brier == pytest.approx((0.01 + 0.81 + 0.09 + 0.09) / 4)
    assert found.error == pytest.approx(0.2 + 0.15)
    assert found.overconfidence == pytest.approx(0.6 - 0.25)


def test_who_claims_too_much_is_seen():
    boastful = calibration([(0.95, n % 2 == 0) for n in range(100)])
    modest = calibration([(0.5, n % 2 == 0) for n in range(100)])
    assert boastful.error == pytest.approx(0.45)
    assert modest.error == pytest.approx(0.0)
    assert boastful.brier > modest.brier


def test_overrides_are_split_by_who_was_right():
    said = [
        Answered(verdict="followed", right=True, waited_s=10),
        Answered(verdict="rejected", right=False, waited_s=20),
        Answered(verdict="rejected", right=True, waited_s=30),
        Answered(verdict="undone", right=None, waited_s=40),
        Answered(verdict="changed", right=True, waited_s=50),
        Answered(verdict="changed", right=False, waited_s=60),
    ]
    found = acts(said)
    assert found.adoption.hits == 1
    assert (found.overrides.rate.hits, found.overrides.rate.total) == (5, 6)
    split = found.overrides
    assert (split.people_right, split.proposal_right, split.not_known) == (2, 1, 2)
    assert found.latency_median_s == 35
    assert found.latency_p90_s == 55


@given(
    st.lists(
        st.builds(
            Answered,
            verdict=st.sampled_from(["followed", "changed", "rejected", "undone"]),
            right=st.sampled_from([True, False, None]),
            waited_s=st.floats(0, 1e6),
        )
    )
)
def test_nothing_is_lost_in_the_split(said):
    split = acts(said).overrides
    assert split.rate.hits == split.rejected + split.changed + split.undone
    assert split.rate.hits == split.people_right + split.proposal_right + split.not_known


def shift(start, end, people=("a", "b"), days=range(5)):
    return Shift(days=frozenset(days), start=time(*start), end=time(*end), people=tuple(people))


def roster(*shifts):
    return Roster(
        name="store", sites=frozenset({"S1"}), time_zone="Europe/Berlin", shifts=tuple(shifts)
    )


WEEK = days_between(date(2026, 3, 2), date(2026, 3, 9))


def test_hours_on_duty_are_those_of_the_roster():
    assert duty_hours([roster(shift((6, 0), (14, 0)))], WEEK) == 5 * 8 * 2
    assert duty_hours([roster(shift((22, 30), (6, 0), people=("n",)))], WEEK) == 5 * 7.5


@given(st.integers(0, 23), st.integers(0, 23))
def test_hours_on_duty_agree_with_who_is_on_duty_each_hour(start, end):
    if start == end:
        return
    one = roster(shift((start, 0), (end, 0), people=("a",), days=range(7)))
    hours = [datetime(2026, 3, day, hour) for day in range(2, 9) for hour in range(24)]  # noqa: DTZ001 - the roster's own hours
    assert duty_hours([one], WEEK) == sum(bool(on_duty(one, hour)) for hour in hours)


def test_questions_are_held_against_the_budget():
    within = attention("S1", 60, 10.0, 6.0, by_roster=True)
    above = attention("S1", 61, 10.0, 6.0, by_roster=False)
    assert (within.per_hour, within.is_within) == (6.0, True)
    assert not above.is_within
    assert "No roster" in above.counted
    nobody = attention("S1", 1, 0.0, 6.0, by_roster=True)
    assert (nobody.per_hour, nobody.is_within) == (None, False)
    assert attention("S1", 0, 0.0, 6.0, by_roster=True).is_within


@given(st.lists(st.floats(0, 1e5)))
def test_every_reading_time_is_in_one_bin(seconds):
    bins = [reading_bin(one) for one in seconds]
    assert sum(one.count for one in reading_times(bins)) == len(seconds)
    ends = reading_times(())
    for second, n in zip(seconds, bins, strict=True):
        assert ends[n].from_s <= second < (ends[n].to_s or inf)


@given(st.dictionaries(st.integers(0, 8), PEOPLE))
def test_no_part_and_no_remainder_tells_of_fewer_than_three(people):
    shown = shown_cells(people)
    assert all(len(people[cell]) >= PEOPLE_MIN for cell in shown)
    left = frozenset().union(*(people[cell] for cell in people if cell not in shown))
    assert not left or len(left) >= PEOPLE_MIN or not shown


def seen(*people, right=True):
    said = Answered(verdict="followed", right=right, waited_s=5)
    return Seen(
        judged=[Judged(confidence=0.8, right=right)], answered=[said] * len(people),
        reading=[0], probes=Probes(planted=1, missed=1), people=frozenset(people),
    )  # fmt: skip


def test_what_few_people_did_is_told_within_the_whole_only():
    lines, total = trust_lines({("x", "A"): seen("a", "b"), ("y", "A"): seen("a", "c", "d", "e")})
    by_name = {line.decision: line for line in lines}
    assert by_name["x"].people is None
    assert "Fewer than 3" in by_name["x"].withheld
    assert by_name["x"].accuracy.total == 1, "what the decision did is told all the same"
    assert by_name["y"].people is None, "else the two could be had by taking it from the whole"
    assert total.people.acts.decided == 6


def test_what_enough_people_did_is_told_by_itself():
    cells = {("x", "A"): seen("a", "b", "c"), ("y", "A"): seen("d", "e", "f")}
    lines, total = trust_lines(cells)
    assert [line.people.acts.decided for line in lines] == [3, 3]
    assert [line.people.probes.missed for line in lines] == [1, 1]
    assert total.people.probes.missed == 2


def test_asking_for_a_part_tells_no_more_than_the_list():
    cells = {("x", "A"): seen("a", "b"), ("y", "A"): seen("a", "c", "d", "e")}
    for decision in ("x", "y"):
        lines, total = trust_lines(cells, decision=decision)
        assert [line.people for line in lines] == [None]
        assert total.people is None


def test_a_short_period_of_few_people_is_not_told():
    cells = {("x", "A"): seen("a", "b")}
    assert trust_lines(cells, is_long=True)[1].people is not None
    assert trust_lines(cells, is_long=False)[1].people is None
