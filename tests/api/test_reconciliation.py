"""Reading how another system's list agrees with the record."""

from __future__ import annotations

import pytest

from tests.api.conftest import BULK, FACE, MASTER, SITE, STOCK, VALVE, envelope


def told(key, amount, taken_at="2026-01-06T22:00:00Z"):
    lines = [
        {"location": BULK, "material": VALVE, "quantity": {"amount": amount, "unit": "H87"}},
        {"location": FACE, "material": VALVE, "quantity": {"amount": "1", "unit": "H87"}},
    ]
    return envelope(
        key, "snapshot_reported", site=SITE, system="wms", taken_at=taken_at, lines=lines
    )


@pytest.fixture
def differing(client):
    posted = client.post("/v1/signals", json=[*MASTER, *STOCK, told("list", "8")])
    assert [one["status"] for one in posted.json()["receipts"]] == ["accepted"] * 7
    return client


def test_a_system_is_shown_by_its_newest_list(differing):
    (system,) = differing.get("/v1/reconciliation").json()
    assert (system["system"], system["lines"], system["differing"]) == ("wms", 2, 1)
    assert system["unexplained_value"] == [{"amount": "170.00", "currency": "EUR"}]
    (one,) = differing.get("/v1/reconciliation/lists").json()["rows"]
    assert one["accuracy"] == 0.5


def test_a_difference_is_listed_shown_and_closed_by_an_equal_list(differing):
    (row,) = differing.get("/v1/reconciliation/differences").json()["rows"]
    assert (row["ours"], row["theirs"], row["unexplained"]) == ("10", "8", "-2")
    differing.post("/v1/signals", json=told("later", "10", "2026-01-07T22:00:00Z"))
    assert differing.get("/v1/reconciliation/differences").json()["rows"] == []
    shown = differing.get(f"/v1/reconciliation/differences/{row['id']}").json()
    assert [step["state"] for step in shown["history"]] == ["open", "closed"]


def test_what_is_not_there_and_states_that_there_are_not(differing):
    assert differing.get("/v1/reconciliation/differences/D-1.99").status_code == 404
    wrong = differing.get("/v1/reconciliation/differences", params={"state": "lost"})
    assert wrong.status_code == 422
    assert "there is no state 'lost'" in wrong.text
