"""Our engine with the plain script's work: the same posts into as many balances and movements.

`build` puts rows in by bulk, in the very shape that the lane writes them in: bodies, digests and
leaves are real, and the tree goes on from them. What is measured afterwards is `Store.post`.
"""

from __future__ import annotations

import gc
import multiprocessing
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from threading import Barrier
from typing import Any

from _plain import LOCATIONS, STOCK, Post, Rate, measure, posts

from chargehand.record.journal import Tree, leaf_hash
from chargehand.record.ledger import Account, BalanceKey, Leg, Movement
from chargehand.runtime.clock import now
from chargehand.storage.lane_text import leaf_text, movement_text
from chargehand.storage.posting import Posted, Posting
from chargehand.storage.store import Store
from chargehand.vocabulary.identifier import LotId, MaterialId
from chargehand.vocabulary.quantity import SCALE, Unit

SITE, MOMENT = "KENT", "2026-11-20T12:00:00.000000+00:00"
CHUNK = 100_000
SECONDS_BETWEEN_RESTS = 0.25
JOURNAL = "number, kind, key, recorded_at, occurred_at, cause, actor, body, leaf"
INBOX = "source, key, kind, digest, status, entry"
BALANCE = (
    "account, material, lot, serial, handling_unit, disposition, site, location, scaled, entry"
)
Rows = list[tuple[Any, ...]]


def posting(post: Post) -> Posting:
    """A post of the plain script as a movement of ours."""
    key, item, lot, source, target, pieces = post
    at, to = (
        BalanceKey(Account(f"{SITE}/{place}"), MaterialId(item), LotId(lot))
        for place in (source, target)
    )
    movement = Movement(
        key=f"wms/{key}", business_step="storing", unit=Unit.PIECE,
        legs=(Leg(at, -pieces * SCALE), Leg(to, pieces * SCALE)),
    )  # fmt: skip
    return Posting(
        source="wms", key=key, movement=movement, actor="wms", recorded_at=MOMENT,
        occurred_at=MOMENT,
    )  # fmt: skip


def build(place: Path | str, balances: int, movements: int) -> None:
    """Make a record of so many balances, and movements that have come before."""
    Store(place, now).close()
    tree = Tree()
    load = _Sqlite(place) if isinstance(place, Path) else _Postgres(place)
    stock = (
        (
            f"{SITE}/S{n % LOCATIONS:03}", f"M{n // LOCATIONS:06}", "L1", "", "", "available",
            SITE, f"S{n % LOCATIONS:03}", STOCK * SCALE, 0,
        )
        for n in range(balances)
    )  # fmt: skip
    for rows in _chunks(stock):
        load.put("balance", BALANCE, rows)
    items = balances // LOCATIONS
    for first in range(0, movements, CHUNK):
        journal, inbox = _entries(range(first, min(first + CHUNK, movements)), items, tree)
        load.put("inbox", INBOX, inbox)
        load.put("journal", JOURNAL, journal)
        load.put("outbox", "number, topic", [(row[0], "movement") for row in journal])
    load.end(tree)


def _entries(numbers: Iterable[int], items: int, tree: Tree) -> tuple[Rows, Rows]:
    """Entries of the journal, and the keys that they came under, as the lane writes them."""
    journal: Rows = []
    inbox: Rows = []
    for number in numbers:
        key = f"0000{number:012x}"
        item = f"M{number * 7 % items:06}"
        one = posting((key, item, "L1", "S000", "S001", 1))
        body, name = movement_text(one.movement), one.movement.key
        leaf = leaf_hash(leaf_text(number, "movement", name, MOMENT, MOMENT, None, "wms", body))
        digest = sha256(f"{MOMENT}\n{body}".encode()).digest()
        journal.append((number, "movement", name, MOMENT, MOMENT, None, "wms", body, leaf))
        inbox.append(("wms", key, "movement_reported", digest, "accepted", number))
        tree.append(leaf)
    return journal, inbox


def _chunks(rows: Iterator[tuple[Any, ...]]) -> Iterator[Rows]:
    chunk: Rows = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    yield chunk


class _Sqlite:
    def __init__(self, path: Path) -> None:
        import apsw

        self._file = apsw.Connection(str(path))
        for line in ("journal_mode = DELETE", "journal_mode = OFF", "synchronous = OFF"):
            self._file.execute(f"PRAGMA {line}").fetchall()
        self._file.execute("BEGIN")

    def put(self, table: str, columns: str, rows: Rows) -> None:
        """Insert rows."""
        marks = ", ".join("?" * len(columns.split(", ")))
        self._file.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)

    def end(self, tree: Tree) -> None:
        """Let the journal go on from here."""
        self._file.execute(
            "INSERT INTO head (id, size, peaks) VALUES (1, ?, ?)", (tree.size, b"".join(tree.peaks))
        )
        self._file.execute("COMMIT")
        self._file.execute("PRAGMA journal_mode = WAL").fetchall()
        self._file.close()


