"""Policy: its lines have addresses, its mistakes have lines, and others sign its changes."""

from __future__ import annotations

import re

import pytest

from chargehand.governance.policy import demo_policy_text
from chargehand.web.policy_text import anchor, difference, is_clause, numbered


def test_each_clause_of_a_ruling_leads_to_its_line(browser):
    link = re.search(r'href="(/policy/version/14#phases-2)"', browser.get("/inbox/P-1").text)
    text = browser.get(link[1].partition("#")[0]).text
    line = re.search(r'<li id="phases-2"[^>]*>.*?<code>(.*?)</code>', text, re.DOTALL)
    assert line[1] == "[[phases]]"


def test_anchors_name_the_table_and_key_that_a_clause_names():
    text = 'version = 1\n\n[[phases]]\nsite = "*"\n[[phases]]\ncost_max = "EUR 1.00"\n'
    named = {line.anchor: line.number for line in numbered(text) if line.anchor}
    assert named[anchor("phases[2].cost_max")] == 6
    assert named[anchor("phases[1].site")] == 4
    assert len(named) == 5


@pytest.mark.parametrize("clause", ["stop", "breaker", "demotion.person", "phases (default)"])
def test_what_stands_in_no_text_is_no_link(clause):
    assert not is_clause(clause)


def test_the_difference_of_two_texts_is_their_lines():
    before = "\n".join(f"line {n}" for n in range(40))
    lines = difference(before, before.replace("line 20", "line twenty"))
    changed = [(line.sign, line.text) for line in lines if line.sign in "+-"]
    assert changed == [("-", "line 20"), ("+", "line twenty")]
    assert len(lines) == 9
    assert difference(before, before) == ()


def test_versions_say_who_proposed_and_who_signed(browser):
    page = browser.get("/policy/history").text
    assert "a.okafor" in page
    assert 'href="/policy/requests/C-3"' in page
    differing = browser.get("/policy/version/14?against=13").text
    assert "value_max = &#34;EUR 20,000.00&#34;" in differing
    assert browser.get("/policy/version/99").status_code == 404


def test_a_mistake_is_told_beside_its_line_and_nothing_is_proposed(send, plant):
    text = demo_policy_text().replace('value_max = "EUR 25,000.00"', 'value_max = "many"', 1)
    answer = send("/policy/propose", text=text, because="More room for planners", act="propose")
    assert answer.status_code == 422
    wrong = re.search(r'class="[^"]*wrong"><span class="at">(\d+)</span>', answer.text)
    assert text.splitlines()[int(wrong[1]) - 1].startswith("value_max")
    assert "many" in answer.text
    assert not plant.acts


def test_a_check_shows_words_tests_and_what_last_week_would_have_been_ruled(send, plant):
    answer = send(
        "/policy/propose", text=demo_policy_text().replace("25,000", "30,000"), act="check"
    )
    assert "What the last 7 days would have been ruled" in answer.text
    assert "Carry 43 &lt;pcs&gt;" in answer.text
    assert "Every test passes." in answer.text
    assert 'class="added"' in answer.text
    assert not plant.acts


def test_a_failing_policy_test_is_named(send, plant, browser):
    plant.fails = True
    assert "1 of 1 fail" in browser.get("/policy/tests").text
    answer = send("/policy/propose", text=demo_policy_text(), act="check")
    assert "A buyer may not approve &lt;counts&gt;" in answer.text


def test_proposing_keeps_the_text_until_it_says_why(send, plant):
    text = demo_policy_text().replace("25,000", "30,000")
    answer = send("/policy/propose", text=text, because="so", act="propose")
    assert answer.status_code == 422
    assert "30,000.00" in answer.text
    assert not plant.acts
    done = send("/policy/propose", text=text, because="More room for planners", act="propose")
    assert done.headers["location"] == "/policy/requests/C-4"
    assert plant.acts == [("propose", text, "m.weber", "More room for planners")]


def test_a_file_takes_the_place_of_the_field(browser, plant):
    from chargehand.web.session import TOKEN_FIELD, form_token
    from tests.web.fake_plant import SESSION

    text = demo_policy_text().replace("25,000", "31,000")
    answer = browser.post(
        "/policy/propose",
        data={TOKEN_FIELD: form_token(SESSION, "salt"), "text": "", "act": "check"},
        files={"file": ("policy.toml", text.encode(), "text/plain")},
    )
    assert answer.status_code == 200
    assert "31,000.00" in answer.text


def test_whoever_may_sign_signs_and_others_are_told_who_may(browser, send, plant):
    assert 'action="/policy/requests/C-4/sign"' in browser.get("/policy/requests/C-4").text
    plant.may_sign = ("a.okafor",)
    page = browser.get("/policy/requests/C-4").text
    assert "/sign" not in page
    assert "a.okafor may" in page
    send("/policy/requests/C-4/sign", revision="1")
    assert plant.acts == [("sign", "C-4", "m.weber", "")]


def test_rejecting_needs_a_reason_and_a_request_read_before_it_changed_is_not_signed(send, plant):
    assert send("/policy/requests/C-4/reject", because="no").status_code == 422
    assert send("/policy/requests/C-4/sign", revision="7").status_code == 409
    assert not plant.acts
    send("/policy/requests/C-4/reject", revision="1", because="Too early, wait for December")
    assert plant.acts[0][0] == "reject"


def test_only_the_proposer_withdraws(browser, plant):
    assert "/withdraw" not in browser.get("/policy/requests/C-4").text
    plant.proposer = "m.weber"
    assert "/withdraw" in browser.get("/policy/requests/C-4").text


def test_a_promotion_shows_its_evidence_and_its_dry_run(browser):
    page = browser.get("/policy/requests/C-4").text
    assert "63 of 64 right" in page
    assert "1 of 20 measured" in page
    assert 'href="/inbox/P-7?state=all"' in page


def test_a_request_that_there_is_not(browser):
    assert browser.get("/policy/requests/C-99").status_code == 404
