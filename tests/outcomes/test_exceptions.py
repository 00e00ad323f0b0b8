"""What goes into a review: draws that nobody picks, and what was near to a limit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargehand.governance.reviewing import ReviewRule, last_boundary, rule_of
from chargehand.outcomes.exceptions import drawn, luck, near_confidence, near_limit, seed_of
from chargehand.vocabulary.money import Money

NUMBERS = st.lists(st.integers(1, 10_000), unique=True, max_size=80)


@given(NUMBERS, st.integers(0, 20), st.text(max_size=10), st.randoms())
def test_a_draw_depends_on_nothing_but_its_seed(numbers, count, seed, chance):
    mixed = list(numbers)
    chance.shuffle(mixed)
    found = drawn(mixed, count, seed)
    assert found == drawn(numbers, count, seed)
    assert len(found) == min(count, len(numbers))
    assert set(found) <= set(numbers)


def test_a_seed_differs_by_everything_it_is_made_of():
    known = ("S1", "2026-01-05", "2026-01-12", 100, "ab")
    others = [("S2", *known[1:]), (*known[:1], "2026-01-04", *known[2:])]
    others += [(*known[:2], "2026-01-13", *known[3:]), (*known[:3], 101, "ab")]
    others += [(*known[:4], "ac")]
    assert len({seed_of(*known), *(seed_of(*one) for one in others)}) == 6


def test_every_number_is_drawn_as_often_as_any_other():
    """Chi-square of 1,000 draws of one in ten: beyond 27.9 chance would come once in a thousand."""
    counts = [0] * 10
    for n in range(1000):
        (one,) = drawn(range(10), 1, f"week {n}")
        counts[one] += 1
    assert sum((count - 100) ** 2 / 100 for count in counts) < 27.9


@pytest.mark.parametrize(
    ("value", "is_near"), [("100", True), ("90", True), ("89.99", False), ("100.01", False)]
)
def test_near_a_limit_is_within_a_tenth_of_it(value, is_near):
    found = list(near_limit(Money.of(value), Money.of(100), "the limit"))
    assert bool(found) == is_near


def test_other_currencies_and_no_limit_are_near_nothing():
    assert not list(near_limit(Money.of(95, "USD"), Money.of(100), "it"))
    assert not list(near_limit(Money.of(95), None, "it"))
    assert not list(near_limit(Money.of(0), Money.of(0), "it"))


def test_barely_sure_enough_is_near():
    assert list(near_confidence(0.82, 0.8))
    assert not list(near_confidence(0.95, 0.8))
    assert not list(near_confidence(0.79, 0.8)), "that was no clearance at all"


def test_luck_is_what_the_confidence_did_not_let_expect():
    assert list(luck(0.3, right=True))
    assert list(luck(0.95, right=False))
    assert not list(luck(0.95, right=True))
    assert not list(luck(0.3, right=False))


@given(st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1)), st.integers(1, 60))  # noqa: DTZ001 - made aware below
def test_periods_join_without_a_gap(naive, days):
    now = naive.replace(tzinfo=UTC)
    end = last_boundary(now, days)
    assert end <= now < end + timedelta(days=days)
    assert last_boundary(end, days) == end


def test_the_rule_that_names_a_site_goes_before_the_one_for_any():
    general = ReviewRule(sites=frozenset({"*"}), roles=frozenset({"a"}))
    special = ReviewRule(sites=frozenset({"S1"}), roles=frozenset({"b"}))
    assert rule_of((general, special), "S1") is special
    assert rule_of((general, special), "S2") is general
    assert rule_of((special,), "S2") is None
