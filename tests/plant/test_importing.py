"""An import says what became of every row, and can be run again."""

from __future__ import annotations

from contextlib import closing
from datetime import date

import pytest

from chargehand.plant.folder import create_plant
from chargehand.plant.importing import BATCH, import_file, kinds_of_tables
from chargehand.plant.plant import Plant
from chargehand.signals.signal import Receipt, Status
from chargehand.vocabulary import wire
from chargehand.vocabulary.refusal import Refusal, RefusalCode

TODAY = date(2026, 11, 20)


class SmallPlant:
    """Keeps what it is given by key; knows the materials it is told to know."""

    def __init__(self, *, unknown=frozenset(), breaks_after=None):
        self.kept, self.batches = {}, []
        self.unknown, self.breaks_after = unknown, breaks_after

    def take(self, signals):
        if self.breaks_after is not None and len(self.batches) == self.breaks_after:
            raise KeyboardInterrupt
        self.batches.append(len(signals))
        return [self.one(signal) for signal in signals]

    def one(self, signal):
        given = {"source": signal.source, "key": signal.key}
        if getattr(signal.body, "material", None) in self.unknown:
            refusal = Refusal(code=RefusalCode.UNKNOWN_MATERIAL, because="never heard of it")
            return Receipt(**given, status=Status.REFUSED, refusal=refusal)
        key, text = (signal.source, signal.key), wire.write(signal.body)
        if key in self.kept:
            assert self.kept[key] == text
            return Receipt(**given, status=Status.REPEATED)
        self.kept[key] = text
        return Receipt(**given, status=Status.ACCEPTED)


@pytest.fixture
def issues(tmp_path):
    def issues(*rows):
        path = tmp_path / "issues.csv"
        path.write_text("material,quantity,used_on\n" + "".join(f"{row}\n" for row in rows))
        return path

    return issues


def run(plant, path, **more):
    return import_file(plant, "issues", path, site="S1", today=TODAY, **more)


def test_every_row_is_accounted_for(issues):
    path = issues("M1,2,2026-01-05", "M1,2,2026-01-05", "M2,0,2026-01-05", "M3,x,2026-01-05",
                  "M9,1,2026-01-05")  # fmt: skip
    report = run(SmallPlant(unknown={"M9"}), path)
    assert (report.rows, report.accepted, report.empty) == (5, 2, 1)
    assert (report.unreadable, report.refused, report.faulty) == (1, 1, 2)
    assert report.refused_by_code == {"unknown_material": 1}
    unreadable, refused = report.faults
    assert (unreadable.row, unreadable.column) == (5, "quantity")
    assert (refused.row, refused.because) == (6, "never heard of it")
    assert "materials" in refused.cure


def test_running_it_again_changes_nothing_and_tells_the_same_faults(issues):
    plant, path = SmallPlant(), issues("M1,2,2026-01-05", "M3,x,2026-01-05")
    first, again = run(plant, path), run(plant, path)
    assert (first.accepted, again.accepted, again.unchanged) == (1, 0, 1)
    assert first.faults == again.faults


def test_an_interrupted_import_goes_on_without_doubles(issues):
    path = issues(*(f"M{i},1,2026-01-05" for i in range(BATCH * 2 + 5)))
    plant = SmallPlant(breaks_after=1)
    with pytest.raises(KeyboardInterrupt):
        run(plant, path)
    assert len(plant.kept) == BATCH
    plant.breaks_after = None
    report = run(plant, path)
    assert (report.unchanged, report.accepted) == (BATCH, BATCH + 5)
    assert plant.batches == [BATCH, BATCH, BATCH, 5]


def test_progress_ends_where_the_file_ends(issues):
    told = []
    run(SmallPlant(), issues(*(f"M{i},1,2026-01-05" for i in range(BATCH + 1))),
        progress=lambda done, total: told.append((done, total)))  # fmt: skip
    assert told == [(BATCH, BATCH + 1), (BATCH + 1, BATCH + 1)]


def test_only_the_first_faults_are_carried_and_all_are_counted(issues):
    report = run(SmallPlant(), issues(*(f"M{i},-1,2026-01-05" for i in range(50))))
    assert (len(report.faults), report.unreadable) == (20, 50)


def test_a_dry_run_gives_nothing_to_the_plant(issues):
    plant = SmallPlant()
    report = run(plant, issues("M1,2,2026-01-05", "M3,x,2026-01-05"), dry_run=True)
    assert (report.accepted, report.unreadable, report.dry_run) == (1, 1, True)
    assert not plant.kept


def test_what_is_wrong_with_the_file_as_a_whole_is_told_before_anything_goes_in(tmp_path):
    plant = SmallPlant()
    (mistake,) = run(plant, tmp_path / "none.csv")
    assert mistake.cure
    assert not plant.batches


def test_kinds_are_told_with_what_a_row_says():
    assert kinds_of_tables()["stock"] == "so much of a material at a place"


def test_a_real_plant_holds_each_row_once_however_often_it_is_interrupted(issues, tmp_path):
    create_plant(tmp_path / "plant", enterprise="Test")
    materials = tmp_path / "materials.csv"
    materials.write_text("material\n" + "".join(f"M{i}\n" for i in range(BATCH + 5)))
    path = issues(*(f"M{i},2,2026-01-05" for i in range(BATCH + 5)), "M1,nothing,2026-01-05")

    def interrupt(_done, _total):
        raise KeyboardInterrupt

    with closing(Plant.open(tmp_path / "plant")) as plant:
        import_file(plant, "materials", materials, today=TODAY)
        with pytest.raises(KeyboardInterrupt):
            run(plant, path, progress=interrupt)
    with closing(Plant.open(tmp_path / "plant")) as plant:
        again, third = run(plant, path), run(plant, path)
        assert (again.unchanged, again.accepted, again.unreadable) == (BATCH, 5, 1)
        assert (third.unchanged, third.accepted, third.unreadable) == (BATCH + 5, 0, 1)
        used = plant.usage("S1")
        assert len(used) == BATCH + 5
        assert all(amount == 2 for ((_, amount),) in used.values())
        (fault,) = plant.faults().rows
        assert (fault.file, fault.row, fault.column) == ("issues.csv", BATCH + 7, "quantity")
        assert plant.verify().holds
