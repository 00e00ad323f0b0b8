"""What is different on a PostgreSQL server, and must not be felt: each found by running it once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import count

import psycopg
import pytest

from chargehand.record.ledger import SUPPLIER, Account, BalanceKey, Leg, Movement
from chargehand.runtime.clock import now
from chargehand.storage.posting import Posted, Posting
from chargehand.storage.session import StorageFault
from chargehand.storage.store import Store
from chargehand.vocabulary.quantity import Unit

MOMENT = "2026-11-20T08:00:00.000000Z"
NAMES = count()
OUT = BalanceKey(SUPPLIER, "M")
PLACES = [BalanceKey(Account(f"S/{name}"), "M") for name in "ABCD"]


def move(taken: BalanceKey, brought: BalanceKey, pieces: int) -> Posting:
    """A movement under a key of its own."""
    key = f"{next(NAMES):09}"
    movement = Movement(
        key=key, unit=Unit.PIECE, business_step="stocking",
        legs=(Leg(taken, -pieces * 1_000_000), Leg(brought, pieces * 1_000_000)),
    )  # fmt: skip
    return Posting(source="t", key=key, movement=movement, actor="t", recorded_at=MOMENT)


@pytest.fixture
def store(postgres_url):
    store = Store(postgres_url, now)
    yield store
    store.close()


def one(store: Store, statement: str):
    with store.snapshot() as sql:
        return sql.execute(statement).fetchone()[0]


def test_no_connection_takes_a_plan_that_forgets_how_long_the_arrays_are(store):
    """Else the sixth batch of a connection is six times as slow as the fifth, and so it stays."""
    asked = "SHOW plan_cache_mode"
    assert one(store, asked) == "force_custom_plan"
    assert store.write(lambda docket: docket.sql(asked).fetchone()[0]) == "force_custom_plan"


def test_a_server_that_ended_our_connections_is_met_again(store, postgres_url):
    store.post([move(OUT, PLACES[0], 5)])
    store.sequence()
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    for _ in range(2):  # one may be told that the connection is gone; the next has a new one
        try:
            store.post([move(PLACES[0], PLACES[1], 1)])
            store.sequence()
        except StorageFault:
            continue
    assert isinstance(store.post([move(PLACES[0], PLACES[1], 1)])[0], Posted)
    store.sequence()
    entries = one(store, "SELECT count(*) FROM journal")
    assert one(store, "SELECT size FROM head") == entries
    taken = one(store, "SELECT 5000000 - scaled FROM balance WHERE location = 'A'")
    assert taken == (entries - 1) * 1_000_000


def test_a_long_transaction_of_another_database_holds_up_no_entry(store, postgres_server):
    """The server numbers the transactions of all its databases together."""
    store.post([move(OUT, PLACES[0], 5)])
    with postgres_server.database() as other, psycopg.connect(other) as busy:
        busy.execute("CREATE TABLE long (n int)")
        store.post([move(PLACES[0], PLACES[1], 1)])
        store.sequence()
        assert one(store, "SELECT count(*) FROM sequenced") == 2
        store.post([move(PLACES[0], PLACES[1], 1)])
        store.sequence()
        assert one(store, "SELECT count(*) FROM sequenced") == 3
    store.sequence()
    assert one(store, "SELECT count(*) FROM leaf") == 3


def test_an_entry_that_commits_late_gets_its_place_all_the_same(store, postgres_url):
    """It has the smaller number; who follows the numbers would miss it."""
    store.post([move(OUT, PLACES[0], 50)])
    store.sequence()
    late = Store(postgres_url, now)
    with ThreadPoolExecutor(1) as thread:
        door = late._engine.door()
        transaction = door.begin(alone=False)
        number = transaction.take_numbers(1)
        door.session.execute(
            "INSERT INTO journal (number, kind, key, recorded_at, actor, body, leaf)"
            " VALUES (?, 'note', 'late', ?, 't', '{}', ?)",
            (number, MOMENT, bytes(32)),
        )
        thread.submit(store.post, [move(PLACES[0], PLACES[1], 1)]).result()
        store.sequence()
        assert one(store, "SELECT count(*) FROM sequenced") == 2
        door.commit(transaction)
        door.close()
    late.close()
    store.sequence()
    with store.snapshot() as sql:
        placed = [row[0] for row in sql.execute("SELECT number FROM leaf ORDER BY place")]
    assert placed[1:] == [number + 1, number]


def test_what_takes_from_a_balance_is_not_held_to_be_one_of_its_own(store):
    """PostgreSQL checks the row that an upsert proposes, be there another one already or not."""
    store.post([move(OUT, PLACES[0], 5)])
    assert isinstance(store.post([move(PLACES[0], PLACES[1], 5)])[0], Posted)
    assert isinstance(store.post([move(PLACES[1], PLACES[0], 5)])[0], Posted)
    assert one(store, "SELECT sum(scaled) FROM balance") == 0


def test_batches_that_meet_in_opposite_orders_do_not_lock_each_other_out(postgres_url):
    """Each takes its balances in the order of their keys."""
    stores = [Store(postgres_url, now) for _ in range(4)]
    stores[0].post([move(OUT, place, 10_000) for place in PLACES])

    def work(n: int) -> int:
        places = PLACES if n % 2 else PLACES[::-1]
        posted = 0
        for _ in range(12):
            batch = [
                move(places[at], places[(at + 1) % 4], 1) for _ in range(10) for at in range(4)
            ]
            posted += sum(isinstance(answer, Posted) for answer in stores[n].post(batch))
        return posted

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(work, range(4))) == [480] * 4
    assert one(stores[0], "SELECT count(*) FROM journal") == 4 + 4 * 480
    assert one(stores[0], "SELECT sum(scaled) FROM balance") == 0
    for store in stores:
        store.close()


def test_a_long_list_comes_in_pieces(store):
    store.post([move(OUT, PLACES[0], 1) for _ in range(3000)])
    with store.snapshot() as sql:
        rows = sql.stream("SELECT key FROM journal WHERE kind <> '100%' ORDER BY key")
        keys = [next(rows)[0] for _ in range(3)]
        again = sql.stream("SELECT key FROM journal ORDER BY key DESC")
        last = next(again)[0]
        keys += [row[0] for row in rows]
        assert keys == sorted(set(keys))
        assert (len(keys), keys[-1]) == (3000, last)
        again.close()
        assert sql.execute("SELECT count(*) FROM pg_cursors").fetchone()[0] == 0
