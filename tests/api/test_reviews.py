"""Reviews and trust figures over the API; and no answer tells a figure about one person."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from chargehand.api.app import routes
from chargehand.governance.reviewing import ProbeRule, last_boundary
from chargehand.plant import planting, policies, reviewing
from chargehand.plant.measuring import measure_due
from chargehand.plant.reading import Done
from tests.api.conftest import PLANNER, POLICY, SITE, SUPERVISOR

RULE = """
[[reviews]]
sites = ["*"]
roles = ["planner"]
every_days = 7
due_days = 3
sample = 3
"""
NEXT = last_boundary(datetime.now(UTC), 7) + timedelta(days=7)
PERSON = re.compile(r"^(person|who|by|user|actor|approvers?|people|name|completed_by|said_by)$")
FIGURE = re.compile(
    r"(rate|share|accuracy|seconds|latency|median|p90|score|rank|per_hour|adoption|caught|missed"
    r"|overrid|overrul|wrong|_count|decided|reading)"
)
"""What a property that counts or ranks somebody's work would be called."""


@pytest.fixture
def review(plant, client, waiting, monkeypatch):
    """A review with one proposal that somebody approved: its number."""
    done = plant.activate_policy(POLICY.replace("version = 1", "version = 2") + RULE, by=PLANNER)
    assert isinstance(done, Done), done
    assert isinstance(plant.approve(waiting[0], by=PLANNER), Done)
    monkeypatch.setattr(plant.store, "_clock", lambda: NEXT)
    assert reviewing.tend_reviews(plant.store)
    (row,) = client.get("/v1/reviews").json()["rows"]
    return row["number"]


def test_a_review_is_listed_shown_and_answered(client, act, review):
    row = client.get("/v1/reviews", params={"state": "open", "site": SITE}).json()["rows"][0]
    assert (row["number"], row["state"], row["answered"]) == (review, "open", 0)
    found = client.get(f"/v1/reviews/{review}").json()
    case = found["cases"][0]
    assert case["verdict"] == ""
    said = {"case": case["subject"], "verdict": "wrong", "text": "half was not needed"}
    answer = act(f"reviews/{review}/answers", "first", said)
    assert answer.status_code == 200, answer.text
    again = act(f"reviews/{review}/answers", "first", said)
    assert again.headers["Idempotent-Replayed"] == "true"
    case = client.get(f"/v1/reviews/{review}").json()["cases"][0]
    assert (case["verdict"], case["said"]) == ("wrong", "half was not needed")


def test_a_review_that_is_not_there_is_not_found(client, act):
    assert client.get("/v1/reviews/99").status_code == 404
    said = {"case": "sample:P-1", "verdict": "fine"}
    answer = act("reviews/99/answers", "none", said)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_review")


def test_who_holds_no_role_of_the_rule_may_not_answer(app, plant, client, review):
    from fastapi.testclient import TestClient

    case = client.get(f"/v1/reviews/{review}").json()["cases"][0]["subject"]
    key = plant.issue_key(SUPERVISOR, label="other")
    with TestClient(app, headers={"Authorization": f"Bearer {key}"}) as other:
        answer = other.post(
            f"/v1/reviews/{review}/answers", json={"case": case, "verdict": "fine"},
            headers={"Idempotency-Key": "theirs"},
        )  # fmt: skip
    assert (answer.status_code, answer.json()["code"]) == (403, "not_authorized")


def test_trust_figures_say_what_came_of_it(client, plant, waiting):
    plant.reject(waiting[0], by=PLANNER, reason="not_needed")
    assert measure_due(plant.store, datetime(2030, 1, 1, tzinfo=UTC))
    found = client.get("/v1/trust").json()
    total = found["total"]
    assert total["accuracy"]["total"] == total["calibration"]["count"] > 0
    assert total["people"]["acts"]["overrides"]["rejected"] == 1
    assert [one["people"] for one in found["lines"] if one["decision"] == "mro_replenishment"] == [
        None
    ]
    (asked,) = found["attention"]
    assert (asked["site"], asked["budget"]) == (SITE, 6.0)
    assert asked["person_hours"] == 8.0, "one person decided on one day"


def test_a_period_that_ends_before_it_begins_is_refused(client):
    window = {"since": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}
    assert client.get("/v1/trust", params=window).status_code == 422
    naive = client.get("/v1/trust", params={"since": "2026-02-01T00:00:00"})
    assert naive.status_code == 422


def properties(schema):
    """Names of an object's properties, with those that are numbers."""
    found = schema.get("properties", {})
    kinds = {name: str(one) for name, one in found.items()}
    numbers = {n for n, text in kinds.items() if "'number'" in text or "'integer'" in text}
    return set(found), numbers


def test_no_answer_of_the_api_has_a_figure_beside_a_person():
    schemas = routes().openapi()["components"]["schemas"]
    found = {}
    for name, schema in schemas.items():
        names, numbers = properties(schema)
        people = {one for one in names if PERSON.match(one)} - {"name"}
        figures = {one for one in numbers if FIGURE.search(one)}
        if people and figures:
            found[name] = (people, figures)
    assert not found
    bad = {"properties": {"person": {"type": "string"}, "reading_s": {"type": "number"}}}
    assert properties(bad)[1] == {"reading_s"}, "this is what it looks for"


def test_no_figure_can_be_asked_for_by_person():
    document = routes().openapi()
    for path in ("/v1/trust", "/v1/reviews", "/v1/reviews/{number}"):
        asked = {one["name"] for one in document["paths"][path]["get"].get("parameters", ())}
        assert not {one for one in asked if PERSON.match(one)}


def test_neither_figures_nor_packs_name_anybody(client, plant, review):
    names = ("m.weber", "Martina", "Weber", "j.novak", "Novak")
    for path in ("/v1/trust", f"/v1/reviews/{review}", "/v1/reviews"):
        text = client.get(path).text
        assert not [name for name in names if name in text], path


def test_approving_a_probe_is_answered_with_what_it_was(client, plant, act, waiting):
    plant.reject(waiting[0], by=PLANNER, reason="not_needed")
    rule = ProbeRule(per_week=1, decisions=frozenset({"*"}), sites=frozenset({"*"}))
    assert plant.store.write(
        lambda docket: planting.plant(docket, policies.within(docket), rule, SITE)
    )
    (row,) = [
        one
        for one in client.get("/v1/proposals").json()["rows"]
        if one["decision"] == "mro_replenishment"
    ]
    etag = client.get(f"/v1/proposals/{row['id']}").headers["ETag"]
    said = {"justification": "it looks as it always does"}
    answer = act(f"proposals/{row['id']}/approval", "probe", said, If_Match=etag)
    assert (answer.status_code, answer.json()["code"]) == (409, "was_a_probe")
    assert "wrong on purpose" in answer.json()["detail"]
    assert not client.get("/v1/tasks").json()["rows"]


def test_what_each_decision_falls_back_to_can_be_read(client, plant):
    found = client.get("/v1/trust/fallbacks").json()
    assert {row["decision"] for row in found["rows"]} == {name for name, _, _ in plant.decisions()}
    assert found["last_drill"] is None
    plant.drill(decision="cycle_count", by=PLANNER)
    assert client.get("/v1/trust/fallbacks").json()["last_drill"]["works"] is True


def test_the_baseline_stands_beside_today(client, waiting):
    (row,) = client.get("/v1/trust/baselines").json()["rows"]
    assert (row["before"]["site"], row["before"]["parts"]) == (SITE, 1)
    assert row["before"]["values"] == {"EUR": "935.00"}
    assert row["now"]["values"] == row["before"]["values"]
