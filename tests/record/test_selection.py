"""Lots are taken by the named policy, and no earlier claim is passed over in silence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargehand.record.eligibility import (
    Candidate,
    PassedOverCode,
    SelectionPolicy,
    Wanted,
    life_days,
)
from chargehand.record.selection import Selection, select
from chargehand.vocabulary.quantity import Unit
from chargehand.vocabulary.refusal import Refusal, RefusalCode

DAY = date(2026, 6, 1)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ONE = 1_000_000
FEFO, FIFO, LIFO, SPECIFIC = SelectionPolicy
C = PassedOverCode


def stock(lot, pieces, *, days=None, arrived=None, **facts):
    """So many pieces of a lot that expires and arrived so many days from now."""
    given_facts = {
        "location": "B1",
        "zone": "RAW",
        "reserved": 0,
        "expires_on": None if days is None else DAY + timedelta(days=days),
        "received_at": None if arrived is None else NOON + timedelta(days=arrived),
    } | facts
    given_facts["reserved"] *= ONE
    return Candidate(lot=lot, on_hand=pieces * ONE, **given_facts)


def want(pieces, policy=FEFO, **facts):
    return Wanted(
        material="GLUE", unit=Unit.PIECE, scaled=pieces * ONE, day=DAY, policy=policy, **facts
    )


def picks(selection):
    assert isinstance(selection, Selection), selection
    return [(one.candidate.lot, one.scaled // ONE) for one in selection.picks]


def passed(selection):
    return [(one.candidate.lot, one.scaled // ONE, one.code) for one in selection.passed_over]


def test_the_first_to_expire_goes_first_whatever_arrived_first():
    lots = [stock("LATE", 5, days=90, arrived=-9), stock("SOON", 3, days=10, arrived=-1)]
    chosen = select(want(4), lots)
    assert picks(chosen) == [("SOON", 3), ("LATE", 1)]
    assert passed(chosen) == []


def test_the_last_day_of_life_counts_and_the_day_after_does_not():
    assert picks(select(want(1), [stock("L", 1, days=0)])) == [("L", 1)]
    assert isinstance(select(want(1), [stock("L", 1, days=-1)]), Refusal)


@pytest.mark.parametrize(
    ("earlier", "code", "words"),
    [
        (stock("X", 2, days=1, hold="H-7"), C.HELD, "frozen by hold H-7"),
        (stock("X", 2, days=1, reserved=2), C.RESERVED, "2 H87 of lot X at B1 is promised"),
        (stock("X", 2, days=-3), C.EXPIRED, "expired on 2026-05-29"),
        (stock("X", 2, days=9), C.LIFE_TOO_SHORT, "9 days left, and 10 are asked for"),
        (stock("X", 2, days=11, zone="WIP"), C.ZONE_NOT_PERMITTED, "stands in zone WIP"),
        (stock("X", 2, days=11, disposition="damaged"), C.DISPOSITION, "is damaged"),
    ],
)
def test_what_may_not_be_taken_is_passed_over_by_name(earlier, code, words):
    wanted = want(3, life_days_min=10, zones=frozenset({"RAW"}))
    if code is C.RESERVED:
        earlier = replace(earlier, expires_on=DAY + timedelta(days=11))
    chosen = select(wanted, [stock("Y", 4, days=80), earlier])
    assert picks(chosen) == [("Y", 3)]
    assert passed(chosen) == [("X", 2, code)]
    assert words in chosen.passed_over[0].because


def test_a_promised_part_is_left_and_the_rest_taken():
    chosen = select(want(5), [stock("X", 4, days=5, reserved=3), stock("Y", 9, days=6)])
    assert picks(chosen) == [("X", 1), ("Y", 4)]
    assert passed(chosen) == [("X", 3, C.RESERVED)]


def test_a_lot_without_expiry_goes_last_and_says_so():
    chosen = select(want(3), [stock("OPEN", 5), stock("DATED", 1, days=300)])
    assert picks(chosen) == [("DATED", 1), ("OPEN", 2)]
    assert [one.because for one in chosen.picks] == ["", "it has no expiry date: taken last"]
    assert select(want(3), [stock("OPEN", 5)]).picks[0].because == ""


@pytest.mark.parametrize("demand", [{"expiry_obligatory": True}, {"life_days_min": 1}])
def test_a_lot_without_expiry_is_refused_where_life_has_to_be_shown(demand):
    refusal = select(want(3, **demand), [stock("OPEN", 5)])
    assert refusal.code is RefusalCode.INSUFFICIENT_STOCK
    assert "5 H87 cannot (expiry_unknown: lot OPEN at B1 has no expiry date" in refusal.because


def test_arrival_decides_under_fifo_and_lifo_and_an_earlier_expiry_is_not_hidden():
    lots = [stock("OLD", 2, days=50, arrived=-9), stock("NEW", 2, days=5, arrived=-1)]
    first, last = select(want(2, FIFO), lots), select(want(1, LIFO), lots)
    assert picks(first) == [("OLD", 2)]
    assert passed(first) == [("NEW", 2, C.POLICY_ORDER)]
    assert picks(last) == [("NEW", 1)]
    assert passed(last) == []


def test_an_arrival_that_is_not_known_comes_last_both_ways():
    lots = [stock("ANY", 2), stock("DATED", 2, arrived=-1)]
    for policy in (FIFO, LIFO):
        chosen = select(want(3, policy), lots)
        assert picks(chosen) == [("DATED", 2), ("ANY", 1)]
        assert chosen.picks[1].because == "its arrival is not known: taken last"


def test_a_named_lot_is_taken_alone_and_the_earlier_one_is_told():
    lots = [stock("A", 9, days=5), stock("B", 3, days=50), stock("B", 3, days=50, location="B2")]
    chosen = select(want(5, SPECIFIC, lot="B"), lots)
    assert picks(chosen) == [("B", 3), ("B", 2)]
    assert passed(chosen) == [("A", 9, C.NOT_SPECIFIED)]
    refusal = select(want(7, SPECIFIC, lot="B"), lots)
    assert "6 H87 can be used; 9 H87 cannot (not_specified" in refusal.because


def test_a_serial_and_a_handling_unit_can_be_named():
    lots = [stock("A", 1, serial="S1"), stock("A", 1, serial="S2", handling_unit="P9")]
    for name in ({"serial": "S2"}, {"handling_unit": "P9"}):
        assert select(want(1, SPECIFIC, **name), lots).picks[0].candidate.serial == "S2"


def test_a_pallet_that_must_stay_whole_is_taken_whole_or_not():
    lots = [
        stock("A", 6, days=5, handling_unit="P1"),
        stock("B", 3, days=9, handling_unit="P2"),
        stock("C", 9, days=20),
    ]
    chosen = select(want(5, whole_handling_units=True), lots)
    assert picks(chosen) == [("B", 3), ("C", 2)]
    assert passed(chosen) == [("A", 6, C.HANDLING_UNIT_WHOLE)]
    assert "P1 holds 6 H87, more than is still wanted" in chosen.passed_over[0].because
    assert picks(select(want(5), lots)) == [("A", 5)]


def test_a_pallet_is_measured_by_what_is_still_wanted():
    lots = [
        stock("A", 3, days=5),
        stock("B", 4, days=9, handling_unit="P2"),
        stock("C", 5, days=20),
    ]
    chosen = select(want(5, whole_handling_units=True), lots)
    assert picks(chosen) == [("A", 3), ("C", 2)]
    assert passed(chosen) == [("B", 4, C.HANDLING_UNIT_WHOLE)]


def test_equal_claims_are_settled_by_arrival_or_expiry_and_then_by_name():
    lots = [stock("A", 1, days=5, arrived=2), stock("B", 1, days=5, arrived=1)]
    assert picks(select(want(1, FEFO), lots)) == [("B", 1)]
    lots = [stock("A", 1, days=6, arrived=1), stock("B", 1, days=5, arrived=1)]
    for policy in (FIFO, LIFO):
        assert picks(select(want(1, policy), lots)) == [("B", 1)]
    lots = [stock("B", 1, days=5, arrived=1), stock("A", 1, days=5, arrived=1)]
    for policy in (FEFO, FIFO, LIFO):
        assert picks(select(want(1, policy), lots)) == [("A", 1)]


def test_a_mixed_pallet_takes_its_later_lot_along_and_says_before_whom():
    lots = [
        stock("A", 2, days=5, handling_unit="P1"),
        stock("M", 4, days=9),
        stock("Z", 2, days=20, handling_unit="P1"),
    ]
    chosen = select(want(4, whole_handling_units=True), lots)
    assert picks(chosen) == [("A", 2), ("Z", 2)]
    assert passed(chosen) == [("M", 4, C.HANDLING_UNIT_WHOLE)]


def test_one_held_or_promised_lot_keeps_the_whole_pallet_back():
    for bad in ({"hold": "H-1"}, {"reserved": 2}):
        lots = [
            stock("A", 2, days=5, handling_unit="P1", **bad),
            stock("Z", 3, days=6, handling_unit="P1"),
            stock("M", 4, days=9),
        ]
        chosen = select(want(4, whole_handling_units=True), lots)
        assert picks(chosen) == [("M", 4)]
        code = C.HELD if "hold" in bad else C.RESERVED
        assert passed(chosen) == [("A", 2, code), ("Z", 3, C.HANDLING_UNIT_WHOLE)]


def test_too_little_is_refused_with_how_much_is_unusable_and_why():
    lots = [
        stock("A", 2, days=-1),
        stock("B", 3, days=9, hold="H-1"),
        stock("C", 4, days=9, hold="H-2"),
        stock("D", 5, days=30, reserved=1),
    ]
    refusal = select(want(6), lots)
    assert refusal.code is RefusalCode.INSUFFICIENT_STOCK
    assert refusal.because == (
        "GLUE: 6 H87 wanted, and of 14 H87 there 4 H87 can be used;"
        " 7 H87 cannot (held: lot B at B1 is frozen by hold H-1; and 1 more);"
        " 2 H87 cannot (expired: lot A at B1 expired on 2026-05-31);"
        " 1 H87 cannot (reserved: 1 H87 of lot D at B1 is promised to somebody)"
    )


def test_remaining_life_may_be_a_share_of_the_shelf_life():
    assert life_days(Fraction(1, 3), 100) == 34
    with pytest.raises(ValueError, match="within 0 and 1"):
        life_days(Fraction(4, 3), 100)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: want(0),
        lambda: want(1, life_days_min=-1),
        lambda: want(1, FEFO, lot="A"),
        lambda: want(1, SPECIFIC),
        lambda: stock("A", 1, reserved=2),
        lambda: stock("A", 1, received_at=NOON.replace(tzinfo=None)),
        lambda: select(want(1), [stock("A", 1), stock("A", 2)]),
    ],
)
def test_a_question_that_makes_no_sense_is_a_mistake(wrong):
    with pytest.raises(ValueError, match=r"A at B1|GLUE"):
        wrong()


EITHER = st.booleans()
maybe = st.sampled_from([3, 1, 2, 0, 4, None, -1])


@st.composite
def stores(draw, most=4):
    """Different balances of one material, in any order."""
    lots = draw(st.lists(st.sampled_from("ABCDEF"), unique=True, min_size=2, max_size=most))
    return [draw(balances(lot)) for lot in lots]


@st.composite
def balances(draw, lot):
    """Mostly sound stock, with every fault now and then."""
    pieces, faulty = draw(st.sampled_from([3, 2, 1, 0])), draw(st.integers(0, 9)) >= 7
    return stock(
        lot,
        pieces,
        days=draw(maybe),
        arrived=draw(maybe),
        reserved=draw(st.integers(0, pieces)) if faulty else 0,
        hold=draw(st.sampled_from([None, "H-1"])) if faulty else None,
        zone=draw(st.sampled_from(["RAW", "WIP"])) if faulty else "RAW",
        disposition=draw(st.sampled_from(["available", "damaged"])) if faulty else "available",
        handling_unit=draw(st.sampled_from(["", "P1", "P2"])),
    )


@st.composite
def questions(draw, *, whole=EITHER):
    policy = draw(st.sampled_from(SelectionPolicy))
    return want(
        draw(st.sampled_from([1, 2, 3, 4, 7])),
        policy,
        life_days_min=draw(st.sampled_from([0, 0, 0, 1, 2])),
        expiry_obligatory=draw(st.sampled_from([False, False, True])),
        zones=draw(st.sampled_from([None, frozenset({"RAW"})])),
        whole_handling_units=draw(whole),
        lot=draw(st.sampled_from("ABC")) if policy is SPECIFIC else "",
    )


def allowed(wanted, one):
    """How many pieces may be taken, by the rules read literally."""
    life = 9999 if one.expires_on is None else (one.expires_on - wanted.day).days
    unknown = one.expires_on is None and (wanted.expiry_obligatory or wanted.life_days_min > 0)
    named = wanted.policy is not SPECIFIC or one.lot == wanted.lot
    zone = wanted.zones is None or one.zone in wanted.zones
    fit = one.disposition == "available" and one.hold is None and zone and named
    return one.free // ONE if fit and not unknown and life >= wanted.life_days_min else 0


def claim(policy, one):
    """Which of two goes first, read literally from the policy's sentence."""
    expiry = 10**6 if one.expires_on is None else one.expires_on.toordinal()
    moment = 10**12 if one.received_at is None else one.received_at.timestamp()
    if policy is LIFO and one.received_at is not None:
        moment = -moment
    return (moment, expiry) if policy in {FIFO, LIFO} else (expiry, moment)


