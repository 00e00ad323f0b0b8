"""A plant's database looked after: the same record comes back from a backup, on either engine."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from zipfile import ZipFile

import pytest

from chargehand.plant import database
from chargehand.plant.fault import PlantFault
from chargehand.plant.folder import create_plant
from chargehand.plant.plant import Plant
from chargehand.signals.signal import Signal, Status
from chargehand.storage.backup import contents
from chargehand.storage.migrate import HEAD, steps
from chargehand.storage.sqlite_session import SqliteSession
from chargehand.vocabulary.refusal import Refusal
from tests.plant.conftest import BULK, FACE, Teller, count, master, policy_text, used

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ADDRESS = "CHARGEHAND_TEST_DATABASE"


def filled(plant):
    """Tell a plant its definitions, stock and use, and let it work."""
    tell = Teller(plant)
    tell(*master(), count(BULK, 40), count(FACE, 2), *(used(month, 9) for month in range(1, 13)))
    plant.decide(as_of=datetime(2026, 1, 10, tzinfo=UTC))
    plant.work(until_idle=True)
    return plant


def held(plant):
    """All that a record holds: rows and hash of each table, and the journal's root."""
    plant.store.rest()
    with plant.store.snapshot(settled=True) as sql:
        made = contents(sql, now=NOW)
    return made.root, made.entries, {part.name: (part.rows, part.sha256) for part in made.tables}


@pytest.fixture
def on_postgres(tmp_path, postgres_url, monkeypatch):
    """A filled plant whose record is in PostgreSQL."""
    monkeypatch.setenv(ADDRESS, postgres_url)
    folder = tmp_path / "origin"
    made = create_plant(
        folder, enterprise="Test", policy_text=policy_text(), database=f"env:{ADDRESS}"
    )
    assert not isinstance(made, Refusal), made
    plant = filled(Plant.open(folder))
    yield plant
    plant.close()


def test_a_backup_brings_the_same_record_back_in_a_file(make_plant, tmp_path):
    plant = filled(make_plant())
    before = held(plant)
    saved = database.save(plant.folder)
    restored = database.restore(tmp_path / saved.file, tmp_path / "again")
    assert (restored.entries, restored.root) == (before[1], before[0])
    again = Plant.open(tmp_path / "again")
    assert held(again) == before
    again.close()
    assert database.verify(tmp_path / "again").faults == database.verify(plant.folder).faults


def test_a_record_goes_to_postgres_and_back_without_a_change(
    make_plant, tmp_path, postgres_url, monkeypatch
):
    plant = filled(make_plant())
    before = held(plant)
    saved = database.save(plant.folder)
    monkeypatch.setenv(ADDRESS, postgres_url)
    database.restore(tmp_path / saved.file, tmp_path / "pg", database=f"env:{ADDRESS}")
    there = Plant.open(tmp_path / "pg")
    assert there.store.engine == "postgres"
    assert held(there) == before
    assert Teller(there)(count(FACE, 6))[0].status is Status.ACCEPTED
    there.store.rest()
    after = held(there)
    assert after[1] > before[1]
    there.close()
    assert database.verify(tmp_path / "pg").faults == ()
    assert database.compact(tmp_path / "pg").engine == "postgres"
    back = database.save(tmp_path / "pg")
    database.restore(tmp_path / back.file, tmp_path / "home")
    home = Plant.open(tmp_path / "home")
    assert home.store.engine == "sqlite"
    assert held(home) == after
    home.close()


def test_numbers_that_are_not_places_survive_the_way_into_a_file(on_postgres, tmp_path):
    # What is taken back leaves a gap in the numbers of PostgreSQL.
    with pytest.raises(ZeroDivisionError):
        on_postgres.store.write(lambda docket: (docket.entry("note", "k", "{}", actor="t"), 1 / 0))
    Teller(on_postgres)(count(FACE, 7))
    before = held(on_postgres)
    saved = database.save(on_postgres.folder)
    database.restore(tmp_path / saved.file, tmp_path / "file")
    text = (tmp_path / "file" / "chargehand.toml").read_text()
    assert "[database]" not in text
    plant = Plant.open(tmp_path / "file")
    assert held(plant) == before
    with plant.store.snapshot() as sql:
        last, places = sql.execute("SELECT max(number), max(place) FROM sequenced").fetchone()
    assert last > places
    receipt = Teller(plant)(count(FACE, 8))[0]
    assert receipt.entry == last + 1
    assert [fault for fault in plant.verify().faults if "journal" in fault or "root" in fault] == []
    plant.close()


def test_a_backup_made_while_others_write_is_of_one_moment(make_plant, tmp_path):
    plant = filled(make_plant())
    stop = threading.Event()

    def write():
        tell = Teller(plant)
        while not stop.is_set():
            tell(count(FACE, 3), count(FACE, 4))

    thread = threading.Thread(target=write)
    thread.start()
    saved = [database.save(plant.folder, tmp_path / f"{n}.zip") for n in range(3)]
    stop.set()
    thread.join()
    for n, one in enumerate(saved):
        database.restore(tmp_path / one.file, tmp_path / f"again{n}")
        again = Plant.open(tmp_path / f"again{n}")
        assert held(again)[:2] == (one.root, one.entries)
        assert [fault for fault in again.verify().faults if "balance" in fault] == []
        again.close()


