"""Odd texts, lost answers, numbers taken at once, a server that hangs up: nobody else suffers."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg
import pytest

from chargehand.record.ledger import SUPPLIER, Account, BalanceKey, Leg, Movement
from chargehand.runtime.clock import now
from chargehand.storage.engines import engine
from chargehand.storage.postgres import PostgresDoor
from chargehand.storage.posting import Posted, Posting
from chargehand.storage.session import StorageFault
from chargehand.storage.store import Store
from chargehand.storage.writer import Writer
from chargehand.vocabulary.identifier import MaterialId
from chargehand.vocabulary.quantity import Unit
from chargehand.vocabulary.refusal import Refusal
from tests.storage.test_writer import PATIENCE_S, GatedDoor

MOMENT = "2026-11-20T08:00:00.000000Z"
SHELF = Account("S/A")
STORED = "SELECT scaled FROM balance WHERE site <> ''"


def posting(key: str, pieces: int = 1, *, step: str = "receiving", cause=None) -> Posting:
    """So many pieces come from the supplier."""
    legs = tuple(
        Leg(BalanceKey(account, MaterialId("M")), sign * pieces * 1_000_000)
        for account, sign in ((SUPPLIER, -1), (SHELF, 1))
    )
    movement = Movement(key=f"wms/{key}", business_step=step, unit=Unit.PIECE, legs=legs)
    return Posting(
        source="wms", key=key, movement=movement, actor="wms", recorded_at=MOMENT, cause=cause
    )


def on_hand(store: Store) -> int:
    with store.snapshot() as sql:
        row = sql.execute(STORED).fetchone()
    return 0 if row is None else int(row[0]) // 1_000_000


# one caller's mishap is not another's


@pytest.mark.parametrize(
    "bad",
    [
        posting("bad\0key"), posting("bad", step="re\0ceiving"), posting("bad", cause="doc\0"),
        posting("bad", step="half \ud800"), posting("bad\ud800"),
    ],
    ids=["key", "step", "cause", "surrogate", "surrogate-key"],
)  # fmt: skip
def test_a_text_that_no_database_holds_spoils_no_other_posting(both, bad):
    first, second, third = both.post([posting("a"), bad, posting("b")])
    assert isinstance(first, Posted)
    assert isinstance(second, Refusal)
    assert isinstance(third, Posted)
    assert on_hand(both) == 2


# a commit whose answer is lost


class Deaf(GatedDoor):
    """Commits, and then the line goes dead before the answer comes."""

    def __init__(self, door) -> None:
        super().__init__(door)
        self.mishaps: list[BaseException | None] = []

    def commit(self, transaction):
        super().commit(transaction)
        mishap = self.mishaps.pop(0) if self.mishaps else None
        if mishap is not None:
            raise mishap


@pytest.mark.parametrize(
    "mishap", [StorageFault("server closed the connection"), KeyboardInterrupt()],
    ids=["connection", "interrupt"],
)  # fmt: skip
def test_nobody_is_told_that_nothing_was_written_where_it_was(tmp_path, mishap):
    """Who believes it sends the same under another key, and it counts twice."""
    made = engine(tmp_path / "t.db")
    made.migrate()
    door = Deaf(made.door())
    writer = Writer(door)
    door.gate.clear()
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(writer.post, [posting("a")])
        assert door.reached.wait(PATIENCE_S)
        others = [pool.submit(writer.post, [posting(key)]) for key in ("b", "c")]
        while len(writer._queue) < len(others):
            assert not first.done()
        door.mishaps = [None, mishap]
        door.gate.set()
        assert first.result(PATIENCE_S)
        errors = [one.exception(PATIENCE_S) for one in others]
    ((scaled,),) = door.door.session.execute(STORED).fetchall()
    writer.close()
    assert scaled == 3_000_000, "all three are on disk"
    assert not [error for error in errors if "nothing was written" in str(error)]


# PostgreSQL


SLOW = """
CREATE SCHEMA slow;
CREATE FUNCTION slow.nextval(name text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE found bigint := pg_catalog.nextval(name::regclass);
BEGIN PERFORM pg_sleep(0.02); RETURN found; END $$;
"""
"""The same numbers, with the time between two steps of one statement drawn out."""


def test_numbers_that_are_taken_at_once_are_never_the_same(postgres_url):
    """A batch's setval runs beside the plain nextval of single postings, and sets it back."""
    engine(postgres_url).migrate()
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(SLOW)
        name = connection.info.dbname
        connection.execute(f'ALTER DATABASE "{name}" SET search_path = slow, pg_catalog, public')
    taken: list[int] = []

    def take(count: int) -> None:
        with closing(PostgresDoor(postgres_url)) as door:
            for _ in range(10):
                first = door.begin(alone=False).take_numbers(count)
                taken.extend(range(first, first + count))
                door.abandon()

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(take, (1, 1, 1, 1, 2)))
    assert len(taken) == len(set(taken))


def hang_up(url: str) -> None:
    """End every other connection to the database, as a restart of the server does."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_readers_come_back_after_the_server_was_restarted(postgres_url):
    with closing(Store(postgres_url, now)) as store:
        with store.snapshot() as one, store.snapshot() as other, store.snapshot() as third:
            assert all(sql.execute("SELECT 1").fetchone()[0] for sql in (one, other, third))
        hang_up(postgres_url)
        assert on_hand(store) == 0


def test_a_writer_comes_back_after_the_server_was_restarted(postgres_url):
    with closing(Store(postgres_url, now)) as store:
        store.post([posting("a")])
        hang_up(postgres_url)
        (answer,) = store.post([posting("b")])
        assert isinstance(answer, Posted)


def test_two_processes_that_post_the_same_key_get_one_posted_and_one_repeated(place):
    """Each counts once, and both are told so."""
    stores = [Store(place, now) for _ in range(2)]
    start = threading.Barrier(2)

    def tell(store: Store) -> list:
        start.wait()
        return [store.post([posting(f"k{n}")])[0] for n in range(40)]

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(tell, stores)
    for pair in zip(one, other, strict=True):
        assert all(isinstance(answer, Posted) for answer in pair), pair
        assert sorted(answer.is_repeated for answer in pair) == [False, True]
        assert pair[0].entry == pair[1].entry
    assert on_hand(stores[0]) == 40
    for store in stores:
        store.close()
