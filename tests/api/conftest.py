"""A real plant behind the API: one site, one valve, and a pick face that runs empty."""

from __future__ import annotations

import json
from shutil import copytree

import pytest
from fastapi.testclient import TestClient

from chargehand.api.app import build_app
from chargehand.plant.folder import create_plant
from chargehand.plant.plant import Plant

PLANNER, SUPERVISOR = "m.weber", "j.novak"
POLICY = """
version = 1
title = "Assisted"
roles = ["admin", "planner", "supervisor"]

[administration]
policy = ["admin"]
breakers = ["admin"]

[[people]]
id = "m.weber"
name = "Martina Weber"
roles = ["planner", "admin"]

[[people]]
id = "j.novak"
name = "Jan Novak"
roles = ["supervisor"]

[[grants]]
role = "planner"
transactions = ["*"]
decisions = ["*"]
sites = ["*"]
zones = ["*"]
value_max = "EUR 25,000.00"

[[grants]]
role = "supervisor"
transactions = ["count"]
decisions = ["*"]
sites = ["*"]
zones = ["*"]
value_max = "EUR 1.00"

[[phases]]
decision = "*"
site = "*"
zone = "*"
phase = "observe"

[[phases]]
decision = "mro_replenishment"
site = "*"
zone = "*"
phase = "assist"

[[approvals]]
decisions = ["*"]
transactions = ["*"]
justification_above = "EUR 20,000.00"
expires_after = "72 hours"

[[breakers]]
decision = "*"
site = "*"
zone = "*"
window_days = 30
rejection_rate_max = 0.30
rejection_count_min = 10
outcome_error_max = 0.20
outcome_count_min = 10
failure_count_max = 2
"""
SITE = "KENT"
VALVE = "MRO-VALVE-001"
BULK, FACE = "BULK-RACK-A12", "MRO-PICKFACE-05"


def envelope(key, kind, source=f"person:{PLANNER}", **facts):
    return {
        "source": source,
        "key": key,
        "occurred_at": "2026-01-05T06:10:00+01:00",
        "body": {"kind": kind, **facts},
    }


def received(key, *, location=BULK, material=VALVE, amount="10", **facts):
    quantity = {"amount": amount, "unit": "H87"}
    return envelope(
        key, "goods_received", site=SITE, location=location, material=material, quantity=quantity,
        **facts,
    )  # fmt: skip


MASTER = [
    envelope(
        "m1", "material_defined",
        definition={
            "material": VALVE, "description": "Valve 3/4", "criticality": 0.92,
            "unit_cost": {"amount": "85.00", "currency": "EUR"},
        },
    ),
    envelope("l1", "location_defined", definition={"location": BULK, "site": SITE, "kind": "bulk"}),
    envelope(
        "l2", "location_defined",
        definition={"location": FACE, "site": SITE, "kind": "pick_face"},
    ),
    envelope(
        "s1", "stocking_defined",
        definition={
            "site": SITE, "material": VALVE, "pick_face": FACE, "bulk": BULK,
            "pick_face_min": "2", "pick_face_max": "6", "reorder_point": "3", "order_up_to": "12",
        },
    ),
]  # fmt: skip
STOCK = [received("r1", amount="10"), received("r2", location=FACE, amount="1")]


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """A new plant, to be copied."""
    folder = tmp_path_factory.mktemp("made") / "plant"
    create_plant(folder, enterprise="Kent", policy_text=POLICY)
    return folder


@pytest.fixture
def folder(made, tmp_path):
    return copytree(made, tmp_path / "plant")


@pytest.fixture
def plant(folder):
    plant = Plant.open(folder)
    yield plant
    plant.close()


@pytest.fixture
def app(plant):
    return build_app(plant)


@pytest.fixture
def stranger(app):
    """A client without a key."""
    with TestClient(app) as client:
        yield client


@pytest.fixture
def client(app, plant):
    key = plant.issue_key(PLANNER, label="test")
    with TestClient(app, headers={"Authorization": f"Bearer {key}"}) as client:
        yield client


@pytest.fixture
def post(client):
    """Post signals and return their receipts."""

    def post(signals):
        body = signals if isinstance(signals, bytes) else json.dumps(signals).encode()
        answer = client.post(
            "/v1/signals", content=body, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 200, answer.text
        return answer.json()["receipts"]

    return post


@pytest.fixture
def stocked(post):
    """The plant has its valve, and too few of them in the pick face."""
    receipts = post(MASTER + STOCK)
    assert {receipt["status"] for receipt in receipts} == {"accepted"}


@pytest.fixture
def waiting(client, stocked):
    """A proposal that waits for a person: its id and ETag."""
    assert client.post("/v1/decisions/hearing").status_code == 200
    rows = client.get("/v1/proposals").json()["rows"]
    (row,) = [row for row in rows if row["decision"] == "mro_replenishment"]
    return row["id"], client.get(f"/v1/proposals/{row['id']}").headers["ETag"]


@pytest.fixture
def act(client):
    """Act on something under an idempotency key."""

    def act(path, key, said=None, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.post(f"/v1/{path}", json=said, headers={"Idempotency-Key": key, **named})

    return act
