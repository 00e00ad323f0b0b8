"""Keys, sessions and accounts over the API."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient

from chargehand.api.app import build_app
from chargehand.plant import sign_in_secrets
from chargehand.plant.folder import create_plant
from chargehand.plant.plant import Plant
from tests.plant.conftest import policy_text

BADGE = {"badge": "0123456789", "pin": "480213"}
TERMINAL = """
[[people]]
id = "terminal-2"
name = "Terminal of line 2"
roles = ["clerk"]
service = true

[[grants]]
"""


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Argon2 at its least: what it costs is the library's own business."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(sign_in_secrets, "_hasher", lambda: hasher)
    sign_in_secrets._nobodys.cache_clear()


@pytest.fixture
def plant(tmp_path, monkeypatch):
    monkeypatch.setenv("BADGE_PEPPER", "p" * 40)
    monkeypatch.setenv("CHARGEHAND__IDENTITY__BADGE_PEPPER", "env:BADGE_PEPPER")
    text = policy_text().replace("[[grants]]\n", TERMINAL.lstrip(), 1)
    made = create_plant(tmp_path / "plant", enterprise="Test", policy_text=text)
    assert isinstance(made, list), made
    plant = Plant.open(tmp_path / "plant")
    yield plant
    plant.close()


@pytest.fixture
def ask(plant):
    """Ask with a key."""
    with TestClient(build_app(plant)) as client:

        def ask(key, method, path, **parts):
            headers = {"Authorization": f"Bearer {key}"}
            return client.request(method, f"/v1{path}", headers=headers, **parts)

        yield ask


def test_one_sees_who_one_is_and_what_a_key_is_limited_to(plant, ask):
    key = plant.make_key("ben", by="ben", label="x", acts=["read"], sites=["S1"]).key
    me = ask(key, "GET", "/me").json()
    assert (me["person"], me["acts"], me["sites"]) == ("ben", ["read"], ["S1"])


def test_a_limited_key_makes_and_ends_no_key(plant, ask):
    made = plant.make_key("ada", by="ada", label="x", acts=["read", "report"])
    for method, path, body in (
        ("POST", "/keys", {"label": "wider"}),
        ("POST", f"/keys/{made.prefix}/rotation", {}),
        ("DELETE", f"/keys/{made.prefix}", None),
        ("POST", "/accounts/ben/link", None),
    ):
        assert ask(made.key, method, path, json=body).status_code == 403
    assert ask(made.key, "GET", "/keys?whose=all").status_code == 403
    assert [row["prefix"] for row in ask(made.key, "GET", "/keys").json()["rows"]] == [made.prefix]


def test_keys_are_made_rotated_and_ended(plant, ask):
    ada, ben = (plant.issue_key(who, label="x") for who in ("ada", "ben"))
    wanted = {"person": "terminal-2", "label": "line 2", "acts": ["report"]}
    assert ask(ben, "POST", "/keys", json=wanted).status_code == 403
    made = ask(ada, "POST", "/keys", json=wanted).json()
    assert plant.bearer(made["key"]).scope.acts == {"report"}
    new = ask(ada, "POST", f"/keys/{made['prefix']}/rotation", json={"overlap_hours": 0}).json()
    assert (new["replaces"], new["acts"]) == (made["prefix"], ["report"])
    assert plant.bearer(made["key"]) is None
    assert ask(ben, "DELETE", f"/keys/{new['prefix']}").status_code == 403
    assert ask(ada, "DELETE", f"/keys/{new['prefix']}").status_code == 204
    assert ask(ada, "DELETE", f"/keys/{new['prefix']}").status_code == 404
    assert ask(new["key"], "GET", "/me").status_code == 401


def test_a_terminal_signs_people_in_by_badge_and_they_only_report(plant, ask):
    terminal = plant.make_key("terminal-2", by="ada", label="x", acts=["read", "report"]).key
    plant.give_badge("cleo", BADGE["badge"], by="ada")
    plant.set_pin("cleo", BADGE["pin"], by="ada")
    assert ask(terminal, "POST", "/badge-sessions", json=BADGE | {"pin": "0"}).status_code == 403
    session = ask(terminal, "POST", "/badge-sessions", json=BADGE)
    assert session.status_code == 201
    key = session.json()["key"]
    assert ask(key, "GET", "/me").json()["person"] == "cleo"
    assert ask(key, "GET", "/tasks?site=S1").status_code == 200
    assert ask(key, "POST", "/proposals/P-1/approval", json={}).status_code == 403
    assert ask(key, "POST", "/keys", json={"label": "wider"}).status_code == 403
    assert ask(key, "DELETE", "/badge-sessions/current").status_code == 204
    assert ask(key, "GET", "/me").status_code == 401
    assert ask(terminal, "DELETE", "/badge-sessions/current").status_code in {403, 404}


def test_five_wrong_pins_are_too_many(plant, ask):
    terminal = plant.make_key("terminal-2", by="ada", label="x").key
    wrong = BADGE | {"pin": "111222"}
    answers = [ask(terminal, "POST", "/badge-sessions", json=wrong) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [403] * 5 + [429]


def test_administrators_lock_accounts_and_make_links(plant, ask):
    ada, ben = (plant.issue_key(who, label="x") for who in ("ada", "ben"))
    assert ask(ben, "GET", "/accounts").status_code == 403
    assert ask(ben, "POST", "/accounts/cleo/lock", json={"because": "x"}).status_code == 403
    assert ask(ada, "POST", "/accounts/ben/lock", json={"because": "phone lost"}).status_code == 204
    assert ask(ben, "GET", "/me").status_code == 401
    rows = {row["person"]: row for row in ask(ada, "GET", "/accounts").json()["rows"]}
    assert rows["ben"]["locked"] is True
    assert ask(ada, "POST", "/accounts/ben/unlock").status_code == 204
    token = ask(ada, "POST", "/accounts/ben/link").json()["token"]
    assert plant.session(plant.redeem(token)).person == "ben"
    sessions = ask(ben, "GET", "/sessions").json()["rows"]
    assert ask(ada, "DELETE", f"/sessions/{sessions[0]['prefix']}").status_code == 204
    assert ask(ben, "GET", "/sessions").json()["rows"] == []
