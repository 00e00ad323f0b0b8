"""Change requests by the API: proposed, signed on what was read, and once for each key."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from fastapi.testclient import TestClient

from tests.api.conftest import PLANNER, POLICY, SUPERVISOR

WHY = "the planners asked for it"
SHARED = POLICY.replace('roles = ["supervisor"]', 'roles = ["supervisor", "admin"]')


def text(version, title="Assisted"):
    """A policy with two administrators."""
    changed = SHARED.replace("version = 1", f"version = {version}")
    return changed.replace('"Assisted"', f'"{title}"')


@pytest.fixture
def shared(plant):
    """Two administrators, under version 2."""
    assert plant.activate_policy(text(2), by=PLANNER).state == "active"
    return plant


@pytest.fixture
def as_(app, plant):
    """A client of some person."""
    with ExitStack() as stack:

        def client(person):
            key = plant.issue_key(person, label="test")
            headers = {"Authorization": f"Bearer {key}"}
            return stack.enter_context(TestClient(app, headers=headers))

        yield client


@pytest.fixture
def request_(shared, client):
    """A request of the planner: its id and ETag."""
    said = {"text": text(3, "Third"), "because": WHY}
    made = client.post("/v1/change-requests", json=said, headers={"Idempotency-Key": "p1"})
    assert made.status_code == 201, made.text
    return made.json()["row"]["id"], made.headers["ETag"]


def signed(client, name, key, etag, **said):
    headers = {"Idempotency-Key": key, "If-Match": etag}
    return client.post(f"/v1/change-requests/{name}/signature", json=said, headers=headers)


def test_a_proposed_text_holds_when_another_person_has_signed_it(as_, client, request_):
    name, etag = request_
    read = client.get(f"/v1/change-requests/{name}")
    assert (read.headers["ETag"], read.json()["row"]["may_sign"]) == (etag, [SUPERVISOR])
    assert read.json()["differences"][0]["text"] == "Assisted -> Third"
    own = signed(client, name, "s1", etag)
    assert (own.status_code, own.json()["code"]) == (403, "second_person_needed")
    done = signed(as_(SUPERVISOR), name, "s2", etag, because="looked through it")
    assert (done.status_code, done.json()["state"]) == (200, "in_force")
    assert done.headers["ETag"] != etag
    assert client.get("/v1/policy").json()["version"] == 3
    newest = client.get("/v1/policy/versions").json()[0]
    assert (newest["version"], newest["signed_by"]) == (3, [SUPERVISOR])


def test_proposing_and_signing_again_under_one_key_is_done_once(as_, client, request_):
    name, etag = request_
    said = {"text": text(3, "Third"), "because": WHY}
    again = client.post("/v1/change-requests", json=said, headers={"Idempotency-Key": "p1"})
    assert again.json()["row"]["id"] == name
    assert again.headers["Idempotent-Replayed"] == "true"
    supervisor = as_(SUPERVISOR)
    first, second = (signed(supervisor, name, "s1", etag) for _ in range(2))
    assert first.json() == second.json()
    assert len(client.get(f"/v1/change-requests/{name}").json()["signatures"]) == 1


def test_a_request_that_has_moved_on_is_not_signed_unread(as_, client, request_):
    name, etag = request_
    headers = {"Idempotency-Key": "w1", "If-Match": etag}
    path = f"/v1/change-requests/{name}"
    assert client.post(f"{path}/withdrawal", headers=headers).json()["state"] == "withdrawn"
    stale = signed(as_(SUPERVISOR), name, "s1", etag)
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    fresh = signed(as_(SUPERVISOR), name, "s2", client.get(path).headers["ETag"])
    assert (fresh.status_code, fresh.json()["code"]) == (409, "not_waiting")
    missing = client.post(f"{path}/signature", headers={"Idempotency-Key": "s3"})
    assert missing.status_code == 428


def test_a_rejection_says_why(as_, client, request_):
    name, etag = request_
    supervisor = as_(SUPERVISOR)
    path = f"/v1/change-requests/{name}/rejection"
    codes = []
    for key, why in (("r1", "no"), ("r2", "the limits are too wide")):
        headers = {"Idempotency-Key": key, "If-Match": etag}
        codes.append(supervisor.post(path, json={"because": why}, headers=headers).status_code)
    assert codes == [422, 200]
    row = client.get(f"/v1/change-requests/{name}").json()["row"]
    assert (row["state"], row["ended_because"]) == ("rejected", "the limits are too wide")


def test_requests_are_listed_in_windows(shared, client):
    for n in range(3, 6):
        said = {"text": text(n), "because": WHY}
        client.post("/v1/change-requests", json=said, headers={"Idempotency-Key": f"p{n}"})
    first = client.get("/v1/change-requests", params={"limit": 2}).json()
    second = client.get(first["next"]).json()
    assert [row["new_version"] for row in (*first["rows"], *second["rows"])] == [5, 4, 3]
    assert second["next"] is None
    everything = client.get("/v1/change-requests", params={"state": "all"}).json()
    assert len(everything["rows"]) == 4


def test_mistakes_of_a_text_are_told_with_their_lines(shared, client):
    faulty = text(3).replace('phase = "assist"', 'phase = "asist"')
    found = client.post("/v1/policy/check", json={"text": faulty}).json()
    (mistake,) = found["mistakes"]
    assert mistake["where"] == "phases[2].phase"
    assert faulty.splitlines()[mistake["line"] - 1] == 'phase = "asist"'
    for path, said in (("policy/diff", {}), ("change-requests", {"because": WHY})):
        headers = {"Idempotency-Key": "k1"}
        answer = client.post(f"/v1/{path}", json={"text": faulty, **said}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "policy_invalid")
        assert "did you mean assist" in answer.json()["errors"][0]["detail"].lower()


def test_a_text_is_held_against_last_week(client, waiting):
    changed = POLICY.replace("version = 1", "version = 2").replace('"assist"', '"observe"')
    found = client.post("/v1/policy/diff", json={"text": changed}).json()
    (one,) = found["changed"]
    assert (one["proposal"], one["before"]["answer"], one["after"]["answer"]) == (
        waiting[0], "waits", "observed"
    )  # fmt: skip
    assert [difference["section"] for difference in found["words"]] == ["phases"]


def test_a_check_runs_the_tests_that_are_sent_with_it(client):
    table = """
[[tests]]
what = "A supervisor buys nothing"
act = "approve"
role = "supervisor"
decision = "mro_replenishment"
transaction = "requisition"
expect = "EXPECTED"
"""
    for expected, passed in (("may not", True), ("cleared", False)):
        said = {"text": text(2), "tests": table.replace("EXPECTED", expected)}
        (tried,) = client.post("/v1/policy/check", json=said).json()["tests"]
        assert (tried["passed"], tried["found"]) == (passed, "may not")


def test_whoever_is_not_in_charge_proposes_nothing(plant, as_):
    said = {"text": text(2), "because": WHY}
    answer = as_(SUPERVISOR).post(
        "/v1/change-requests", json=said, headers={"Idempotency-Key": "k"}
    )
    assert answer.status_code == 403
    assert plant.change_requests() == []


@pytest.mark.parametrize("name", ["C-9", "nonsense"])
def test_an_unknown_request_is_not_found(client, name):
    assert client.get(f"/v1/change-requests/{name}").status_code == 404
    assert signed(client, name, "s1", '"1"').status_code == 404
