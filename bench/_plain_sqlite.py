"""The plain script on SQLite: six statements a post, by `apsw` or the standard library's module.

One writer; no secondary index on movements; 512 MB of cache; the WAL is written back by another
thread, so that no commit waits for a checkpoint of its own.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
from _plain import LOCATIONS, STOCK, TABLES, Post, Rate, leaf_of, measure, posts

TABLES_SQL = """
CREATE TABLE balance (
    item TEXT, lot TEXT, location TEXT, unit TEXT, status TEXT,
    qty INTEGER NOT NULL, reserved INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (item, lot, location, unit, status),
    CHECK (qty >= 0 AND reserved >= 0 AND qty >= reserved)
) WITHOUT ROWID;
CREATE TABLE idempotency (key TEXT PRIMARY KEY, movement INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE movement (
    id INTEGER PRIMARY KEY, at INTEGER NOT NULL, item TEXT NOT NULL, lot TEXT NOT NULL,
    source TEXT NOT NULL, target TEXT NOT NULL, qty INTEGER NOT NULL
);
CREATE TABLE outbox (id INTEGER PRIMARY KEY, topic TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE audit (id INTEGER PRIMARY KEY, leaf BLOB NOT NULL, body TEXT NOT NULL);
"""
Connection = apsw.Connection | sqlite3.Connection
PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA cache_size = -512000",
    "PRAGMA wal_autocheckpoint = 0",
)
SECONDS_BETWEEN_CHECKPOINTS = 0.25
KEY = "INSERT INTO idempotency VALUES (?, ?)"
DEBIT = (
    "UPDATE balance SET qty = qty - ?1 WHERE item = ?2 AND lot = ?3 AND location = ?4"
    " AND unit = '' AND status = 'available' AND qty - reserved >= ?1"
)
CREDIT = (
    "INSERT INTO balance VALUES (?, ?, ?, '', 'available', ?, 0)"
    " ON CONFLICT DO UPDATE SET qty = qty + excluded.qty"
)
MOVEMENT = "INSERT INTO movement VALUES (?, ?, ?, ?, ?, ?, ?)"
OUTBOX = "INSERT INTO outbox VALUES (?, 'movement', ?)"
AUDIT = "INSERT INTO audit VALUES (?, ?, ?)"


def build(path: Path, balances: int, movements: int) -> None:
    """Make a database of so many balances, and movements that have come before, by bulk SQL."""
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA page_size = 4096; PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute(TABLES_SQL)
    count = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ? - 1) "
    body = (
        """format('{"actor":"plain","item":"M%06d","key":"0000%012x","lot":"L1","quantity":1,"""
        """"source":"S000","target":"S001"}', i / 100, i)"""
    )
    connection.execute("BEGIN")
    connection.execute(
        f"INSERT INTO balance {count} SELECT format('M%06d', i / {LOCATIONS}), 'L1',"
        f" format('S%03d', i % {LOCATIONS}), '', 'available', {STOCK}, 0 FROM n",
        [balances],
    )
    for into in () if not movements else (
        "idempotency {} SELECT format('0000%012x', i), i FROM n",
        "movement {} SELECT i, i, format('M%06d', i / 100), 'L1', 'S000', 'S001', 1 FROM n",
        f"outbox {{}} SELECT i, 'movement', {body} FROM n",
        f"audit {{}} SELECT i, randomblob(32), {body} FROM n",
    ):  # fmt: skip
        connection.execute(f"INSERT INTO {into.replace('{}', count)}", [movements])
    connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()


def rate(path: Path, *, seconds: float, batch: int = 1000, driver: str = "apsw") -> Rate:
    """Complete posts a second into a database that `build` made, `batch` of them in a commit."""
    with _opened(path, driver) as connection, _checkpoints(path):
        before = _counts(connection)
        balances = _one(connection, "SELECT count(*) FROM balance")
        run = 1 + _one(
            connection, "SELECT coalesce(max(substr(key, 1, 4)), '0') FROM idempotency", 16
        )
        result = measure(_poster(connection), posts(balances, run), batch=batch, seconds=seconds)
        after = _counts(connection)
    assert after.pop("units") == before.pop("units"), "no unit is lost or made"
    assert all(after[table] - before[table] == result.posts for table in TABLES), (before, after)
    return result


def _poster(connection: Connection) -> Callable[[list[Post]], None]:
    """Give the function that posts a batch in one transaction."""
    next_id = 1 + _one(connection, "SELECT coalesce(max(id), 0) FROM movement")
    changes = (
        connection.total_changes
        if isinstance(connection, apsw.Connection)
        else lambda: connection.total_changes
    )
    cursor = connection.cursor()
    execute, many = cursor.execute, cursor.executemany

    def post(batch: list[Post]) -> None:
        nonlocal next_id
        ids = range(next_id, next_id + len(batch))
        next_id = ids.stop
        leaves = [leaf_of(each) for each in batch]
        execute("BEGIN IMMEDIATE")
        many(KEY, [(each[0], i) for i, each in zip(ids, batch, strict=True)])
        before = changes()
        many(DEBIT, [(each[5], each[1], each[2], each[3]) for each in batch])
        assert changes() - before == len(batch), "nothing is denied"
        many(CREDIT, [(each[1], each[2], each[4], each[5]) for each in batch])
        many(MOVEMENT, [(i, i, *each[1:]) for i, each in zip(ids, batch, strict=True)])
        many(OUTBOX, [(i, body) for i, (body, _) in zip(ids, leaves, strict=True)])
        many(AUDIT, [(i, leaf, body) for i, (body, leaf) in zip(ids, leaves, strict=True)])
        execute("COMMIT")

    return post


@contextmanager
def _opened(path: Path, driver: str) -> Iterator[Connection]:
    connection: Connection = (
        apsw.Connection(str(path))
        if driver == "apsw"
        else sqlite3.connect(path, isolation_level=None)
    )
    for pragma in PRAGMAS:
        list(connection.execute(pragma))
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def _checkpoints(path: Path) -> Iterator[None]:
    """Write the WAL back beside the posts, and wholly at the end."""
    done = threading.Event()

    def work() -> None:
        connection = apsw.Connection(str(path))
        while not done.wait(SECONDS_BETWEEN_CHECKPOINTS):
            connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _one(connection: Connection, statement: str, base: int = 10) -> int:
    return int(str(next(iter(connection.execute(statement)))[0]), base)


def _counts(connection: Connection) -> dict[str, int]:
    counts = {table: _one(connection, f"SELECT count(*) FROM {table}") for table in TABLES}
    return counts | {"units": _one(connection, "SELECT sum(qty) FROM balance")}
