"""Every way to sign in at the console of a real plant, and what each lets one do."""

from __future__ import annotations

import re

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient

from chargehand.plant import sign_in_secrets
from chargehand.plant.folder import create_plant
from chargehand.plant.plant import Plant
from chargehand.web.console import mount
from chargehand.web.session import BEFORE_COOKIE, COOKIE, TOKEN_FIELD, form_token
from tests.plant.conftest import policy_text

PASSWORD, OTHER = "the blue crane lifts", "a red barge waits below"


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
    create_plant(tmp_path / "plant", enterprise="Test", policy_text=policy_text())
    plant = Plant.open(tmp_path / "plant")
    yield plant
    plant.close()


@pytest.fixture
def browser(plant):
    app = FastAPI()
    mount(app, plant)
    with TestClient(app, follow_redirects=False) as browser:
        yield browser


def token_in(page):
    return re.search(rf'name="{TOKEN_FIELD}" value="([^"]+)"', page.text)[1]


def entry(browser, path="/login", **fields):
    """Fill in a form of the sign-in page."""
    token = token_in(browser.get("/login"))
    return browser.post(path, data={TOKEN_FIELD: token, **fields})


def send(browser, path, **fields):
    key = browser.cookies.get(COOKIE)
    return browser.post(path, data={TOKEN_FIELD: form_token(key, "salt"), **fields})


@pytest.fixture
def ben(browser, plant):
    """Ben has set a password by a link, and signed out."""
    browser.get("/login", params={"token": plant.account_link("ben", by="ada")})
    assert send(browser, "/password", password=PASSWORD, again=PASSWORD).status_code == 303
    send(browser, "/logout")
    return "ben"


def test_a_link_leads_to_the_form_for_a_password_and_that_signs_in(browser, plant):
    link = {"token": plant.account_link("ben", by="ada"), "back": "/password"}
    assert 'content="0; url=/password"' in browser.get("/login", params=link).text
    form = browser.get("/password").text
    assert "Present password" not in form
    differs = send(browser, "/password", password=PASSWORD, again=OTHER)
    assert (differs.status_code, "not the same" in differs.text) == (422, True)
    weak = send(browser, "/password", password="password1234", again="password1234")
    assert (weak.status_code, 'role="alert"' in weak.text) == (422, True)
    assert "password1234" not in weak.text
    assert send(browser, "/password", password=PASSWORD, again=PASSWORD).status_code == 303
    send(browser, "/logout")
    answer = entry(browser, person=" ben ", password=PASSWORD, back="/stock?site=S1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/stock?site=S1")
    assert "Ben" in browser.get("/stock").text
    assert "Present password" in browser.get("/password").text


def test_a_wrong_password_says_no_more_than_that(browser, ben):
    wrong = entry(browser, person=ben, password=OTHER)
    stranger = entry(browser, person="nobody", password=OTHER)
    assert wrong.status_code == stranger.status_code == 401
    told = [
        re.search(r'role="alert".*?</p>', page.text, re.DOTALL)[0] for page in (wrong, stranger)
    ]
    assert told[0] == told[1]
    assert OTHER not in wrong.text
    assert COOKIE not in browser.cookies


def test_too_many_tries_are_told_as_such(browser, ben):
    for _ in range(5):
        assert entry(browser, person=ben, password=OTHER).status_code == 401
    locked = entry(browser, person=ben, password=PASSWORD)
    assert locked.status_code == 429
    assert "An administrator can unlock it sooner" in locked.text


def test_another_page_cannot_send_the_form(browser, ben):
    """Else somebody would work in another's name without seeing it."""
    fields = {"person": ben, "password": PASSWORD}
    assert browser.post("/login", data=fields).status_code == 403
    token_in(browser.get("/login"))
    forged = {TOKEN_FIELD: form_token("guessed", "salt")}
    assert browser.post("/login", data=fields | forged).status_code == 403
    browser.cookies.delete(BEFORE_COOKIE)
    empty = {TOKEN_FIELD: form_token("", "salt")}
    assert browser.post("/login", data=fields | empty).status_code == 403
    assert COOKIE not in browser.cookies


