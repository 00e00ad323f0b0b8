"""Every page: real links, nothing inline, nothing from outside, and it says why it is empty."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from chargehand.web.console import mount
from chargehand.web.render import RAIL
from tests.web.fake_plant import TOKEN, FakePlant

STOCK = [
    "/stock?as_of=2026-11-19T14:00Z", "/lot?material=GLUE-577&lot=S-0907",
    "/lot?material=GLUE-577&lot=S-0907&direction=backward", "/recall",
    "/recall?material=GLUE-577&lot=S-0907", "/movements", "/movements/6", "/holds?new=1",
    "/holds/one?key=QN%2F1+a", "/reconciliation/D-120.3",
]  # fmt: skip
GOVERNED = [
    "/inbox?whose=mine", "/notices", "/notices?show=all", "/policy/tests", "/policy/propose",
    "/policy/requests", "/policy/requests?state=all", "/policy/requests/C-4", "/policy/history",
    "/policy/version/14", "/policy/version/14?against=13", "/reviews/5", "/reviews/5?case=P-4",
    "/autonomy/raise?decision=mro_replenishment&site=KENT&zone=RAW&to=automate",
    "/access/keys", "/access/explain", "/access/explain?who=m.weber&what=approve",
    "/audit?q=P-3", "/audit?q=far+back", "/outcomes?days=7",
]  # fmt: skip
PAGES = [
    *(entry.path for entry in RAIL), "/inbox/P-1", "/audit/3", "/audit?verify=1", *STOCK,
    *GOVERNED,
]  # fmt: skip


def signed_in(plant, prefix=""):
    app = FastAPI()
    mount(app, plant)
    browser = TestClient(app, root_path=prefix)
    browser.get(f"{prefix}/login", params={"token": TOKEN})
    return browser


@pytest.mark.parametrize("path", PAGES)
def test_a_page_obeys_its_own_security_policy(browser, path):
    answer = browser.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")
    assert not re.search(r"\s(style|on\w+)=", answer.text)
    assert not re.search(r"<style|<script(?![^>]*src=)", answer.text)
    assert not re.search(r"""(src|href|action)=["'](https?:)?//""", answer.text)


@pytest.mark.parametrize("path", PAGES)
def test_every_address_keeps_the_prefix_of_a_proxy(path):
    browser = signed_in(FakePlant(), "/plant/3")
    answer = browser.get(f"/plant/3{path}")
    assert answer.status_code == 200
    found = re.findall(r"""(?:src|href|action|hx-get|data-live)=["'](/[^"']*)""", answer.text)
    assert len(found) > 10
    assert not [address for address in found if not address.startswith("/plant/3/")]
    statics = {address for address in found if "/static/" in address}
    assert all(browser.get(address).status_code == 200 for address in statics)


def test_every_rail_entry_leads_to_a_page(browser):
    assert all(browser.get(entry.path).status_code == 200 for entry in RAIL)
    assert len({entry.key for entry in RAIL}) == len(RAIL)


def test_every_row_of_the_inbox_is_a_link(browser):
    page = browser.get("/inbox").text
    for number in range(1, 13):
        assert f'id="row-P-{number}" href="/inbox/P-{number}"' in page


def test_what_the_plant_says_is_text_not_markup(browser):
    assert "&lt;B&gt;" in browser.get("/inbox").text
    assert "<script>alert" not in browser.get("/audit/3").text


def test_htmx_gets_the_pane_without_the_list(browser):
    pane = browser.get("/inbox/P-2", headers={"HX-Target": "section#pane"}).text
    assert 'data-proposal="P-2"' in pane
    assert 'class="row"' not in pane


def test_five_hundred_rows_come_a_hundred_at_a_time():
    browser = signed_in(FakePlant(waiting=500))
    seen, address = [], "/inbox"
    while address:
        page = browser.get(address).text
        seen += re.findall(r'data-id="(P-\d+)\.1"', page)
        following = re.search(r'rel="next"[^>]* href="([^"]+)"', page)
        address = following and following[1].replace("&amp;", "&")
        assert len(seen) % 100 == 0
    assert len(set(seen)) == 500


def test_an_address_shows_a_colleague_the_same_list(browser):
    page = browser.get("/inbox?zone=RAW&decision=mro_replenishment").text
    assert 'data-id="P-1.1"' in page
    assert 'data-id="P-2.1"' not in page
    assert 'href="/inbox/P-1?decision=mro_replenishment&amp;zone=RAW"' in page


