"""Acts of people: on what they read, once, and only as the policy allows."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from threading import Barrier, Thread

import pytest

from chargehand.api.replies import FILE
from tests.api.conftest import BULK, FACE, SUPERVISOR, VALVE


def test_an_approved_proposal_becomes_a_task_in_the_words_of_warehouse_systems(
    client, act, waiting
):
    id, etag = waiting
    done = act(f"proposals/{id}/approval", "a1", If_Match=etag)
    assert done.status_code == 200, done.text
    (task, *_) = client.get("/v1/tasks").json()["rows"]
    assert client.get(f"/v1/tasks/{task['key']}").json() == task
    assert task["proposal"] == id
    message = task["message"]
    assert list(message) == [
        "taskType", "priority", "itemId", "fromLocation", "toLocation", "quantity", "reasonCode",
        "metadata",
    ]  # fmt: skip
    assert message | {"priority": "", "metadata": {}} == {
        "taskType": "REPLENISHMENT",
        "priority": "",
        "itemId": VALVE,
        "fromLocation": BULK,
        "toLocation": FACE,
        "quantity": 5,
        "reasonCode": "STATIC_MINIMUM_REACHED",
        "metadata": {},
    }
    assert message["metadata"]["criticalityScore"] == 0.92


def test_a_confirmed_task_moves_the_stock_once(client, act, waiting):
    id, etag = waiting
    act(f"proposals/{id}/approval", "a1", If_Match=etag)
    (task, *_) = client.get("/v1/tasks").json()["rows"]
    path = f"tasks/{task['key']}/confirmation"
    quantity = {"quantity": {"amount": "3", "unit": "H87"}}
    first = act(path, "c1", quantity)
    assert first.status_code == 200, first.text
    again = act(path, "c1", quantity)
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert act(path, "c2", quantity).json()["code"] == "task_closed"
    stock = client.get("/v1/stock").json()["rows"]
    assert {row["location"]: row["on_hand"] for row in stock} == {BULK: "7", FACE: "4"}


def test_a_declined_task_frees_what_it_held(client, act, waiting):
    id, etag = waiting
    act(f"proposals/{id}/approval", "a1", If_Match=etag)
    (task, *_) = client.get("/v1/tasks").json()["rows"]
    assert act(f"tasks/{task['key']}/declination", "d1", {"reason": "blocked"}).status_code == 200
    stock = client.get("/v1/stock", params={"location": BULK}).json()["rows"]
    assert [(row["on_hand"], row["reserved"]) for row in stock] == [("10", "0")]


@pytest.mark.parametrize("quantity", ["-1", "1e99", "0.00000001", "NaN", "ten", None, [], "1e-999"])
def test_a_wrong_quantity_is_refused(client, act, waiting, quantity):
    id, etag = waiting
    act(f"proposals/{id}/approval", "a1", If_Match=etag)
    (task, *_) = client.get("/v1/tasks").json()["rows"]
    answer = act(f"tasks/{task['key']}/confirmation", "c1", {"quantity": {"amount": quantity}})
    assert answer.status_code == 422
    assert client.get("/v1/tasks").json()["rows"] == [task]


def test_nobody_can_place_a_task_by_the_api(client):
    message = {"taskType": "REPLENISHMENT", "itemId": VALVE, "quantity": 4}
    assert client.post("/v1/tasks", json=message).status_code == 405


@pytest.mark.parametrize("act_name", ["confirmation", "declination"])
def test_an_unknown_task_is_not_found(client, act, act_name):
    said = {"reason": "none"} if act_name == "declination" else {"quantity": {"amount": "1"}}
    answer = act(f"tasks/P-9.1/0/{act_name}", "k", said)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_task")
    assert client.get("/v1/tasks/P-9.1/0").status_code == 404


def test_a_rejection_needs_a_reason_that_is_known(act, client, waiting):
    id, etag = waiting
    path = f"proposals/{id}/rejection"
    assert act(path, "r1", {"reason": "because"}, If_Match=etag).status_code == 422
    assert act(path, "r2", {}, If_Match=etag).status_code == 422
    done = act(path, "r3", {"reason": "not_needed"}, If_Match=etag)
    assert (done.status_code, done.json()["state"]) == (200, "rejected")
    assert act(path, "r4", {"reason": "not_needed"}, If_Match=etag).status_code == 409
    assert client.get("/v1/proposals").json()["rows"] == []


def test_a_change_makes_another_version_and_old_readers_are_told(client, act, waiting):
    id, etag = waiting
    changed = act(f"proposals/{id}/change", "c1", {"changes": {"quantity": "2"}}, If_Match=etag)
    assert changed.status_code == 200, changed.text
    fresh = client.get(f"/v1/proposals/{id}").headers["ETag"]
    assert changed.headers["ETag"] == fresh != etag
    stale = act(f"proposals/{id}/approval", "a1", If_Match=etag)
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert act(f"proposals/{id}/approval", "a2", If_Match=fresh).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [{}, {"quantity": "-1"}, {"quantity": "1e99"}, {"quantity": "many"}, {"cost": "1"},
     {"quantity": "NaN"}, {"quantity": ""}, {"quantity": 5}],
)  # fmt: skip
def test_a_wrong_change_is_refused(act, waiting, changes):
    id, etag = waiting
    answer = act(f"proposals/{id}/change", "c1", {"changes": changes}, If_Match=etag)
    assert answer.status_code == 422, answer.text


def test_an_act_needs_its_condition_and_its_key(client, act, waiting):
    id, etag = waiting
    path = f"/v1/proposals/{id}/approval"
    assert client.post(path, headers={"Idempotency-Key": "k"}).status_code == 428
    answer = client.post(path, headers={"If-Match": etag})
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
    for wrong in ('"99"', f"W/{etag}", "nonsense", etag.strip('"')):
        assert act(f"proposals/{id}/approval", f"w{wrong[0]}", If_Match=wrong).status_code == 412
    assert client.get(f"/v1/proposals/{id}").json()["row"]["state"] == "waiting"


def test_an_unknown_proposal_is_not_found(client, act):
    for id in ("P-999", "nonsense", "P-" + "9" * 60, "-1"):
        assert client.get(f"/v1/proposals/{id}").status_code == 404
        assert act(f"proposals/{id}/approval", f"k{id}", If_Match="*").status_code == 404
        assert client.get(f"/v1/proposals/{id}/replay").status_code == 404


def test_a_proposal_is_replayed(client, waiting):
    id, _ = waiting
    assert client.get(f"/v1/proposals/{id}/replay").json()["identical"]


def test_the_same_key_answers_the_same_and_another_request_is_refused(act, waiting):
    id, etag = waiting
    path = f"proposals/{id}/approval"
    first = act(path, "a1", {"justification": "needed"}, If_Match=etag)
    again = act(path, "a1", {"justification": "needed"}, If_Match=etag)
    assert first.status_code == 200
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    for other in (
        act(path, "a1", {"justification": "other"}, If_Match=etag),
        act(path, "a1", {"justification": "needed"}, If_Match='"9"'),
        act(f"proposals/{id}/rejection", "a1", {"reason": "not_needed"}, If_Match=etag),
    ):
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_a_refusal_is_repeated_too(act, waiting):
    id, _ = waiting
    first = act(f"proposals/{id}/approval", "a1", If_Match='"99"')
    again = act(f"proposals/{id}/approval", "a1", If_Match='"99"')
    assert (first.status_code, again.status_code) == (412, 412)
    assert again.headers["Content-Type"] == "application/problem+json"
    assert again.headers["Idempotent-Replayed"] == "true"


def cut_off(folder):
    """As if the server had stopped after the act and before its answer was kept."""
    with closing(sqlite3.connect(folder / FILE)) as book, book:
        assert book.execute("UPDATE reply SET status = NULL, body = NULL").rowcount


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("approval", None),
        ("rejection", {"reason": "not_needed"}),
        ("change", {"changes": {"quantity": "2"}}),
    ],
)
def test_an_act_whose_answer_was_lost_in_a_crash_is_answered(folder, act, waiting, name, said):
    id, etag = waiting
    first = act(f"proposals/{id}/{name}", "a1", said, If_Match=etag)
    cut_off(folder)
    again = act(f"proposals/{id}/{name}", "a1", said, If_Match=etag)
    assert again.status_code == 200, again.text
    for field in ("proposal", "version", "state", "orders"):
        assert again.json()[field] == first.json()[field]


def test_a_confirmation_whose_answer_was_lost_in_a_crash_is_answered(folder, client, act, waiting):
    id, etag = waiting
    act(f"proposals/{id}/approval", "a1", If_Match=etag)
    (task, *_) = client.get("/v1/tasks").json()["rows"]
    assert act(f"tasks/{task['key']}/confirmation", "c1").status_code == 200
    cut_off(folder)
    again = act(f"tasks/{task['key']}/confirmation", "c1")
    assert again.status_code == 200, again.text
    stock = client.get("/v1/stock", params={"location": FACE}).json()["rows"]
    assert [row["on_hand"] for row in stock] == ["6"]


@pytest.mark.parametrize("same_key", [True, False])
def test_of_many_approvals_at_once_one_takes_effect(client, act, waiting, same_key):
    id, etag = waiting
    answers = []
    together = Barrier(6)

    def approve(number):
        together.wait(timeout=30)
        key = "a1" if same_key else f"a{number}"
        answers.append(act(f"proposals/{id}/approval", key, If_Match=etag))

    threads = [Thread(target=approve, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} <= {200, 409}
    done = [json.dumps(answer.json()) for answer in answers if answer.status_code == 200]
    assert len(set(done)) == 1
    assert same_key or len(done) == 1
    orders = client.get("/v1/journal?kind=order&limit=500").json()["rows"]
    assert len({row["key"] for row in orders}) == len(orders)


def test_a_person_without_the_right_is_told(plant, client, waiting):
    id, etag = waiting
    key = plant.issue_key(SUPERVISOR, label="test")
    answer = client.post(
        f"/v1/proposals/{id}/approval",
        headers={"Authorization": f"Bearer {key}", "If-Match": etag, "Idempotency-Key": "n1"},
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "not_authorized")


@pytest.mark.parametrize("text", [r"\ud800", r"\u0000", "x" * 2_001])
def test_text_that_cannot_be_kept_is_refused(client, waiting, text):
    id, etag = waiting
    answer = client.post(
        f"/v1/proposals/{id}/approval",
        content=f'{{"justification": "{text}"}}'.encode(),
        headers={"If-Match": etag, "Idempotency-Key": "t", "Content-Type": "application/json"},
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "#/justification"
