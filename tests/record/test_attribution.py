"""What a difference between two stock lists comes from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from chargehand.record.attribution import Cause, Clues, Line, Moved, compare
from chargehand.record.difference_words import because
from chargehand.vocabulary.identifier import LocationId, LotId, MaterialId

T0 = datetime(2026, 3, 2, 22, 0, tzinfo=UTC)
PIECE = 1_000_000


def line(place="A", lot="", disposition="available", material="M"):
    return Line(LocationId(place), MaterialId(material), LotId(lot), disposition)


def moved(number, hours, pieces, key=None):
    return Moved(
        number=number, key=key or f"k{number}", cause=None, at=T0 + timedelta(hours=hours),
        scaled=pieces * PIECE,
    )  # fmt: skip


def clues(**more):
    return Clues(system="wms", taken_at=T0, **more)


def only(ours, theirs, **more):
    (found,) = compare({line(): ours * PIECE}, {line(): theirs * PIECE}, clues(**more))
    return found


def causes(found):
    return [one.cause for one in found.attributions], [one.cause for one in found.candidates]


def test_the_newest_movements_that_make_up_the_difference_are_not_booked_yet():
    found = only(10, 15, moved={line(): [moved(1, -5, -4), moved(2, -3, -3), moved(3, -1, -2)]})
    assert found.attributions[0].keys == ("k3", "k2")
    assert found.unexplained == 0


def test_their_own_movements_are_booked_by_them():
    found = only(10, 12, moved={line(): [moved(1, -1, -2, key="wms/77")]})
    assert causes(found) == ([], [Cause.MISSED])


def test_a_task_under_way_explains_as_much_as_it_carries_and_only_that_way():
    under_way = {line(): [("P-1.1/0", -4 * PIECE)]}
    assert only(10, 6, under_way=under_way).unexplained == 0
    assert only(10, 5, under_way=under_way).unexplained == -PIECE
    assert only(10, 8, under_way=under_way).attributions == ()
    assert only(10, 14, under_way=under_way).attributions == ()


def test_lots_are_set_against_each_other_as_far_as_they_go():
    ours = {line(lot="L1"): 10 * PIECE, line(lot="L2"): 4 * PIECE}
    theirs = {line(lot="L1"): 4 * PIECE, line(lot="L2"): 9 * PIECE}
    first, second = compare(ours, theirs, clues())
    assert (first.explained, first.unexplained) == (-5 * PIECE, -PIECE)
    assert second.unexplained == 0


def test_another_status_says_where_to_look_and_explains_nothing():
    ours = {line(): 3 * PIECE}
    found = compare(ours, {line(disposition="damaged"): 2 * PIECE}, clues())
    assert [one.unexplained for one in found] == [-3 * PIECE, 2 * PIECE]
    assert because(found[0]) == "-3 unexplained; -2 of it: they have it as damaged"
    assert because(found[1]) == "+2 unexplained; +2 of it: they have it as available"


def test_packs_and_other_places_are_candidates_and_explain_nothing():
    found = only(48, 2, rates={MaterialId("M"): [Fraction(24)]})
    assert causes(found) == ([], [Cause.OTHER_UNIT])
    here, there = compare({line("A"): 5 * PIECE}, {line("B"): 5 * PIECE}, clues())
    assert because(here) == "-5 unexplained; perhaps as much differs the other way at B"
    assert there.unexplained == 5 * PIECE


amounts = st.integers(-6, 6).map(lambda n: n * PIECE)
lines = st.builds(line, st.sampled_from("AB"), st.sampled_from(["", "L1", "L2"]),
                  st.sampled_from(["available", "damaged"]))  # fmt: skip
lists = st.dictionaries(lines, amounts, max_size=8)
movements = st.dictionaries(
    lines,
    st.lists(st.builds(moved, st.integers(1, 50), st.integers(-60, 30), st.integers(-6, 6)),
             max_size=4),
    max_size=4,
)  # fmt: skip
tasks = st.dictionaries(
    lines, st.lists(st.tuples(st.sampled_from(["P-1", "P-2"]), amounts), max_size=2), max_size=3
)


@given(lists, lists, movements, tasks, st.frozensets(st.sampled_from(["k1", "k2", "P-1"])))
def test_every_difference_is_told_whole_and_none_is_invented(ours, theirs, moves, under_way, seen):
    moves = {at: sorted(found, key=lambda one: one.at) for at, found in moves.items()}
    found = compare(ours, theirs, clues(moved=moves, under_way=under_way, seen=seen))
    differing = [at for at in sorted({*ours, *theirs}) if ours.get(at, 0) != theirs.get(at, 0)]
    assert [one.line for one in found] == differing
    for one in found:
        assert one.explained + one.unexplained == theirs.get(one.line, 0) - ours.get(one.line, 0)
        assert bool(one.candidates) <= bool(one.unexplained)


@given(lists, lists)
def test_what_is_set_against_another_lot_cancels_out(ours, theirs):
    found = compare(ours, theirs, clues())
    assert sum(one.explained for one in found) == 0
    for one in found:
        assert abs(one.unexplained) <= abs(one.theirs - one.ours)
