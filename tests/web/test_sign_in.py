"""Nobody sees or does anything without a session of their own."""

from __future__ import annotations

import pytest

from chargehand.web.render import RAIL
from chargehand.web.session import COOKIE, TOKEN_FIELD
from tests.web.fake_plant import TOKEN

PAGES = [entry.path for entry in RAIL] + ["/inbox/P-1", "/audit/3", "/live", "/find?q=x", "/"]


@pytest.mark.parametrize("path", PAGES)
def test_no_page_without_a_session(stranger, path):
    answer = stranger.get(path)
    assert answer.status_code == 401
    assert "chargehand login" in answer.text
    assert "P-1" not in answer.text


def test_a_made_up_session_is_none(stranger):
    stranger.cookies.set(COOKIE, "made-up")
    assert stranger.get("/inbox").status_code == 401


def test_a_one_time_link_signs_in(stranger):
    answer = stranger.get("/login", params={"token": TOKEN})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert stranger.get("/inbox").status_code == 200


def test_a_used_link_says_which_command_makes_another(stranger):
    answer = stranger.get("/login", params={"token": "used"})
    assert answer.status_code == 410
    assert "chargehand login" in answer.text
    assert COOKIE not in answer.headers.get("set-cookie", "")


def test_a_link_from_a_mail_opens_once_a_page_of_ours_asks(stranger):
    """Browsers withhold a strict cookie from a request that another site's page began."""
    answer = stranger.get("/inbox/P-1?site=KENT", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200
    assert 'content="0; url=/inbox/P-1?site=KENT"' in answer.text


def test_htmx_is_sent_to_the_sign_in_page(stranger):
    answer = stranger.get("/inbox/P-1", headers={"HX-Request": "true"})
    assert answer.headers["hx-redirect"] == "/login"


@pytest.mark.parametrize("fields", [{}, {TOKEN_FIELD: "guessed"}, {TOKEN_FIELD: "gü"}])
def test_a_form_of_another_session_does_nothing(browser, plant, fields):
    answer = browser.post("/inbox/P-1/approve", data={"version": "1", **fields})
    assert answer.status_code == 403
    assert "nothing was done" in answer.text
    assert not plant.acts


def test_a_huge_form_is_refused_unread(browser, plant):
    answer = browser.post("/inbox/P-1/reject", data={"text": "x" * 100_000})
    assert answer.status_code == 413
    assert not plant.acts


def test_signing_out_forgets_the_session(browser, send):
    assert send("/logout").headers["location"] == "/login"
    assert browser.get("/inbox").status_code == 401


def test_the_theme_is_kept_and_leads_back(send, browser):
    answer = send("/theme", theme="dark", back="/stock")
    assert answer.headers["location"] == "/stock"
    assert 'data-theme="dark"' in browser.get("/stock").text


@pytest.mark.parametrize("back", ["https://evil.example", "//evil.example", "/\\evil.example"])
def test_the_theme_never_leads_away(send, back):
    assert send("/theme", theme="dark", back=back).headers["location"] == "/inbox"
