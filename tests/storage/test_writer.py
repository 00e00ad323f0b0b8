"""The writer under bad luck: a full disk, callers that go away, a closing in between."""

from __future__ import annotations

import sqlite3
import threading

import pytest

from chargehand.storage.sqlite import CommitFailed, Writer


@pytest.fixture
def writer(tmp_path):
    file = tmp_path / "t.db"
    engine(file).migrate()
    writer = Writer(file)
    yield writer
    writer.close()


def note(transaction, text="x"):
    transaction.execute(
        "INSERT INTO checkpoint (size, root, recorded_at)"
        " SELECT coalesce(max(size), 0) + 1, ?, '' FROM checkpoint",
        (text.encode(),),
    )


def notes(writer) -> int:
    found = []
    writer.run(
        lambda transaction: found.append(
            transaction.execute("SELECT count(*) FROM checkpoint").fetchone()[0]
        )
    )
    return found[0]


def test_a_full_disk_takes_everything_back_and_the_next_call_works(writer):
    connection = writer._connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        writer.run(lambda transaction: [note(transaction, "x" * 3000) for _ in range(40)])
    connection.execute("PRAGMA max_page_count = 1000000")
    assert notes(writer) == 0
    writer.run(note)
    assert notes(writer) == 1


def test_a_transaction_that_could_not_begin_holds_no_lock(writer, tmp_path):
    writer.run(note)
    other = sqlite3.connect(tmp_path / "t.db", timeout=0)
    other.execute("UPDATE head SET size = size + 1")
    other.commit()
    with pytest.raises(ValueError, match="peaks"):
        writer.run(note)
    other.execute("UPDATE head SET size = size - 1")
    other.commit()
    other.close()
    writer.run(note)
    assert notes(writer) == 2


def test_whoever_was_to_commit_and_has_gone_keeps_nobody_waiting(writer):
    """As if another caller had announced itself and been interrupted before its turn."""
    writer._waiting = 1
    writer.run(note)
    writer._waiting = 0
    assert notes(writer) == 1


def test_closing_commits_what_is_under_way(writer, tmp_path):
    writer._waiting = 1  # the first caller leaves its commit to a second one, who never comes
    ended = threading.Event()

    def first():
        writer.run(note)
        ended.set()

    thread = threading.Thread(target=first)
    thread.start()
    while writer._batch is None or writer._batch.size == 0:
        assert thread.is_alive() or ended.is_set()
        if ended.is_set():
            break
    writer.close()
    thread.join()
    assert ended.is_set()
    with pytest.raises(CommitFailed, match="closed"):
        writer.run(note)
    with sqlite3.connect(tmp_path / "t.db") as sql:
        assert sql.execute("SELECT count(*) FROM checkpoint").fetchone()[0] == 1
    sql.close()
