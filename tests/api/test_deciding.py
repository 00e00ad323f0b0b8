"""Acts beside one yes or no: stale facts, batches, undo, standing in, reading time."""

from __future__ import annotations

import pytest

from chargehand.plant import policies
from tests.api.conftest import BULK, FACE, PLANNER, POLICY, SITE, SUPERVISOR, VALVE, envelope

LENDING = '\n[[delegations]]\nroles = ["planner"]\ndays_max = 30\n'
WINDOW = '\n[[approvals]]\ndecisions = ["*"]\ntransactions = ["*"]\nundo_window = "10 minutes"\n'


def counted(pieces, location=FACE):
    return envelope(
        f"c{location}{pieces}", "stock_counted", site=SITE, location=location, material=VALVE,
        counted={"amount": str(pieces), "unit": "H87"},
    )  # fmt: skip


def lay_down(plant, more):
    text = POLICY.replace("version = 1", "version = 2", 1) + more
    assert not policies.first(plant.store, text)


def tasks(client):
    return client.get("/v1/tasks").json()["rows"]


def picked(waiting):
    id, etag = waiting
    return {"id": id, "version": int(etag.strip('"'))}


def test_stale_facts_answer_412_with_each_fact_that_changed(client, act, post, waiting):
    id, etag = waiting
    post([counted(5)])
    answer = act(f"proposals/{id}/approval", "a1", If_Match=etag)
    assert (answer.status_code, answer.json()["code"]) == (412, "stale")
    said = [one["detail"] for one in answer.json()["errors"]]
    assert any("1 -> 5" in one for one in said), said
    assert tasks(client) == []


def test_a_change_is_approved_in_the_same_act(client, act, waiting):
    id, etag = waiting
    said = {"changes": {"quantity": "2"}, "approve": True}
    done = act(f"proposals/{id}/change", "c1", said, If_Match=etag)
    assert (done.status_code, done.json()["state"]) == (200, "sent"), done.text
    assert [task["quantity"] for task in tasks(client)] == ["2"]


def test_an_approval_is_taken_back_within_its_window(plant, client, act, waiting):
    id, etag = waiting
    lay_down(plant, WINDOW)
    done = act(f"proposals/{id}/approval", "a1", If_Match=etag)
    assert done.json()["undo_until"]
    assert client.get(f"/v1/proposals/{id}").json()["undo_until"] == done.json()["undo_until"]
    assert tasks(client) == []
    undone = act(f"proposals/{id}/undo", "u1", {"because": "wrong face"}, If_Match=etag)
    assert (undone.status_code, undone.json()["state"]) == (200, "waiting"), undone.text
    assert undone.headers["ETag"] != etag
    stock = client.get("/v1/stock", params={"location": BULK}).json()["rows"]
    assert [row["reserved"] for row in stock] == ["0"]


def test_what_is_done_is_not_taken_back(client, act, waiting):
    id, etag = waiting
    act(f"proposals/{id}/approval", "a1", If_Match=etag)
    (task,) = tasks(client)
    act(f"tasks/{task['key']}/confirmation", "c1")
    answer = act(f"proposals/{id}/undo", "u1", If_Match=etag)
    assert (answer.status_code, answer.json()["code"]) == (409, "too_late")


def test_a_batch_is_seen_and_then_approved_once(client, act, waiting):
    proposals = [picked(waiting)]
    seen = client.post("/v1/proposals/approve-batch/preview", json={"proposals": proposals})
    assert seen.status_code == 200, seen.text
    assert (seen.json()["count"], seen.json()["not_ready"]) == (1, [])
    assert tasks(client) == []
    said = {"proposals": proposals, "total": seen.json()["total"]}
    first = act("proposals/approve-batch", "b1", said)
    assert first.status_code == 200, first.text
    assert first.json()["approved"] == 1
    again = act("proposals/approve-batch", "b1", said)
    assert again.json() == first.json()
    assert len(tasks(client)) == 1


def test_a_batch_of_another_total_is_412(client, act, waiting):
    said = {"proposals": [picked(waiting)], "total": [{"amount": "1.00", "currency": "EUR"}]}
    answer = act("proposals/approve-batch", "b1", said)
    assert (answer.status_code, answer.json()["code"]) == (412, "stale")
    assert tasks(client) == []


