"""Lowering takes one press; raising takes evidence and other people; edited rows give nothing."""

from __future__ import annotations

from functools import partial

import pytest

from chargehand.governance.phase import AutomationLimits, Phase
from chargehand.plant.batching import Pick
from chargehand.plant.measuring import measure_due
from chargehand.plant.phases import demote_by, demotions_by, end_demotion
from chargehand.plant.policy_request_reads import ChangeRequest
from chargehand.plant.reading import Done
from chargehand.storage.session import StorageFault
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import RefusalCode
from tests.behind import behind_the_back
from tests.plant.conftest import AS_OF, BULK, FACE, SITE, Teller, count, master, policy_text

DECISION = "mro_replenishment"
WHY = "it has been right for weeks now"
LIMITS = AutomationLimits(
    transactions=frozenset({"replenishment"}), cost_max=Money.of(100), confidence_min=0.5,
    spend_per_day_max=Money.of(1000), bases=frozenset({"model", "fallback"}),
)  # fmt: skip
PROMOTIONS = """
[[promotions]]
decisions = ["*"]
sites = ["*"]
days_min = 0
count_min = 1
accuracy_min = 0.2
signatures = 2
"""


def text(version, phase, extra=""):
    """The policy of the test plant with three administrators."""
    people = policy_text(version=version, phase=phase)
    for roles in ('["planner"]\n', '["clerk"]\n'):
        people = people.replace(f"roles = {roles}", f'roles = ["admin", {roles[1:]}')
    return people + extra


def opened(make_plant, phase, extra=""):
    plant = make_plant(phase=phase)
    done = plant.activate_policy(text(2, phase, extra), by="ada")
    assert isinstance(done, Done), done
    Teller(plant)(*master(), count(BULK, 40), count(FACE, 2))
    return plant


@pytest.fixture
def assisted(make_plant):
    return opened(make_plant, "assist", PROMOTIONS)


@pytest.fixture
def automated(make_plant):
    return opened(make_plant, "automate")


def decided(plant, pieces=2):
    Teller(plant)(count(FACE, pieces))
    return plant.decide(decision=DECISION, as_of=AS_OF).proposals[0]


def row_of(plant):
    return next(one for one in plant.phases() if one.decision == DECISION)


def demoted(plant, by="ben", **fields):
    given = {"decision": DECISION, "site": SITE, "zone": "*", "to": "assist"} | fields
    return plant.demote(
        given["decision"], given["site"], given["zone"], to=given["to"], by=by,
        reason="wrong picks all morning",
    )  # fmt: skip


@pytest.mark.engines("sqlite", "postgres")
def test_one_press_lowers_and_says_who_and_why(automated):
    assert row_of(automated).phase is Phase.AUTOMATE
    assert isinstance(demoted(automated), Done)
    row = row_of(automated)
    assert (row.policy_phase, row.phase) == (Phase.AUTOMATE, Phase.ASSIST)
    assert row.demotions[0].because == "wrong picks all morning"
    proposal = decided(automated)
    assert proposal.state == "waiting"
    assert "set back to assist" in automated.proposal(proposal.id).ruling_text
    told = automated.notices(person="ada")[0]
    assert "set back to assist by ben: wrong picks all morning" in told.text
    assert automated.verify().holds


@pytest.mark.engines("sqlite", "postgres")
def test_why_it_was_lowered_may_be_said_after_it_and_once(automated):
    lower = partial(automated.demote, DECISION, SITE, "*", to="assist")
    assert isinstance(lower(by="ben"), Done)
    assert row_of(automated).demotions[0].because == "no reason given yet"
    for words, by in (("wrong picks", "ben"), ("wrong picks", "ben"), ("seen too", "ada")):
        done = lower(by=by, reason=words)
        assert "at assist already" in done.text
    assert row_of(automated).demotions[0].because == "wrong picks; ada says: seen too"
    assert len(automated.journal(kind="demotion_note").rows) == 2
    assert automated.verify().faults == ()
    with behind_the_back(automated.folder) as sql:
        sql.execute("UPDATE demotion SET because = 'nothing'")
    assert any("because" in fault for fault in automated.verify().faults)


