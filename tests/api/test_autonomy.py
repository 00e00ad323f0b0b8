"""Phases, breakers, the stop and notices over the API."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from tests.api.conftest import SITE, SUPERVISOR

DECISION = "mro_replenishment"
WHY = "the counts were wrong, now mended"


@pytest.fixture
def other(app, plant):
    """Somebody who may close nothing."""
    key = plant.issue_key(SUPERVISOR, label="test")
    with TestClient(app, headers={"Authorization": f"Bearer {key}"}) as client:
        yield client


def ask(client, path, asked, key, who=None):
    headers = {"Idempotency-Key": key} | (who or {})
    return client.post(path, json=asked, headers=headers)


def test_everybody_stops_and_few_resume(client, waiting, other):
    stopped = ask(other, "/v1/automation/stop", {"reason": "forklift in the aisle"}, "s1")
    assert (stopped.status_code, stopped.json()["state"]) == (200, "stopped")
    (row,) = client.get("/v1/breakers").json()["rows"]
    assert (row["cause"], row["state"]) == ("stop", "open")
    assert "forklift in the aisle" in row["because"]
    assert ask(other, "/v1/breakers/close", {"reason": WHY}, "s2").status_code == 403
    assert ask(client, "/v1/breakers/close", {"reason": WHY}, "s3").status_code == 200
    assert client.get("/v1/breakers").json()["rows"] == []
    assert ask(client, "/v1/breakers/close", {"reason": WHY}, "s4").status_code == 409


def test_lowering_is_one_request_and_is_told(client, waiting):
    before = client.get("/v1/phases", params={"decision": DECISION}).json()["rows"]
    assert {row["phase"] for row in before} == {"assist"}
    asked = {"decision": DECISION, "site": SITE, "to": "observe", "reason": "wrong picks"}
    done = ask(client, "/v1/phases/demote", asked, "d1")
    assert (done.status_code, done.json()["state"]) == (200, "observe")
    rows = client.get("/v1/phases", params={"decision": DECISION, "site": SITE}).json()["rows"]
    assert {(row["phase"], row["policy_phase"]) for row in rows} == {("observe", "assist")}
    (notice,) = client.get("/v1/notices").json()["rows"]
    assert notice["topic"] == "demotion"
    assert client.post(f"/v1/notices/{notice['number']}/seen").status_code == 204
    assert client.get("/v1/notices").json()["rows"] == []
    assert len(client.get("/v1/notices", params={"unseen": False}).json()["rows"]) == 1
    assert client.post("/v1/notices/999999/seen").status_code == 404


def test_nothing_is_lowered_to_automate_or_at_no_such_decision(client, waiting):
    for change, status in (({"to": "automate"}, 422), ({"decision": "wishing"}, 404)):
        asked = {"decision": DECISION, "site": SITE, "to": "observe"} | change
        answer = ask(client, "/v1/phases/demote", asked, f"n{status}")
        assert answer.status_code == status, answer.text


def test_evidence_says_what_is_missing(client, waiting):
    asked = {"decision": DECISION, "site": SITE, "to": "assist"}
    assert client.get("/v1/phases/evidence", params=asked).json()["rows"] == []
    refused = client.get("/v1/phases/evidence", params=asked | {"to": "automate"})
    assert refused.status_code == 422
    assert "has no limits yet" in refused.json()["detail"]
