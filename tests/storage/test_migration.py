"""A plant of an older release opens under this one with the same record, and goes on from there."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from chargehand.plant.folder import create_plant
from chargehand.plant.plant import Plant
from chargehand.signals.signal import Status
from chargehand.storage import migrate
from chargehand.storage.sqlite import SqliteSession
from chargehand.storage.store import FILE
from tests.plant.conftest import AS_OF, FACE, Teller, count, policy_text

OLD = Path(__file__).parent / "release_0001.sql"
"""A plant of release 0.1 as its own SQLite wrote it down: a refill done, another one under way."""
ROOT = "99727185943fb10fa87627d1197b94604696b963b6df1db66baf2d19ed32788f"
"""The root over its 44 entries, as that release's own audit told it."""


def write(file: Path, text: str) -> None:
    """Make a database from its SQL text."""
    file.touch()
    session = SqliteSession(file)
    session.execute("PRAGMA foreign_keys = OFF")
    session.script(text)
    session.close()


@pytest.fixture
def old(tmp_path):
    """The older release's plant, opened by this release."""
    folder = tmp_path / "plant"
    assert isinstance(create_plant(folder, enterprise="Test", policy_text=policy_text()), list)
    for file in folder.glob(f"{FILE}*"):
        file.unlink()
    write(folder / FILE, OLD.read_text(encoding="utf-8"))
    plant = Plant.open(folder)
    yield plant
    plant.close()


def shape(file: Path) -> dict[str, list[tuple]]:
    """Tables and indexes of a database, column by column."""
    session = SqliteSession(file)
    names = session.execute(
        "SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name"
    ).fetchall()
    found = {
        name: [
            tuple("DOUBLE" if value == "FLOAT" else value for value in row)  # SQLite's REAL, both
            for row in session.execute(f"PRAGMA {type_}_info({name})")
        ]
        for type_, name in names
    }
    session.close()
    return found


def test_the_first_step_still_makes_what_was_released(tmp_path):
    write(tmp_path / "then.db", OLD.read_text(encoding="utf-8"))
    write(tmp_path / "now.db", migrate.steps("sqlite", None, "0001"))
    assert shape(tmp_path / "then.db") == shape(tmp_path / "now.db")


def test_the_journal_of_an_older_plant_verifies_to_the_same_root(old):
    report = old.verify()
    assert (report.holds, report.faults) == (True, ())
    assert (report.entries, report.root) == (44, ROOT)


def test_an_older_plant_has_the_same_stock_and_the_same_promises(old):
    stock = {(row.location, row.lot): (row.on_hand, row.reserved) for row in old.stock().rows}
    assert stock == {
        ("BULK-1", ""): (Decimal(32), Decimal(9)),
        ("BULK-1", "L1"): (Decimal(4), Decimal(0)),
        ("FACE-1", ""): (Decimal(1), Decimal(0)),
    }
    assert [task.key for task in old.tasks().rows] == ["P-2.1/0"]
    assert old.replay("P-1").identical


def test_work_goes_on_in_an_older_plant(old):
    assert old.confirm("P-2.1/0", by="ben").status is Status.ACCEPTED
    stock = {(row.location, row.lot): row.on_hand for row in old.stock().rows}
    assert (stock["BULK-1", ""], stock["FACE-1", ""]) == (23, 10)
    Teller(old)(count(FACE, 4))
    assert isinstance(old.decide(decision="mro_replenishment", as_of=AS_OF).asked, int)
    report = old.verify()
    assert report.holds, report.faults


def test_what_an_older_plant_was_told_is_known_when_it_is_told_again(old):
    entries = old.verify().entries
    (receipt,) = Teller(old)(count(FACE, 1), key="k13")
    assert receipt.status is Status.REPEATED
    assert old.verify().entries == entries


def test_opening_it_once_more_changes_nothing(old):
    before = shape(old.folder / FILE)
    old.close()
    again = Plant.open(old.folder)
    assert shape(old.folder / FILE) == before
    assert again.verify().root == ROOT
    again.close()