@pytest.mark.engines("sqlite", "postgres")
def test_looking_at_phases_or_at_a_batch_keeps_no_writer_waiting(assisted, monkeypatch):
    proposal = decided(assisted)
    monkeypatch.setattr(assisted.store, "write", lambda _: pytest.fail("a view wrote"))
    assert row_of(assisted).phase is Phase.ASSIST
    picks = [Pick(id=proposal.id, version=proposal.version)]
    assert assisted.preview_batch(picks, by="ada").count == 1
    assert assisted.evidence_for(DECISION, SITE, "*", to="automate", limits=LIMITS)
    with pytest.raises(StorageFault):
        assisted.store.look(lambda docket: docket.entry("note", "x", "{}", actor="ada"))


def test_what_is_set_back_to_observe_cannot_even_be_approved(automated):
    demoted(automated, to="observe")
    proposal = decided(automated)
    assert proposal.state == "observed"
    assert automated.approve(proposal.id, by="ada").code is RefusalCode.READ_ONLY


@pytest.mark.parametrize(
    ("by", "fields", "code"),
    [
        ("nobody", {}, RefusalCode.UNKNOWN_PERSON),
        ("ben", {"to": "automate"}, RefusalCode.CHANGE_INVALID),
        ("ben", {"to": "autopilot"}, RefusalCode.CHANGE_INVALID),
        ("ben", {"decision": "wishing"}, RefusalCode.UNKNOWN_DECISION),
        ("ben", {"site": "SI"}, RefusalCode.UNKNOWN_SITE),
        ("ben", {"zone": "MR0"}, RefusalCode.UNKNOWN_LOCATION),
    ],
)
def test_what_lowers_nothing_is_refused(automated, by, fields, code):
    assert demoted(automated, by=by, **fields).code is code
    assert row_of(automated).phase is Phase.AUTOMATE


def test_lowering_less_far_later_does_not_raise(automated):
    demoted(automated, to="observe")
    assert isinstance(demoted(automated, by="ada", to="assist"), Done)
    assert row_of(automated).phase is Phase.OBSERVE
    assert automated.verify().holds


@pytest.mark.engines("sqlite", "postgres")
@pytest.mark.parametrize(
    "edit",
    [
        "DELETE FROM demotion",
        "UPDATE demotion SET ended_at = at, ended_by = who",
        "UPDATE demotion SET phase = 'automate', decision = 'cycle_count'",
    ],
)
def test_editing_the_row_of_a_demotion_raises_nothing(automated, edit):
    demoted(automated)
    with behind_the_back(automated.folder) as sql:
        assert sql.execute(edit).rowcount
    assert decided(automated).state == "waiting"
    assert not automated.verify().holds


def test_an_overdue_review_lowers_until_it_is_done(automated):
    def lower(docket):
        return demote_by(
            docket, decision="*", site=SITE, zone="*", to=Phase.ASSIST, cause="review_overdue",
            because="the review of last week is overdue", who="chargehand",
        )  # fmt: skip

    number = automated.store.write(lower)
    assert automated.store.write(lower) == number, "it lowers as far already"
    assert decided(automated).state == "waiting"
    found = automated.store.write(lambda docket: demotions_by(docket, "review_overdue", SITE))
    assert list(found) == [number]

    def lift(docket):
        return end_demotion(docket, number, who="ben", because="the review is done")

    assert automated.store.write(lift)
    assert not automated.store.write(lift)
    assert row_of(automated).phase is Phase.AUTOMATE
    assert automated.verify().holds


def seen(plant):
    """Two proposals, approved, done and found right or wrong."""
    for pieces in (2, 1):
        name = decided(plant, pieces).id
        key = plant.approve(name, by="ada").orders[0]
        plant.confirm(key, by="ben")
    assert measure_due(plant.store, AS_OF.replace(year=2027))


def promoted(plant, **fields):
    given = {"to": "automate", "limits": LIMITS, "by": "ben", "because": WHY} | fields
    return plant.promote(DECISION, SITE, "*", **given)


@pytest.mark.engines("sqlite", "postgres")
def test_a_promotion_has_its_evidence_and_holds_with_the_last_signature(assisted):
    refused = promoted(assisted)
    assert refused.code is RefusalCode.EVIDENCE_MISSING
    assert "0 measured, 1 asked" in refused.because
    seen(assisted)
    request = promoted(assisted)
    assert isinstance(request, ChangeRequest), request
    one = request.evidence[0]
    assert (one.before, one.after, one.passed) == (Phase.ASSIST, Phase.AUTOMATE, True)
    assert (one.record.measured, one.record.decided, one.record.overridden) == (2, 2, 0)
    run = one.dry_run
    assert (run.seen, run.cleared_before, run.cleared_after) == (2, 0, 2)
    assert (run.measured_after, len(run.more)) == (2, 2)
    assert assisted.sign_request(request.row.id, by="ben").code is RefusalCode.SECOND_PERSON_NEEDED
    assert assisted.sign_request(request.row.id, by="ada").state == "waiting"
    assert row_of(assisted).phase is Phase.ASSIST
    assert isinstance(assisted.sign_request(request.row.id, by="cleo"), Done)
    assert row_of(assisted).phase is Phase.AUTOMATE
    assert decided(assisted, 0).state == "sent"