def test_an_edited_backup_is_refused_and_leaves_nothing(make_plant, tmp_path):
    plant = filled(make_plant())
    saved = database.save(plant.folder, tmp_path / "a.zip")
    with ZipFile(saved.file) as archive, ZipFile(tmp_path / "b.zip", "w") as edited:
        for name in archive.namelist():
            text = archive.read(name)
            if name == "tables/balance.jsonl":
                text = text.replace(b"40000000", b"41000000")
            edited.writestr(name, text)
    with pytest.raises(PlantFault, match="table balance is not as its backup's manifest says"):
        database.restore(tmp_path / "b.zip", tmp_path / "again")
    assert list((tmp_path / "again").iterdir()) == []
    with pytest.raises(PlantFault, match="no backup of Chargehand"):
        database.restore(plant.folder / "chargehand.toml", tmp_path / "again")


def test_a_backup_holds_no_key_and_a_restore_never_overwrites(make_plant, tmp_path):
    plant = filled(make_plant())
    (plant.folder / "chargehand-signing.key").write_text("secret")
    saved = database.save(plant.folder, tmp_path / "a.zip")
    with ZipFile(saved.file) as archive:
        kept = [name for name in archive.namelist() if not name.startswith("tables/")]
        assert sorted(kept) == ["manifest.json", "plant/chargehand.toml", "plant/policy.toml"]
        assert json.loads(archive.read("manifest.json"))["revision"] == HEAD
    with pytest.raises(PlantFault, match="is a plant already"):
        database.restore(tmp_path / "a.zip", plant.folder)
    with pytest.raises(PlantFault, match="is there already"):
        database.save(plant.folder, tmp_path / "a.zip")


def test_a_database_that_is_not_empty_is_refused(on_postgres, make_plant, tmp_path):
    saved = database.save(filled(make_plant()).folder, tmp_path / "a.zip")
    with pytest.raises(PlantFault, match="not empty"):
        database.restore(tmp_path / saved.file, tmp_path / "x", database=f"env:{ADDRESS}")
    refused = create_plant(tmp_path / "y", enterprise="Y", database=f"env:{ADDRESS}")
    assert isinstance(refused, Refusal)
    assert "not empty" in refused.because


def test_compacting_gives_back_room_and_drops_nothing(make_plant):
    plant = filled(make_plant())
    rows = [("d", "S1", f"s{n}", "label" * 20, "code", "because", "2026") for n in range(3000)]
    plant.store.write(lambda docket: docket.put_refusals(rows))
    plant.store.write(lambda docket: docket.sql("DELETE FROM refusal WHERE decision = 'd'"))
    before = held(plant)
    plant.close()
    done = database.compact(plant.folder)
    assert done.after < done.before - 100_000
    again = Plant.open(plant.folder)
    assert held(again) == before
    again.close()


def test_an_upgrade_makes_a_backup_first_and_is_safe_to_run_twice(tmp_path):
    folder = tmp_path / "old"
    folder.mkdir()
    (folder / "chargehand.toml").write_text('[plant]\nenterprise = "Old"\n')
    (folder / "chargehand.db").touch()
    session = SqliteSession(folder / "chargehand.db")
    session.script(steps("sqlite", None, "0001"))
    session.execute(
        "INSERT INTO supply (key, site, material, state, scaled, entry)"
        " VALUES ('4500001', 'S1', 'VALVE', 'ordered', 5000000, 0)"
    )
    session.close()
    done = database.upgrade(folder)
    assert (done.before, done.now) == ("0001", HEAD)
    assert database.upgrade(folder).backup is None
    back = database.restore(tmp_path / done.backup, tmp_path / "back")
    assert back.entries == 0
    session = SqliteSession(tmp_path / "back" / "chargehand.db")
    assert session.execute("SELECT scaled FROM supply").fetchone()[0] == 5_000_000
    session.close()


@pytest.mark.engines("sqlite")
def test_verify_names_an_edited_balance_and_a_torn_file(make_plant):
    plant = filled(make_plant())
    plant.close()
    session = SqliteSession(plant.folder / "chargehand.db")
    session.execute("UPDATE balance SET scaled = scaled + 1 WHERE location = 'BULK-1'")
    session.close()
    found = database.verify(plant.folder)
    assert not found.holds
    assert any("VALVE at S1/BULK-1" in fault for fault in found.faults)
    file = plant.folder / "chargehand.db"
    whole = bytearray(file.read_bytes())
    whole[-20_000:-8_000] = bytes(12_000)
    file.write_bytes(whole)
    assert any(fault.startswith("SQLite:") for fault in database.verify(plant.folder).faults)


def test_signals_that_came_before_a_backup_are_repeated_after_it(make_plant, tmp_path):
    plant = filled(make_plant())
    signal = Signal(source="wms", key="1", body=count(FACE, 3))
    plant.take([signal])
    saved = database.save(plant.folder)
    database.restore(tmp_path / saved.file, tmp_path / "again")
    again = Plant.open(tmp_path / "again")
    assert again.take([signal])[0].status is Status.REPEATED
    again.close()