def test_a_session_is_new_at_every_sign_in_and_ends_the_one_before(browser, plant, ben):
    entry(browser, person=ben, password=PASSWORD)
    first = browser.cookies[COOKIE]
    browser.get("/login", params={"token": plant.account_link("cleo", by="ada")})
    assert browser.cookies[COOKIE] != first
    assert plant.session(first) is None
    assert "Cleo" in browser.get("/stock").text


def test_a_session_planted_by_somebody_else_is_not_taken_over(browser, plant, ben):
    planted = "chs_0123456789ab_" + "x" * 40
    browser.cookies.set(COOKIE, planted)
    answer = entry(browser, person=ben, password=PASSWORD)
    given = re.search(rf"{COOKIE}=([^;]+)", answer.headers["set-cookie"])[1]
    assert given != planted
    assert plant.session(given).person == "ben"
    assert plant.session(planted) is None


def test_a_link_that_another_site_leads_to_is_asked_about_first(browser, plant):
    token = plant.account_link("ben", by="ada")
    page = browser.get("/login", params={"token": token}, headers={"Sec-Fetch-Site": "cross-site"})
    assert "Sign in with this link?" in page.text
    assert COOKIE not in browser.cookies
    assert browser.post("/login/link", data={"token": token}).status_code == 403
    fields = {TOKEN_FIELD: token_in(page), "token": token}
    assert browser.post("/login/link", data=fields).status_code == 200
    assert plant.session(browser.cookies[COOKIE]).person == "ben"


def test_a_badge_opens_the_floor_and_stops_automation_and_nothing_else(browser, plant):
    plant.give_badge("cleo", "0123456789", by="ada")
    plant.set_pin("cleo", "480213", by="ada")
    answer = entry(browser, "/login/badge", badge="0123456789", pin="480213")
    assert (answer.status_code, answer.headers["location"]) == (303, "/floor")
    assert browser.get("/floor").status_code == 200
    for page in ("/inbox", "/audit", "/autonomy", "/password", "/policy"):
        assert browser.get(page).status_code in {403, 404}
    forms = ("/autonomy/close", "/inbox/P-1/approve", "/password", "/holds/release")
    for form in (*forms, "/autonomy/lower"):
        assert send(browser, form, version="1").status_code in {403, 404}
    with plant.store.snapshot() as sql:
        assert sql.execute("SELECT count(*) FROM breaker").fetchone()[0] == 0
    assert 'action="/autonomy/stop"' in browser.get("/floor").text
    stopped = send(browser, "/autonomy/stop")
    assert (stopped.status_code, stopped.headers["location"]) == (303, "/floor")
    assert [one.cause for one in plant.overview().breakers] == ["stop"]
    assert send(browser, "/logout").status_code == 303
    assert browser.get("/floor").status_code == 401


def test_a_wrong_pin_opens_the_badge_form_again(browser, plant):
    plant.give_badge("cleo", "0123456789", by="ada")
    answer = entry(browser, "/login/badge", badge="0123456789", pin="000000")
    assert answer.status_code == 401
    assert "<details open>" in answer.text
    assert "0123456789" not in answer.text


def test_a_page_goes_on_where_one_wanted_and_never_elsewhere(browser, ben):
    page = browser.get("/stock?site=S1")
    assert 'name="back" value="/stock?site=S1"' in page.text
    for back in ("https://evil.example", "//evil.example", "/\\evil.example", "/login", "x"):
        answer = entry(browser, person=ben, password=PASSWORD, back=back)
        assert answer.headers["location"] == "/inbox"
        browser.cookies.clear()


def test_an_open_page_alone_keeps_nobody_signed_in(browser, plant, ben):
    entry(browser, person=ben, password=PASSWORD)
    prefix = browser.cookies[COOKIE].split("_")[1]

    def used():
        with plant.store.snapshot() as sql:
            row = sql.execute("SELECT * FROM credential WHERE prefix = ?", (prefix,)).fetchone()
            return row["last_used_at"]

    assert browser.get("/live").status_code == 200
    assert used() is None
    browser.get("/stock")
    assert used() is not None
