"""Lots, handling units and orders over the API."""

from __future__ import annotations

import csv
import io

import pytest

from tests.api.conftest import BULK, SITE, VALVE, envelope, received

LOT = "2026/11-A"
"""Lots are numbered with strokes in many plants."""


@pytest.fixture
def traced(post, stocked):
    """A lot that became another one, half of which left on a pallet."""
    pieces = {"material": VALVE, "quantity": {"amount": "4", "unit": "H87"}}
    told = [
        received("lot", amount="10", lot=LOT),
        envelope(
            "split", "production_reported", site=SITE, order="4421", step="split",
            used=[{**pieces, "location": BULK, "lot": LOT}],
            made=[{**pieces, "location": BULK, "lot": "B"}],
        ),
        envelope(
            "pack", "handling_unit_packed", site=SITE, location=BULK, handling_unit="PAL-1",
            contents=[{**pieces, "lot": "B"}],
        ),
        envelope("ship", "handling_unit_moved", handling_unit="PAL-1", document="DN-1"),
    ]  # fmt: skip
    assert [one["status"] for one in post(told)] == ["accepted"] * 4


def test_a_lot_shows_where_it_stands_whatever_signs_its_number_holds(client, traced):
    lot = client.get(f"/v1/lots/{VALVE}/{LOT}").json()
    assert (lot["lot"], lot["on_hand"]) == (LOT, "6")
    assert [(one["location"], one["on_hand"]) for one in lot["places"]] == [(BULK, "6")]


def test_a_trace_goes_both_ways(client, traced):
    forward = client.get(f"/v1/lots/{VALVE}/{LOT}/trace").json()
    (child,) = forward["root"]["children"]
    assert (child["lot"], child["kinds"], child["used"]) == ("B", ["split"], "4")
    back = client.get(f"/v1/lots/{VALVE}/B/trace", params={"direction": "backward"}).json()
    assert [one["lot"] for one in back["root"]["children"]] == [LOT]


def test_a_recall_is_a_list_or_a_file(client, traced):
    found = client.get(f"/v1/lots/{VALVE}/{LOT}/recall").json()
    assert {(one["lot"], one["state"], one["document"]) for one in found["lines"]} == {
        (LOT, "stands", ""), (LOT, "used", ""), ("B", "shipped", "DN-1"),
    }  # fmt: skip
    answer = client.get(f"/v1/lots/{VALVE}/{LOT}/recall", params={"format": "csv"})
    assert answer.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert {row["state"] for row in rows} == {"stands", "used", "shipped"}


def test_a_handling_unit_shows_what_is_in_it(client, traced):
    assert client.get("/v1/handling-units/PAL-1").json()["state"] == "shipped"


def test_what_is_not_known_is_not_found_by_its_own_code(client, traced):
    for path, code in (
        (f"lots/{VALVE}/none", "unknown_lot"),
        (f"lots/{VALVE}/none/trace", "unknown_lot"),
        ("supplier-lots/none/recall", "unknown_lot"),
        ("handling-units/none", "unknown_handling_unit"),
        (f"orders/none/consumption?site={SITE}", "unknown_order"),
    ):
        answer = client.get(f"/v1/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, code)


def test_a_wrong_question_is_refused_by_name(client, traced):
    for path in (
        f"lots/{VALVE}/B/trace?direction=sideways", f"lots/{VALVE}/B/trace?level=3",
        "orders/4421/consumption", f"lots/{VALVE}/B/recall?serial=a&serial=b",
    ):  # fmt: skip
        assert client.get(f"/v1/{path}").status_code == 422


def test_an_order_is_reconciled(client, traced):
    found = client.get("/v1/orders/4421/consumption", params={"site": SITE}).json()
    assert [one["material"] for one in found["consumption"]] == [VALVE]
    assert client.get("/v1/buffers").json() == []


def test_nobody_without_a_key_learns_of_lots(stranger, traced):
    assert stranger.get(f"/v1/lots/{VALVE}/B").status_code == 401
