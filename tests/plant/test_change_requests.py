"""A policy text is changed as stock is: somebody proposes, others sign, all of it on record."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chargehand.governance.change_request import RequestState, needs
from chargehand.governance.policy import PolicyMistake
from chargehand.plant.measuring import measure_due
from chargehand.plant.policy_request_reads import ChangeRequest
from chargehand.plant.policy_request_rows import WAITS
from chargehand.runtime import clock
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from tests.behind import behind_the_back
from tests.plant.conftest import AS_OF, AUTOMATION, policy_text
from tests.plant.test_every_edit import unseen

WHY = "the planners asked for it"
MORE_ADMINS = (
    ('name = "Cleo"\nroles = ["clerk"]', 'name = "Cleo"\nroles = ["clerk", "admin"]'),
    ('name = "Ben"\nroles = ["planner"]', 'name = "Ben"\nroles = ["planner", "admin"]'),
)
PLANNERS = 'roles = ["planner"]\n'
LENIENT = """
[[promotions]]
decisions = ["*"]
sites = ["*"]
days_min = 0
count_min = 1
accuracy_min = 0.0
override_rate_max = "unlimited"
signatures = 2
"""


def text(version, *, admins=2, phase="assist", title="Test policy"):
    """A policy with so many administrators: ada, then cleo, then ben."""
    written = policy_text(version=version, phase=phase).replace("Test policy", title)
    for old, new in MORE_ADMINS[: admins - 1]:
        assert old in written
        written = written.replace(old, new)
    return written


@pytest.fixture
def shared(plant):
    """A plant with two administrators, ada and cleo, under version 2."""
    assert plant.activate_policy(text(2), by="ada").state == "active"
    return plant


def code_of(answer):
    assert isinstance(answer, Refusal), answer
    return answer.code


def proposed(plant, version=3, by="ada", **how):
    request = plant.propose_policy(text(version, **how), by=by, because=WHY)
    assert isinstance(request, ChangeRequest), request
    return request


def test_the_only_administrator_changes_the_policy_alone_and_the_record_says_so(plant):
    request = proposed(plant, 2, admins=1)
    assert (request.row.state, plant.policy_text()[0]) == ("in_force", 2)
    assert "alone" in request.row.ended_because
    (now, first) = plant.policy_versions()
    assert (now.proposed_by, now.signed_by, now.request) == ("ada", (), request.row.id)
    assert (first.version, first.request) == (1, "")
    assert plant.verify().holds


def test_with_two_administrators_the_other_one_has_to_sign(shared):
    request = proposed(shared, title="Third")
    assert (request.row.state, request.row.may_sign) == ("waiting", ("cleo",))
    assert shared.policy_text()[0] == 2
    assert code_of(shared.sign_request(request.row.id, by="ada")) is (
        RefusalCode.SECOND_PERSON_NEEDED
    )
    assert code_of(shared.sign_request(request.row.id, by="ben")) is RefusalCode.NOT_AUTHORIZED
    assert code_of(shared.sign_request(request.row.id, by="nobody")) is RefusalCode.UNKNOWN_PERSON
    done = shared.sign_request(request.row.id, by="cleo", because="looked through it")
    assert (done.state, shared.policy_text()[0]) == ("in_force", 3)
    shown = shared.change_request(request.row.id)
    assert [(one.person, one.role, one.because) for one in shown.signatures] == [
        ("cleo", "admin", "looked through it")
    ]
    assert shared.policy_versions()[0].signed_by == ("cleo",)
    assert [line for line in shown.lines if "Third" in line] == ['+title = "Third"']
    assert shared.verify().holds


def test_those_who_may_sign_and_the_proposer_are_told(shared):
    name = proposed(shared).row.id
    assert [one.text for one in shared.notices(person="cleo")] == [
        f"{name} waits for a signature: policy version 3"
    ]
    assert shared.notices(person="ben") == ()
    shared.reject_request(name, by="cleo", because="limits are too wide")
    told = shared.notices(person="ada")[0]
    assert told.text == f"{name} was rejected by cleo: limits are too wide"
    assert told.link == f"/policy/requests/{name}"


def test_activating_where_a_second_person_signs_proposes_and_names_them(shared):
    done = shared.activate_policy(text(3), by="ada")
    assert (done.state, shared.policy_text()[0]) == ("waiting", 2)
    assert "cleo" in done.text
    assert done.proposal in done.text
    assert shared.sign_request(done.proposal, by="cleo").state == "in_force"


@pytest.mark.parametrize("by", ["ben", "nobody"])
def test_others_neither_activate_nor_propose(shared, by):
    for answer in (
        shared.activate_policy(text(3), by=by),
        shared.propose_policy(text(3), by=by, because=WHY),
    ):
        assert code_of(answer) in {RefusalCode.NOT_AUTHORIZED, RefusalCode.UNKNOWN_PERSON}
    assert shared.change_requests(state="waiting") == []


def test_whoever_may_propose_without_being_in_charge_needs_the_one_who_is(plant):
    access = '\n[[access]]\nrole = "planner"\nacts = ["read", "propose_policy"]\nsites = ["*"]\n'
    assert plant.activate_policy(text(2, admins=1) + access, by="ada").state == "active"
    request = proposed(plant, 3, by="ben", admins=1)
    assert (request.row.state, request.row.may_sign) == ("waiting", ("ada",))
    assert plant.sign_request(request.row.id, by="ada").state == "in_force"


def test_mistakes_old_versions_and_empty_reasons_are_told_at_once(shared):
    (mistake,) = shared.propose_policy("version = 3 3", by="ada", because=WHY)
    assert isinstance(mistake, PolicyMistake)
    old = shared.propose_policy(text(2), by="ada", because=WHY)
    assert code_of(old) is RefusalCode.POLICY_INVALID
    hasty = shared.propose_policy(text(3), by="ada", because="x")
    assert code_of(hasty) is RefusalCode.REASON_MISSING
    assert shared.change_requests() == shared.change_requests(state="in_force")


def test_a_rejected_request_stays_as_it_is(shared):
    name = proposed(shared).row.id
    assert code_of(shared.reject_request(name, by="cleo", because="no")) is (
        RefusalCode.REASON_MISSING
    )
    assert code_of(shared.reject_request(name, by="ada", because=WHY)) is (
        RefusalCode.SECOND_PERSON_NEEDED
    )
    assert shared.reject_request(name, by="cleo", because="limits are too wide").state == "rejected"
    assert code_of(shared.sign_request(name, by="cleo")) is RefusalCode.NOT_WAITING
    row = shared.change_request(name).row
    assert (row.state, row.ended_because) == ("rejected", "limits are too wide")
    assert shared.verify().holds


def test_only_the_proposer_withdraws(shared):
    name = proposed(shared).row.id
    assert code_of(shared.withdraw_request(name, by="cleo")) is RefusalCode.NOT_AUTHORIZED
    assert shared.withdraw_request(name, by="ada").state == "withdrawn"
    assert code_of(shared.sign_request(name, by="cleo")) is RefusalCode.NOT_WAITING


def test_another_text_in_force_overtakes_what_waits(shared):
    first, second = proposed(shared, 3).row.id, proposed(shared, 4, by="cleo").row.id
    assert shared.sign_request(second, by="ada").state == "in_force"
    row = shared.change_request(first).row
    assert (row.state, row.may_sign) == (str(RequestState.OVERTAKEN), ())
    assert second in row.ended_because
    assert code_of(shared.sign_request(first, by="cleo")) is RefusalCode.NOT_WAITING


def test_nobody_signs_after_two_weeks(shared, monkeypatch):
    name = proposed(shared).row.id
    late = clock.now() + WAITS + timedelta(minutes=1)
    monkeypatch.setattr(shared.store, "_clock", lambda: late)
    assert code_of(shared.sign_request(name, by="cleo")) is RefusalCode.EXPIRED
    shared.work()
    assert shared.change_request(name).row.state == "expired"
    assert shared.policy_text()[0] == 2


@pytest.fixture
def measured(plant):
    """A plant with three administrators and lenient bars that has seen one outcome."""
    assert plant.activate_policy(text(2, admins=3) + LENIENT, by="ada").state == "active"
    name = plant.decide(as_of=AS_OF).proposals[0].id
    (key,) = plant.approve(name, by="ada", justification="the pick face runs empty").orders
    plant.confirm(key, by="ben")
    assert measure_due(plant.store, AS_OF.replace(year=2027))
    return plant


def automated(version, bars=LENIENT):
    """A text that automates what was measured, and nothing else."""
    rule = (
        '\n[[phases]]\ndecision = "mro_replenishment"\nsite = "S1"\nzone = "*"\n'
        f'phase = "automate"\n{AUTOMATION}'
    )
    return text(version, admins=3) + rule + bars


def test_a_text_that_raises_a_phase_is_a_promotion_that_two_people_sign(measured):
    request = measured.propose_policy(automated(3), by="ada", because=WHY)
    assert isinstance(request, ChangeRequest), request
    assert (request.row.kind, request.row.state) == ("promotion", "waiting")
    assert {proof.after for proof in request.evidence} == {"automate"}
    name = request.row.id
    first = measured.sign_request(name, by="cleo")
    assert (first.state, measured.policy_text()[0]) == ("waiting", 2)
    assert "1 more person has to sign (ben)" in first.text
    assert code_of(measured.sign_request(name, by="cleo")) is RefusalCode.NOT_WAITING
    assert measured.sign_request(name, by="ben").state == "in_force"
    assert measured.policy_versions()[0].signed_by == ("cleo", "ben")
    assert measured.verify().holds


def test_a_signature_of_somebody_who_is_no_more_among_the_signers_is_none(measured):
    """Signers are counted under the text in force, by who they are there."""
    name = measured.propose_policy(automated(3), by="ada", because=WHY).row.id
    measured.sign_request(name, by="cleo")
    request, policy = measured.change_request(name), measured.policy()
    asked = needs(policy, "ada", request.evidence)
    gone = replace(
        policy,
        people=tuple(replace(p, active=p.person != "cleo") for p in policy.people),
    )
    assert [need.left(policy, "ada", ["cleo", "cleo", "ada"]) for need in asked] == [0, 1]
    assert [need.left(gone, "ada", ["cleo"]) for need in asked] == [1, 2]


def test_a_promotion_that_nothing_speaks_for_is_refused_with_what_is_missing(shared):
    refused = shared.propose_policy(text(3, phase="automate"), by="ada", because=WHY)
    assert code_of(refused) is RefusalCode.EVIDENCE_MISSING
    assert "0 measured, 50 asked" in refused.because
    assert shared.change_requests(state="waiting") == []


def test_a_text_cannot_lower_the_bars_that_it_has_to_pass_itself(shared):
    refused = shared.propose_policy(automated(3, bars=LENIENT), by="ada", because=WHY)
    assert code_of(refused) is RefusalCode.EVIDENCE_MISSING
    assert shared.policy_text()[0] == 2


def test_a_plant_of_one_person_automates_nothing_by_itself(plant):
    assert plant.activate_policy(text(2, admins=1) + LENIENT + PLANNERS, by="ada").state == "active"
    name = plant.decide(as_of=AS_OF).proposals[0].id
    (key,) = plant.approve(name, by="ada", justification="the pick face runs empty").orders
    plant.confirm(key, by="ben")
    assert measure_due(plant.store, AS_OF.replace(year=2027))
    alone = automated(3).replace('["clerk", "admin"]', '["clerk"]')
    alone = alone.replace('["planner", "admin"]', '["planner"]')
    for answer in (
        plant.propose_policy(alone + PLANNERS, by="ada", because=WHY),
        plant.activate_policy(alone + PLANNERS, by="ada"),
    ):
        assert code_of(answer) is RefusalCode.SECOND_PERSON_NEEDED
    assert plant.policy_text()[0] == 2


def test_a_plant_of_one_person_may_let_a_decision_assist(make_plant):
    plant = make_plant(phase="observe")
    assert plant.activate_policy(policy_text(version=2), by="ada").state == "active"


FORGERIES = {
    "a signature that nobody gave": (
        "INSERT INTO signature (request, n, person, role, verdict, because, at, entry)"
        " SELECT number, 1, 'cleo', 'admin', 'signed', '', proposed_at, entry FROM change_request"
        " WHERE state = 'waiting'"
    ),
    "another text": "UPDATE change_request SET text = replace(text, 'Test policy', 'Mine')",
    "another proposer": "UPDATE change_request SET proposed_by = 'cleo' WHERE state = 'waiting'",
    "opened again": "UPDATE change_request SET state = 'waiting', ended_at = NULL",
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_edited_rows_sign_nothing_and_the_audit_sees_them(shared, forgery):
    rejected, name = proposed(shared, 3).row.id, proposed(shared, 4).row.id
    shared.reject_request(rejected, by="cleo", because="limits are too wide")
    with behind_the_back(shared.folder) as sql:
        assert sql.execute(FORGERIES[forgery]).rowcount
    assert code_of(shared.sign_request(name, by="ada")) is RefusalCode.SECOND_PERSON_NEEDED
    assert code_of(shared.sign_request(rejected, by="cleo")) is RefusalCode.NOT_WAITING
    assert shared.policy_text()[0] == 2
    assert not shared.verify().holds


def test_signatures_of_a_request_that_was_taken_away_do_not_count_for_the_next(measured):
    """What was signed was another text, whatever became of its row."""
    name = measured.propose_policy(automated(3), by="ada", because=WHY).row.id
    assert measured.sign_request(name, by="cleo").state == "waiting"
    with behind_the_back(measured.folder) as sql:
        assert sql.execute("DELETE FROM change_request WHERE state = 'waiting'").rowcount == 1
    again = measured.propose_policy(automated(4), by="ada", because=WHY)
    assert again.row.id != name
    assert measured.sign_request(again.row.id, by="ben").state == "waiting"
    assert not measured.verify().holds


def test_every_value_of_every_request_and_signature_is_held_against_the_journal(shared):
    rejected, name = proposed(shared, 3).row.id, proposed(shared, 4).row.id
    shared.reject_request(rejected, by="cleo", because="limits are too wide")
    shared.sign_request(name, by="cleo", because="looked through it")
    proposed(shared, 5)
    with behind_the_back(shared.folder, checks=True) as sql:
        assert not unseen(shared, sql, "change_request") | unseen(shared, sql, "signature")
    assert shared.verify().holds, "each edit was taken back"


def test_what_people_wrote_can_be_erased_and_the_chain_holds(shared):
    name = proposed(shared).row.id
    shared.sign_request(name, by="cleo", because="looked through it")
    shared.erase(person="cleo", by="ada")
    shown = shared.change_request(name)
    assert [one.because for one in shown.signatures] == ["(erased)"]
    assert shared.verify().holds


@pytest.mark.engines("both")
def test_requests_work_on_either_engine(shared):
    name = proposed(shared).row.id
    assert shared.sign_request(name, by="cleo").state == "in_force"
    assert [row.state for row in shared.change_requests()] == ["in_force", "in_force"]
    assert shared.verify().holds
