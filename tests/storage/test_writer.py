"""The writer under bad luck: a full disk, callers that go away, a closing in between."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from chargehand.storage.engines import engine
from chargehand.storage.session import CommitFailed, DatabaseFull
from chargehand.storage.writer import Writer
from tests.behind import behind_the_back

CALLERS = 6
PATIENCE_S = 20
"""Longer than any caller may wait; only a test that fails waits so long."""


class GatedDoor:
    """A real door at which the test may hold up the caller who leads, or send him away."""

    def __init__(self, door) -> None:
        self.door = door
        self.reached = threading.Event()
        self.gate = threading.Event()
        self.gate.set()
        self.fault = None

    def begin(self, *, alone):
        self.reached.set()
        assert self.gate.wait(PATIENCE_S)
        fault, self.fault = self.fault, None
        if fault is not None:
            raise fault
        return self.door.begin(alone=alone)

    def commit(self, transaction):
        self.door.commit(transaction)

    def abandon(self):
        self.door.abandon()

    def rest(self):
        self.door.rest()

    def close(self):
        self.door.close()


@pytest.fixture
def door(tmp_path):
    """The door of a new plant's file."""
    made = engine(tmp_path / "t.db")
    made.migrate()
    return GatedDoor(made.door())


@pytest.fixture
def writer(door):
    """A writer behind that door."""
    writer = Writer(door)
    yield writer
    writer.close()


def note(transaction, text="x"):
    transaction.execute(
        "INSERT INTO checkpoint (size, root, recorded_at)"
        " SELECT coalesce(max(size), 0) + 1, ?, '' FROM checkpoint",
        (text.encode(),),
    )
    return text


def notes(path) -> list[str]:
    with behind_the_back(path) as sql:
        return [row[0].decode() for row in sql.execute("SELECT root FROM checkpoint ORDER BY size")]


@contextmanager
def callers_behind_a_leader(writer, door, first=note):
    """One caller leads and is held up at the door, while others queue behind it."""
    door.reached.clear()
    door.gate.clear()
    with ThreadPoolExecutor(CALLERS + 1) as threads:
        leader = threads.submit(writer.run, first)
        assert door.reached.wait(PATIENCE_S)
        others = [
            threads.submit(writer.run, lambda transaction, n=n: note(transaction, str(n)))
            for n in range(CALLERS)
        ]
        while len(writer._queue) < CALLERS:
            assert not leader.done()
        try:
            yield leader, others
        finally:
            door.gate.set()


def test_after_a_full_disk_in_mid_batch_exactly_what_was_acknowledged_is_there(
    writer, door, tmp_path
):
    session = door.door.session
    pages = session.execute("PRAGMA page_count").fetchone()[0]
    told = []

    def fill(transaction):
        for _ in range(40):
            note(transaction, "x" * 3000)

    with callers_behind_a_leader(writer, door) as (leader, others):
        session.execute(f"PRAGMA max_page_count = {pages + 2}")
        last = threading.Thread(target=lambda: told.append(_fault_of(writer, fill)))
        last.start()
        while len(writer._queue) < CALLERS + 1:
            assert last.is_alive()
        door.gate.set()
        last.join()
        assert leader.result() == "x"
        faults = [other.exception() for other in others]
    session.execute("PRAGMA max_page_count = 1000000")
    assert isinstance(told[0], CommitFailed | DatabaseFull)
    assert all(fault is None or isinstance(fault, CommitFailed) for fault in faults)
    kept = [str(n) for n, fault in enumerate(faults) if fault is None]
    assert notes(tmp_path / "t.db") == ["x", *kept]
    writer.run(lambda transaction: note(transaction, "after"))
    assert notes(tmp_path / "t.db")[-1] == "after"


def _fault_of(writer, work) -> BaseException | None:
    try:
        writer.run(work)
    except (CommitFailed, DatabaseFull) as error:
        return error
    return None


def test_a_transaction_that_could_not_begin_holds_no_lock(writer, tmp_path):
    writer.run(note)
    with behind_the_back(tmp_path / "t.db") as other:
        other.execute("PRAGMA busy_timeout = 0")
        other.execute("INSERT INTO head (id, size, peaks) VALUES (1, 1, x'')")
        with pytest.raises(ValueError, match="peaks"):
            writer.run(note)
        other.execute("DELETE FROM head")
    writer.run(note)
    assert notes(tmp_path / "t.db") == ["x", "x"]


def test_a_leader_that_is_interrupted_keeps_nobody_waiting_and_nobody_is_told_success(
    writer, door, tmp_path
):
    door.fault = KeyboardInterrupt()
    with callers_behind_a_leader(writer, door) as (leader, others):
        door.gate.set()
        assert isinstance(leader.exception(PATIENCE_S), KeyboardInterrupt)
        told = [other.result(PATIENCE_S) for other in others]
    assert sorted(notes(tmp_path / "t.db")) == sorted(told)


def test_callers_of_an_interrupted_batch_are_told_that_nothing_was_written(writer, door, tmp_path):
    """The leader of the second batch goes away with the work of all others in its hands."""

    class Gone(BaseException):
        pass

    with callers_behind_a_leader(writer, door) as (leader, others):
        door.fault = None
        commit, calls = door.commit, []

        def interrupted(transaction):
            calls.append(1)
            if len(calls) == 2:
                raise Gone
            commit(transaction)

        door.commit = interrupted
        door.gate.set()
        assert leader.result(PATIENCE_S) == "x"
        faults = [other.exception(PATIENCE_S) for other in others]
    assert sum(isinstance(fault, Gone) for fault in faults) == 1
    assert sum(isinstance(fault, CommitFailed) for fault in faults) == CALLERS - 1
    writer.run(lambda transaction: note(transaction, "after"))
    assert notes(tmp_path / "t.db") == ["x", "after"]


def test_closing_ends_what_is_under_way_and_tells_those_who_wait(writer, door, tmp_path):
    with callers_behind_a_leader(writer, door) as (leader, others):
        closing = threading.Thread(target=writer.close)
        closing.start()
        door.gate.set()
        closing.join(PATIENCE_S)
        assert not closing.is_alive()
        told = [leader.result(PATIENCE_S)]
        for other in others:
            if other.exception(PATIENCE_S) is None:
                told.append(other.result())
            else:
                assert isinstance(other.exception(), CommitFailed)
    with pytest.raises(CommitFailed, match="closed"):
        writer.run(note)
    assert sorted(notes(tmp_path / "t.db")) == sorted(told)


def test_callers_who_queue_share_one_commit(writer, door, tmp_path):
    commits = []
    commit = door.commit
    door.commit = lambda transaction: (commits.append(1), commit(transaction))
    with callers_behind_a_leader(writer, door) as (_, others):
        door.gate.set()
        told = [other.result(PATIENCE_S) for other in others]
    assert len(commits) == 2
    assert sorted(notes(tmp_path / "t.db")) == sorted(["x", *told])


def test_work_that_raises_in_a_shared_batch_spares_its_neighbors(writer, door, tmp_path):
    def broken(transaction):
        note(transaction, "broken")
        raise ValueError("no")

    with callers_behind_a_leader(writer, door, first=broken) as (leader, others):
        door.gate.set()
        assert isinstance(leader.exception(PATIENCE_S), ValueError)
        told = [other.result(PATIENCE_S) for other in others]
    assert sorted(notes(tmp_path / "t.db")) == sorted(told)