def test_what_was_lowered_is_raised_by_a_promotion_only(assisted):
    seen(assisted)
    request = promoted(assisted)
    for who in ("ada", "cleo"):
        assisted.sign_request(request.row.id, by=who)
    demoted(assisted)
    assert row_of(assisted).phase is Phase.ASSIST
    # Another text that says nothing of it does not raise it.
    version, held = assisted.policy_text()
    again = held.replace(f"version = {version}", f"version = {version + 1}", 1)
    other = assisted.propose_policy(again, by="ada", because="a new number only")
    assisted.sign_request(other.row.id, by="ben")
    assert assisted.policy().version == version + 1
    assert row_of(assisted).phase is Phase.ASSIST
    raising = promoted(assisted, limits=None)
    assert isinstance(raising, ChangeRequest), raising
    assert raising.evidence[0].before is Phase.ASSIST
    for who in ("ada", "cleo"):
        assisted.sign_request(raising.row.id, by=who)
    assert row_of(assisted).phase is Phase.AUTOMATE
    assert assisted.verify().holds


def test_without_limits_nothing_is_proposed_for_automation(assisted):
    seen(assisted)
    refused = promoted(assisted, limits=None)
    assert refused.code is RefusalCode.CHANGE_INVALID
    assert "has no limits yet" in refused.because
    assert promoted(assisted, because="ok").code is RefusalCode.REASON_MISSING
    assert promoted(assisted, to="autopilot").code is RefusalCode.CHANGE_INVALID


def test_a_promotion_keeps_the_rest_of_the_text_as_people_wrote_it(assisted):
    seen(assisted)
    _, before = assisted.policy_text()
    request = promoted(assisted)
    for line in before.splitlines():
        assert line in request.text or line.startswith("version")


def test_overruled_proposals_count_against_a_promotion(assisted):
    seen(assisted)
    Teller(assisted)(count(BULK, 0), count(FACE, 1))
    for row in assisted.decide(decision=DECISION, as_of=AS_OF).proposals:
        assisted.reject(row.id, by="ada", reason="not_needed")
    found = assisted.evidence_for(DECISION, SITE, "*", to="automate", limits=LIMITS)
    assert (found[0].record.decided, found[0].record.overridden) == (3, 1)
    assert not found[0].passed
    assert row_of(assisted).overruled == 1


def test_automation_within_wider_limits_takes_what_a_promotion_takes(automated):
    wide = text(3, "automate").replace('cost_max = "EUR 100.00"', 'cost_max = "EUR 500.00"')
    refused = automated.propose_policy(wide, by="ben", because=WHY)
    assert refused.code is RefusalCode.EVIDENCE_MISSING
    assert "cost_max EUR 100.00 to EUR 500.00" in refused.because
    narrow = text(3, "automate").replace('cost_max = "EUR 100.00"', 'cost_max = "EUR 50.00"')
    request = automated.propose_policy(narrow, by="ben", because=WHY)
    assert isinstance(request, ChangeRequest), request
    assert (request.row.kind, request.evidence) == ("policy", ())


def test_of_several_promotion_rules_each_has_its_signers(make_plant):
    rule = PROMOTIONS.replace("signatures = 2", 'signatures = 1\nroles = ["{}"]')
    assisted = opened(make_plant, "assist", rule.format("planner") + rule.format("clerk"))
    seen(assisted)
    request = promoted(assisted, by="ada")
    assert isinstance(request, ChangeRequest), request
    assert {one.roles for one in request.evidence[0].signing} == {("planner",), ("clerk",)}
    assert assisted.sign_request(request.row.id, by="ben").state == "waiting", "a planner"
    assert row_of(assisted).phase is Phase.ASSIST
    assert isinstance(assisted.sign_request(request.row.id, by="cleo"), Done), "a clerk"
    assert row_of(assisted).phase is Phase.AUTOMATE


def test_the_head_of_the_console_tells_the_phase_that_holds_now(automated):
    assert automated.overview().phases["mro_replenishment"] == "automate"
    demoted(automated)
    assert automated.overview().phases["mro_replenishment"] == "assist"
