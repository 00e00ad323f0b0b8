"""Every action has a key, and nothing on the way complains."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from chargehand.web.render import RAIL
from tests.browser.conftest import ready, visit


@pytest.fixture(autouse=True)
def nothing_complains(complaints):
    yield
    assert not complaints


def chosen(page):
    return page.locator(".row[aria-current]")


def headline_of(page, proposal):
    return page.locator(f'#pane [data-proposal="{proposal}"]')


def test_j_and_k_walk_the_list_and_the_address_follows(page):
    page.keyboard.press("j")
    expect(headline_of(page, "P-2")).to_be_visible()
    page.keyboard.press("j")
    expect(headline_of(page, "P-3")).to_be_visible()
    page.keyboard.press("k")
    expect(headline_of(page, "P-2")).to_be_visible()
    expect(chosen(page)).to_have_attribute("data-id", "P-2.1")
    page.wait_for_url("**/inbox/P-2")


def test_the_back_button_goes_back(page):
    page.keyboard.press("j")
    expect(headline_of(page, "P-2")).to_be_visible()
    page.keyboard.press("j")
    expect(headline_of(page, "P-3")).to_be_visible()
    page.go_back()
    expect(headline_of(page, "P-2")).to_be_visible()
    expect(chosen(page)).to_have_attribute("data-id", "P-2.1")


def test_a_approves_and_the_next_one_comes(page, plant):
    page.keyboard.press("j")
    expect(headline_of(page, "P-2")).to_be_visible()
    page.keyboard.press("a")
    expect(headline_of(page, "P-3")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="P-2 is approved")).to_be_visible()
    expect(page.locator('[data-id="P-2.1"]')).to_have_count(0)
    page.wait_for_url("**/inbox/P-3")
    page.keyboard.press("a")
    expect(headline_of(page, "P-4")).to_be_visible()
    assert [act[1] for act in plant.acts] == ["P-2", "P-3"]


def test_a_pressed_twice_at_once_approves_one(page, plant):
    page.evaluate(
        """for (const key of ["a", "a"]) dispatchEvent(new KeyboardEvent("keydown", {key}))"""
    )
    expect(headline_of(page, "P-2")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="P-1 is approved")).to_be_visible()
    assert [act[1] for act in plant.acts] == ["P-1"]


def test_what_was_typed_for_one_proposal_is_not_kept_for_the_next(page, plant):
    page.keyboard.press("e")
    page.locator("input[name=quantity]").fill("999")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    expect(headline_of(page, "P-2")).to_be_visible()
    page.keyboard.press("e")
    expect(page.locator("input[name=quantity]")).to_have_value("42")


def test_r_rejects_with_a_number_for_the_reason(page, plant):
    page.keyboard.press("r")
    page.keyboard.press("2")
    page.keyboard.press("Control+Enter")
    expect(headline_of(page, "P-2")).to_be_visible()
    assert plant.acts == [("reject", "P-1", "wrong_quantity", "")]


def test_e_changes_and_stays(page, plant):
    page.keyboard.press("e")
    field = page.locator("input[name=quantity]")
    expect(field).to_be_focused()
    field.fill("30")
    page.keyboard.press("Enter")
    expect(page.get_by_text("P-1 v2")).to_be_visible()
    assert plant.acts == [("change", "P-1", {"quantity": "30"})]


def test_escape_leaves_a_form_without_a_trace(page, plant):
    page.keyboard.press("r")
    expect(page.get_by_text("Reject it")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Reject it")).to_be_hidden()
    page.keyboard.press("j")
    expect(headline_of(page, "P-2")).to_be_visible()
    assert not plant.acts


def test_letters_typed_into_a_field_are_letters(page, plant):
    page.keyboard.press("/")
    page.keyboard.type("area")
    expect(page.locator("#find")).to_have_value("area")
    page.keyboard.press("Enter")
    page.wait_for_url("**/stock?text=area")
    assert not plant.acts


@pytest.mark.parametrize("entry", RAIL, ids=lambda entry: entry.name)
def test_g_goes_to_each_page(page, entry):
    page.keyboard.press("g")
    page.keyboard.press(entry.key)
    page.wait_for_url(f"**{entry.path}")
    expect(page.locator(".rail [aria-current=page]")).to_contain_text(entry.name)


def test_the_question_mark_shows_every_key(page):
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("a")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()


def test_t_turns_the_light_off_and_it_stays_off(page, console):
    page.keyboard.press("t")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    visit(page, f"{console}/stock")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_h_derives_the_decision_again(page):
    page.keyboard.press("h")
    expect(page.get_by_text("identical, bit for bit")).to_be_visible()


def test_v_checks_the_journal(page, console):
    visit(page, f"{console}/audit")
    page.keyboard.press("v")
    expect(page.get_by_text("The journal holds.")).to_be_visible()


def test_rows_of_a_table_are_walked_and_opened(page, console):
    visit(page, f"{console}/policy/history")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/policy/version/13")


def test_tasks_are_done_and_declined_by_keys(page, console, plant):
    visit(page, f"{console}/floor")
    page.keyboard.press("j")
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.get_by_text("P-1.1/0 is done: 40 pcs.")).to_be_visible()
    ready(page)
    page.keyboard.press("j")
    page.keyboard.press("r")
    page.keyboard.press("3")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("P-2.1/0 is declined: Damaged.")).to_be_visible()
    ready(page)
    page.keyboard.press("j")
    page.keyboard.press("a")
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    expect(page.get_by_text("P-3.1/0 is done: 7 pcs.")).to_be_visible()
    assert [act[:2] for act in plant.acts] == [
        ("confirm", "P-1.1/0"),
        ("decline", "P-2.1/0"),
        ("confirm", "P-3.1/0"),
    ]


def test_no_key_confirms_a_task_that_was_not_chosen(page, console, plant):
    visit(page, f"{console}/floor")
    page.keyboard.press("a")
    page.keyboard.press("a")
    page.keyboard.press("j")
    page.keyboard.press("a")
    page.keyboard.press("a")
    expect(page.locator(".task").first.get_by_role("button", name="Done")).to_be_focused()
    assert not plant.acts


def test_new_ones_are_announced_and_do_not_move_the_list(page, plant):
    rows = page.locator(".row")
    before = rows.evaluate_all("rows => rows.map(row => row.dataset.id)")
    plant.move_on("P-4")
    expect(page.locator("#news")).to_have_text("1 new or changed: show (N)", timeout=15_000)
    assert rows.evaluate_all("rows => rows.map(row => row.dataset.id)") == before
    page.keyboard.press("n")
    expect(page.locator('[data-id="P-4.2"]')).to_be_visible()
    expect(page.locator("#news")).to_be_hidden()


def test_automation_is_stopped_and_resumed_by_keys(page, console, plant):
    visit(page, f"{console}/autonomy")
    page.keyboard.press("s")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("All automation is stopped since")).to_be_visible()
    ready(page)
    page.keyboard.press("c")
    page.keyboard.type("Read the 4 cases with the shift")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Closed: Read the 4 cases")).to_be_visible()
    assert [act[0] for act in plant.acts] == ["stop", "close"]
