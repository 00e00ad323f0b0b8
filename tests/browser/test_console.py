"""The console in a browser: for everybody, without internet, with or without scripts."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI
from playwright.sync_api import expect

from chargehand.web.console import mount
from chargehand.web.render import RAIL
from tests.browser.conftest import PHONE, PLANNER, ready, served, stripped, visit
from tests.web.fake_plant import TOKEN, FakePlant
from tests.web.test_pages import GOVERNED, STOCK

PAGES = [
    *(entry.path for entry in RAIL), "/inbox/P-1", "/audit/3", "/audit?verify=1", *STOCK, *GOVERNED,
]  # fmt: skip
REFUSED_FORM = "console: Failed to load resource: the server responded with a status of 4"
AXE_RUN = """async () => (await axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
})).violations.filter(each => ["serious", "critical"].includes(each.impact)).map(
    each => each.id + each.nodes.map(node => node.target + node.failureSummary).join())"""


@pytest.fixture(autouse=True)
def nothing_complains(complaints):
    yield
    assert [line for line in complaints if not line.startswith(REFUSED_FORM)] == []


def faults(page, axe):
    page.evaluate(axe)  # by the debugger, since the page's own policy lets no script in
    return page.evaluate(AXE_RUN)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_serious_fault_of_access_on_any_page(console, open_page, axe, theme):
    page = open_page(console, TOKEN, theme=theme)
    found = {}
    for path in PAGES:
        visit(page, f"{console}{path}")
        found[path] = faults(page, axe)
    visit(page, f"{console}/inbox")
    for key in ("r", "e", "?"):
        page.keyboard.press(key)
        found[key] = faults(page, axe)
    assert not {path: told for path, told in found.items() if told}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_serious_fault_on_a_handheld(console, open_page, axe, theme):
    page = open_page(console, TOKEN, theme=theme, size=PHONE)
    for path in ("/floor", "/inbox", "/inbox/P-1"):
        visit(page, f"{console}{path}")
        assert not faults(page, axe)


def test_the_sign_in_page_has_no_serious_fault(console, open_page, axe, complaints):
    page = open_page(console, TOKEN)
    page.context.clear_cookies()
    page.goto(f"{console}/login?token=used")
    expect(page.get_by_text("chargehand login")).to_be_visible()
    assert not faults(page, axe)


@pytest.mark.parametrize(
    "path", ["/floor", "/inbox", "/inbox/P-1", "/stock", "/audit", "/autonomy"]
)
def test_a_handheld_never_scrolls_sideways(console, open_page, path):
    page = open_page(console, TOKEN, size=PHONE)
    visit(page, f"{console}{path}")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_touch_targets_of_the_floor_fit_a_glove(console, open_page):
    page = open_page(console, TOKEN, size=PHONE)
    visit(page, f"{console}/floor")
    heights = page.locator(".task .touch:visible").evaluate_all(
        "all => all.map(each => each.getBoundingClientRect().height)"
    )
    assert len(heights) > 9
    assert min(heights) >= 56


def test_a_handheld_goes_from_list_to_decision_and_back(console, open_page):
    page = open_page(console, TOKEN, size=PHONE)
    expect(page.locator("#pane")).to_be_hidden()
    page.locator(".row").nth(1).click()
    expect(page.locator("#pane")).to_be_visible()
    expect(page.locator("#list")).to_be_hidden()
    page.get_by_text("Back to the list").click()
    expect(page.locator("#list")).to_be_visible()


def test_without_scripts_approving_works_by_form(console, open_page, plant):
    page = open_page(console, TOKEN, scripts=False)
    page.locator(".row").nth(2).click()
    page.wait_for_url("**/inbox/P-3")
    page.locator("#pane").get_by_role("button", name="Approve").click()
    page.wait_for_url("**/inbox/P-4")
    expect(page.get_by_text("P-3 is approved")).to_be_visible()
    assert plant.acts == [("approve", "P-3", PLANNER, "")]


def test_without_scripts_rejecting_and_filtering_work(console, open_page, plant):
    page = open_page(console, TOKEN, scripts=False)
    page.locator("summary", has_text="Reject").click()
    page.get_by_label("Too expensive").check()
    page.get_by_role("button", name="Reject it").click()
    expect(page.get_by_text("P-1 is rejected.")).to_be_visible()
    page.get_by_label("State").select_option("rejected")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator(".row")).to_have_count(1)
    assert plant.acts == [("reject", "P-1", "too_expensive", "")]


def test_a_justification_is_asked_for_in_place(page, plant):
    plant.asks_why = True
    page.keyboard.press("a")
    field = page.get_by_label("Justification")
    expect(field).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("Above € 500.00")
    field.fill("Line 2 would stop tonight")
    page.keyboard.press("Control+Enter")
    expect(page.locator('#pane [data-proposal="P-2"]')).to_be_visible()
    assert plant.acts == [("approve", "P-1", PLANNER, "Line 2 would stop tonight")]


def test_what_changed_meanwhile_is_read_again(page, plant):
    plant.move_on("P-1")
    page.keyboard.press("a")
    expect(page.get_by_role("alert")).to_contain_text("Changed while you looked")
    page.wait_for_url("**/inbox")
    assert not plant.acts
    page.get_by_role("link", name="Read again").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    page.keyboard.press("a")
    expect(page.locator('#pane [data-proposal="P-2"]')).to_be_visible()
    assert [act[1] for act in plant.acts] == ["P-1"]


def test_a_row_opens_in_a_new_tab_like_any_link(page):
    with page.context.expect_page() as opened:
        page.locator(".row").nth(1).click(modifiers=["Control"])
    expect(opened.value.locator('#pane [data-proposal="P-2"]')).to_be_visible()


def test_a_filter_is_kept_in_the_address(page):
    page.get_by_label("Zone").select_option("RAW")
    page.wait_for_url(re.compile(r"/inbox\?zone=RAW$"))
    expect(page.locator(".row")).to_have_count(6)
    page.keyboard.press("j")
    page.wait_for_url("**/inbox/P-3?zone=RAW")
    page.keyboard.press("a")
    page.wait_for_url("**/inbox/P-5?zone=RAW")


def test_the_chart_is_drawn(page):
    box = page.locator("svg.chart path.expected").bounding_box()
    assert box["width"] > 100
    page.keyboard.press("j")
    expect(page.locator('#pane [data-proposal="P-2"]')).to_be_visible()
    assert page.locator("svg.chart path.expected").bounding_box()["width"] > 100


def test_times_are_on_the_clock_of_the_plant(page):
    expect(page.locator(".timeline time").first).to_have_text(re.compile(r"10:30:00$"))


def test_the_console_works_below_a_prefix(open_page, complaints):
    plant = FakePlant()
    app = FastAPI()
    mount(app, plant)
    with served(stripped(app, "/plant/3")) as address:
        page = open_page(f"{address}/plant/3", TOKEN)
        page.keyboard.press("j")
        page.wait_for_url("**/plant/3/inbox/P-2")
        page.keyboard.press("a")
        page.wait_for_url("**/plant/3/inbox/P-3")
        for entry in RAIL:
            page.keyboard.press("g")
            page.keyboard.press(entry.key)
            page.wait_for_url(f"**/plant/3{entry.path}")
            ready(page)
        cookie = page.context.cookies()[0]
        assert cookie["path"] == "/plant/3"
    assert [act[1] for act in plant.acts] == ["P-2"]


def test_the_whole_server_with_a_seeded_plant(real_console, real_plant, open_page, axe):
    page = open_page(real_console, real_plant.login_token(PLANNER))
    expect(page.locator("body")).to_have_class(re.compile("is-simulation"))
    waiting = real_plant.overview().waiting
    assert waiting
    expect(page.locator(".row")).to_have_count(min(waiting, 100))
    for path in [entry.path for entry in RAIL]:
        visit(page, f"{real_console}{path}")
        assert not faults(page, axe)
    visit(page, f"{real_console}/inbox")
    proposal = page.locator("#pane [data-proposal]").get_attribute("data-proposal")
    page.keyboard.press("a")
    justification = page.get_by_label("Justification")
    expect(justification.or_(page.get_by_role("status").first)).to_be_visible()
    if justification.is_visible():
        justification.fill("Seen on the floor: the shelf is empty.")
        page.keyboard.press("Control+Enter")
    expect(page.locator(f'#pane [data-proposal="{proposal}"]')).to_have_count(0)
    detail = real_plant.proposal(proposal)
    assert detail.row.state in {"cleared", "sent"}
