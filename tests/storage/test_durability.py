"""What was acknowledged is in the file and stays; what was not acknowledged is not there."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chargehand.runtime.clock import now
from chargehand.storage.docket import Docket
from chargehand.storage.session import CommitFailed, RuleBroken
from chargehand.storage.store import Store
from tests.behind import behind_the_back

CALLERS, ROUNDS = 16, 25


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a plant's file will be."""
    return tmp_path / "t.db"


def kept(path: Path) -> list[str]:
    with behind_the_back(path) as sql:
        return [row[0] for row in sql.execute("SELECT key FROM journal ORDER BY number")]


def note(docket: Docket, text: str) -> None:
    docket.entry("note", text, "{}", actor="t")


def spoil_the_commit(docket: Docket) -> None:
    """Write a row that only the commit finds wrong: an order whose ruling does not exist."""
    docket.sql("PRAGMA defer_foreign_keys = ON")
    docket.sql(
        "INSERT INTO orders (key, proposal, ruling, target, state, transaction_type, action,"
        " site, zone, rank, reference, last_error, created_at, entry)"
        " VALUES ('k', 1, 99, '', '', '', '', '', '', 1, '', '', '', 0)"
    )


def test_what_is_acknowledged_can_be_read_at_once(path):
    store = Store(path, now)
    start = threading.Barrier(CALLERS)

    def write(n: int) -> list[str]:
        start.wait()
        unseen = []
        for m in range(ROUNDS):
            text = f"{n}/{m}"
            store.write(lambda docket, text=text: note(docket, text))
            with store.snapshot() as sql:
                if sql.execute("SELECT 1 FROM journal WHERE key = ?", (text,)).fetchone() is None:
                    unseen.append(text)
        return unseen

    with ThreadPoolExecutor(CALLERS) as threads:
        unseen = [text for found in threads.map(write, range(CALLERS)) for text in found]
    store.close()
    assert not unseen


def test_what_is_acknowledged_stays_though_the_commits_of_others_fail(path):
    store = Store(path, now)
    start = threading.Barrier(CALLERS)

    def write(n: int) -> list[str]:
        start.wait()
        acknowledged = []
        for m in range(ROUNDS):
            text = f"{n}/{m}"

            def work(docket: Docket, text: str = text) -> None:
                note(docket, text)
                if n == 0:
                    spoil_the_commit(docket)

            try:
                store.write(work)
            except (RuleBroken, CommitFailed):
                continue
            acknowledged.append(text)
        return acknowledged

    with ThreadPoolExecutor(CALLERS) as threads:
        told = [text for found in threads.map(write, range(CALLERS)) for text in found]
    store.close()
    assert sorted(told) == sorted(kept(path))
    assert not [text for text in told if text.startswith("0/")]


def test_a_head_that_cannot_be_written_leaves_no_entry_without_one(path):
    store = Store(path, now)
    store.write(lambda docket: note(docket, "before"))
    with behind_the_back(path) as sql:
        sql.execute("CREATE TRIGGER full BEFORE INSERT ON head BEGIN SELECT RAISE(ABORT, 'x'); END")
    with pytest.raises((RuleBroken, CommitFailed)):
        store.write(lambda docket: note(docket, "lost"))
    with behind_the_back(path) as sql:
        sql.execute("DROP TRIGGER full")
    store.write(lambda docket: note(docket, "after"))
    store.close()
    assert kept(path) == ["before", "after"]


def test_a_commit_waits_until_the_disk_has_it(path):
    store = Store(path, now)
    synchronous, journal = store.write(
        lambda docket: [
            docket.sql(f"PRAGMA {name}").fetchone()[0] for name in ("synchronous", "journal_mode")
        ]
    )
    store.close()
    full, extra = 2, 3  # less (NORMAL) loses acknowledged commits in a power cut
    assert synchronous in {full, extra}
    assert journal == "wal"
