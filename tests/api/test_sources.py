"""What comes with a key is told by the owner of the key, whatever source it claims."""

from __future__ import annotations

import json

from chargehand.api.envelopes import envelopes
from tests.api.conftest import MASTER, PLANNER, received


def test_nobody_writes_in_the_name_of_another(client, post, stocked):
    for source in ("floor:j.novak", "person:j.novak", "wms"):
        (receipt,) = post(received("x1") | {"source": source})
        assert receipt["refusal"]["code"] == "not_authorized"
        assert client.get("/v1/journal", params={"key": f"{source}/x1"}).json()["rows"] == []


def test_the_journal_names_the_owner_of_the_key(client, post, stocked):
    rows = client.get("/v1/journal", params={"key": f"person:{PLANNER}/r1"}).json()["rows"]
    assert {row["kind"] for row in rows} == {"goods_received", "movement"}
    assert {row["actor"] for row in rows} == {PLANNER}


def test_a_foreign_key_cannot_be_taken_before_its_source_uses_it(post, plant, stocked):
    unreadable = {"kind": "unreadable", "raw": "", "because": "mine"}
    post([received("G1") | {"source": "erp", "body": unreadable}, MASTER[1] | {"source": "erp"}])
    (goods,) = envelopes(json.dumps(received("G1") | {"source": "erp"}).encode())
    assert plant.take([goods])[0].status == "accepted"


def test_what_cannot_be_read_is_kept_under_its_sender(client, post, stocked):
    wrong = received("r9", amount="ten") | {"source": "wms"}
    (receipt,) = post([wrong])
    assert (receipt["status"], receipt["source"]) == ("unreadable", f"person:{PLANNER}")
    (fault,) = client.get("/v1/faults").json()["rows"]
    assert json.loads(fault["raw"]) == wrong


def test_a_site_that_would_lose_its_stock_is_named(post):
    place = {"location": "B1", "site": "EU/S2"}
    wrong = {"source": f"person:{PLANNER}", "key": "l9",
             "body": {"kind": "location_defined", "definition": place}}  # fmt: skip
    (receipt,) = post(wrong)
    assert receipt["status"] == "unreadable"
    assert "site 'EU/S2' holds '/'" in receipt["refusal"]["because"]