@settings(deadline=None, max_examples=600)
@given(questions(), stores(most=6))
def test_nothing_unfit_is_taken_and_no_earlier_claim_is_left_without_its_reason(wanted, lots):
    chosen = select(wanted, lots)
    if isinstance(chosen, Refusal):
        return
    taken = {one.candidate: one.scaled for one in chosen.picks}
    assert sum(taken.values()) == wanted.scaled
    assert all(0 < scaled <= allowed(wanted, one) * ONE for one, scaled in taken.items())
    told = dict.fromkeys(lots, 0)
    for left in chosen.passed_over:
        assert left.scaled > 0
        assert left.because
        told[left.candidate] += left.scaled
    last = max(claim(wanted.policy, one) for one in taken)
    ends = max(one.expires_on or date.max for one in taken)
    for one in lots:
        left = one.on_hand - taken.get(one, 0)
        assert told[one] in {0, left}
        if claim(wanted.policy, one) < last or (one.expires_on or date.max) < ends:
            assert told[one] == left


@settings(deadline=None, max_examples=600)
@given(questions(whole=st.just(False)), stores())
def test_it_is_the_best_of_all_ways_to_take_so_much(wanted, lots):
    """Every way is tried: earlier claims are used up first, and a no means that there is none."""
    ranked = sorted(lots, key=lambda one: (claim(wanted.policy, one), one.lot))
    ways = product(*(range(allowed(wanted, one), -1, -1) for one in ranked))
    best = next((way for way in ways if sum(way) * ONE == wanted.scaled), None)
    chosen = select(wanted, lots)
    if best is None:
        assert isinstance(chosen, Refusal)
    else:
        expected = [(one.lot, n) for one, n in zip(ranked, best, strict=True) if n]
        assert picks(chosen) == expected


