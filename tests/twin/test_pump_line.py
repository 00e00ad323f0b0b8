"""The pump line: a bad sealant, traced three levels deep, partly shipped and partly held."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chargehand.governance.policy import demo_policy_text
from chargehand.plant.folder import create_plant
from chargehand.plant.plant import Plant
from chargehand.signals.signal import Status
from chargehand.twin.genealogy import BAD_SEALANT, HOLD, SEALANT, STAYS, UNIT_HOLD
from chargehand.twin.rival_lists import NIGHTS, SYSTEM
from chargehand.twin.seed import seed_signals

FAULTY = 6


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The made-up plant, and what it could not take."""
    folder = tmp_path_factory.mktemp("plants") / "pumps"
    create_plant(
        folder, enterprise="Werk Nord", simulation=True, policy_text=demo_policy_text(),
        person="m.weber",
    )  # fmt: skip
    plant = Plant.open(folder)
    receipts = plant.take(list(seed_signals(as_of=datetime.now(UTC))))
    yield plant, [one for one in receipts if one.status is not Status.ACCEPTED]
    plant.close()


def test_only_what_is_wrong_on_purpose_is_refused(told):
    assert len(told[1]) == FAULTY


def test_the_bad_lot_is_in_sets_of_which_some_have_left(told):
    plant, _ = told
    report = plant.recall(SEALANT, BAD_SEALANT)
    assert (report.lots, report.on_hand, report.on_hold, report.shipped) == (5, 4, 2, 1)
    assert {line.document for line in report.lines if line.state == "shipped"} == {"LS-90211"}
    assert max(line.level for line in report.lines) == 3
    back = plant.trace("FG-SET-P40", "ST-7002", forward=False)
    pump = back.root.children[0]
    housings = [one for one in pump.children if one.material == "WIP-HOUSING-H210"]
    assert {one.lot for one in housings} == {"HS-301", "HS-302"}
    assert all(one.children[0].children[0].kinds == ("supplied",) for one in housings)


def test_the_holds_froze_stock_and_what_counts_on_it(told):
    plant, _ = told
    assert {row.key for row in plant.holds().rows} == {HOLD, UNIT_HOLD}
    touched = plant.hold(UNIT_HOLD).touched
    assert ("reservation", "SO-20771/1") in {(one.kind, one.key) for one in touched}
    assert {line.handling_unit for line in plant.hold(UNIT_HOLD).frozen} == {STAYS}


def test_the_other_system_drifts_doubles_and_lags(told):
    plant, _ = told
    (system,) = plant.reconciliation()
    assert (system.system, system.lists) == (SYSTEM, len(NIGHTS))
    rows = plant.differences(state="open").rows
    assert {int(row.unexplained) for row in rows} == {4, -3}
    assert any("booked twice" in row.because for row in rows)
    (explained,) = plant.differences(state="explained").rows
    assert "not booked" in explained.because
    first, *_, last = sorted(plant.compared_lists().rows, key=lambda row: row.taken_at)
    assert first.accuracy == 1
    assert last.accuracy < 1


def test_the_record_of_it_holds(told):
    assert told[0].verify().holds
