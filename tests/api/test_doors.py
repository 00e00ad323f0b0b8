"""Nobody comes in without a key, with too much, or with what is no request."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from shutil import copytree

import pytest
from fastapi.testclient import TestClient

from chargehand.api.__main__ import description
from chargehand.api.app import build_app
from chargehand.api.guard import BODY_BYTES_MAX
from chargehand.api.problems import OWN_CODES, status_of
from chargehand.plant.plant import Plant
from chargehand.vocabulary.refusal import RefusalCode

FROZEN = Path(__file__).resolve().parents[2] / "docs/reference/openapi.json"
DOCUMENT = json.loads(description())
ROUTES = [
    (method.upper(), path)
    for path, operations in DOCUMENT["paths"].items()
    for method in operations
]
GUARDED = [(method, path) for method, path in ROUTES if path.startswith("/v1/")]


@pytest.fixture(scope="module")
def plant(made, tmp_path_factory):
    """One plant for all of these tests: none of them changes it."""
    plant = Plant.open(copytree(made, tmp_path_factory.mktemp("doors") / "plant"))
    yield plant
    plant.close()


@pytest.fixture(scope="module")
def app(plant):
    return build_app(plant)


ADDRESSES = count()


@pytest.fixture
def stranger(app):
    """A client without a key, from an address of its own: those that fail often are slowed."""
    with TestClient(app, client=(f"stranger-{next(ADDRESSES)}", 1)) as client:
        yield client


def test_the_description_is_as_frozen():
    assert FROZEN.read_text(encoding="utf-8") == description(), (
        "the API has changed: run python -m chargehand.api > docs/reference/openapi.json"
    )


def test_every_route_is_guarded_or_open_on_purpose():
    open_to_all = {path for _, path in ROUTES} - {path for _, path in GUARDED}
    assert open_to_all == {"/livez", "/readyz", "/problems/{code}"}
    assert len(GUARDED) >= 18


@pytest.mark.parametrize(("method", "path"), [*GUARDED, ("GET", "/v1/not-yet"), ("PUT", "/v1")])
@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"Authorization": "Bearer chk_0123456789ab_wrong"},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer \xff"},
    ],
    ids=["nothing", "unknown", "empty", "another scheme", "no text"],
)
def test_every_route_wants_a_key(stranger, method, path, sent):
    headers = {name: value.encode("latin-1") for name, value in sent.items()}
    answer = stranger.request(method, path.replace("{id}", "P-1"), headers=headers, content=b"{")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "unauthenticated"


def test_a_revoked_key_is_refused(stranger, plant):
    key = plant.issue_key("m.weber", label="lost")
    headers = {"Authorization": f"Bearer {key}"}
    assert stranger.get("/v1/overview", headers=headers).status_code == 200
    assert plant.revoke_key(key.split("_")[1])
    assert stranger.get("/v1/overview", headers=headers).status_code == 401


def test_a_body_that_is_too_large_is_refused(client):
    for content in (b"x" * (BODY_BYTES_MAX + 1), iter([b"x" * BODY_BYTES_MAX, b"x"])):
        answer = client.post("/v1/signals", content=content)
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_body_that_does_not_say_it_is_json_is_refused(client):
    answer = client.post("/v1/signals", content=b"[]", headers={"Content-Type": "text/plain"})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_an_unknown_address_and_method_are_problems_too(client):
    assert client.get("/v1/nothing").json()["code"] == "not_found"
    answer = client.put("/v1/stock")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert "GET" in answer.headers["Allow"]


def test_a_wrong_field_is_named(client):
    answer = client.get("/v1/stock", params={"limit": "many"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "limit"


def test_the_server_says_that_it_is_well(stranger):
    assert stranger.get("/livez").json() == {"status": "alive"}
    assert stranger.get("/readyz").json() == {"status": "ready"}


@pytest.mark.parametrize("code", [*RefusalCode, *OWN_CODES])
def test_every_code_has_a_status_and_a_page(stranger, code):
    assert 400 <= status_of(code) < 600
    assert (status_of(code) >= 500) == (code in {"internal", "unavailable", "extra_missing"})
    answer = stranger.get(f"/problems/{code}")
    assert answer.json()["status"] == status_of(code)


def test_an_unknown_code_has_no_page(stranger):
    assert stranger.get("/problems/none").status_code == 404


def test_every_answer_of_the_api_is_described():
    for path, operations in DOCUMENT["paths"].items():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                assert "content" in answer or status == "204", (path, status)
