"""An import says what became of every row, and can be run again."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, date, datetime

import pytest

from chargehand.plant.folder import create_plant
from chargehand.plant.importing import BATCH, import_file, kinds_of_tables
from chargehand.plant.plant import Plant
from chargehand.plant.reading import Page
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

    def stock(self, **_which):
        return Page(rows=())

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


@pytest.mark.engines("sqlite", "postgres")
def test_a_real_plant_holds_each_row_once_however_often_it_is_interrupted(
    issues, copy_plant, tmp_path
):
    copy_plant("assist", tmp_path / "plant")
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


@pytest.fixture
def stocked(tmp_path):
    """A plant with one part and place, and stock lists given to it."""
    create_plant(tmp_path / "plant", enterprise="Test")
    with closing(Plant.open(tmp_path / "plant")) as plant:

        def give(kind, text, **more):
            path = tmp_path / f"{kind}.csv"
            path.write_text(text)
            return import_file(plant, kind, path, site="S1", today=TODAY, **more)

        path = tmp_path / "m.csv"
        path.write_text("material\nM1\nM2\n")
        import_file(plant, "materials", path, today=TODAY)
        give("locations", "location\nBULK-7\nBULK-8\n")
        give.on_hand = lambda: {row.location: row.on_hand for row in plant.stock().rows}
        yield give


LIST = "location,material,quantity\nBULK-7,M1,{}\n"


def test_a_list_that_equals_an_older_one_is_told_where_the_record_says_otherwise(stocked):
    stocked("stock", LIST.format(30))
    stocked("stock", LIST.format(25))
    report = stocked("stock", LIST.format(30))
    assert (report.accepted, report.unchanged, report.differing) == (0, 1, 1)
    (found,) = report.differences
    assert (found.row, found.location, found.said, found.recorded) == (2, "BULK-7", 30, 25)
    assert stocked.on_hand() == {"BULK-7": 25}
    assert stocked("stock", LIST.format(25)).differing == 0


def test_the_time_of_a_count_makes_it_a_new_one_and_only_once(stocked):
    at = datetime(2026, 11, 20, 5, tzinfo=UTC)
    for quantity, hour in ((30, 1), (25, 2), (30, 3), (30, 3)):
        report = stocked("stock", LIST.format(quantity), counted_at=at.replace(hour=hour))
    assert (report.accepted, report.unchanged, report.differing) == (0, 1, 0)
    assert stocked.on_hand() == {"BULK-7": 30}


def test_the_time_of_a_count_belongs_to_stock_lists_that_do_not_say_it(stocked):
    at = datetime(2026, 11, 20, 5, tzinfo=UTC)
    (mistake,) = stocked("locations", "location\nBULK-7\n", counted_at=at)
    assert mistake.cure == "leave out --counted-at"
    dated = "location,material,quantity,counted_at\nBULK-7,M1,3,2026-11-19T06:00+01:00\n"
    (mistake,) = stocked("stock", dated, counted_at=at)
    assert "each row says" in mistake.because


def test_rows_of_a_list_that_contradict_each_other_count_nothing(stocked):
    text = LIST.format(30) + "BULK-8,M1,4\nBULK-7,M1,12\nBULK-8,M1,4\n"
    report = stocked("stock", text)
    assert (report.accepted, report.unreadable, report.unchanged) == (1, 2, 1)
    assert [fault.row for fault in report.faults] == [2, 4]
    assert all("row 2 says 30" in f.because and "row 4 says 12" in f.because for f in report.faults)
    assert stocked.on_hand() == {"BULK-8": 4}
