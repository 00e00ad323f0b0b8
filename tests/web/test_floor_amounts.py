"""What the floor types: a short quantity, a comma, and a slip of the finger."""

from __future__ import annotations

import re

import pytest


def card_of(page, task):
    return page.split(f'data-task="{task}"')[1].split("</article>")[0]


def test_a_card_says_what_the_part_is_and_offers_the_ordered_quantity(browser):
    card = card_of(browser.get("/floor").text, "P-1.1/0")
    assert "Solenoid valve 3/4 inch, 24 V DC" in card
    assert re.search(r'name="quantity" value="40" inputmode="decimal"', card)


def test_less_than_ordered_is_confirmed_as_typed(browser, send, plant):
    send("/floor/confirm", task="P-1.1/0", unit="H87", quantity="12,5", key="k1")
    assert [str(quantity) for _, _, quantity in plant.acts] == ["12.5 H87"]
    assert "P-1.1/0 is done: 12.5 pcs." in browser.get("/floor").text


def test_a_comma_that_may_mean_thousands_is_asked_about(send, plant):
    answer = send("/floor/confirm", task="P-3.1/0", unit="H87", quantity="1,200")
    assert answer.status_code == 422
    assert "write 1200 or 1.2" in answer.text
    assert not plant.acts


def test_a_count_that_can_hardly_be_is_saved_by_the_second_press_only(send, plant):
    fields = {"task": "P-3.1/0", "unit": "H87", "key": "k1"}
    answer = send("/floor/confirm", **fields, quantity="99999")
    assert answer.status_code == 422
    card = card_of(answer.text, "P-3.1/0")
    assert "Really 99999 pcs?" in card
    assert 'name="sure" value="99999"' in card
    assert 'name="key" value="k1"' in card
    assert send("/floor/confirm", **fields, quantity="88888", sure="99999").status_code == 422
    assert not plant.acts
    send("/floor/confirm", **fields, quantity="99999", sure="99999")
    assert [str(quantity) for _, _, quantity in plant.acts] == ["99999 H87"]


@pytest.mark.parametrize(("task", "quantity"), [("P-3.1/0", "100"), ("P-1.1/0", "500")])
def test_small_counts_and_moves_are_not_doubted(send, plant, task, quantity):
    send("/floor/confirm", task=task, unit="H87", quantity=quantity)
    assert len(plant.acts) == 1


def test_an_unknown_state_is_said_with_the_states_there_are(browser):
    page = browser.get("/floor?state=garbage").text
    assert "There is no state garbage" in page
    assert '<option value="declined">' in page
