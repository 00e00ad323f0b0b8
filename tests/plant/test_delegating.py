"""Standing in: for a time, within limits, on record, and never as a second pair of eyes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chargehand.governance.delegation import Scope
from chargehand.plant.delegating import DelegationRow
from chargehand.plant.reading import Done
from chargehand.runtime import clock
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import RefusalCode
from tests.behind import behind_the_back
from tests.plant.conftest import AS_OF, BULK, Teller, count
from tests.plant.governing import DECISION, WHY, Later, approvals, lay_down

RULE = '\n[[delegations]]\nroles = ["planner"]\ndays_max = 14\n'
COPIED = (
    "INSERT INTO delegation (number, from_person, to_person, scope, since, until, because, entry)"
    " SELECT 9, 'ada', 'cleo', scope, since, '2099-01-01T00:00:00.000000Z', because, entry"
    " FROM delegation WHERE number = 2"
)
BECAUSE = "on holiday until Monday"


@pytest.fixture
def lent(plant):
    """A plant where planners may be stood in for, and something dear to be bought."""
    lay_down(plant, RULE)
    Teller(plant)(count(BULK, 0))
    return plant


def delegate(plant, by="ben", to="cleo", days=7, because=BECAUSE, **more):
    return plant.delegate(
        by=by, to=to, until=clock.now() + timedelta(days=days), because=because, **more
    )


def proposed(plant):
    return plant.decide(decision=DECISION, as_of=AS_OF).proposals[0].id


@pytest.mark.engines("sqlite", "postgres")
def test_a_stand_in_approves_in_the_others_name_and_it_shows(lent):
    name = proposed(lent)
    assert lent.approve(name, by="cleo", justification=WHY).code is RefusalCode.NOT_AUTHORIZED
    assert isinstance(delegate(lent), DelegationRow)
    done = lent.approve(name, by="cleo", justification=WHY)
    assert isinstance(done, Done), done
    detail = lent.proposal(name)
    assert detail.ruling_text == "cleared by cleo for ben"
    assert any("for ben" in line.because for line in detail.history if line.who == "cleo")
    assert lent.verify().holds, lent.verify().faults


def test_a_delegation_ends_by_itself_or_at_once(lent, monkeypatch):
    later = Later(lent, monkeypatch)
    name = proposed(lent)
    row = delegate(lent, days=1)
    later.passes(days=1)
    assert lent.approve(name, by="cleo").code is RefusalCode.NOT_AUTHORIZED
    assert [one.state for one in lent.delegations()] == ["over"]
    row = delegate(lent, days=1)
    assert lent.end_delegation(row.id, by="ben").state == "ended"
    assert lent.approve(name, by="cleo").code is RefusalCode.NOT_AUTHORIZED
    assert lent.end_delegation(row.id, by="ben").code is RefusalCode.UNKNOWN_DELEGATION


def test_the_two_of_a_delegation_and_administrators_may_end_it(lent):
    row = delegate(lent, by="ada", to="cleo")
    assert lent.end_delegation(row.id, by="ben").code is RefusalCode.NOT_AUTHORIZED
    assert lent.end_delegation(row.id, by="cleo").state == "ended"
    row = delegate(lent)
    assert lent.end_delegation(row.id, by="ada").state == "ended"
    assert lent.end_delegation("D-9", by="ada").code is RefusalCode.UNKNOWN_DELEGATION
    assert lent.end_delegation("x", by="ada").code is RefusalCode.UNKNOWN_DELEGATION


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"to": "ben"}, "delegation_invalid"),
        ({"by": "cleo", "to": "ben"}, "delegation_invalid"),
        ({"days": 15}, "delegation_invalid"),
        ({"days": -1}, "delegation_invalid"),
        ({"to": "zoe"}, "unknown_person"),
        ({"because": "no"}, "reason_missing"),
        ({"scope": Scope(decisions=frozenset())}, "delegation_invalid"),
    ],
)
def test_a_delegation_that_the_policy_does_not_allow_is_not_made(lent, asked, code):
    assert delegate(lent, **asked).code == code
    assert lent.delegations() == ()


def test_nobody_is_stood_in_for_where_the_policy_says_nothing(plant):
    refused = delegate(plant)
    assert refused.code is RefusalCode.DELEGATION_INVALID
    assert "[[delegations]]" in refused.because


def test_a_stand_in_keeps_to_the_scope_and_to_its_value(lent):
    name = proposed(lent)
    delegate(lent, scope=Scope(value_max=Money.of(1)))
    assert lent.approve(name, by="cleo", justification=WHY).code is RefusalCode.NOT_AUTHORIZED
    delegate(lent, scope=Scope(sites=frozenset({"S2"})))
    assert lent.approve(name, by="cleo", justification=WHY).code is RefusalCode.NOT_AUTHORIZED


def test_a_stand_in_and_the_one_stood_in_for_are_not_two_people(lent):
    lay_down(lent, RULE, approvals(second_person_risk='"high"'), version=3)
    name = proposed(lent)
    delegate(lent)
    assert lent.approve(name, by="cleo", justification=WHY).state == "waiting"
    assert lent.approve(name, by="ben", justification=WHY).code is RefusalCode.SECOND_PERSON_NEEDED
    assert lent.approve(name, by="ada", justification=WHY).state == "sent"
    assert lent.proposal(name).ruling_text == "cleared by cleo for ben, ada"


def test_two_stand_ins_of_one_person_are_not_two_people(lent):
    text = '\n[[people]]\nid = "dan"\nname = "Dan"\nroles = ["clerk"]\n'
    lay_down(lent, RULE, approvals(second_person_risk='"high"'), text, version=3)
    name = proposed(lent)
    delegate(lent)
    delegate(lent, to="dan")
    assert lent.approve(name, by="cleo", justification=WHY).state == "waiting"
    assert lent.approve(name, by="dan", justification=WHY).code is RefusalCode.SECOND_PERSON_NEEDED


def test_a_first_approval_does_not_outlive_the_delegation_that_it_was_given_under(lent):
    lay_down(lent, RULE, approvals(second_person_risk='"high"'), version=3)
    name = proposed(lent)
    row = delegate(lent)
    lent.approve(name, by="cleo", justification=WHY)
    lent.end_delegation(row.id, by="ben")
    done = lent.approve(name, by="ada", justification=WHY)
    assert done.state == "waiting", "ada is the first one now"


@pytest.mark.engines("sqlite", "postgres")
@pytest.mark.parametrize(
    "forged",
    [
        "UPDATE delegation SET to_person = 'cleo'",
        "UPDATE delegation SET ended_at = NULL, until = '2099-01-01T00:00:00.000000Z'",
        COPIED,
    ],
)
def test_a_row_that_somebody_edited_gives_nothing_and_the_audit_finds_it(lent, forged):
    name = proposed(lent)
    row = delegate(lent, by="ben", to="ada")
    ended = delegate(lent, by="ada", to="cleo")
    lent.end_delegation(ended.id, by="ada")
    assert row.state == "in_force"
    assert lent.verify().holds, lent.verify().faults
    with behind_the_back(lent.folder) as sql:
        sql.execute(forged)
    assert lent.approve(name, by="cleo", justification=WHY).code is RefusalCode.NOT_AUTHORIZED
    assert not lent.verify().holds


def test_why_somebody_is_stood_in_for_can_be_erased(lent):
    delegate(lent)
    assert [one.because for one in lent.delegations(person="cleo")] == [BECAUSE]
    lent.erase(person="ben", by="ada")
    assert [one.because for one in lent.delegations(person="cleo")] == ["(erased)"]
    assert lent.delegations(person="ada") == ()


@pytest.mark.engines("sqlite", "postgres")
def test_what_a_stand_in_changed_is_approved_by_neither_of_the_two(lent):
    lay_down(lent, RULE, approvals(changer_may_approve="false"), version=3)
    name = proposed(lent)
    delegate(lent)
    assert isinstance(lent.change(name, by="cleo", changes={"quantity": "25"}), Done)
    assert any("for ben" in line.because for line in lent.proposal(name).history)
    for who in ("ben", "cleo"):
        refused = lent.approve(name, by=who, justification=WHY)
        assert refused.code is RefusalCode.NOT_AUTHORIZED, refused
    found = lent.replay_since(clock.now() - timedelta(days=1))
    assert found.identical, found.first


@pytest.mark.engines("sqlite", "postgres")
def test_a_locked_account_lends_nothing_until_it_is_unlocked(lent):
    delegate(lent)
    name = proposed(lent)
    assert lent.lock_account("ben", by="ada", because="the phone was stolen") is None
    refused = lent.approve(name, by="cleo", justification=WHY)
    assert refused.code is RefusalCode.NOT_AUTHORIZED
    assert "locked" in delegate(lent).because
    assert lent.unlock_account("ben", by="ada") is True
    assert isinstance(lent.approve(name, by="cleo", justification=WHY), Done)
