"""Another system's stock list from a file: one signal, whole or not at all."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from chargehand.connectors.tabular import open_tabular
from chargehand.signals.kinds import Unreadable

HEAD = "plant;bin;part;qty;batch;taken at;system\n"
ROWS = (
    "S1;B1;VALVE;12;;2026-03-02T22:00+00:00;wms\n"
    "S1;B1;SEAL;-3;L1;2026-03-02T22:00+00:00;wms\n"
    "S2;B9;SEAL;4;;2026-03-02T22:00+00:00;wms\n"
)


def signals(tmp_path, text, **more):
    path = tmp_path / "list.csv"
    path.write_text(HEAD + text)
    file = open_tabular("snapshot", path, today=date(2026, 3, 3), **more)
    assert not isinstance(file, list), file
    return [read.signal for read in file.stream()]


def test_all_rows_of_a_site_are_one_list_and_negative_stock_is_kept(tmp_path):
    first, second = (signal.body for signal in signals(tmp_path, ROWS))
    assert (first.site, first.system, first.taken_at) == (
        "S1", "wms", datetime(2026, 3, 2, 22, tzinfo=UTC),
    )  # fmt: skip
    assert [(one.material, one.lot, one.quantity.amount) for one in first.lines] == [
        ("VALVE", "", Decimal(12)), ("SEAL", "L1", Decimal(-3)),
    ]  # fmt: skip
    assert second.site == "S2"


def test_the_same_file_has_the_same_keys(tmp_path):
    keys = [[signal.key for signal in signals(tmp_path, ROWS)] for _ in range(2)]
    assert keys[0] == keys[1]


def test_a_row_that_cannot_be_read_keeps_the_whole_list_back(tmp_path):
    found = [signal.body for signal in signals(tmp_path, ROWS + "S1;B2;VALVE;many;;;wms\n")]
    assert all(isinstance(body, Unreadable) for body in found)
    assert found[-1].because == "the list was not compared: 1 of its rows cannot be read"