@settings(deadline=None)
@given(questions(), stores(most=6), st.randoms())
def test_the_order_in_which_candidates_are_told_does_not_matter(wanted, lots, chance):
    shuffled = [*lots]
    chance.shuffle(shuffled)
    assert select(wanted, shuffled) == select(wanted, lots)


@settings(deadline=None)
@given(questions(whole=st.just(True)), stores(most=6))
def test_a_unit_that_stays_whole_is_never_broken(wanted, lots):
    chosen = select(wanted, lots)
    if isinstance(chosen, Selection):
        touched = {one.candidate.handling_unit for one in chosen.picks} - {""}
        picked = {one.candidate: one.scaled for one in chosen.picks}
        assert all(
            picked.get(one, 0) == one.on_hand for one in lots if one.handling_unit in touched
        )


@settings(deadline=None)
@given(questions(), stores(most=6))
def test_a_refusal_accounts_for_all_that_is_there(wanted, lots):
    refusal = select(wanted, lots)
    if isinstance(refusal, Refusal):
        numbers = [int(word) for word in _amounts(refusal.because)]
        _, there, usable, *unusable = numbers
        assert there == sum(one.on_hand for one in lots) // ONE
        assert usable + sum(unusable) == there


def _amounts(because):
    head, *parts = because.split("; ")
    words = head.split()
    yield from (before for before, after in pairwise(words) if after == "H87")
    yield from (part.split()[0] for part in parts if " H87 cannot (" in part)