class _Postgres:
    def __init__(self, url: str) -> None:
        import psycopg

        self._server = psycopg.connect(url, autocommit=True)

    def put(self, table: str, columns: str, rows: Rows) -> None:
        """Copy rows in."""
        with (
            self._server.cursor() as cursor,
            cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(row)

    def end(self, tree: Tree) -> None:
        """Let the journal go on from here, and the sequencer."""
        run = self._server.execute
        run("INSERT INTO leaf (place, number) SELECT number, number FROM journal ORDER BY number")
        run(
            "INSERT INTO head (id, size, peaks, floor) VALUES (1, %s, %s, %s)",
            (tree.size, b"".join(tree.peaks), tree.size),
        )
        run("SELECT setval('journal_number', %s, false)", (tree.size,))
        run("VACUUM ANALYZE")
        run("CHECKPOINT")
        self._server.close()


def poster(store: Store) -> Callable[[list[Any]], None]:
    """Give the function that posts a batch and looks at every answer."""

    def post(batch: list[Any]) -> None:
        for answer in store.post(batch):
            assert answer.__class__ is Posted, answer

    return post


def wanted(balances: int, run: int) -> Iterator[Any]:
    """The plain script's posts as movements of ours, without end."""
    return map(posting, posts(balances, run))


@contextmanager
def resting(store: Store) -> Iterator[None]:
    """Let another thread do what can wait, as the background work of a plant does."""
    done = threading.Event()

    def rest() -> None:
        while not done.wait(SECONDS_BETWEEN_RESTS):
            store.rest()

    thread = threading.Thread(target=rest)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        store.rest()


def rate(place: Path | str, run: int, *, seconds: float, batch: int, connections: int = 1) -> Rate:
    """Complete posts a second into a record that `build` made, from so many processes.

    `run` tells this measurement's keys from those of others: it is new, and so are the next
    `connections` numbers.
    """
    before = standing(place)
    if connections == 1:
        result = _one(place, None, before["balances"], run, batch, seconds)
    else:
        result = _several(place, before["balances"], run, batch, seconds, connections)
    check(place, before, run, connections, result.posts)
    return result


def standing(place: Path | str) -> dict[str, int]:
    """The newest entry, how many balances there are, and the units of all of them."""
    newest = "SELECT coalesce(max(number), -1) FROM journal"
    row = _asked(place, f"SELECT ({newest}), count(*), sum(scaled) FROM balance")
    return {"newest": row[0], "balances": row[1], "units": row[2]}


def check(place: Path | str, before: dict[str, int], run: int, runs: int, posts: int) -> None:
    """Make sure that each post is in every table, and that no unit was lost or made."""
    after = standing(place)
    assert after["units"] == before["units"], "no unit is lost or made"
    told = (f"SELECT count(*) FROM {table} WHERE number > ?" for table in ("journal", "outbox"))
    for statement in told:
        assert _asked(place, statement, before["newest"])[0] == posts, (statement, before, posts)
    keys = "SELECT count(*) FROM inbox WHERE source = 'wms' AND key >= ? AND key < ?"
    assert _asked(place, keys, f"{run:04x}", f"{run + runs:04x}")[0] == posts, "each key once"


def _asked(place: Path | str, statement: str, *values: object) -> tuple[Any, ...]:
    store = Store(place, now)
    with store.snapshot() as sql:
        row: tuple[Any, ...] = sql.execute(statement, values).fetchall()[0]
    store.close()
    return row


def _several(
    place: Path | str, balances: int, run: int, batch: int, seconds: float, connections: int
) -> Rate:
    spawn = multiprocessing.get_context("spawn")
    with spawn.Manager() as manager, ProcessPoolExecutor(connections, mp_context=spawn) as pool:
        gate = manager.Barrier(connections)
        running = [
            pool.submit(_one, place, gate, balances, run + n, batch, seconds)
            for n in range(connections)
        ]
        rates = [each.result() for each in running]
    slowest = max(rates, key=lambda each: each.seconds_p99)
    together = sum(each.posts_per_second for each in rates)
    return replace(slowest, posts_per_second=together, posts=sum(each.posts for each in rates))


def _one(
    place: Path | str, gate: Barrier | None, balances: int, run: int, batch: int, seconds: float
) -> Rate:
    store = Store(place, now)
    try:
        post, source = poster(store), wanted(balances, run)
        post([next(source)])  # plans and caches
        gc.collect()
        gc.freeze()
        if gate is not None:
            gate.wait(60)
        if isinstance(place, Path):
            with resting(store):
                result = measure(post, source, batch=batch, seconds=seconds)
        else:
            result = measure(post, source, batch=batch, seconds=seconds)
    finally:
        gc.unfreeze()
        store.close()
    return replace(result, posts=result.posts + 1)