def test_a_plant_without_signals_says_so():
    browser = signed_in(FakePlant(waiting=0, silent=True, tasks_open=0))
    assert "no source has sent anything" in browser.get("/inbox").text
    assert "No signal yet" in browser.get("/inbox").text
    assert "No source has sent anything yet" in browser.get("/sources").text
    assert "Nothing has been measured yet" in browser.get("/outcomes").text


def test_an_empty_inbox_says_what_was_done_instead():
    browser = signed_in(FakePlant(waiting=0))
    assert "212 done by policy" in browser.get("/inbox").text
    assert "No proposal fits this filter" in browser.get("/inbox?zone=NOWHERE").text


def test_a_demo_never_looks_live(browser, plant):
    assert "is-simulation" in browser.get("/inbox").text
    plant.simulation = False
    assert "imulation" not in browser.get("/inbox").text


def test_an_altered_journal_is_an_alarm(browser, plant):
    assert "The journal holds." in browser.get("/audit?verify=1").text
    plant.intact = False
    page = browser.get("/audit?verify=1").text
    assert "The journal was altered." in page
    assert "entry 7: its text does not match its hash" in page


def test_stock_is_found_by_any_part_of_its_words(browser):
    assert "MRO-VALVE-001" in browser.get("/stock?text=solenoid").text
    assert "SK-19" not in browser.get("/stock?text=solenoid").text
    assert "No stock fits this filter" in browser.get("/stock?text=unobtainium").text


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("P-3", "/inbox/P-3"),
        ("p-3", "/inbox/P-3"),
        ("#7", "/audit/7"),
        ("7", "/audit/7"),
        ("4711", "/stock?text=4711"),
        ("valve", "/stock?text=valve"),
        ("", "/stock"),
    ],
)
def test_find_opens_what_was_typed(browser, typed, place):
    assert browser.get("/find", params={"q": typed}).headers["location"] == place


@pytest.mark.parametrize("path", ["/audit/99", "/audit/x", "/inbox/P-99", "/inbox/%3Cb%3E"])
def test_what_is_not_there_is_not_found(browser, path):
    answer = browser.get(path)
    assert answer.status_code == 404
    assert "There is no" in answer.text or "has no entry" in answer.text
    assert "<b>" not in answer.text


def test_a_fault_comes_with_its_cure(browser):
    page = browser.get("/sources").text
    assert "&#39;12,5&#39; is not an amount." in page
    assert "Write it with a point: 12.5." in page


def test_an_outcome_links_to_its_proposal(browser, send):
    send("/inbox/P-1/approve", version="1")
    page = browser.get("/outcomes").text
    assert 'href="/inbox/P-1?state=all"' in page
    assert "€\xa01,420" in page


def test_evidence_links_to_the_journal(browser):
    assert 'href="/audit/5"' in browser.get("/inbox/P-1").text


def test_a_replay_says_whether_it_is_identical(browser):
    assert "identical, bit for bit" in browser.get("/inbox/P-1?replay=1").text


def test_a_state_that_there_is_not_is_said_and_the_others_are_offered(browser):
    page = browser.get("/inbox?state=garbage").text
    assert "There is no state garbage." in page
    assert 'href="/inbox?state=rejected"' in page
    assert 'class="row"' not in page


@pytest.mark.parametrize("path", ["/nonsense", "/inbox/P-1/a/b", "/floor/confirm"])
def test_a_browser_gets_a_page_where_there_is_none(browser, stranger, path):
    answer = browser.get(path, headers={"Accept": "text/html,*/*"})
    assert answer.status_code in {404, 405}
    assert f"There is no page {path}." in answer.text
    assert 'aria-label="Pages"' in answer.text


def test_a_program_and_a_stranger_are_answered_as_before(stranger):
    assert stranger.get("/nonsense").json() == {"detail": "Not Found"}
    assert stranger.get("/v1/nonsense", headers={"Accept": "text/html"}).json()
    answer = stranger.get("/nonsense", headers={"Accept": "text/html"})
    assert answer.status_code == 401
    assert "Sign in" in answer.text


def test_a_place_that_the_headline_names_is_not_said_twice(browser, plant):
    row = plant.rows["P-1"]
    plant.rows["P-1"] = replace(row, label="6205@A-01", headline="Count 6205 at A-01")
    page = browser.get("/inbox").text
    assert "Count 6205 at A-01" in page
    assert "6205@A-01 <span" not in page


def test_each_kind_of_decision_and_phase_has_one_name(browser):
    assert ">Replenish spare<" in browser.get("/inbox").text
    autonomy = browser.get("/autonomy").text
    assert "MRO replenishment" not in autonomy
    assert "Replenish spare" in autonomy
    assert "by Replenish spare" in browser.get("/inbox/P-1").text
    assert "Replenish spare" in browser.get("/audit").text
