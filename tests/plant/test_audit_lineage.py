"""An edit of genealogy or of a handling unit is found and named."""

from __future__ import annotations

import pytest

from chargehand.signals.stock_kinds import LotDefined
from chargehand.vocabulary.identifier import LotId
from chargehand.vocabulary.lot import MaterialLot
from tests.behind import behind_the_back
from tests.plant.line import (
    HOUSING,
    LINE,
    PUMP,
    STORE,
    WIP,
    Line,
    made,
    move,
    pack,
    report,
    some,
    unpack,
    used,
)

STRAY_LINK = """INSERT INTO genealogy SELECT 1, 0, site, order_key, kind, used_material, used_lot,
 used_serial, used_scaled, made_material, made_lot, made_serial, made_scaled, backflushed, at
 FROM genealogy WHERE kind = 'scrap'"""
STRAY_UNIT = """INSERT INTO handling_unit SELECT 'X', kind, parent, site, location, state, entry
 FROM handling_unit WHERE unit = 'PAL-1'"""


@pytest.fixture
def line(make_plant) -> Line:
    """Reports of every step, corrected too; units packed, moved, unpacked and shipped."""
    line = Line(make_plant())
    line.receive(HOUSING, "H1", 40)
    for number in ("S-1", "S-2"):
        lot = MaterialLot(material=HOUSING, lot=LotId("H1"), supplier_lot=number)
        line.told(LotDefined(definition=lot))
    key = line.told(report(used(HOUSING, "H1", 9, backflushed=True), made(PUMP, "P1", 9)))
    line.told(report(used(HOUSING, "H1", 1), corrects=key))
    line.refusal(report(used(HOUSING, "H1", 99)))
    line.told(report(used(HOUSING, "H1", 4), made(HOUSING, "H2", 4, LINE), step="split"))
    line.told(report(used(HOUSING, "H1", 1), step="scrap"))
    line.told(pack("CAR-1", some(PUMP, "P1", 2)))
    line.told(pack("CAR-2", some(PUMP, "P1", 2)))
    line.told(pack("PAL-1", some(PUMP, "P1", 1), units=("CAR-1", "CAR-2")))
    line.told(move("PAL-1", STORE))
    line.told(unpack("PAL-1", units=("CAR-2",)))
    line.told(unpack("CAR-2", some(PUMP, "P1", 1)))
    line.refusal(move("CAR-1", WIP))
    line.told(move("PAL-1", None, "DN-1"))
    line.told(pack("PAL-1", some(PUMP, "P1", 1)))
    return line


def test_what_was_told_is_what_is_kept(line):
    report = line.plant.verify()
    assert report.faults == ()
    assert report.holds


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        ("UPDATE genealogy SET used_scaled = used_scaled + 1 WHERE kind = 'split'", "used_scaled"),
        ("UPDATE genealogy SET made_lot = 'P2' WHERE used_scaled < 0", "made_lot"),
        ("UPDATE genealogy SET backflushed = 0 WHERE backflushed = 1", "backflushed"),
        ("DELETE FROM genealogy WHERE kind = 'supplied'", "lot_defined"),
        ("DELETE FROM genealogy WHERE kind = 'scrap'", "has 0 rows"),
        (
            STRAY_LINK,
            "genealogy row of entry 1",
        ),
        ("UPDATE handling_unit SET location = 'LINE-1' WHERE unit = 'CAR-2'", "CAR-2"),
        ("UPDATE handling_unit SET parent = 'PAL-1' WHERE unit = 'CAR-2'", "parent"),
        ("UPDATE handling_unit SET state = 'present' WHERE unit = 'CAR-1'", "state"),
        ("DELETE FROM handling_unit WHERE unit = 'CAR-1'", "CAR-1"),
        (
            STRAY_UNIT,
            "handling unit X",
        ),
    ],
)
def test_an_edit_is_found_and_named(line, edit, words):
    with behind_the_back(line.plant.folder) as sql:
        sql.execute(edit)
    report = line.plant.verify()
    assert not report.holds
    assert any(words in fault for fault in report.faults), report.faults
