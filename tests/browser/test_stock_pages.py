"""Stock through time, lots, holds and recalls in a browser: by slider, keys, without scripts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, PLANNER, WIDE, ready, visit
from tests.browser.test_console import REFUSED_FORM, faults
from tests.web.fake_plant import TOKEN
from tests.web.test_pages import STOCK

LOT = "/lot?material=GLUE-577&lot=S-0907"
HOLD = "/holds/one?key=QN%2F1+a"
LAPTOP = {"width": 1366, "height": 768}


@pytest.fixture(autouse=True)
def nothing_complains(complaints):
    yield
    assert [line for line in complaints if not line.startswith(REFUSED_FORM)] == []


def test_the_slider_shows_stock_as_it_was_and_keeps_the_focus(page, console, plant):
    visit(page, f"{console}/stock?lot=S-0907")
    slider = page.get_by_label("As it stood: hours back from now")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_text("Not now: stock as it stood")).to_be_visible()
    expect(page.locator("#found tbody .strong")).to_have_text("3 pcs")
    expect(slider).to_be_focused()
    expect(page.locator(".moment output")).to_have_text("Fri 20 Nov, 08:30")
    page.wait_for_url(re.compile(r"lot=S-0907.*as_of=2026-11-20T07%3A30Z"))
    assert plant.asked[1].isoformat() == "2026-11-20T07:30:00+00:00"
    page.keyboard.press("End")
    expect(page.get_by_text("Not now: stock as it stood")).to_have_count(0)
    expect(page.locator("#found tbody .strong")).to_have_text("120.5 pcs")


def test_a_moment_is_typed_on_the_clock_of_the_plant(page, console, plant):
    visit(page, f"{console}/stock")
    page.get_by_label("at", exact=True).fill("2026-11-19T15:00")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url(re.compile(r"as_of=2026-11-19T14%3A00Z"))
    ready(page)
    expect(page.get_by_label("at", exact=True)).to_have_value("2026-11-19T15:00")
    expect(page.locator("#found time").first).to_have_text("19 Nov 15:00")


def test_without_scripts_the_moment_is_in_utc_and_the_lists_work(console, open_page, plant):
    page = open_page(console, TOKEN, scripts=False)
    page.goto(f"{console}/stock")
    page.get_by_label("at (UTC)").fill("2026-11-19T14:00")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("Not now: stock as it stood")).to_be_visible()
    assert plant.asked[1].isoformat() == "2026-11-19T14:00:00+00:00"
    page.get_by_role("link", name="Back to now").click()
    expect(page.get_by_text("Not now: stock as it stood")).to_have_count(0)
    page.get_by_role("link", name="S-0907").click()
    expect(page.locator(".tree ul ul li")).to_have_count(2)
    page.get_by_role("link", name="Made of").click()
    expect(page.locator(".tree")).to_contain_text("E577-0907")


def test_without_scripts_a_part_of_a_hold_is_let_go(console, open_page, plant):
    page = open_page(console, TOKEN, scripts=False)
    page.goto(f"{console}{HOLD}")
    page.locator("summary", has_text="Release").click()
    page.locator("select[name=part]").select_option(label="Part of S-0907 at BULK-A03")
    page.get_by_label("How much").fill("0,5")
    page.get_by_label("Why it may go").fill("Tested")
    page.get_by_label("Signature").fill("I tested this tube myself")
    page.get_by_role("button", name="Sign and release").click()
    expect(page.get_by_role("status").filter(has_text="Hold released.")).to_be_visible()
    ((_, body, _),) = plant.acts
    assert str(body.quantity) == "0.5 KGM"


def test_the_tree_is_walked_and_opened_by_keys(page, console):
    visit(page, f"{console}{LOT}")
    for _ in range(2):
        page.keyboard.press("j")
    expect(page.get_by_role("link", name="PU-4409")).to_be_focused()
    page.keyboard.press("k")
    expect(page.get_by_role("link", name="PU-4401")).to_be_focused()


def test_r_opens_the_release_and_a_refusal_keeps_what_was_typed(page, console, plant):
    visit(page, f"{console}{HOLD}")
    page.keyboard.press("r")
    page.get_by_label("Why it may go").fill("Tested")
    page.get_by_label("Signature").fill("yes       ")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("Say what you sign")
    ready(page)
    expect(page.get_by_label("Why it may go")).to_have_value("Tested")
    assert not plant.acts


def test_p_places_a_hold_to_be_looked_at_on_the_clock_of_the_plant(page, console, plant):
    visit(page, f"{console}/holds")
    page.keyboard.press("p")
    expect(page.get_by_label("Material")).to_be_focused()
    page.keyboard.type("GLUE-577")
    page.get_by_label("Look at it again by").fill("2026-11-22T11:00")
    page.get_by_label("Why").fill("Cold")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/holds/one?key=H-*")
    ((_, body, _),) = plant.acts
    assert (body.material, body.reason) == ("GLUE-577", "Cold")
    assert body.review_by.isoformat() == "2026-11-22T10:00:00+00:00"


def test_a_handheld_never_scrolls_sideways(console, open_page):
    page = open_page(console, TOKEN, size=PHONE)
    wide = []
    for path in ("/stock", "/holds", "/reconciliation", *STOCK):
        visit(page, f"{console}{path}")
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(path)
    assert not wide


def test_a_recall_prints_without_the_frame(page, console):
    visit(page, f"{console}/recall?material=GLUE-577&lot=S-0907")
    page.emulate_media(media="print")
    for gone in ("nav.rail", "header.top", "text=Export CSV", "text=Hold PU-4401"):
        expect(page.locator(gone)).to_be_hidden()
    expect(page.get_by_text("LS-90211")).to_be_visible()
    expect(page.get_by_text("Asked by M. Weber")).to_be_visible()
    expect(page.get_by_text("Simulation, not the real plant")).to_have_count(0)
    page.set_viewport_size({"width": 718, "height": 1000})  # A4 within its margins
    over = page.locator(".scrolls").evaluate_all(
        "all => all.map(each => each.scrollWidth - each.clientWidth)"
    )
    assert max(over) == 0
    assert page.evaluate("getComputedStyle(document.body, '::before').content").startswith('"Simul')


@pytest.mark.parametrize("size", [LAPTOP, WIDE], ids=["1366", "1440"])
def test_lists_of_the_seeded_plant_fit_a_screen(real_console, real_plant, open_page, axe, size):
    theme = "dark" if size is LAPTOP else "light"
    page = open_page(real_console, real_plant.login_token(PLANNER), size=size, theme=theme)
    for path in (
        "/stock", "/stock?zone=L2", "/movements", "/holds", "/reconciliation?state=all",
        "/lot?material=FG-SET-P40&lot=ST-7002", "/recall?number=E577-0907",
    ):  # fmt: skip
        visit(page, f"{real_console}{path}")
        over = page.locator(".scrolls").evaluate_all(
            "all => all.map(each => each.scrollWidth - each.clientWidth)"
        )
        assert over
        assert max(over) == 0, path
        assert not faults(page, axe)


def test_a_bad_lot_is_found_traced_recalled_and_held(real_console, real_plant, open_page):
    page = open_page(real_console, real_plant.login_token(PLANNER))
    page.keyboard.press("/")
    page.keyboard.type("S-0907")
    page.keyboard.press("Enter")
    page.wait_for_url("**/lot?material=RAW-SEALANT-577&lot=S-0907")
    expect(page.locator(".tree")).to_contain_text("ST-7001")
    page.get_by_role("link", name="Recall report").click()
    expect(page.get_by_text("2 affected lots can still be used")).to_be_visible()
    page.get_by_role("link", name="Hold PU-4409").click()
    page.get_by_label("Name of the hold").fill("QN-1")
    page.get_by_role("button", name="Freeze it now").click()
    expect(page.get_by_role("status").filter(has_text="Hold QN-1 placed")).to_be_visible()
    expect(page.locator("table").first).to_contain_text("WIP-L2-02")
    ready(page)
    page.keyboard.press("r")
    page.get_by_label("Why it may go").fill("Tested in the lab")
    page.get_by_label("Signature").fill("I placed it and I release it")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("Nothing was done")
    assert real_plant.hold("QN-1").row.state == "active"
    report = real_plant.recall("RAW-SEALANT-577", "S-0907")
    assert (report.on_hand, report.on_hold) == (4, 3)
