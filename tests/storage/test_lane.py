"""The fast lane: many movements at once, each as if it came alone, on either engine."""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chargehand.record.journal import Entry
from chargehand.record.ledger import (
    ADJUSTMENT,
    BALANCE_MAX,
    CONSUMED,
    SUPPLIER,
    Account,
    BalanceKey,
    Ledger,
    Leg,
    Movement,
)
from chargehand.runtime.clock import now
from chargehand.storage.lane_text import leaf_text, movement_text
from chargehand.storage.posting import Posted, Posting
from chargehand.storage.store import Store
from chargehand.vocabulary import wire
from chargehand.vocabulary.quantity import Unit
from chargehand.vocabulary.refusal import Refusal, RefusalCode

MOMENT = "2026-11-20T08:00:00.000000Z"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
PLACES = [Account("S/A"), Account("S/B"), Account("S/C"), SUPPLIER, CONSUMED, ADJUSTMENT]
NAMES = itertools.count()

keys = st.builds(
    BalanceKey,
    account=st.sampled_from(PLACES),
    material=st.sampled_from(["M", "N"]),
    lot=st.sampled_from(["", "L"]),
    serial=st.sampled_from(["", "7"]),
)


@st.composite
def movements(draw) -> Movement:
    """Two to four legs; most cancel out."""
    material = draw(st.sampled_from(["M", "N"]))
    places = draw(st.lists(keys, min_size=2, max_size=4, unique=True))
    amounts = draw(st.lists(st.integers(-9, 9), min_size=len(places) - 1, max_size=3))
    off = draw(st.sampled_from([0, 0, 0, 0, 0, 0, 1]))
    scaled = [*amounts[: len(places) - 1], 0]
    scaled[-1] = -sum(scaled) + off
    legs = tuple(
        Leg(BalanceKey(one.account, material, one.lot, one.disposition, one.serial), n * 1_000_000)
        for one, n in zip(places, scaled, strict=True)
    )
    return Movement(key="", business_step="storing", unit=Unit.PIECE, legs=legs)


def posting(key: str, movement: Movement, source: str = "wms") -> Posting:
    named = Movement(
        key=f"{source}/{key}",
        business_step=movement.business_step,
        unit=movement.unit,
        legs=movement.legs,
    )
    return Posting(
        source=source, key=key, movement=named, actor=source, recorded_at=MOMENT, occurred_at=MOMENT
    )


def move(key: str, source: BalanceKey, target: BalanceKey, scaled: int) -> Posting:
    legs = (Leg(source, -scaled), Leg(target, scaled))
    return posting(key, Movement(key="", business_step="storing", unit=Unit.PIECE, legs=legs))


def balances(store: Store) -> dict[BalanceKey, int]:
    with store.snapshot() as sql:
        rows = sql.execute(
            "SELECT account, material, lot, disposition, serial, handling_unit, scaled FROM balance"
        ).fetchall()
    return {BalanceKey(*tuple(row)[:6]): row["scaled"] for row in rows if row["scaled"]}


def number_of(store: Store, statement: str) -> int:
    with store.snapshot() as sql:
        return int(sql.execute(statement).fetchone()[0])


A = BalanceKey(Account("S/A"), "M")
B = BalanceKey(Account("S/B"), "M")
OUT = BalanceKey(SUPPLIER, "M")


@given(
    one=st.builds(
        Movement,
        key=TEXT,
        business_step=TEXT,
        unit=st.sampled_from(Unit),
        corrects=st.none() | TEXT,
        under_hold=st.none() | TEXT,
        legs=st.lists(
            st.builds(
                Leg,
                st.builds(
                    BalanceKey, account=TEXT, material=TEXT, lot=TEXT, disposition=TEXT,
                    serial=TEXT, handling_unit=TEXT,
                ),
                st.integers(-BALANCE_MAX, BALANCE_MAX),
            ),
            max_size=3,
        ).map(tuple),
    )
)  # fmt: skip
def test_the_quick_text_is_the_canonical_text(one):
    assert movement_text(one) == wire.write(one)


@given(number=st.integers(0, 2**53), key=TEXT, cause=st.none() | TEXT, actor=TEXT, body=TEXT)
def test_the_quick_leaf_is_the_leaf(number, key, cause, actor, body):
    entry = Entry(
        number=number, kind="movement", key=key, recorded_at=MOMENT, occurred_at=None,
        cause=cause, actor=actor, body=body,
    )  # fmt: skip
    assert leaf_text(number, "movement", key, MOMENT, None, cause, actor, body) == entry.leaf_text()


@settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(history=st.lists(movements(), max_size=24), size=st.integers(1, 24))
def test_a_batch_is_what_its_movements_are_one_after_the_other(both, history, size):
    """The ledger takes them singly; whatever is refused there is refused here, and no more."""
    run = next(NAMES)
    before, ledger = balances(both), Ledger()
    ledger.balances.update(before)
    postings = [posting(f"{run}-{n}", one) for n, one in enumerate(history)]
    answers = [
        answer
        for start in range(0, len(postings), size)
        for answer in both.post(postings[start : start + size])
    ]
    expected = [ledger.post(one.movement) for one in postings]
    assert [isinstance(a, Refusal) for a in answers] == [e is not None for e in expected]
    codes = [a.code for a in answers if isinstance(a, Refusal)]
    assert codes == [e.code for e in expected if e is not None]
    assert balances(both) == {key: n for key, n in ledger.balances.items() if n}


