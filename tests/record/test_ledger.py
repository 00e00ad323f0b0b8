"""Laws of the ledger: nothing is created, lost, owed or counted twice."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chargehand.record.ledger import (
    CONSUMED,
    SUPPLIER,
    Account,
    BalanceKey,
    Ledger,
    Leg,
    Movement,
    imbalance,
    is_outside,
    transfer,
)
from chargehand.vocabulary.identifier import LotId, MaterialId
from chargehand.vocabulary.quantity import Unit
from chargehand.vocabulary.refusal import Refusal, RefusalCode

PART = MaterialId("M")
PLACES = [SUPPLIER, CONSUMED, Account("S/DOCK"), Account("S/BIN"), Account("S/LINE")]


def key(account: Account, lot: str) -> BalanceKey:
    return BalanceKey(account, PART, LotId(lot))


def move(name: str, source: Account, target: Account, pieces: int, lot: str) -> Movement:
    return transfer(
        name, "storing", source=key(source, lot), target=key(target, lot),
        scaled=pieces * 1_000_000, unit=Unit.PIECE,
    )  # fmt: skip


moves = st.builds(
    move,
    st.uuids().map(str),
    st.sampled_from(PLACES),
    st.sampled_from(PLACES),
    st.integers(1, 50),
    st.sampled_from(["L1", "L2"]),
)


@given(st.lists(moves, max_size=40))
def test_material_is_conserved_and_never_owed(history):
    ledger = Ledger()
    for movement in history:
        ledger.post(movement)
    for lot in ("L1", "L2"):
        assert sum(n for k, n in ledger.balances.items() if k.lot == lot) == 0
    assert all(n >= 0 or is_outside(k.account) for k, n in ledger.balances.items())


@given(st.lists(moves, max_size=20))
def test_posting_a_history_twice_is_posting_it_once(history):
    once, twice = Ledger(), Ledger()
    posted = [one for one in history if once.post(one) is None]
    for movement in posted + posted:
        assert twice.post(movement) is None
    assert once.balances == twice.balances


@given(st.lists(moves, max_size=20), st.randoms())
def test_balances_do_not_depend_on_the_order_of_what_is_possible(history, chance):
    ledger = Ledger()
    stocked = [move(f"in{n}", SUPPLIER, place, 5000, lot)
               for n, (place, lot) in enumerate((p, lot) for p in PLACES for lot in ("L1", "L2"))
               if place != SUPPLIER]  # fmt: skip
    for movement in stocked + history:
        ledger.post(movement)
    other = Ledger()
    shuffled = [*history]
    chance.shuffle(shuffled)
    for movement in stocked + shuffled:
        other.post(movement)
    assert ledger.balances == other.balances


def test_a_movement_that_creates_material_is_refused():
    lot = key(Account("S/BIN"), "L1")
    made = Movement(
        key="x", business_step="storing", unit=Unit.PIECE,
        legs=(Leg(key(SUPPLIER, "L1"), -2_000_000), Leg(lot, 3_000_000)),
    )  # fmt: skip
    refusal = imbalance(made)
    assert isinstance(refusal, Refusal)
    assert refusal.code is RefusalCode.UNBALANCED
    assert Ledger().post(made) == refusal


def test_one_leg_or_a_zero_leg_is_no_movement():
    bin_key = key(Account("S/BIN"), "L1")
    for legs in ((), (Leg(bin_key, 0), Leg(bin_key, 0))):
        movement = Movement(key="x", business_step="storing", unit=Unit.PIECE, legs=legs)
        refusal = imbalance(movement)
        assert refusal is not None
        assert refusal.code is RefusalCode.QUANTITY_INVALID


def test_what_is_reserved_is_not_free_to_others():
    ledger = Ledger()
    ledger.post(move("in", SUPPLIER, Account("S/BIN"), 5, "L1"))
    ledger.reserved[key(Account("S/BIN"), "L1")] = 3_000_000
    refusal = ledger.post(move("out", Account("S/BIN"), CONSUMED, 3, "L1"))
    assert refusal is not None
    assert refusal.code is RefusalCode.INSUFFICIENT_STOCK
    assert "2 H87 free" in refusal.because
    assert ledger.post(move("out2", Account("S/BIN"), CONSUMED, 2, "L1")) is None
