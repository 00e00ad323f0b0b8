"""A real Chromium before a real server; every host but ours is blocked and told on."""

from __future__ import annotations

import shutil
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI

from chargehand.web.console import mount
from tests.web.fake_plant import TOKEN, FakePlant

CHROMIUM = Path(shutil.which("chromium") or "/usr/bin/chromium")
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 360, "height": 640}
PLANNER = "m.weber"
BATCH = 1000


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker("browser")


class Server(uvicorn.Server):
    """A server in a thread, which says when it answers and where."""

    def __init__(self, app, root_path=""):
        config = uvicorn.Config(
            app, host="127.0.0.1", port=0, root_path=root_path, log_level="error",
            timeout_graceful_shutdown=1, ws="none",
        )  # fmt: skip
        super().__init__(config)
        self.answers = threading.Event()

    async def startup(self, sockets=None):
        await super().startup(sockets=sockets)
        self.answers.set()

    @property
    def port(self):
        return self.servers[0].sockets[0].getsockname()[1]


@contextmanager
def served(app, root_path=""):
    """Serve an app; yield the address of its root."""
    server = Server(app, root_path)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert server.answers.wait(timeout=30), "the server did not start"
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)


def stripped(app, prefix):
    """What a proxy does that serves the console below a prefix and takes it off."""

    async def proxy(scope, receive, send):
        if scope["type"] == "http":
            assert scope["path"].startswith(prefix)
            scope = {**scope, "root_path": prefix}
        await app(scope, receive, send)

    return proxy


@pytest.fixture(scope="session")
def chromium():
    if not CHROMIUM.is_file():
        pytest.skip("Debian's chromium is not installed: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe():
    if not AXE.is_file():
        pytest.skip("axe-core is not in tests/browser/vendor: make assets")
    return AXE.read_text(encoding="utf-8")


class Complaints(list):
    """What a browser complained of: errors of scripts, of the console, and hosts asked outside."""

    def watch(self, page):
        page.on("pageerror", lambda error: self.append(f"script: {error}"))
        page.on("console", self._console)
        page.on("request", self._request)

    def _console(self, message):
        if message.type in {"error", "warning"}:
            self.append(f"console: {message.text}")

    def _request(self, request):
        if not request.url.startswith(("http://127.0.0.1:", "data:", "about:")):
            self.append(f"outside: {request.url}")


def ready(page):
    """Wait until the page's scripts listen."""
    page.locator("html[data-ready]").wait_for(state="attached")


def visit(page, address):
    """Go to a page and wait until its scripts listen."""
    page.goto(address)
    ready(page)


@pytest.fixture
def complaints():
    return Complaints()


@pytest.fixture
def open_page(chromium, complaints):
    """Open a page signed in by a one-time link, with all outside hosts blocked."""
    contexts = []

    def open_(address, token, *, theme="light", size=WIDE, scripts=True):
        context = chromium.new_context(
            viewport=size, java_script_enabled=scripts, color_scheme=theme, locale="en-GB",
            timezone_id="Europe/Berlin",
        )  # fmt: skip
        contexts.append(context)
        context.set_default_timeout(15_000)
        context.route(
            lambda url: not url.startswith("http://127.0.0.1:"), lambda route: route.abort()
        )
        page = context.new_page()
        complaints.watch(page)
        page.goto(f"{address}/login?token={token}")
        page.wait_for_url("**/inbox")
        if scripts:
            ready(page)
        return page

    yield open_
    for context in contexts:
        context.close()


@pytest.fixture
def plant():
    return FakePlant()


@pytest.fixture
def console(plant):
    """The address of a console before a fake plant."""
    app = FastAPI()
    mount(app, plant)
    with served(app) as address:
        yield address


@pytest.fixture
def page(console, open_page):
    return open_page(console, TOKEN)


@pytest.fixture(scope="session")
def seeded(tmp_path_factory):
    """The folder of the made-up plant, with every decision asked once."""
    from chargehand.governance.policy import demo_policy_text
    from chargehand.plant.folder import create_plant
    from chargehand.plant.plant import Plant
    from chargehand.twin.seed import seed_signals
    from chargehand.vocabulary.refusal import Refusal

    folder = tmp_path_factory.mktemp("plants") / "seeded"
    made = create_plant(
        folder, enterprise="Halle 3", simulation=True, policy_text=demo_policy_text(),
        person=PLANNER,
    )  # fmt: skip
    assert not isinstance(made, Refusal), made
    plant = Plant.open(folder)
    signals = seed_signals(as_of=datetime.now(UTC))
    while batch := list(islice(signals, BATCH)):
        plant.take(batch)
    plant.decide()
    plant.close()
    return folder


@pytest.fixture
def real_plant(seeded, tmp_path):
    """A copy of the made-up plant, to do with as a test likes."""
    from chargehand.plant.plant import Plant

    folder = tmp_path / "plant"
    shutil.copytree(seeded, folder)
    plant = Plant.open(folder)
    yield plant
    plant.close()


@pytest.fixture
def real_console(real_plant):
    """The address of the whole server, API and console, of the made-up plant."""
    from chargehand.cli.server import build_app

    with served(build_app(real_plant)) as address:
        yield address
