"""Holds over HTTP: placed, shown with what they froze, released by who may, once per key."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from tests.api.conftest import BULK, PLANNER, POLICY, SITE, SUPERVISOR, VALVE, envelope

HOLDS = """
[[holds]]
roles = ["supervisor"]
sites = ["KENT"]
"""
PLACED = {"hold": "QN-1", "site": SITE, "reason": "cracked seats", "material": VALVE}
RELEASED = {"reason": "inspected", "signature": "I have seen the report"}


@pytest.fixture
def supervisor(app, plant, stocked):
    """A client of who may release."""
    text = POLICY.replace("version = 1", "version = 2") + HOLDS
    assert plant.activate_policy(text, by=PLANNER).state == "active"
    key = plant.issue_key(SUPERVISOR, label="test")
    with TestClient(app, headers={"Authorization": f"Bearer {key}"}) as client:
        yield client


def release(client, key, said=None):
    return client.post(
        "/v1/holds/QN-1/release", json=said or RELEASED, headers={"Idempotency-Key": key}
    )


def test_a_hold_is_placed_shown_and_released_by_another_person(client, act, post, supervisor):
    done = act("holds", "h1", PLACED)
    assert done.status_code == 200, done.text
    assert {one["kind"] for one in done.json()["touched"]} >= {"balance"}
    assert act("holds", "h1", PLACED).json() == done.json()
    (row,) = client.get("/v1/holds", params={"site": SITE}).json()["rows"]
    assert (row["key"], row["placed_by"]) == ("QN-1", PLANNER)
    frozen = client.get("/v1/holds/QN-1").json()["frozen"]
    assert {line["location"]: line["on_hand"] for line in frozen}[BULK] == "10"
    taken = envelope(
        "t1", "stock_moved", site=SITE, material=VALVE, from_location=BULK,
        quantity={"amount": "1", "unit": "H87"},
    )  # fmt: skip
    assert post([taken])[0]["refusal"]["code"] == "on_hold"
    assert release(client, "x1").status_code == 403  # who placed it has not the role
    answer = release(supervisor, "x2")
    assert answer.status_code == 200, answer.text
    assert release(supervisor, "x2").json() == answer.json()
    assert client.get("/v1/holds").json()["rows"] == []
    shown = client.get("/v1/holds/QN-1").json()
    assert shown["history"][-1]["signature"] == RELEASED["signature"]


def test_a_part_is_released_by_place_and_quantity(act, supervisor):
    act("holds", "h1", PLACED)
    part = {**RELEASED, "location": BULK, "quantity": {"amount": "4", "unit": "H87"}}
    assert release(supervisor, "p1", part).status_code == 200
    frozen = supervisor.get("/v1/holds/QN-1").json()["frozen"]
    assert {line["location"]: line["let_go"] for line in frozen}[BULK] == "4"


def test_nobody_signs_for_another_person(post, act, supervisor):
    act("holds", "h1", PLACED)
    forged = envelope("f1", "hold_released", hold="QN-1", person=SUPERVISOR, **RELEASED)
    assert post([forged])[0]["refusal"]["code"] == "not_authorized"
    assert supervisor.get("/v1/holds/QN-1").json()["row"]["state"] == "active"


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"site": SITE, "material": None}, 422),
        ({"material": "NO-SUCH"}, 404),
        ({"material": "a\0b"}, 422),
        ({"color": "red"}, 422),
    ],
)
def test_a_hold_that_cannot_be_is_refused(act, stocked, said, status):
    assert act("holds", "h1", PLACED | said).status_code == status


def test_what_is_not_there_is_not_found(client, act):
    assert client.get("/v1/holds/QN-404").status_code == 404
    assert client.get("/v1/reservations/R-404").status_code == 404
    assert act("holds/QN-404/release", "x", RELEASED).status_code == 404


def test_reservations_are_listed_and_say_whether_they_are_held(client, act, post, stocked):
    reserved = envelope(
        "r9", "reservation_placed", reservation="R1", site=SITE, material=VALVE, location=BULK,
        quantity={"amount": "3", "unit": "H87"}, for_order="MO-1",
    )  # fmt: skip
    assert post([reserved])[0]["status"] == "accepted"
    act("holds", "h1", PLACED)
    (row,) = client.get("/v1/reservations", params={"order": "MO-1"}).json()["rows"]
    assert (row["key"], row["quantity"], row["is_held"]) == ("R1", "3", True)
    assert client.get("/v1/reservations/R1").json()["selection"] == "fefo"
