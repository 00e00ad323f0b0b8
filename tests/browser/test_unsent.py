"""A server that does not answer: the person is told at the button, and may press again."""

from __future__ import annotations

from fastapi import FastAPI
from playwright.sync_api import expect

from chargehand.web.console import mount
from tests.browser.conftest import served
from tests.web.fake_plant import TOKEN, FakePlant


def test_a_dead_server_is_said_at_the_button(open_page):
    plant = FakePlant()
    app = FastAPI()
    mount(app, plant)
    with served(app) as address:
        page = open_page(address, TOKEN)
    page.get_by_role("button", name="Approve").click()
    told = page.locator("form.approve").get_by_role("alert")
    expect(told).to_have_text("Not sent: the server does not answer. Nothing has happened.")
    expect(page.get_by_role("button", name="Approve")).to_be_enabled()
    assert not plant.acts


def test_an_answer_that_is_lost_is_not_called_unsent(page, plant):
    page.route("**/approve", lambda route: route.abort())
    page.get_by_role("button", name="Approve").click()
    told = page.locator("form.approve").get_by_role("alert")
    expect(told).to_contain_text("not known whether it was taken")
    page.unroute("**/approve")
    page.get_by_role("button", name="Approve").click()
    expect(page.locator('#pane [data-proposal="P-2"]')).to_be_visible()
    assert [act[1] for act in plant.acts] == ["P-1"]


def test_a_server_that_fails_does_not_wipe_the_decision_away(page, plant):
    page.route("**/approve", lambda route: route.fulfill(status=502, body="Bad gateway"))
    page.get_by_role("button", name="Approve").click()
    told = page.locator("form.approve").get_by_role("alert")
    expect(told).to_contain_text("Load this page again")
    expect(page.locator('#pane [data-proposal="P-1"]')).to_be_visible()
