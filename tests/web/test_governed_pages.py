"""Autonomy, reviews, approvals, access, notices, trust and the audit explorer."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from chargehand.governance.access import KeyScope
from chargehand.outcomes.trust import LastDrill
from chargehand.plant.reading import BreakerRow
from tests.web.fake_plant import NOW, SESSION


def row_of(page, name):
    return next(row for row in page.split("<tr") if name in row)


# ---------------------------------------------------------------------------- autonomy


def test_zones_that_stand_alike_are_one_row(browser):
    page = browser.get("/autonomy").text
    rows = [row for row in page.split("<tr") if 'id="row-reorder_parameters' in row]
    assert len(rows) == 1
    assert '<td class="num mono">0 / 0 / 0</td>' in rows[0]


def test_lowering_takes_one_press_and_raising_leads_to_its_evidence(browser, send, plant):
    row = row_of(browser.get("/autonomy").text, "KENT, MRO")
    assert 'action="/autonomy/lower"' in row
    assert 'aria-current="true">Automate' in row
    raised = row_of(browser.get("/autonomy").text, "KENT, RAW")
    assert 'href="/autonomy/raise?decision=mro_replenishment&amp;site=KENT&amp;zone=RAW' in raised
    send("/autonomy/lower", decision="mro_replenishment", site="KENT", zone="MRO", to="assist")
    assert plant.acts == [("demote", "mro_replenishment", "KENT", "MRO", "assist", "m.weber", "")]
    assert "Lowered: person" in browser.get("/autonomy").text


def test_a_breaker_shows_its_cause_and_cure_and_keeps_a_reason_that_was_too_short(
    browser, send, plant
):
    plant.breakers = (
        BreakerRow(
            decision="mro_replenishment", site="KENT", zone="RAW", cause="overrides",
            because="4 wrong drops in 2 h", cure="look at the cases", opened_at=NOW,
        ),
    )  # fmt: skip
    row = row_of(browser.get("/autonomy").text, "4 wrong drops in 2 h")
    assert "Open since" in row
    assert "Look at the cases." in row
    scope = {"decision": "mro_replenishment", "site": "KENT", "zone": "RAW"}
    refused = send("/autonomy/close", **scope, because="<ok>")
    assert refused.status_code == 422
    assert 'value="&lt;ok&gt;"' in refused.text
    send("/autonomy/close", **scope, because="Read the 4 cases with the shift")
    assert plant.acts == [
        ("close", "mro_replenishment", "KENT", "RAW", "Read the 4 cases with the shift")
    ]


def test_the_stop_is_on_every_page_and_gone_once_stopped(browser, send):
    assert 'action="/autonomy/stop"' in browser.get("/stock").text
    send("/autonomy/stop")
    page = browser.get("/stock").text
    assert 'action="/autonomy/stop"' not in page
    assert "Automation is stopped" in page


def test_after_a_stop_or_a_lowering_the_page_asks_why(browser, send, plant):
    scope = {"decision": "mro_replenishment", "site": "KENT", "zone": "MRO", "to": "assist"}
    send("/autonomy/lower", **scope)
    asked = row_of(browser.get("/autonomy").text, "KENT, MRO")
    assert "Why it was lowered" in asked
    send("/autonomy/lower", **scope, because="wrong picks")
    assert plant.acts[-1][-1] == "wrong picks"
    send("/autonomy/stop")
    assert "Why it was stopped" in browser.get("/autonomy").text
    send("/autonomy/stop", because="smoke at dock 2")
    assert "Why it was stopped" not in browser.get("/autonomy").text


def test_the_inbox_says_whose_queue_a_proposal_waits_in(browser, plant):
    row = plant.rows["P-1"]
    plant.rows["P-1"] = replace(row, roster="night", escalated=2, handed_to=("planner", "lead"))
    page = " ".join(browser.get("/inbox").text.split())
    assert "Queue night, handed on to planner, lead (2 times)" in page


def test_an_overdue_review_is_said_where_automation_is(browser, plant):
    plant.overdue = True
    for path in ("/autonomy", "/reviews"):
        assert "The review of KENT is overdue" in browser.get(path).text


def test_raising_shows_evidence_and_is_proposed_with_its_limits(browser, send, plant):
    scope = {"decision": "mro_replenishment", "site": "KENT", "zone": "RAW", "to": "automate"}
    page = browser.get("/autonomy/raise", params=scope).text
    assert "not enough is shown yet" in page
    assert "Dry run over the last 28 days" in page
    limits = {"cost_max": "250.00", "spend_per_day_max": "2000", "confidence_min": "90"}
    send("/autonomy/raise", **scope, **limits, because="Right for two months")
    (_, *where, given, by) = plant.acts[0]
    assert where == ["mro_replenishment", "KENT", "RAW", "automate"]
    assert (str(given.cost_max), given.confidence_min, by) == ("EUR 250.00", 0.9, "m.weber")


@pytest.mark.parametrize(
    "wrong", [{"cost_max": "many"}, {"confidence_min": "900"}, {"count_per_day_max": "-1"}]
)
def test_a_limit_that_is_none_is_told_and_nothing_is_proposed(send, plant, wrong):
    scope = {"decision": "mro_replenishment", "site": "KENT", "zone": "RAW", "to": "automate"}
    limits = {"cost_max": "250", "spend_per_day_max": "2000", "confidence_min": "90"} | wrong
    answer = send("/autonomy/raise", **scope, **limits, because="Right for two months")
    assert answer.status_code == 422
    assert "Nothing was proposed." in answer.text
    assert not plant.acts


# ---------------------------------------------------------------------------- reviews


def test_a_pack_opens_at_the_first_case_without_an_answer_and_goes_on(browser, send, plant):
    assert "case 1 of 3" in browser.get("/reviews/5").text
    answer = send("/reviews/5", case="P-3", verdict="fine", text="")
    assert answer.headers["location"] == "/reviews/5?case=P-4"
    assert plant.acts == [("answer", 5, "P-3", "fine", "m.weber", "")]
    assert "case 2 of 3" in browser.get("/reviews/5").text
    assert "1 of 3 answered" in browser.get("/reviews/5").text


def test_the_last_answer_completes_a_review(browser, send):
    for case in ("P-3", "P-4", "b-1"):
        send("/reviews/5", case=case, verdict="unclear")
    assert "This review is completed." in browser.get("/reviews/5").text


def test_an_answer_that_is_none_is_refused_and_the_text_stays(send, plant):
    answer = send("/reviews/5", case="P-3", verdict="perhaps", text="Looked <odd>")
    assert answer.status_code == 422
    assert "Looked &lt;odd&gt;</textarea>" in answer.text
    assert not plant.acts


# ---------------------------------------------------------------------------- approvals


def test_a_role_and_a_transaction_say_the_limit_and_its_line(browser):
    page = browser.get("/approvals").text
    row = row_of(page, "Planner<br>")
    link = re.search(r'href="/policy#(grants-\d+)">to €\xa025,000.00</a>', row)
    assert f'id="{link[1]}"' in browser.get("/policy").text
    assert "Martina Weber" in row


def test_programs_are_not_among_those_who_approve(browser):
    table = browser.get("/approvals").text.split("What a yes needs")[0]
    assert "Link to ERP" not in table


def test_standing_in_is_made_seen_and_ended(browser, send, plant):
    made = {"to": "t.kaya", "until": "2026-11-23T08:00Z", "value_max": "EUR 500.00"}
    short = send("/approvals/stand-in", **made, because="x")
    assert short.status_code == 422
    assert 'value="EUR 500.00"' in short.text
    send("/approvals/stand-in", **made, because="On leave until Monday")
    assert str(plant.stand_ins[0].scope.value_max) == "EUR 500.00"
    assert "up to €\xa0500.00" in browser.get("/approvals").text
    send("/approvals/stand-in/end", delegation="D-1")
    assert plant.stand_ins[0].state == "ended"


@pytest.mark.parametrize("wrong", [{"until": "someday"}, {"value_max": "a lot"}])
def test_standing_in_that_cannot_be_read_is_told(send, plant, wrong):
    fields = {"to": "t.kaya", "until": "2026-11-23T08:00Z", "because": "On leave until Monday"}
    assert send("/approvals/stand-in", **(fields | wrong)).status_code == 422
    assert not plant.stand_ins


# ---------------------------------------------------------------------------- access


def test_locks_sessions_and_keys_are_seen_and_ended(browser, send, plant):
    page = browser.get("/access").text
    assert "Locked" in row_of(page, "t.kaya</code>")
    send("/access/unlock/t.kaya")
    send("/access/sessions/end/chs_ab12")
    assert plant.acts == [("unlock", "t.kaya"), ("end session", "chs_ab12")]


def test_a_secret_is_shown_once_and_never_in_a_cookie_or_address(browser, send):
    answer = send("/access/link/t.kaya")
    assert "/login?token=one-time-secret" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "one-time-secret" not in browser.get("/access").text
    made = send("/access/keys", person="erp.link", label="Night run", days="30")
    assert "chk_whole-secret" in made.text
    assert "set-cookie" not in made.headers
    assert "chk_whole-secret" not in browser.get("/access/keys").text


def test_a_key_is_limited_to_acts_and_sites(send, plant):
    send("/access/keys", person="erp.link", label="Night run", days="30", acts="report",
         sites="KENT")  # fmt: skip
    assert plant.acts == [("key", "erp.link", "Night run", 30, ("report",), ("KENT",))]
    assert send("/access/keys", person="erp.link", label="x", days="some").status_code == 422


def test_rotating_makes_another_key_and_revoking_ends_one(send, plant):
    assert "chk_whole-secret" in send("/access/keys/chk_cd34/rotate", hours="24").text
    send("/access/keys/chk_cd34/end")
    assert [act[0] for act in plant.acts] == ["rotate", "end key"]


def test_others_see_no_accounts_and_may_do_nothing_about_them(browser, send, plant):
    plant.administers = False
    page = browser.get("/access").text
    assert "m.weber may not administer accounts" in page
    assert "/access/lock/" not in page
    assert send("/access/lock/t.kaya", because="suspected").status_code == 403
    assert not plant.acts


def test_why_not_names_the_clause_that_decided(browser):
    page = browser.get("/access/explain?who=m.weber&what=approve&value=EUR+2000").text
    assert "limit of €\xa01,000.00 &lt;is&gt; lower" in page
    assert 'href="/policy#grants-2"' in page
    assert "is not known here" in browser.get("/access/explain?who=nobody&what=read").text


# ---------------------------------------------------------------------------- notices, trust


def test_the_bell_counts_what_was_not_seen(browser, send):
    assert re.search(r'id="notices" class="count">3<', browser.get("/inbox").text)
    send("/notices/seen", number="2")
    assert re.search(r'id="notices" class="count">2<', browser.get("/inbox").text)
    assert "escalation &lt;b&gt;2" not in browser.get("/notices").text
    send("/notices/seen", all="1")
    assert "Nothing new." in browser.get("/notices").text


def test_trust_figures_say_how_sure_they_are_and_withhold_what_tells_of_few(browser):
    page = browser.get("/outcomes").text
    assert "≥ 78 %" in row_of(page, "All decisions</th>")
    levels = row_of(page, "Change stock levels</th>")
    assert "Fewer than 3 people decided here" in levels
    assert 'class="chart calibration"' in page
    assert "KENT: 7.5 questions an hour" in page


def test_no_figure_is_about_one_person(browser):
    page = browser.get("/outcomes").text.split("<main")[1]
    people = ("m.weber", "t.kaya", "s.lindqvist", "j.novak", "a.okafor", "Kaya", "Lindqvist")
    assert not [name for name in people if name in page]


def test_a_period_without_anything_says_so(browser, plant):
    plant.silent = True
    assert "Nothing was proposed, decided or measured" in browser.get("/outcomes").text


# ---------------------------------------------------------------------------- audit


def test_one_box_finds_and_the_address_keeps_it(browser):
    page = browser.get("/audit?q=P-3&kind=proposal").text
    assert "Entries of P-3, found by its key." in page
    assert 'href="/audit/3?q=P-3&amp;kind=proposal"' in page
    assert page.count('class="row event"') == 1


def test_an_empty_stretch_says_how_far_it_looked_and_goes_on(browser):
    page = browser.get("/audit?q=far+back").text
    assert "Nothing found in the newest 40,000 entries." in page
    following = re.search(r'rel="next" href="([^"]+)"', page)[1].replace("&amp;", "&")
    assert 'class="row event"' in browser.get(following).text


def test_htmx_gets_the_entry_without_the_list(browser):
    pane = browser.get("/audit/3", headers={"HX-Target": "section#pane"}).text
    assert 'data-entry="3"' in pane
    assert 'class="row event"' not in pane


def test_an_entry_says_whether_a_signed_checkpoint_holds_it(browser):
    assert "within the checkpoint of 8 entries" in browser.get("/audit/3").text
    assert "the newest checkpoint is about 8 entries" in browser.get("/audit/9").text


def test_fallbacks_say_what_happens_and_when_they_were_last_drilled(browser, plant):
    page = browser.get("/autonomy").text
    assert "The declared minimum decides." in page
    assert "Never drilled here" in page
    report = plant.trust()
    drill = LastDrill(at=NOW, works=False, drilled=12, failed=("cycle_count: drifting",))
    plant.trust = lambda **_: replace(report, last_drill=drill)
    assert "1 of 12 did not work" in browser.get("/autonomy").text


def test_a_session_by_badge_is_shown_the_pages_of_the_line_only(browser, plant, monkeypatch):
    at_the_line = KeyScope(acts=frozenset({"read", "report"}))
    bearer = replace(plant.visitor(SESSION), scope=at_the_line)
    monkeypatch.setattr(plant, "visitor", lambda *_, **__: bearer)
    page = browser.get("/floor").text
    assert 'href="/stock" ' in page
    assert 'href="/access"' not in page
    assert 'href="/inbox" data-go' not in page


def test_pages_that_a_role_may_not_see_are_not_offered(browser, plant, monkeypatch):
    def sites_where(person, act, scope):
        return frozenset() if act == "audit" else frozenset({"*"})

    monkeypatch.setattr(plant, "sites_where", sites_where)
    page = browser.get("/inbox").text
    assert 'href="/audit" data-go' not in page
    assert 'href="/policy" data-go' in page
