"""On a small laptop nothing leaves its place: neither the page nor a long sum in its card."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fastapi import FastAPI
from playwright.sync_api import expect

from chargehand.vocabulary.money import Money
from chargehand.web.console import mount
from tests.browser.conftest import served
from tests.web.fake_plant import TOKEN, FakePlant

LAPTOP = {"width": 1366, "height": 768}
OVERHANGS = """() => {
    const right = document.querySelector(".facts").getBoundingClientRect().right;
    const range = document.createRange();
    return [...document.querySelectorAll(".facts dd")].filter(each => {
        range.selectNodeContents(each);
        return range.getBoundingClientRect().right > right;
    }).map(each => each.textContent);
}"""


class DearPlant(FakePlant):
    """A plant whose proposals cost millions."""

    def proposal(self, id):
        detail = super().proposal(id)
        dear = Money.of("5999994.00")
        return detail and replace(detail, proposal=replace(detail.proposal, cost=dear))


@pytest.fixture
def laptop(open_page):
    app = FastAPI()
    mount(app, DearPlant(asks_why=True))
    with served(app) as address:
        yield open_page(address, TOKEN, size=LAPTOP)


def test_facts_stay_in_their_card_and_acts_in_one_row(laptop):
    assert laptop.evaluate(OVERHANGS) == []
    tops = laptop.locator(".acts form > button.primary:visible, .acts summary").evaluate_all(
        "all => all.map(each => Math.round(each.getBoundingClientRect().top))"
    )
    assert len(tops) == 3
    assert len(set(tops)) == 1


def test_a_refused_approval_leaves_the_head_where_it_is(laptop):
    laptop.keyboard.press("a")
    expect(laptop.get_by_label("Justification")).to_be_focused()
    assert laptop.evaluate("[scrollY, document.documentElement.scrollHeight]") == [0, 768]
    assert laptop.locator("header.top").bounding_box()["y"] < 10
