"""Who asks too often waits; everybody else does not."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from chargehand.api.rate import NAMES_MAX, Buckets
from chargehand.cli.server import build_app
from chargehand.plant.plant import Plant
from tests.api.conftest import PLANNER

RATE = 5


class Hands:
    """A clock that goes when told."""

    def __init__(self):
        self.at = 0.0

    def __call__(self):
        return self.at


@pytest.fixture
def slow(folder, monkeypatch):
    """A plant that lets a key ask a few times in a minute, and an address fail as often."""
    monkeypatch.setenv("CHARGEHAND__SERVER__REQUESTS_PER_MINUTE", str(RATE))
    monkeypatch.setenv("CHARGEHAND__SERVER__FAILURES_PER_MINUTE", str(RATE))
    plant = Plant.open(folder)
    yield plant
    plant.close()


def test_a_key_that_asks_too_often_is_told_how_long_to_wait(slow):
    client = TestClient(build_app(slow))
    busy, calm = ({"Authorization": f"Bearer {slow.issue_key(PLANNER, label='x')}"} for _ in "12")
    answers = [client.get("/v1/decisions", headers=busy) for _ in range(RATE + 1)]
    assert [one.status_code for one in answers] == [200] * RATE + [429]
    last = answers[-1]
    assert last.json()["code"] == "too_many"
    assert last.json()["transient"] is True
    assert 1 <= int(last.headers["Retry-After"]) <= 60 / RATE
    assert last.headers["RateLimit-Policy"] == f'"default";q={RATE};w=60'
    assert answers[0].headers["RateLimit"].startswith(f'"default";r={RATE - 1};')
    assert client.get("/v1/decisions", headers=calm).status_code == 200


def test_an_address_that_guesses_is_slowed_and_a_good_key_from_there_is_not(slow):
    app = build_app(slow)
    client = TestClient(app, client=("10.0.0.1", 1))
    good = {"Authorization": f"Bearer {slow.issue_key(PLANNER, label='x')}"}
    assert client.get("/v1/decisions", headers=good).status_code == 200
    bad = {"Authorization": "Bearer chk_0123456789ab_guess"}
    codes = [client.get("/v1/decisions", headers=bad).status_code for _ in range(RATE + 2)]
    assert codes == [401] * RATE + [429] * 2
    assert client.get("/v1/decisions", headers=good).status_code == 200
    elsewhere = TestClient(app, client=("10.0.0.2", 1))
    assert elsewhere.get("/v1/decisions", headers=bad).status_code == 401


def test_an_address_that_tries_to_sign_in_too_often_waits(slow):
    client = TestClient(build_app(slow), client=("10.0.0.1", 1))
    codes = [client.get("/login", params={"token": "chl_x_y"}).status_code for _ in range(RATE + 1)]
    assert 429 not in codes[:RATE]
    assert codes[RATE] == 429
    assert client.get("/login").status_code != 429, "looking at the page is no try"


@given(
    steps=st.lists(st.floats(min_value=0, max_value=30), max_size=60),
    per_minute=st.integers(min_value=1, max_value=100),
)
def test_no_more_pass_than_the_rate_gives(steps, per_minute):
    hands = Hands()
    buckets = Buckets(per_minute, hands)
    passed = 0
    for step in steps:
        hands.at += step
        passed += buckets.take("a").passed
    assert passed <= per_minute + hands.at * per_minute / 60 + 1e-6


def test_who_waited_as_long_as_told_passes():
    hands = Hands()
    buckets = Buckets(7, hands)
    while (taken := buckets.take("a")).passed:
        assert taken.remaining <= 7
    hands.at += taken.wait_s
    assert buckets.take("a").passed


def test_however_many_names_ask_only_so_many_are_kept():
    buckets = Buckets(1, Hands())
    for n in range(NAMES_MAX + 10):
        assert buckets.take(str(n)).passed
    assert "0" not in buckets
    assert str(NAMES_MAX) in buckets
