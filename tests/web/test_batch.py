"""Several at once: the sum is shown before anything happens, and each is an act of its own."""

from __future__ import annotations

import pytest

from chargehand.web.session import TOKEN_FIELD, form_token
from tests.web.fake_plant import SESSION


@pytest.fixture
def choose(browser):
    """Send a form that names the same field several times."""

    def post(path, *picks, **fields):
        data = {TOKEN_FIELD: form_token(SESSION, "salt"), "pick": list(picks), **fields}
        return browser.post(path, data=data)

    return post


def test_the_sum_and_the_least_sure_are_shown_before_anything_happens(choose, plant):
    page = choose("/batch", "P-1.1", "P-2.1", "P-3.1").text
    assert "Approve 3 proposals for €\xa036.00" in page
    assert "says 50 %" in page
    assert "another person approves it too" in page
    assert not plant.acts


def test_what_cannot_be_approved_is_left_out_with_its_reason(choose):
    page = choose("/batch", "P-1.1", "P-5.1").text
    assert "Approve 1 proposal for €\xa012.00" in page
    assert "may not approve it &lt;here&gt;" in page


def test_approving_names_the_sum_that_was_shown(choose, plant):
    stale = choose("/batch/approve", "P-1.1", "P-2.1", total="12.00 EUR")
    assert stale.status_code == 409
    assert "Nothing was approved." in stale.text
    assert not plant.acts
    done = choose("/batch/approve", "P-1.1", "P-2.1", total="24.00 EUR", zone="MRO")
    assert done.headers["location"] == "/inbox?zone=MRO"
    assert [act[1] for act in plant.acts] == ["P-1", "P-2"]


def test_what_became_of_each_is_told_where_not_all_went(choose):
    page = choose("/batch/approve", "P-1.1", "P-5.1", total="12.00 EUR").text
    assert "1 of 2 approved" in page
    assert "may not approve it &lt;here&gt;" in page


def test_choosing_nothing_is_told(choose, browser):
    assert choose("/batch").headers["location"] == "/inbox"
    assert "Nothing is chosen." in browser.get("/inbox").text


def test_reloading_the_address_of_a_batch_shows_the_list(browser):
    assert browser.get("/batch").headers["location"] == "/inbox"


def test_a_batch_without_the_token_of_its_session_does_nothing(browser, plant):
    answer = browser.post("/batch/approve", data={"pick": ["P-1.1"], "total": "12.00 EUR"})
    assert answer.status_code == 403
    assert not plant.acts


def test_every_row_that_waits_can_be_chosen_with_its_version(browser, send):
    page = browser.get("/inbox").text
    assert 'name="pick" value="P-1.1"' in page
    send("/inbox/P-1/reject", version="1", reason="not_needed")
    assert 'name="pick"' not in browser.get("/inbox?state=rejected").text
