"""Tiles of the tree on both engines, and the sequencer that misses no leaf of any writer."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from chargehand.record.journal import Tree
from chargehand.record.ledger import SUPPLIER, Account, BalanceKey, Leg, Movement
from chargehand.record.proof import includes, is_consistent
from chargehand.record.tile import TILE_WIDTH, prove, prove_growth, root_at
from chargehand.runtime.clock import now
from chargehand.storage import tiles
from chargehand.storage.journal import ENTRY
from chargehand.storage.postgres_sequencer import DESK
from chargehand.storage.postgres_session import PostgresSession
from chargehand.storage.posting import Posted, Posting
from chargehand.storage.store import Store
from chargehand.vocabulary.quantity import Unit

MOMENT = "2026-11-20T08:00:00.000000+00:00"
WRITERS, BATCHES, EACH = 8, 40, 5


def posting(key: str, place: str = "S/A") -> Posting:
    legs = (Leg(BalanceKey(SUPPLIER, "M"), -1), Leg(BalanceKey(Account(place), "M"), 1))
    movement = Movement(key=f"wms/{key}", business_step="receiving", unit=Unit.PIECE, legs=legs)
    return Posting(source="wms", key=key, movement=movement, actor="wms", recorded_at=MOMENT)


def leaves_of(store: Store) -> list[bytes]:
    with store.snapshot() as sql:
        rows = sql.execute("SELECT leaf FROM sequenced ORDER BY place").fetchall()
    return [bytes(row[0]) for row in rows]


def tree_of(leaves) -> Tree:
    tree = Tree()
    for leaf in leaves:
        tree.append(leaf)
    return tree


@pytest.fixture
def grown(both) -> Store:
    """A record of 1,500 entries, with its tiles."""
    for start in range(0, 1500, 500):
        both.post([posting(str(n)) for n in range(start, start + 500)])
        both.rest()
        while tiles.fill(both):
            pass
    return both


def test_tiles_lead_to_the_root_of_every_size(grown):
    leaves = leaves_of(grown)
    assert len(leaves) == 1500
    with grown.snapshot() as sql:
        assert tiles.tiled(sql) == 1500 // TILE_WIDTH * TILE_WIDTH
        reader = tiles.SqlTiles(sql)
        for size in (1, 255, 256, 257, 1024, 1279, 1500):
            root = tree_of(leaves[:size]).root()
            assert root_at(size, reader) == root
            index = size * 2 // 3
            assert includes(leaves[index], index, size, prove(index, size, reader), root)


def test_an_earlier_root_is_shown_to_be_the_beginning_of_a_later_one(grown):
    leaves = leaves_of(grown)
    with grown.snapshot() as sql:
        proof = prove_growth(700, 1500, tiles.SqlTiles(sql))
    roots = [tree_of(leaves[:size]).root() for size in (700, 1500)]
    assert is_consistent(700, 1500, *roots, proof)


def test_tiles_are_made_once_however_many_make_them(both):
    both.post([posting(str(n)) for n in range(600)])
    both.rest()
    other = Store(both.place, now)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(tiles.fill, [both, other, both, other]))
    with both.snapshot() as sql:
        found = sql.execute("SELECT level, number, hashes FROM tile ORDER BY level").fetchall()
    assert sorted((row[0], row[1]) for row in found) == [(0, 0), (0, 1), (1, 0)]
    assert len(bytes(found[-1][2])) == 2 * 32
    other.close()


class Naive:
    """Follows the journal by number, from the last one seen on."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.seen: set[int] = set()
        self.last = -1
        self.alone = threading.Lock()

    def look(self) -> None:
        with self.alone, self.store.snapshot() as sql:
            rows = sql.execute(
                "SELECT number FROM journal WHERE number > ? ORDER BY number", (self.last,)
            ).fetchall()
            self.seen.update(row[0] for row in rows)
            self.last = rows[-1][0] if rows else self.last


def write(store: Store, writer: int) -> int:
    """One writer's share; how many were posted."""
    posted = 0
    for batch in range(BATCHES):
        rows = [posting(f"{writer}-{batch}-{n}", f"S/{writer}") for n in range(EACH)]
        posted += sum(isinstance(answer, Posted) for answer in store.post(rows))
    return posted


def again_and_again(work, start: threading.Barrier, done: threading.Event) -> None:
    start.wait()
    while not done.is_set():
        work()
    work()


def test_the_sequencer_misses_no_leaf_where_a_cursor_by_number_does(postgres_url):
    """Eight writers and two readers: one by number, one by what is settled.

    One more writer takes its number first and commits last, as happens under load now and then.
    """
    stores = [Store(postgres_url, now) for _ in range(WRITERS)]
    sequencer, reader = Store(postgres_url, now), Store(postgres_url, now)
    stores[0].post([posting(f"first-{n}", f"S/{n}") for n in range(WRITERS)])
    late = PostgresSession(postgres_url)
    late.execute(f"BEGIN; SELECT pg_advisory_xact_lock_shared({DESK})")  # as every writer does
    number = late.execute("SELECT nextval('journal_number')").fetchone()[0]
    late.execute(ENTRY, (number, "note", "late", MOMENT, None, None, "late", "{}", bytes(32)))
    naive, start, done = Naive(reader), threading.Barrier(3), threading.Event()
    with ThreadPoolExecutor(WRITERS + 2) as threads:
        for work in (sequencer.rest, naive.look):
            threads.submit(again_and_again, work, start, done)
        start.wait()
        posted = sum(threads.map(write, stores, range(WRITERS)))
        naive.look()
        late.execute("COMMIT")
        done.set()
    with reader.snapshot() as sql:
        numbers = {row[0] for row in sql.execute("SELECT number FROM journal").fetchall()}
        placed = sql.execute("SELECT place, number FROM sequenced ORDER BY place").fetchall()
    assert posted == WRITERS * BATCHES * EACH
    assert len(numbers) == posted + WRITERS + 1
    assert [row[0] for row in placed] == list(range(len(numbers)))
    assert {row[1] for row in placed} == numbers
    assert number in numbers - naive.seen
    for store in (late, *stores, sequencer, reader):
        store.close()
