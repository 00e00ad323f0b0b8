"""When one person is not enough: by value, risk, reversibility and confidence; and who is one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chargehand.governance.delegation import Delegation, DelegationRule, Scope
from chargehand.governance.owner import Owner
from chargehand.governance.permission import permission
from chargehand.governance.phase import Phase
from chargehand.governance.policy import Awaiting, Cleared, approve, rule
from chargehand.governance.risk import LEVELS, STAKES, stakes_of
from chargehand.governance.standing_in import may_be_stood_in_for
from chargehand.governance.terms import ApprovalRule
from chargehand.governance.thresholds import SECOND_PERSON, needed
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from chargehand.vocabulary.work import TransactionType
from tests.governance.strategies import (
    LAW,
    NOW,
    bounds,
    grant,
    limits,
    person,
    phase_rule,
    policies,
    policy,
    refill,
    requisition,
    submission,
    submissions,
    transfer,
)
from tests.governance.test_policy import STANDING

ANY = {"decisions": frozenset({"*"}), "transactions": frozenset({"*"})}
WHY = "The line would stand still on Wednesday."
LENT = (DelegationRule(roles=frozenset({"planner"}), days_max=99),)


def with_rule(**terms):
    return policy(approvals=(ApprovalRule(**ANY, **terms),))


def waiting(asked, of):
    ruling = rule(asked, of, standing=STANDING, now=NOW).ruling
    assert isinstance(ruling, Awaiting), ruling
    return ruling


def approved(awaiting, by, of, now=NOW, delegations=()):
    return approve(
        awaiting, person(by), of, justification=WHY, now=now, delegations=tuple(delegations)
    )


def delegation(by="m.weber", to="t.kaya", **scope):
    return Delegation(
        number=1, from_person=by, to_person=to, scope=Scope(**scope), since=NOW - timedelta(1),
        until=NOW + timedelta(1),
    )  # fmt: skip


def test_every_kind_of_transaction_has_its_stakes():
    assert set(STAKES) == set(TransactionType)
    assert all(stakes_of(kind).because for kind in TransactionType)


@pytest.mark.parametrize(
    ("asked", "threshold", "two"),
    [
        (submission(refill()), "low", True),
        (submission(refill()), "medium", False),
        (submission(transfer()), "medium", True),
        (submission(transfer()), "high", False),
        (submission(requisition()), "high", True),
        (submission(refill(), requisition()), "high", True),
    ],
)
def test_two_people_from_a_risk_on(asked, threshold, two):
    of = with_rule(second_person_risk=threshold)
    check = needed(asked, of, *SECOND_PERSON)
    assert (check is not None) is two
    assert isinstance(approved(waiting(asked, of), "m.weber", of), Awaiting if two else Cleared)
    assert not two or f"is of {threshold}" in check.text


def test_two_people_for_what_cannot_be_taken_back():
    of = with_rule(second_person_irreversible=True)
    ordered, moved = submission(requisition()), submission(refill())
    once = approved(waiting(ordered, of), "m.weber", of)
    assert isinstance(once, Awaiting)
    assert "cannot be taken back" in once.because
    assert isinstance(approved(once, "a.okafor", of), Cleared)
    assert isinstance(approved(waiting(moved, of), "m.weber", of), Cleared)


@pytest.mark.parametrize(
    ("confidence", "two"), [(0.79, True), (0.8, False), (float("nan"), True), (7.0, True)]
)
def test_two_people_for_what_is_not_sure(confidence, two):
    of = with_rule(second_person_confidence_below=0.8)
    asked = submission(confidence=confidence)
    assert isinstance(approved(waiting(asked, of), "m.weber", of), Awaiting if two else Cleared)


def test_what_asks_for_two_people_is_never_cleared_by_the_policy_alone():
    wide = limits(transactions=frozenset({"*"}))
    of = replace(
        policy(phase_rule(phase=Phase.AUTOMATE, of=wide)),
        approvals=(ApprovalRule(**ANY, second_person_risk="high"),),
    )
    assert isinstance(rule(submission(), of, standing=STANDING, now=NOW).ruling, Cleared)
    stopped = rule(submission(requisition()), of, standing=STANDING, now=NOW)
    assert isinstance(stopped.ruling, Awaiting)
    assert stopped.clause == "approvals.second_person_risk"


def test_the_owner_of_a_decision_may_be_kept_from_approving_it():
    owner = Owner(decision="mro_replenishment", sites=frozenset({"HALLE3"}), person="m.weber")
    of = replace(with_rule(owner_may_approve=False), owners=(owner,))
    refused = approved(waiting(submission(), of), "m.weber", of)
    assert refused.code is RefusalCode.NOT_AUTHORIZED
    assert "owns this decision" in refused.because
    assert isinstance(approved(waiting(submission(), of), "a.okafor", of), Cleared)
    elsewhere = submission(refill(site="WERK2"))
    assert isinstance(approved(waiting(elsewhere, of), "m.weber", of), Cleared)


def lending(**terms):
    """A policy in which only planners and the plant manager approve, and may be stood in for."""
    rules = (ApprovalRule(**ANY, **terms),) if terms else ()
    return replace(policy(approvals=rules), delegations=LENT)


def test_a_stand_in_is_named_with_whom_it_is_for():
    of = lending()
    cleared = approved(waiting(submission(), of), "t.kaya", of, delegations=[delegation()])
    assert (cleared.cleared_by, cleared.for_whom) == (("t.kaya",), (("t.kaya", "m.weber"),))


def test_a_stand_in_of_the_owner_or_of_who_changed_it_is_kept_from_it_as_they_are():
    owner = Owner(decision="*", sites=frozenset({"*"}), person="m.weber")
    of = replace(lending(owner_may_approve=False), owners=(owner,))
    refused = approved(waiting(submission(), of), "t.kaya", of, delegations=[delegation()])
    assert refused.code is RefusalCode.NOT_AUTHORIZED
    of = lending(changer_may_approve=False)
    changed = replace(submission(), changed_by=("m.weber",))
    refused = approved(waiting(changed, of), "t.kaya", of, delegations=[delegation()])
    assert refused.code is RefusalCode.NOT_AUTHORIZED


@pytest.mark.parametrize("first", ["m.weber", "t.kaya"])
def test_a_stand_in_and_the_one_stood_in_for_are_one(first):
    of = lending(second_person_risk="low")
    second = {"m.weber": "t.kaya", "t.kaya": "m.weber"}[first]
    lent = [delegation()]
    once = approved(waiting(submission(), of), first, of, delegations=lent)
    refused = approved(once, second, of, delegations=lent)
    assert refused.code is RefusalCode.SECOND_PERSON_NEEDED
    assert isinstance(approved(once, "a.okafor", of, delegations=lent), Cleared)


def test_nobody_gains_a_second_voice_by_claiming_another_stead():
    of = lending(second_person_risk="low")
    once = approved(waiting(submission(), of), "t.kaya", of, delegations=[delegation()])
    forged = replace(once, for_whom=())
    refused = approved(forged, "m.weber", of, delegations=[delegation()])
    assert refused.code is RefusalCode.SECOND_PERSON_NEEDED


@LAW
@given(asked=submissions(), of=policies, late=st.integers(0, 10**6))
def test_law_an_expired_approval_never_clears(asked, of, late):
    ruling = rule(asked, of, standing=STANDING, now=NOW).ruling
    assume(isinstance(ruling, Awaiting))
    for one in of.people:
        answer = approve(
            ruling, one, of, justification=WHY, now=ruling.expires_at + timedelta(seconds=late)
        )
        assert isinstance(answer, Refusal)


scopes = st.builds(
    Scope,
    decisions=st.sampled_from([frozenset({"*"}), frozenset({"cycle_count"})]),
    sites=st.sampled_from([frozenset({"*"}), frozenset({"HALLE3"})]),
    value_max=st.none() | bounds,
)


@LAW
@given(asked=submissions(), of=policies, scope=scopes)
def test_law_a_stand_in_never_does_more_than_the_one_stood_in_for(asked, of, scope):
    of = replace(
        of, delegations=(DelegationRule(roles=frozenset({"planner", "buyer"}), days_max=9),)
    )
    ruling = rule(asked, of, standing=STANDING, now=NOW).ruling
    assume(isinstance(ruling, Awaiting))
    lent = replace(delegation("m.weber", "t.kaya"), scope=scope)
    alone = approved(ruling, "t.kaya", of)
    stood_in = approved(ruling, "t.kaya", of, delegations=[lent])
    if isinstance(alone, Refusal) and not isinstance(stood_in, Refusal):
        giver = of.person("m.weber")
        assert permission(giver, of, asked, now=NOW).given
        assert not isinstance(approved(ruling, "m.weber", of), Refusal)
        assert stood_in.for_whom == (("t.kaya", "m.weber"),)


@LAW
@given(asked=submissions(), first=st.sampled_from(LEVELS), second=st.sampled_from(LEVELS))
def test_law_a_lower_threshold_never_asks_for_fewer_people(asked, first, second):
    low, high = sorted((first, second), key=LEVELS.index)
    if needed(asked, with_rule(second_person_risk=high), *SECOND_PERSON) is not None:
        assert needed(asked, with_rule(second_person_risk=low), *SECOND_PERSON) is not None


@pytest.mark.parametrize(
    ("most", "asked", "allowed"),
    [(None, None, True), (Money.of(500), Money.of(500), True), (Money.of(500), None, True),
     (Money.of(500), Money.of(501), False), (Money.of(500), Money.of(1, "USD"), False)],
)  # fmt: skip
def test_a_delegation_keeps_to_the_value_of_its_rule(most, asked, allowed):
    rules = (DelegationRule(roles=frozenset({"planner"}), days_max=3, value_max=most),)
    refusal = may_be_stood_in_for(
        replace(policy(grant()), delegations=rules), "m.weber", "t.kaya",
        scope=Scope(value_max=asked), until=NOW + timedelta(days=3), now=NOW, because=WHY,
    )  # fmt: skip
    assert (refusal is None) is allowed


def test_service_accounts_and_those_who_left_neither_lend_nor_borrow():
    robot = person("copilot", "planner", service=True)
    gone = person("x.gone", "planner", active=False)
    of = replace(policy(people=(person(), robot, gone)), delegations=LENT)
    for by, to in (
        ("m.weber", "copilot"), ("copilot", "m.weber"), ("m.weber", "x.gone"),
        ("x.gone", "m.weber"),
    ):  # fmt: skip
        refusal = may_be_stood_in_for(
            of, by, to, scope=Scope(), until=NOW + timedelta(1), now=NOW, because=WHY
        )
        assert refusal.code is RefusalCode.DELEGATION_INVALID
