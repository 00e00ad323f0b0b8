"""The plain script: the least code that does a complete post, as the limit our engine is held to.

A post takes one unit of a lot from one location to another: an idempotency row (unique key), a
movement row, a conditional debit (`qty - reserved >= amount`, with CHECKs behind it), a credit
upsert, an outbox row, and an audit row with the SHA-256 leaf of canonical JSON. Each commit is on
the disk: SQLite in WAL with synchronous FULL, PostgreSQL with fsync and synchronous_commit. What
a script may leave out, it leaves out: units of measure, holds, handling units, causes, a tree above
the leaves, an order of leaves on PostgreSQL, and what to do when a post of a batch is denied (none
is; it would then go one by one). Every measurement asserts that quantities add up and that each
table has each post. Posts are made outside the clock, their JSON and hashes inside it.

    python bench/_plain.py               small databases
    python bench/_plain.py at_size       1,000,000 balances, 3,000,000 movements before
"""

from __future__ import annotations

import hashlib
import itertools
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

LOCATIONS = 100
"""Locations an item is at; there are as many items as make the balances."""
SMALL = (20_000, 0)
AT_SIZE = (1_000_000, 3_000_000)
"""Balances, and movements that are there already."""
STOCK = 1_000_000
"""Units of each balance before."""
TABLES = ("idempotency", "movement", "outbox", "audit")
POSTGRES_SETTINGS = {"shared_buffers": "1GB", "max_wal_size": "8GB"}

Post = tuple[str, str, str, str, str, int]
"""Key, item, lot, source, target, quantity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Posts a second, and what a caller waits for a commit."""

    posts_per_second: float
    seconds_median: float
    seconds_p99: float
    posts: int


def posts(balances: int, run: int) -> Iterator[Post]:
    """Yield posts without end between the balances there are; keys rise, as time-ordered ones."""
    chance = random.Random(run)
    items = balances // LOCATIONS
    for number in itertools.count():
        item = int(chance.random() * items)
        source = int(chance.random() * LOCATIONS)
        target = (source + 1 + int(chance.random() * (LOCATIONS - 1))) % LOCATIONS
        yield f"{run:04x}{number:012x}", f"M{item:06}", "L1", f"S{source:03}", f"S{target:03}", 1


def leaf_of(post: Post) -> tuple[str, bytes]:
    """Canonical JSON of a post, and its leaf hash as RFC 9162 has it."""
    key, item, lot, source, target, quantity = post
    body = json.dumps(
        {
            "actor": "plain", "item": item, "key": key, "lot": lot, "quantity": quantity,
            "source": source, "target": target,
        },
        separators=(",", ":"),
    )  # fmt: skip
    return body, hashlib.sha256(b"\0" + body.encode()).digest()


def measure(
    post: Callable[[list[Post]], None], wanted: Iterator[Post], *, batch: int, seconds: float
) -> Rate:
    """Post batches until the posting has taken `seconds`."""
    spans: list[float] = []
    total = 0.0
    while total < seconds:
        for each in [list(itertools.islice(wanted, batch)) for _ in range(max(1, 500 // batch))]:
            started = time.perf_counter()
            post(each)
            spans.append(time.perf_counter() - started)
            total += spans[-1]
    spans.sort()
    return Rate(
        posts_per_second=len(spans) * batch / total,
        seconds_median=spans[len(spans) // 2],
        seconds_p99=spans[int(len(spans) * 0.99)],
        posts=len(spans) * batch,
    )


def main() -> None:
    """Print the limits on both engines."""
    import _plain_postgres
    import _plain_sqlite

    from chargehand.testing.postgres import database_url

    at_size = sys.argv[1:] == ["at_size"]
    size = AT_SIZE if at_size else SMALL
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "plain.sqlite3")
        _plain_sqlite.build(path, *size)
        for driver, batch in itertools.product(("apsw", "sqlite3"), (1, 1000)):
            print(f"SQLite, {driver}, {batch} a commit:", end=" ", flush=True)
            print(_plain_sqlite.rate(path, driver=driver, batch=batch, seconds=5))
    with database_url(POSTGRES_SETTINGS) as url:
        _plain_postgres.build(url, *size)
        for connections, batch in ((1, 1000), (1, 5000), (2, 1000), (2, 5000)):
            print(f"PostgreSQL, {connections} connections, {batch} a commit:", end=" ", flush=True)
            print(_plain_postgres.rate(url, connections=connections, batch=batch, seconds=5))


if __name__ == "__main__":
    main()
