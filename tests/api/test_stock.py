"""Stock, movements and files over HTTP."""

from __future__ import annotations

import csv
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from chargehand.plant import exporting
from tests.api.conftest import BULK, FACE, SITE, VALVE, envelope

AT = "2026-01-05T05:10:00Z"
LATER = "2026-01-05T08:00:00Z"
BEFORE = "2026-01-05T05:09:59Z"


@pytest.fixture
def carried(post, stocked):
    """Three valves went to the face at eight."""
    move = envelope(
        "mv", "stock_moved", site=SITE, material=VALVE, from_location=BULK, to_location=FACE,
        quantity={"amount": "3", "unit": "H87"},
    )  # fmt: skip
    (receipt,) = post([move | {"occurred_at": LATER}])
    assert receipt["status"] == "accepted"


def on_hand(client, **asked):
    answer = client.get("/v1/stock", params=asked)
    assert answer.status_code == 200, answer.text
    return {row["location"]: row["on_hand"] for row in answer.json()["rows"]}


def test_stock_is_told_by_any_dimension_and_moment(client, carried):
    assert on_hand(client) == {BULK: "7", FACE: "4"}
    assert on_hand(client, as_of=AT) == {BULK: "10", FACE: "1"}
    assert on_hand(client, as_of=BEFORE) == {}
    assert on_hand(client, known_at=BEFORE) == {}
    assert on_hand(client, location=FACE, as_of=AT) == {FACE: "1"}
    assert on_hand(client, held=True) == {}
    assert on_hand(client, disposition="damaged") == {}


@pytest.mark.parametrize("moment", ["2026-01-05T05:10:00", "yesterday", "9999-12-31T23:59:59Z"])
def test_a_moment_without_its_offset_or_beyond_reason_is_refused(client, stocked, moment):
    answer = client.get("/v1/stock", params={"as_of": moment})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "as_of"


def test_movements_are_listed_newest_first_and_shown_whole(client, carried):
    rows = client.get("/v1/movements", params={"location": FACE}).json()["rows"]
    assert [row["business_step"] for row in rows] == ["storing", "receiving"]
    detail = client.get(f"/v1/movements/{rows[0]['entry']}").json()
    assert [leg["quantity"] for leg in detail["row"]["legs"]] == ["-3", "3"]
    assert detail["leaf"] == client.get(f"/v1/journal/{rows[0]['entry']}").json()["leaf"]
    assert client.get("/v1/movements/0").status_code == 404


def test_windows_of_movements_hold_each_once(client, carried):
    address, found = "/v1/movements?limit=1", []
    while address:
        page = client.get(address).json()
        found += [row["entry"] for row in page["rows"]]
        address = page["next"]
    assert len(found) == len(set(found)) == 3


def test_whole_lists_come_as_files(client, carried):
    answer = client.get("/v1/stock.csv", params={"as_of": AT})
    assert answer.headers["content-disposition"] == (
        'attachment; filename="stock-2026-01-05-051000.csv"'
    )
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert {row["location"]: row["on_hand"] for row in rows} == {BULK: "10", FACE: "1"}
    journal = pq.read_table(pa.BufferReader(client.get("/v1/journal.parquet").content))
    assert journal.num_rows == client.get("/v1/journal").json()["rows"][0]["number"] + 1
    arrow = pa.ipc.open_file(pa.BufferReader(client.get("/v1/movements.arrow").content))
    assert arrow.read_all().num_rows == 6
    assert client.get("/v1/lots.csv").text.startswith("lot,material,")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/stock.xlsx", 422),
        ("/v1/journal.csv?site=KENT", 422),
        ("/v1/lots.csv?as_of=2026-01-05T05:10:00Z", 422),
        ("/v1/stock.csv?site=A&site=B", 422),
    ],
)
def test_files_that_cannot_be_made_are_refused(client, stocked, path, status):
    assert client.get(path).status_code == status


def test_a_missing_package_is_named(client, stocked, monkeypatch):
    monkeypatch.setattr(exporting, "find_spec", lambda name: None)
    answer = client.get("/v1/stock.parquet")
    assert answer.status_code == 501
    assert "chargehand[tables]" in answer.json()["detail"]