def test_a_batch_whose_answer_was_lost_in_a_crash_is_answered(folder, client, act, waiting):
    from tests.api.test_acts import cut_off

    seen = client.post(
        "/v1/proposals/approve-batch/preview", json={"proposals": [picked(waiting)]}
    ).json()
    said = {"proposals": [picked(waiting)], "total": seen["total"]}
    first = act("proposals/approve-batch", "b1", said)
    cut_off(folder)
    again = act("proposals/approve-batch", "b1", said)
    assert again.status_code == 200, again.text
    assert again.json()["approved"] == 1
    orders = [one["done"]["orders"] for one in again.json()["answers"]]
    assert orders == [one["done"]["orders"] for one in first.json()["answers"]]
    assert len(tasks(client)) == 1


@pytest.mark.parametrize(
    "said",
    [
        {}, {"proposals": []}, {"proposals": [{"id": "P-1"}], "total": []},
        {"proposals": [{"id": "P-1", "version": 1}], "total": [{"amount": "x", "currency": "EUR"}]},
        {"proposals": [{"id": "P-1", "version": 1}], "total": [{"amount": "1", "currency": "e"}]},
        {"proposals": [{"id": "P-1", "version": 1}] * 201, "total": []},
    ],
)  # fmt: skip
def test_a_batch_that_is_no_batch_is_refused(act, said):
    assert act("proposals/approve-batch", "b1", said).status_code == 422


def test_somebody_stands_in_for_another_and_it_can_be_ended(plant, client, act, waiting):
    lay_down(plant, LENDING)
    said = {"to": SUPERVISOR, "until": "2099-01-01T00:00:00Z", "because": "on holiday in May"}
    too_long = act("delegations", "d1", said)
    assert (too_long.status_code, too_long.json()["code"]) == (422, "delegation_invalid")
    from chargehand.runtime.clock import now

    said["until"] = now().replace(microsecond=0).isoformat()
    assert act("delegations", "d2", said).status_code == 422
    from datetime import timedelta

    said["until"] = (now() + timedelta(days=3)).isoformat()
    made = act("delegations", "d3", said)
    assert made.status_code == 201, made.text
    assert act("delegations", "d3", said).json() == made.json()
    (row,) = client.get("/v1/delegations").json()["rows"]
    assert (row["from_person"], row["to_person"], row["state"]) == (
        PLANNER, SUPERVISOR, "in_force",
    )  # fmt: skip
    id, etag = waiting
    key = plant.issue_key(SUPERVISOR, label="test")
    headers = {"Authorization": f"Bearer {key}", "If-Match": etag, "Idempotency-Key": "n1"}
    done = client.post(f"/v1/proposals/{id}/approval", headers=headers)
    assert done.status_code == 200, done.text
    detail = client.get(f"/v1/proposals/{id}").json()
    assert detail["approved_by"] == f"{SUPERVISOR} for {PLANNER}"
    ended = client.delete(f"/v1/delegations/{row['id']}")
    assert (ended.status_code, ended.json()["state"]) == (200, "ended")
    assert client.delete(f"/v1/delegations/{row['id']}").status_code == 404


def test_my_queue_and_who_is_on_duty(client, waiting):
    rows = client.get("/v1/proposals", params={"queue": "mine"}).json()["rows"]
    assert [row["id"] for row in rows] == [waiting[0]]
    assert client.get("/v1/duty").json() == {"rows": []}


def test_that_somebody_opened_it_is_noted_and_never_shown_by_person(plant, client, act, waiting):
    id, etag = waiting
    assert client.post(f"/v1/proposals/{id}/look").status_code == 204
    assert client.post("/v1/proposals/P-99/look").status_code == 404
    act(f"proposals/{id}/approval", "a1", If_Match=etag)
    with plant.store.snapshot() as sql:
        assert sql.execute("SELECT sum(approvals) FROM reading").fetchone()[0] == 1
        assert sql.execute("SELECT count(*) FROM look").fetchone()[0] == 0
    for path in (f"proposals/{id}", "journal?kind=ruling", "journal?kind=transition"):
        assert "read_seconds" not in client.get(f"/v1/{path}").text
