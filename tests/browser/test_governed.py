"""Governing by hand and by keys: stop, lower a phase, several at once, a review, taking back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, PLANNER, ready, visit
from tests.web.fake_plant import TOKEN

HALT = "#halt"


@pytest.fixture(autouse=True)
def nothing_complains(complaints):
    yield
    assert not complaints


def test_a_short_press_stops_nothing_and_a_long_one_stops_all(page, plant):
    page.locator(HALT).click()
    expect(page.locator(".halt .hint")).to_have_text("Hold it for a second.")
    assert not plant.acts
    box = page.locator(HALT).bounding_box()
    page.mouse.move(box["x"] + 10, box["y"] + 10)
    page.mouse.down()
    page.wait_for_url("**/autonomy")
    page.mouse.up()
    expect(page.get_by_role("alert").filter(has_text="All automation is stopped")).to_be_visible()
    assert plant.acts == [("stop", PLANNER, "")]


def test_the_stop_is_reached_by_a_key_and_held_by_enter(page, plant):
    page.keyboard.press("s")
    expect(page.locator(HALT)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".halt .hint")).to_have_text("Hold it for a second.")
    assert not plant.acts
    page.keyboard.down("Enter")
    page.wait_for_url("**/autonomy")
    page.keyboard.up("Enter")
    assert plant.acts == [("stop", PLANNER, "")]


def test_without_scripts_one_press_stops(console, open_page, plant):
    page = open_page(console, TOKEN, scripts=False)
    page.locator(HALT).click()
    page.wait_for_url("**/autonomy")
    assert plant.acts == [("stop", PLANNER, "")]


def test_a_phase_is_lowered_by_one_press(page, console, plant):
    visit(page, f"{console}/autonomy")
    row = page.locator("tr", has_text="KENT, MRO").first
    row.get_by_role("button", name="Assist").click()
    expect(page.get_by_role("status").filter(has_text="is set back to assist")).to_be_visible()
    expect(row.locator(".switch .on")).to_have_text("Assist")
    assert plant.acts[0][:5] == ("demote", "mro_replenishment", "KENT", "MRO", "assist")


def test_several_are_chosen_by_keys_and_approved_together(page, plant):
    for _ in range(3):
        page.keyboard.press("x")
    expect(page.locator("[data-sum]")).to_have_text("3 chosen: €36.00, least sure 50 %")
    page.keyboard.press("b")
    expect(page.get_by_role("heading", name="Approve 3 proposals for € 36.00")).to_be_visible()
    ready(page)
    page.keyboard.press("a")
    expect(page.get_by_text("3 approved")).to_be_visible()
    assert [act[1] for act in plant.acts] == ["P-1", "P-2", "P-3"]


def test_without_scripts_several_are_approved_together(console, open_page, plant):
    page = open_page(console, TOKEN, scripts=False)
    page.get_by_label("Choose P-2").check()
    page.get_by_label("Choose P-4").check()
    page.get_by_role("button", name="Approve together").click()
    page.get_by_role("button", name="Approve 2 together").click()
    expect(page.get_by_text("2 approved")).to_be_visible()
    assert [act[1] for act in plant.acts] == ["P-2", "P-4"]


def test_a_review_is_worked_through_by_keys(page, console, plant):
    visit(page, f"{console}/reviews/5")
    for key, case in (("f", 2), ("w", 3), ("u", 1)):
        page.keyboard.press(key)
        expect(page.get_by_text(f"case {case} of 3")).to_be_visible()
        ready(page)
    expect(page.get_by_text("This review is completed.")).to_be_visible()
    assert [act[3] for act in plant.acts] == ["fine", "wrong", "unclear"]


def test_an_approval_is_taken_back_while_there_is_time(page, plant):
    plant.undo_until = datetime.now(UTC) + timedelta(minutes=1)
    page.keyboard.press("a")
    expect(page.locator("[data-left]")).to_contain_text("s left")
    page.keyboard.press("j")
    expect(page.locator('#pane [data-proposal="P-3"]')).to_be_visible()
    expect(page.locator("#undo")).to_be_visible()
    page.keyboard.press("z")
    expect(page.get_by_text("P-1 waits again.")).to_be_visible()
    assert [act[0] for act in plant.acts] == ["approve", "undo"]


def test_what_can_no_longer_be_taken_back_is_not_offered(page, plant):
    plant.undo_until = datetime.now(UTC) - timedelta(minutes=1)
    page.keyboard.press("a")
    expect(page.locator('#pane [data-proposal="P-2"]')).to_be_visible()
    expect(page.locator("#undo")).to_be_hidden()


def test_an_entry_of_the_journal_opens_beside_the_list(page, console):
    visit(page, f"{console}/audit?q=P-3")
    visit(page, f"{console}/audit")
    page.keyboard.press("j")
    expect(page.locator('#pane [data-entry="8"]')).to_be_visible()
    page.wait_for_url("**/audit/8")


def test_a_clause_leads_to_its_line(page):
    page.get_by_role("link", name="phases[2]").click()
    page.wait_for_url("**/policy/version/14#phases-2")
    expect(page.locator("#phases-2")).to_be_in_viewport()


@pytest.mark.parametrize(
    "path", ["/policy", "/approvals", "/reviews", "/reviews/5", "/access", "/outcomes", "/notices"]
)
def test_a_handheld_never_scrolls_sideways_on_pages_about_trust(console, open_page, path):
    page = open_page(console, TOKEN, size=PHONE)
    visit(page, f"{console}{path}")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
