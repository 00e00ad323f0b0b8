"""Approve, change, reject: an act takes effect once, or says why not, losing nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chargehand.governance.approval import REJECTION_REASONS
from chargehand.plant.delegating import EVERYTHING, DelegationRow
from tests.web.fake_plant import NOW


def standing_in():
    return DelegationRow(
        id="D-1", from_person="a.okafor", to_person="m.weber", scope=EVERYTHING, since=NOW,
        until=NOW + timedelta(days=3), because="On leave", state="in_force",
    )  # fmt: skip


def test_approving_goes_on_to_the_next_and_says_what_came_of_it(browser, send, plant):
    answer = send("/inbox/P-2/approve", version="1")
    assert plant.acts == [("approve", "P-2", "m.weber", "")]
    assert answer.headers["location"] == "/inbox/P-3"
    following = browser.get("/inbox/P-3").text
    assert "P-2 is approved; 1 order goes out." in following
    assert 'href="/inbox/P-2"' in following
    assert "is approved" not in browser.get("/inbox/P-3").text


def test_after_the_last_comes_the_one_before(send):
    assert send("/inbox/P-12/approve", version="1").headers["location"] == "/inbox/P-11"


def test_the_filter_is_kept_over_an_act(send):
    answer = send("/inbox/P-2/approve", version="1", zone="MRO")
    assert answer.headers["location"] == "/inbox/P-4?zone=MRO"


def test_a_justification_is_asked_for_and_what_was_typed_stays(send, plant):
    plant.asks_why = True
    answer = send("/inbox/P-1/approve", version="1", justification="<short>")
    assert answer.status_code == 422
    assert "an approval needs a justification" in answer.text
    assert "&lt;short&gt;</textarea>" in answer.text
    assert answer.headers["hx-push-url"] == "false"
    assert not plant.acts
    send("/inbox/P-1/approve", version="1", justification="Line 2 would stop tonight")
    assert plant.acts == [("approve", "P-1", "m.weber", "Line 2 would stop tonight")]


def test_a_stale_version_is_not_approved(send, plant):
    plant.move_on("P-1")
    answer = send("/inbox/P-1/approve", version="1")
    assert answer.status_code == 409
    assert "Changed while you looked; nothing was done." in answer.text
    assert "this is version 2" in answer.text
    assert not plant.acts


def test_what_a_colleague_decided_is_not_decided_again(send, plant):
    send("/inbox/P-1/reject", version="1", reason="not_needed")
    answer = send("/inbox/P-1/approve", version="2")
    assert answer.status_code == 409
    assert "no longer waits" in answer.text
    assert len(plant.acts) == 1


@pytest.mark.parametrize("reason", [key for key in REJECTION_REASONS if key != "other"])
def test_rejecting_takes_a_reason_from_the_list(browser, send, plant, reason):
    assert f'value="{reason}"' in browser.get("/inbox/P-1").text
    send("/inbox/P-1/reject", version="1", reason=reason, text=" seen on the floor ")
    assert plant.acts == [("reject", "P-1", reason, "seen on the floor")]


def test_a_reason_in_own_words_is_not_lost_when_it_is_too_short(send, plant):
    answer = send("/inbox/P-1/reject", version="1", reason="other", text="no")
    assert answer.status_code == 422
    assert "say what it is" in answer.text
    assert ">no</textarea>" in answer.text
    assert 'data-act="reject" open' in answer.text
    assert not plant.acts


def test_only_what_was_changed_is_sent(browser, send, plant):
    assert 'name="quantity" value="41"' in browser.get("/inbox/P-1").text
    answer = send("/inbox/P-1/change", version="1", quantity="30", from_location="BULK-RACK-A12")
    assert plant.acts == [("change", "P-1", {"quantity": "30"})]
    assert answer.headers["location"] == "/inbox/P-1"
    assert "version 2 now and waits again" in browser.get("/inbox/P-1").text


def test_a_change_of_nothing_is_told(send, plant):
    answer = send("/inbox/P-1/change", version="1", quantity="41")
    assert answer.status_code == 422
    assert "Nothing is different" in answer.text
    assert not plant.acts


def test_a_forgotten_proposal_is_not_found(send):
    assert send("/inbox/P-99/approve", version="1").status_code == 404


def test_reloading_the_address_of_a_form_shows_the_decision(browser):
    assert browser.get("/inbox/P-1/approve").headers["location"] == "/inbox/P-1"


def test_nothing_promises_to_take_back_what_nobody_has_approved(browser):
    page = browser.get("/inbox/P-1").text
    assert 'action="/inbox/none/undo" data-until="" hidden' in page
    assert "/inbox/P-1/undo" not in page


def test_an_approval_can_be_taken_back_from_the_next_page(browser, send, plant):
    plant.undo_until = NOW + timedelta(seconds=90)
    send("/inbox/P-2/approve", version="1")
    page = browser.get("/inbox/P-3").text
    assert 'action="/inbox/P-2/undo" data-until="2026-11-20T09:31:30+00:00">' in page
    assert 'action="/inbox/P-2/undo" data-until="2026-11-20T09:31:30+00:00">' in (
        browser.get("/stock").text
    )
    assert send("/inbox/P-2/undo").headers["location"] == "/inbox/P-2"
    assert plant.acts[-1] == ("undo", "P-2", "m.weber", "")
    assert "P-2 waits again." in browser.get("/inbox/P-2").text
    assert 'action="/inbox/none/undo" data-until="" hidden' in browser.get("/stock").text


def test_what_has_begun_is_not_taken_back_and_what_was_typed_stays(send, plant):
    send("/inbox/P-1/approve", version="1")
    plant.rows["P-1"] = replace(plant.rows["P-1"], state="cleared")
    answer = send("/inbox/P-1/undo", because="Counted twice <by mistake>")
    assert answer.status_code == 422
    assert "Somebody has begun it already" in answer.text
    assert 'data-act="undo" open' in answer.text
    assert "Counted twice &lt;by mistake&gt;" in answer.text


def test_facts_that_changed_are_shown_one_by_one(send, plant):
    plant.moved_facts = True
    answer = send("/inbox/P-1/approve", version="1")
    assert answer.status_code == 409
    assert '<th scope="row">Free stock</th><td>12</td><td class="after">3</td>' in answer.text
    assert not plant.acts


def test_opening_a_decision_that_waits_is_noted_and_a_closed_one_is_not(browser, send, plant):
    browser.get("/inbox/P-2")
    assert plant.looks == [("P-2", "m.weber")]
    send("/inbox/P-2/approve", version="1")
    plant.looks.clear()
    browser.get("/inbox/P-2")
    assert plant.looks == []


def test_changing_and_approving_is_one_act(send, plant):
    send("/inbox/P-1/change", version="1", quantity="30", approve="1")
    assert plant.acts == [("change", "P-1", {"quantity": "30"}, "approve")]


def test_only_what_one_may_approve_and_only_ones_queue(browser):
    mine = browser.get("/inbox?whose=mine").text
    assert 'data-id="P-4.1"' in mine
    assert 'data-id="P-5.1"' not in mine
    queue = browser.get("/inbox?whose=queue").text
    assert 'data-id="P-2.1"' in queue
    assert 'data-id="P-1.1"' not in queue


def test_a_list_of_ones_own_is_not_shared_with_other_browsers(browser):
    assert "P-5.1" in browser.get("/live").text
    assert "P-5.1" not in browser.get("/live?whose=mine").text


def test_whoever_stands_in_sees_for_whom(browser, plant):
    plant.stand_ins.append(standing_in())
    assert "You also decide for a.okafor" in browser.get("/inbox").text


def test_a_closed_proposal_offers_no_act(browser, send):
    send("/inbox/P-1/approve", version="1")
    page = browser.get("/inbox/P-1").text
    assert 'data-act="approve"' not in page
    assert "Sent, not confirmed yet" in page


def test_a_task_is_confirmed_once(send, plant, browser):
    send("/floor/confirm", task="P-1.1/0", key="k1")
    assert plant.acts == [("confirm", "P-1.1/0", None)]
    assert "P-1.1/0 is done." in browser.get("/floor").text
    answer = send("/floor/confirm", task="P-1.1/0", key="k2")
    assert answer.status_code == 409
    assert "is closed already" in answer.text


def test_a_count_is_blind_and_sent_in_its_unit(browser, send, plant):
    card = browser.get("/floor").text.split('data-task="P-3.1/0"')[1].split("</article>")[0]
    assert "40 pcs" not in card
    send("/floor/confirm", task="P-3.1/0", unit="H87", quantity="7")
    assert [str(quantity) for _, _, quantity in plant.acts] == ["7 H87"]


@pytest.mark.parametrize("typed", ["", "many", "-1", "NaN", "1e999999999"])
def test_a_count_that_is_no_amount_is_told(send, plant, typed):
    answer = send("/floor/confirm", task="P-3.1/0", unit="H87", quantity=typed)
    assert answer.status_code == 422
    assert "is not an amount" in answer.text
    assert not plant.acts


def test_declining_a_task_needs_a_reason(send, plant):
    assert send("/floor/decline", task="P-1.1/0").status_code == 422
    send("/floor/decline", task="P-1.1/0", reason="Bin is empty")
    assert plant.acts == [("decline", "P-1.1/0", "Bin is empty")]


def test_anybody_stops_all_automation_and_it_shows_everywhere(browser, send, plant):
    assert send("/autonomy/stop").headers["location"] == "/autonomy"
    assert plant.acts == [("stop", "m.weber", "")]
    assert "All automation is stopped" in browser.get("/autonomy").text
    assert "Automation is stopped" in browser.get("/inbox").text


def test_resuming_needs_a_reason(browser, send, plant):
    send("/autonomy/stop")
    scope = {"decision": "*", "site": "*", "zone": "*"}
    assert send("/autonomy/close", **scope, because="ok").status_code == 422
    send("/autonomy/close", **scope, because="Read the 4 cases with the shift")
    assert plant.acts[-1] == ("close", "*", "*", "*", "Read the 4 cases with the shift")
    assert "Automation is stopped" not in browser.get("/inbox").text
