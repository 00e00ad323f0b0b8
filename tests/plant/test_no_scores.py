"""No page, answer or command says anything about one person's work in figures."""

from __future__ import annotations

import re
from contextlib import closing

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from chargehand.plant.measuring import measure_due
from chargehand.plant.reading import Done
from chargehand.web.console import mount
from tests.plant.conftest import AS_OF, FACE, Teller, count

DECIDED = ("ada", "ben")
"""Who decides here; the one who looks at the pages is neither."""


@pytest.fixture
def decided(plant):
    """A plant in which two people have decided, and it was measured."""
    for pieces, by in ((2, "ada"), (1, "ben")):
        Teller(plant)(count(FACE, pieces))
        name = plant.decide(decision="mro_replenishment", as_of=AS_OF).proposals[0].id
        plant.looked_at(name, by=by)
        assert isinstance(plant.approve(name, by=by), Done)
        for task in plant.tasks().rows:
            plant.confirm(task.key, by="cleo")
    assert measure_due(plant.store, AS_OF.replace(year=2027))
    return plant


@pytest.fixture
def browser(decided):
    """A browser of somebody who decided nothing."""
    app = FastAPI()
    mount(app, decided)
    with closing(TestClient(app, base_url="https://testserver")) as browser:
        browser.get("/login", params={"token": decided.login_token("cleo")})
        yield browser


def words(text):
    return set(re.findall(r"[a-z.]+", re.sub(r"<[^>]*>", " ", text).casefold()))


@pytest.mark.parametrize("page", ["/outcomes", "/reviews", "/autonomy"])
def test_pages_with_figures_name_nobody_who_decided(browser, page):
    answer = browser.get(page)
    assert answer.status_code == 200, answer.text[:300]
    assert "cleo" in words(answer.text), "somebody is signed in, and named"
    assert not words(answer.text) & {*DECIDED}


def test_reading_times_are_told_of_all_together_and_are_in_no_journal(decided):
    whole = decided.trust().total.people
    assert whole.reading_known == 2
    assert not any("read_seconds" in repr(row) for row in decided.journal(limit=500).rows)
    part = [line for line in decided.trust().lines if line.decision == "mro_replenishment"]
    assert [line.people for line in part] == [None], "two people are too few to be told apart"
