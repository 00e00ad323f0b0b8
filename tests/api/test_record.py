"""Reading the record through windows that fit together."""

from __future__ import annotations

import pytest

from tests.api.conftest import BULK, FACE, MASTER, SITE, VALVE, envelope, received


def walk(client, address):
    """Follow the next links from a list's first window; the windows."""
    while address:
        answer = client.get(address)
        assert answer.status_code == 200, answer.text
        yield answer.json()["rows"]
        address = answer.json()["next"]


def test_windows_hold_every_row_once(client, post, stocked):
    for number in range(7):
        place = {"location": f"B-{number}", "site": SITE}
        post(envelope(f"b{number}", "location_defined", definition=place))
        post(received(f"f{number}", location=f"B-{number}"))
    windows = list(walk(client, f"/v1/stock?limit=4&site={SITE}"))
    assert [len(window) for window in windows] == [4, 4, 1]
    places = [row["location"] for window in windows for row in window]
    assert sorted(places) == sorted([BULK, FACE, *(f"B-{number}" for number in range(7))])


def test_a_cursor_of_another_list_is_refused(client, stocked):
    following = client.get("/v1/stock?limit=1").json()["next"]
    after = following.partition("after=")[2].partition("&")[0]
    for address in (f"/v1/journal?after={after}", f"/v1/stock?site=X&after={after}"):
        answer = client.get(address)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["parameter"] == "after"


@pytest.mark.parametrize("after", ["", "zzzz", "%00", "%F0%9F%98%80", "a" * 1_999, "%FF"])
def test_a_made_up_cursor_is_refused(client, after):
    assert client.get(f"/v1/stock?after={after}").status_code == 422


def test_the_journal_holds_what_came_and_the_chain_holds(client, post, stocked):
    rows = [row for window in walk(client, "/v1/journal?limit=3") for row in window]
    assert sorted(row["number"] for row in rows) == list(range(len(rows)))
    (row,) = client.get("/v1/journal?kind=goods_received&key=person:m.weber/r1").json()["rows"]
    assert row["body"]["material"] == VALVE
    assert len(row["leaf"]) == 64
    assert client.get(f"/v1/journal/{row['number']}").json() == row
    assert client.get(f"/v1/journal/{len(rows)}").status_code == 404
    report = client.get("/v1/audit/verification").json()
    assert report["holds"]
    assert report["entries"] == len(rows)


def test_the_overview_says_how_fresh_it_is(client, stocked):
    overview = client.get("/v1/overview").json()
    assert overview["enterprise"] == "Kent"
    assert overview["sites"] == [SITE]
    assert overview["last_signal_at"].endswith("Z")


def test_outcomes_come_when_they_can_be_seen(client, waiting):
    assert client.get("/v1/outcomes").json() == {"rows": [], "next": None}


def test_a_misspelt_or_doubled_filter_is_refused(client, stocked):
    for query in ("sight=KENT", "site=KENT&site=YORK"):
        answer = client.get(f"/v1/stock?{query}")
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["parameter"] == query.partition("=")[0]


def test_decisions_are_listed_with_their_fallback(client):
    rows = client.get("/v1/decisions").json()["rows"]
    assert {"mro_replenishment"} <= {row["name"] for row in rows}
    assert all(row["purpose"] and row["fallback"] for row in rows)


def test_a_hearing_says_no_with_a_reason(client, post):
    post(MASTER)
    report = client.post("/v1/decisions/hearing", json={"site": SITE}).json()
    assert report["asked"] > 0
    refusals = client.get("/v1/refusals", params={"site": SITE}).json()["rows"]
    assert sum(report["refused"].values()) == len(refusals)


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"site": "NOWHERE"}, 404),
        ({"decision": "none"}, 404),
        ({"as_of": "2026-01-05"}, 422),
        ({"as_of": "9999-12-31T23:59:59Z"}, 422),
        ({"sites": []}, 422),
        ([], 422),
    ],
)
def test_a_hearing_about_nothing_is_refused(client, stocked, asked, status):
    assert client.post("/v1/decisions/hearing", json=asked).status_code == status
