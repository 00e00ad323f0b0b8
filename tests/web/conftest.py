"""A console before a fake plant, and somebody signed in to it."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from chargehand.web.console import mount
from chargehand.web.session import TOKEN_FIELD, form_token
from tests.web.fake_plant import SESSION, TOKEN, FakePlant


@pytest.fixture
def plant():
    return FakePlant()


@pytest.fixture
def stranger(plant):
    """A browser that nobody has signed in."""
    app = FastAPI()
    mount(app, plant)
    return TestClient(app, follow_redirects=False)


@pytest.fixture
def browser(stranger):
    """A browser in which m.weber is signed in."""
    stranger.get("/login", params={"token": TOKEN})
    return stranger


@pytest.fixture
def send(browser):
    """Send a form of this session."""

    def post(path, **fields):
        return browser.post(path, data={TOKEN_FIELD: form_token(SESSION, "salt"), **fields})

    return post
