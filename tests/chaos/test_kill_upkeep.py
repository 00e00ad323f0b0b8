"""`kill -9` in the middle of a migration, a backup and a restore: nothing half done is taken."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
from pathlib import Path
from time import monotonic

import pytest

from chargehand.plant import database
from chargehand.plant.fault import PlantFault
from chargehand.plant.folder import create_plant
from chargehand.plant.plant import Plant
from chargehand.storage import migrate
from chargehand.storage.sqlite import SqliteSession
from chargehand.storage.store import FILE
from tests.chaos import poster
from tests.plant.conftest import policy_text
from tests.storage.test_migration import OLD, ROOT, write

TRIES = int(os.environ.get("CHARGEHAND_KILLS", "12"))
SEED = int(os.environ.get("CHARGEHAND_SEED", "20261120"))
PATIENCE_S = 60
BATCHES = 200
FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(["tests.chaos.poster", "chargehand.plant.database"])


def killed(work, *arguments: Path, after_s: float) -> float:
    """Let a process do something, and kill it so long after its beginning; how long it lasted."""
    ready = FORKED.Event()
    process = FORKED.Process(target=begin, args=(ready, work, *arguments))
    process.start()
    assert ready.wait(PATIENCE_S)
    began = monotonic()
    process.join(after_s)
    lasted = monotonic() - began
    process.kill()
    process.join(PATIENCE_S)
    return lasted


def begin(ready, work, *arguments: Path) -> None:
    """Say that all is loaded, then do it."""
    migrate.steps("sqlite", "0001")
    ready.set()
    work(*arguments)


def chances(label: str, lasts_s: float) -> list[float]:
    """When to kill each try, all along the time that it takes when it is let alone (seconds)."""
    rng = random.Random(f"{SEED}/{label}")
    return [(n + rng.random()) / TRIES * lasts_s for n in range(TRIES)]


def put(folder: Path, file: Path) -> None:
    """Let a plant have another database."""
    for there in folder.glob(f"{FILE}*"):
        there.unlink()
    shutil.copy(file, folder / FILE)


@pytest.mark.slow
def test_a_migration_that_is_killed_is_done_whole_the_next_time(tmp_path):
    folder = tmp_path / "plant"
    assert isinstance(create_plant(folder, enterprise="Test", policy_text=policy_text()), list)
    old = tmp_path / "old.db"
    write(old, OLD.read_text(encoding="utf-8"))
    session = SqliteSession(old)  # more of it, so that it takes its time
    session.execute(
        "WITH RECURSIVE many(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < 60000)"
        " INSERT INTO inbox SELECT 'old', n, 'note', hex(randomblob(32)), 'unreadable', 0, NULL,"
        " NULL, '2026-01-01' FROM many"
    )
    session.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    session.close()
    put(folder, old)
    lasts_s = killed(migrated, folder, after_s=PATIENCE_S)
    plant = Plant.open(folder)
    expected = plant.stock(limit=10).rows
    plant.close()
    for after_s in chances("migration", lasts_s):
        put(folder, old)
        killed(migrated, folder, after_s=after_s)
        session = SqliteSession(folder / FILE)
        assert migrate.revision(session) in {"0001", migrate.HEAD}
        session.close()
        plant = Plant.open(folder)
        report = plant.verify()
        rows = plant.stock(limit=10).rows
        plant.close()
        assert (report.entries, report.root) == (44, ROOT)
        assert rows == expected


def migrated(folder: Path) -> None:
    Plant.open(folder).close()


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Path:
    """A plant with some thousand entries."""
    folder = tmp_path_factory.mktemp("upkeep") / "plant"
    assert isinstance(create_plant(folder, enterprise="Test", policy_text=policy_text()), list)
    plant = Plant.open(folder)
    plant.take(poster.beginning())
    for n in range(0, BATCHES * 5, 5):
        plant.take(poster.posts(0, 0, n))
    plant.close()
    return folder


@pytest.mark.slow
def test_a_backup_that_is_killed_leaves_no_file_that_looks_like_one(filled, tmp_path):
    lasts_s = killed(saved, filled, tmp_path / "calm.zip", after_s=PATIENCE_S)
    for n, after_s in enumerate(chances("backup", lasts_s)):
        file = tmp_path / f"{n}.zip"
        killed(saved, filled, file, after_s=after_s)
        if file.exists():
            database.restore(file, tmp_path / f"again{n}")
        again = database.save(filled, tmp_path / f"{n}-again.zip")
        assert again.entries > BATCHES
    assert database.verify(filled).faults == ()


def saved(folder: Path, file: Path) -> None:
    database.save(folder, file)


@pytest.mark.slow
def test_a_restore_that_is_killed_leaves_no_plant_that_lacks_something(filled, tmp_path):
    made = database.save(filled, tmp_path / "whole.zip")
    lasts_s = killed(restored, tmp_path / "whole.zip", tmp_path / "calm", after_s=PATIENCE_S)
    for n, after_s in enumerate(chances("restore", lasts_s)):
        folder = tmp_path / f"again{n}"
        killed(restored, tmp_path / "whole.zip", folder, after_s=after_s)
        if (folder / FILE).exists():
            found = database.verify(folder)
            assert (found.faults, found.entries, found.root) == ((), made.entries, made.root)
        else:
            with pytest.raises(PlantFault):
                Plant.open(folder)
            shutil.rmtree(folder, ignore_errors=True)
            database.restore(tmp_path / "whole.zip", folder)
            Plant.open(folder).close()


def restored(file: Path, folder: Path) -> None:
    database.restore(file, folder)
