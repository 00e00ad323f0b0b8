"""One file, many callers: shared commits are durable, and one caller's fault is not another's."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from chargehand.record.journal import Tree, leaf_hash
from chargehand.runtime.clock import now
from chargehand.storage import migrate
from chargehand.storage.docket import Docket
from chargehand.storage.session import RuleBroken
from chargehand.storage.store import Store
from tests.behind import behind_the_back


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a plant's file will be."""
    return tmp_path / "t.db"


def entry(docket: Docket, text: str) -> int:
    return docket.entry("note", text, "{}", actor="t")


def kept(path: Path) -> list[str]:
    with behind_the_back(path) as sql:
        return [row[0] for row in sql.execute("SELECT key FROM journal ORDER BY number")]


def test_this_release_knows_the_newest_migration():
    folder = Path(migrate.__file__).parent / "migrations"
    configuration = Config()
    configuration.set_main_option("script_location", str(folder))
    assert ScriptDirectory.from_config(configuration).get_current_head() == migrate.HEAD


def test_an_empty_file_is_brought_to_the_present_shape_when_it_is_opened(tmp_path):
    file = tmp_path / "empty.db"
    file.touch()
    store = Store(file, now)
    store.write(lambda docket: entry(docket, "a"))
    store.close()
    assert kept(file) == ["a"]


def test_writers_of_many_threads_leave_one_unbroken_journal(path):
    store = Store(path, now)
    start = threading.Barrier(16)

    def write(n: int) -> list[int]:
        start.wait()
        return [store.write(lambda docket, m=m: entry(docket, f"{n}/{m}")) for m in range(25)]

    with ThreadPoolExecutor(16) as threads:
        numbers = [number for found in threads.map(write, range(16)) for number in found]
    store.close()
    assert sorted(numbers) == list(range(400))
    with behind_the_back(path) as sql:
        tree = Tree()
        for (leaf,) in sql.execute("SELECT leaf FROM journal ORDER BY number"):
            tree.append(bytes(leaf))
        size, peaks = sql.execute("SELECT size, peaks FROM head").fetchone()
    assert (size, b"".join(tree.peaks)) == (400, peaks)


def test_work_that_raises_leaves_no_trace_and_spares_its_neighbours(path):
    store = Store(path, now)
    start = threading.Barrier(8)

    def write(n: int) -> bool:
        def work(docket: Docket) -> None:
            entry(docket, str(n))
            if n % 2:
                raise ValueError(n)

        start.wait()
        for _ in range(20):
            if n % 2:
                with pytest.raises(ValueError, match=str(n)):
                    store.write(work)
            else:
                store.write(work)
        return True

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(write, range(8)))
    store.close()
    assert sorted(kept(path)) == sorted(str(n) for n in (0, 2, 4, 6) for _ in range(20))


def test_two_processes_worth_of_writers_share_one_journal(path):
    stores = [Store(path, now), Store(path, now)]

    def write(store: Store) -> None:
        for n in range(50):
            store.write(lambda docket, n=n: entry(docket, str(n)))

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(write, stores))
    for store in stores:
        store.close()
    assert len(kept(path)) == 100


def test_a_reader_sees_one_moment_while_others_write(path):
    store = Store(path, now)
    store.write(lambda docket: entry(docket, "before"))
    with store.snapshot() as sql:
        first = sql.execute("SELECT count(*) FROM journal").fetchone()[0]
        store.write(lambda docket: entry(docket, "after"))
        assert sql.execute("SELECT count(*) FROM journal").fetchone()[0] == first == 1
    store.close()


def test_a_failed_commit_fails_every_caller_of_its_batch_and_the_next_one_works(path):
    store = Store(path, now)

    def break_foreign_key(docket: Docket) -> None:
        docket.sql("PRAGMA defer_foreign_keys = ON")
        docket.sql(
            "INSERT INTO orders (key, proposal, ruling, target, state, transaction_type, action,"
            " site, zone, rank, reference, last_error, created_at, entry)"
            " VALUES ('k', 1, 99, '', '', '', '', '', '', 1, '', '', '', 0)"
        )

    with pytest.raises(RuleBroken):
        store.write(break_foreign_key)
    store.write(lambda docket: entry(docket, "after"))
    store.close()
    assert kept(path) == ["after"]


def test_an_order_without_a_ruling_is_refused_by_the_database_itself(path):
    store = Store(path, now)
    row = {
        "key": "P-1.1/0", "proposal": 1, "ruling": 7, "target": "floor", "state": "sent",
        "transaction_type": "count", "action": "{}", "site": "S", "zone": "Z", "rank": 1,
        "next_at": None,
    }  # fmt: skip
    with pytest.raises(RuleBroken, match="FOREIGN KEY"):
        store.write(lambda docket: docket.put_order(row, actor="x"))
    store.close()
    assert kept(path) == []


def test_the_leaf_of_an_entry_is_the_hash_of_its_text(path):
    store = Store(path, now)
    store.write(lambda docket: entry(docket, "a"))
    with store.snapshot() as sql:
        row = sql.execute("SELECT * FROM journal").fetchone()
    from chargehand.record.journal import Entry

    fact = Entry(**{name: row[name] for name in Entry.__dataclass_fields__})
    assert bytes(row["leaf"]) == leaf_hash(fact.leaf_text())
    store.close()
