"""What fits a hold, what a movement is, and what a reservation takes, without any database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargehand.record.choosing import chosen
from chargehand.record.eligibility import Candidate
from chargehand.record.hold import Hold, fits
from chargehand.record.ledger import SCRAPPED, Account, BalanceKey, imbalance
from chargehand.record.movements import is_plain, movement_of
from chargehand.signals.stock_kinds import LegReported, MovementReported, ReservationPlaced
from chargehand.vocabulary.identifier import (
    HoldId,
    LocationId,
    LotId,
    MaterialId,
    SiteId,
    ZoneId,
)
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.refusal import RefusalCode

SITE, PART = SiteId("S"), MaterialId("M")
DAY = date(2026, 1, 1)
few = st.sampled_from(["", "X", "Y"])
some = st.sampled_from(["X", "Y"])
balances = st.builds(
    lambda site, place, material, lot, serial, unit: BalanceKey(
        Account(f"{site}/{place}"), material, lot, "available", serial, unit
    ),
    some, some, some, few, few, few,
)  # fmt: skip
holds = st.builds(
    Hold,
    key=st.just(HoldId("H")), site=some, material=few, lot=few, serial=few, handling_unit=few,
    location=few, reason=st.just("r"), state=st.just("active"), review_by=st.none(),
    placed_by=st.just("ada"),
)  # fmt: skip


@given(hold=holds, key=balances)
def test_a_narrower_hold_covers_nothing_that_the_wider_one_does_not(hold, key):
    units = [key.handling_unit] if key.handling_unit else []
    for name in ("material", "lot", "serial", "handling_unit", "location"):
        wider = replace(hold, **{name: ""})
        assert fits(wider, key, units) or not fits(hold, key, units)


@given(hold=holds, key=balances)
def test_a_hold_reaches_neither_other_sites_nor_the_world_outside(hold, key):
    units = [key.handling_unit]
    assert not fits(replace(hold, site="elsewhere"), key, units)
    assert not fits(hold, replace(key, account=SCRAPPED), units)


def test_a_hold_on_a_unit_covers_what_stands_in_units_within_it():
    hold = Hold(
        key=HoldId("H"), site=SITE, material="", lot="", serial="", handling_unit="PALLET",
        location="", reason="r", state="active", review_by=None, placed_by="ada",
    )  # fmt: skip
    key = BalanceKey(Account("S/A"), PART, handling_unit="BOX")
    assert fits(hold, key, ["BOX", "PALLET"])
    assert not fits(hold, key, ["BOX"])


def leg(pieces: int, location: str | None, **more) -> LegReported:
    place = None if location is None else LocationId(location)
    return LegReported(material=PART, quantity=Quantity.pieces(pieces), location=place, **more)


def test_a_told_movement_becomes_legs_of_places_and_of_the_world_outside():
    body = MovementReported(
        site=SITE, business_step="receiving", legs=(leg(-3, None, outside="supplier"), leg(3, "A"))
    )
    movement = movement_of("k", body)
    assert [(one.key.account, one.scaled) for one in movement.legs] == [
        ("~supplier", -3_000_000), ("S/A", 3_000_000),
    ]  # fmt: skip
    assert imbalance(movement) is None


@pytest.mark.parametrize(
    ("more", "plain"),
    [
        ({}, True),
        ({"document": "TO-1"}, True),
        ({"corrects": "wms/1"}, False),
        ({"under_hold": HoldId("H")}, False),
        ({"legs": (leg(-1, "A"), leg(1, None, outside="consumed"))}, False),
        ({"legs": (leg(-1, "A"), leg(1, None, outside="scrapped"))}, True),
    ],
)
def test_what_only_moves_is_plain(more, plain):
    legs = more.pop("legs", (leg(-1, "A"), leg(1, "B")))
    assert is_plain(MovementReported(site=SITE, business_step="s", legs=legs, **more)) is plain


def stock(location: str, lot: str, day: int | None, pieces: int = 5, **more) -> Candidate:
    return Candidate(
        location=LocationId(location), zone=ZoneId("Z"), on_hand=pieces * 1_000_000, lot=LotId(lot),
        expires_on=None if day is None else date(2026, 2, day), **more,
    )  # fmt: skip


def wish(pieces: str = "3", **more) -> ReservationPlaced:
    return ReservationPlaced(
        reservation="R", site=SITE, material=PART, quantity=Quantity(Decimal(pieces)), **more
    )


@given(
    days=st.lists(st.integers(1, 28) | st.none(), min_size=1, max_size=5),
    held=st.integers(0, 5),
    place=st.sampled_from([None, "A", "B"]),
    pieces=st.integers(1, 12),
)
def test_no_earlier_expiry_is_passed_over_in_silence(days, held, place, pieces):
    there = [
        stock("AB"[n % 2], f"L{n}", day, hold=HoldId("H") if n == held else None)
        for n, day in enumerate(days)
    ]
    asked = wish(str(pieces), location=None if place is None else LocationId(place))
    selection = chosen(asked, there, DAY)
    if not hasattr(selection, "picks"):
        return
    taken = {pick.candidate: pick.scaled for pick in selection.picks}
    assert sum(taken.values()) == pieces * 1_000_000
    ends = max(one.expires_on or date.max for one in taken)
    told = {one.candidate for one in selection.passed_over}
    for one in there:
        earlier = (one.expires_on or date.max) < ends
        assert not earlier or one in told or taken.get(one) == one.on_hand


def test_what_is_named_is_taken_by_that_name_and_nothing_else_will_do():
    there = [stock("A", "L1", 1), stock("A", "L2", 2)]
    selection = chosen(wish(lot=LotId("L2")), there, DAY)
    assert [pick.candidate.lot for pick in selection.picks] == ["L2"]
    assert [one.candidate.lot for one in selection.passed_over] == ["L1"]
    bare = chosen(wish(selection="specific"), there, DAY)
    assert bare.code is RefusalCode.RESERVATION_INVALID