def test_a_source_transaction_counts_once_and_its_key_means_one_thing(both):
    first = move("1", OUT, A, 5)
    assert [type(a) for a in both.post([first])] == [Posted]
    again, other = both.post([first, move("1", OUT, A, 6)])
    assert isinstance(again, Posted)
    assert again.is_repeated
    assert isinstance(other, Refusal)
    assert other.code is RefusalCode.KEY_REUSED
    assert balances(both) == {A: 5, OUT: -5}


def test_the_same_key_twice_in_a_batch_counts_once(both):
    answers = both.post([move("1", OUT, A, 5), move("2", OUT, A, 1), move("1", OUT, A, 5)])
    assert [a.is_repeated for a in answers] == [False, False, True]
    assert balances(both) == {A: 6, OUT: -6}


def test_what_is_refused_is_kept_with_its_reason(both):
    both.post([move("1", OUT, A, 5)])
    (answer,) = both.post([move("2", A, B, 6)])
    assert isinstance(answer, Refusal)
    with both.snapshot() as sql:
        row = sql.execute("SELECT * FROM inbox WHERE key = '2'").fetchone()
        entry = sql.execute("SELECT * FROM journal WHERE number = ?", (row["entry"],)).fetchone()
    assert (row["status"], row["code"]) == ("refused", "insufficient_stock")
    assert entry["kind"] == "refused"
    assert answer.because in entry["body"]


def test_nothing_is_taken_that_the_same_batch_brings_later(both):
    taken, brought = both.post([move("1", A, B, 5), move("2", OUT, A, 5)])
    assert isinstance(taken, Refusal)
    assert isinstance(brought, Posted)


def test_a_balance_that_no_books_could_hold_is_refused_by_itself(both):
    answers = both.post([move(str(n), OUT, A, BALANCE_MAX // 2 + 1) for n in range(2)])
    assert [isinstance(a, Refusal) for a in answers] == [False, True]
    assert answers[1].code is RefusalCode.QUANTITY_INVALID


def test_every_posting_has_its_entry_and_its_event(both):
    both.post([move(str(n), OUT, A, 1) for n in range(20)])
    both.rest()
    assert number_of(both, "SELECT count(*) FROM journal") == 20
    assert number_of(both, "SELECT count(*) FROM outbox") == 20
    assert number_of(both, "SELECT size FROM head") == 20
    assert number_of(both, "SELECT count(*) FROM sequenced") == 20


def test_texts_with_any_sign_come_back_as_they_were(both):
    odd = 'tab\t line\n quote" back\\slash {brace,comma} \u2028 ü'
    key = BalanceKey(Account("S/A"), odd, odd, "available", odd, odd)
    out = BalanceKey(SUPPLIER, odd)
    (answer,) = both.post([move(odd, out, key, 3)])
    assert isinstance(answer, Posted)
    assert balances(both) == {key: 3, out: -3}
    both.post([move("back", key, out, 3)])
    assert balances(both) == {}


@pytest.mark.parametrize("clerks", [2, 8])
def test_stores_of_many_processes_lose_nothing_and_take_nothing_twice(place, clerks):
    """Each posts batches to and fro over the same few places, in its own order."""
    stores = [Store(place, now) for _ in range(clerks)]
    spots = [BalanceKey(Account(f"S/{n}"), "M") for n in range(6)]
    stores[0].post([move(f"in-{n}", OUT, spot, 1000) for n, spot in enumerate(spots)])
    start = threading.Barrier(clerks)

    def work(clerk: int) -> int:
        start.wait()
        posted = 0
        for batch in range(12):
            ring = [spots[(clerk + batch + n) % 6] for n in range(6)][:: 1 if clerk % 2 else -1]
            answers = stores[clerk].post(
                [
                    move(f"{clerk}-{batch}-{n}", ring[n], ring[(n + 1) % 6], 1 + clerk % 3)
                    for n in range(6)
                ]
            )
            posted += sum(isinstance(answer, Posted) for answer in answers)
        return posted

    with ThreadPoolExecutor(clerks) as threads:
        posted = sum(threads.map(work, range(clerks)))
    assert posted == clerks * 12 * 6
    assert sum(balances(stores[0]).values()) == 0
    assert sum(n for key, n in balances(stores[0]).items() if key != OUT) == 6000
    assert number_of(stores[0], "SELECT count(*) FROM journal") == posted + 6
    for store in stores:
        store.close()


def test_the_last_piece_goes_to_one_of_many(place):
    stores = [Store(place, now) for _ in range(4)]
    stores[0].post([move("in", OUT, A, 1)])
    start = threading.Barrier(16)

    def grab(n: int) -> bool:
        start.wait()
        (answer,) = stores[n % 4].post([move(f"grab-{n}", A, B, 1)])
        return isinstance(answer, Posted)

    with ThreadPoolExecutor(16) as threads:
        assert sum(threads.map(grab, range(16))) == 1
    for store in stores:
        store.close()


def test_a_batch_told_at_different_moments_notes_each_root_at_its_own(tmp_path):
    """Every 1,024 entries the root is noted, at the moment of the entry that it ends with."""
    store = Store(tmp_path / "t.db", now)
    told = [
        replace(move(str(n), OUT, A, 1), recorded_at=f"2026-11-20T08:00:00.{n:06}Z")
        for n in range(1100)
    ]
    store.post(told)
    with store.snapshot() as sql:
        assert sql.execute("SELECT size, recorded_at FROM checkpoint").fetchone() == (
            1024, told[1023].recorded_at,
        )  # fmt: skip
    store.close()
