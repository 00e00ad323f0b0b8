"""No secret is in a table, the journal, an export, the audit, a log, an answer or a page."""

from __future__ import annotations

import logging
import re
from contextlib import closing
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient

from chargehand.api.app import build_app
from chargehand.cli.main import run
from chargehand.plant import sign_in_secrets
from chargehand.plant.plant import Plant
from chargehand.runtime.signing import KEY_FILE
from chargehand.settings import FILE
from chargehand.storage import catalog
from chargehand.vocabulary.refusal import Refusal
from chargehand.web.console import mount
from chargehand.web.session import BEFORE_COOKIE, COOKIE, TOKEN_FIELD, form_token
from tests.behind import behind_the_back
from tests.fakes.identity_provider import ACCESS_TOKEN, IdentityProvider
from tests.plant.conftest import policy_text

PASSWORD, WRONG, CHOSEN = "the blue crane lifts", "my bank's password", "password1234567"
PIN, BADGE, PEPPER, CLIENT_SECRET = "480213", "BADGE-0123456789", "p" * 40, "odd: client&secret"
GENERIC = re.compile(
    r"ch[klsb]_[0-9a-f]{12}_[0-9A-Za-z_-]{20,}"  # a key of ours, whole
    r"|eyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{10,}\."  # a token of a provider
    r"|-----BEGIN [A-Z ]*PRIVATE KEY"
    r"|Bearer [0-9A-Za-z._~+/-]{16,}"
    r"|Basic [0-9A-Za-z+/]{16,}"
)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Argon2 at its least: what it costs is the library's own business."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(sign_in_secrets, "_hasher", lambda: hasher)
    sign_in_secrets._nobodys.cache_clear()


@pytest.fixture
def provider():
    with closing(IdentityProvider(lambda: int(datetime.now(UTC).timestamp()))) as provider:
        yield provider


@pytest.fixture
def plant(copy_plant, tmp_path, provider, monkeypatch):
    """A plant that people enter by every way there is."""
    monkeypatch.setenv("PEPPER", PEPPER)
    monkeypatch.setenv("CLIENT_SECRET", CLIENT_SECRET)
    folder = copy_plant("assist", tmp_path / "plant")
    with (folder / FILE).open("a") as settings:
        settings.write('\n[identity]\nlocal = true\nbadge_pepper = "env:PEPPER"\n')
        settings.write(f'[oidc]\nissuer = "{provider.issuer}"\nclient_id = "chargehand"\n')
        settings.write('client_secret = "env:CLIENT_SECRET"\n')
    plant = Plant.open(folder)
    known = policy_text(version=2).replace('id = "ben"', 'id = "ben"\nsubject = "plant-ben"', 1)
    assert not isinstance(plant.activate_policy(known, by="ada"), list | Refusal)
    yield plant
    plant.close()


class Seen:
    """What was secret, and what was answered."""

    def __init__(self):
        self.secrets = {PASSWORD, WRONG, CHOSEN, PIN, BADGE, PEPPER, CLIENT_SECRET, ACCESS_TOKEN}
        self.answers = []

    def keep(self, *secrets):
        self.secrets.update(secrets)

    def answer(self, answer):
        self.answers.append(answer.text)
        return answer


def sign_in_at_provider(plant, provider, browser, seen):
    for code, changes in (("bad", {}), ("good", {"aud": "another"}), ("good", {"sub": "eve"}),
                          ("good", {})):  # fmt: skip
        provider.changes = changes
        begun = browser.get("/login/provider")
        asked = parse_qs(urlsplit(begun.headers["location"]).query)
        provider.nonce = asked["nonce"][0]
        seen.keep(asked["state"][0], asked["nonce"][0], browser.cookies["chargehand_flow"])
        back = {"state": asked["state"][0], "code": code}
        seen.answer(browser.get("/login/callback", params=back))
        seen.keep(provider.form["code_verifier"], *provider.given)
    assert plant.session(browser.cookies[COOKIE]).person == "ben"
    seen.keep(browser.cookies[COOKIE])


