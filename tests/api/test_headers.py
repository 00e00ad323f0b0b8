"""What every answer says of itself: no browser keeps it, frames it, guesses at it or shares it."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from chargehand.api.headers import HEADERS
from chargehand.cli.server import build_app

PATHS = ("/v1/overview", "/v1/nothing", "/livez", "/openapi.json", "/login", "/", "/nonsense")


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_is_safe_in_a_browser(plant, path):
    client = TestClient(build_app(plant), follow_redirects=False)
    answer = client.get(path, headers={"Origin": "https://elsewhere.example"})
    for name in HEADERS:
        assert answer.headers.get_list(name)[1:] == [], f"{name} is said twice"
        assert answer.headers[name]
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer.headers["Cache-Control"]
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]
    assert "Strict-Transport-Security" not in answer.headers


def test_who_came_by_https_stays_with_it(plant):
    client = TestClient(build_app(plant), base_url="https://plant.example")
    assert "max-age" in client.get("/livez").headers["Strict-Transport-Security"]


def test_a_static_file_keeps_the_life_that_it_was_given(plant):
    client = TestClient(build_app(plant))
    page = client.get("/login").text
    link = next(part for part in page.split('"') if "/static/" in part)
    assert "no-store" not in client.get(link).headers["Cache-Control"]


def test_another_origin_is_not_let_in_by_asking_first(client):
    answer = client.options(
        "/v1/signals",
        headers={"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"},
    )
    assert answer.status_code == 405
    assert "Access-Control-Allow-Origin" not in answer.headers