def sign_in_at_console(plant, browser, seen):
    link = plant.account_link("cleo", by="ada")
    seen.keep(link)
    seen.answer(browser.get("/login", params={"token": link}))
    seen.answer(browser.get("/login", params={"token": link}))
    key = browser.cookies[COOKIE]
    seen.keep(key)
    for chosen in (CHOSEN, PASSWORD):
        fields = {TOKEN_FIELD: form_token(key, "s"), "password": chosen, "again": chosen}
        seen.answer(browser.post("/password", data=fields))
    browser.cookies.delete(COOKIE)
    for path, fields in (
        ("/login", {"person": "cleo", "password": WRONG}),
        ("/login", {"person": WRONG, "password": WRONG}),
        ("/login", {"person": "cleo", "password": PASSWORD}),
        ("/login/badge", {"badge": BADGE, "pin": "999888"}),
        ("/login/badge", {"badge": BADGE, "pin": PIN}),
    ):
        browser.get("/login")
        token = form_token(browser.cookies.get(BEFORE_COOKIE, ""), "s")
        seen.answer(browser.post(path, data={TOKEN_FIELD: token, **fields}))
        seen.keep(browser.cookies.get(COOKIE, PASSWORD))
        browser.cookies.delete(COOKIE)


def use_the_api(plant, api, seen):
    """Make keys, use them, mistake them."""
    own = plant.make_key("ada", by="ada", label="laptop").key
    headers = {"Authorization": f"Bearer {own}", "Idempotency-Key": "once"}
    made = api.post("/v1/keys", json={"label": "line"}, headers=headers).json()
    rotated = api.post(f"/v1/keys/{made['prefix']}/rotation", json={}, headers=headers).json()
    link = api.post("/v1/accounts/ben/link", headers=headers).json()
    badge = api.post("/v1/badge-sessions", json={"badge": BADGE, "pin": PIN}, headers=headers)
    seen.keep(own, made["key"], rotated["key"], link["token"], badge.json()["key"])
    wrong = {"badge": BADGE, "pin": "999888"}
    seen.answer(api.post("/v1/badge-sessions", json=wrong, headers=headers))
    seen.answer(api.post("/v1/badge-sessions", json=wrong | {"odd": WRONG}, headers=headers))
    seen.answer(api.get("/v1/keys", headers={"Authorization": f"Bearer {own}x"}))
    for path in ("/v1/keys?whose=all", "/v1/sessions?whose=all", "/v1/accounts", "/v1/me"):
        seen.answer(api.get(path, headers=headers))
    seen.answer(api.get("/v1/journal", headers=headers))


def test_no_secret_is_kept_told_or_exported(plant, provider, tmp_path, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    seen = Seen()
    plant.give_badge("cleo", BADGE, by="ada")
    plant.set_pin("cleo", PIN, by="ada")
    app = build_app(plant)
    mount(app, plant)
    with TestClient(app, follow_redirects=False) as browser:
        sign_in_at_provider(plant, provider, browser, seen)
        browser.cookies.delete(COOKIE)
        sign_in_at_console(plant, browser, seen)
        use_the_api(plant, browser, seen)
    assert plant.verify().holds
    for words in (
        ("key", "list", "--as", "ada"), ("key", "list", "--as", "ada", "--json"),
        ("account", "list", "--as", "ada"), ("account", "sessions", "--as", "ada", "--json"),
        ("audit", "log", "--json"), ("audit", "verify"), ("doctor",), ("policy", "show"),
        ("audit", "export", "--out", str(tmp_path / "evidence.jsonl")),
        ("export", "journal", "-o", str(tmp_path / "journal.csv")),
    ):  # fmt: skip
        run([*words, "--plant", str(plant.folder)])
    printed = capfd.readouterr()
    lines = [record.getMessage() for record in caplog.records]
    ours = [line for line in lines if "http://testserver" not in line]  # the test's own client
    texts = {"pages and answers": "\n".join(seen.answers), "log": "\n".join(ours)}
    texts |= {"printed": printed.out + printed.err}
    for file in tmp_path.rglob("*"):
        if file.is_file() and file.name != KEY_FILE:
            texts[str(file)] = file.read_bytes().decode("latin-1")
    with behind_the_back(plant.folder) as sql:
        for table in catalog.names(sql):
            rows = sql.execute(f"SELECT * FROM {table}").fetchall()
            texts[f"table {table}"] = repr([list(row) for row in rows])
    assert len(seen.secrets) > 20
    assert len(texts["printed"]) > 2_000
    for place, text in texts.items():
        found = [one for one in seen.secrets if one in text]
        assert not found, f"{place} holds {found}"
        assert not GENERIC.search(text), f"{place} holds {GENERIC.search(text)[0]}"
