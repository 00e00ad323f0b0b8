"""Standing in: never more than the other holds, within the delegation, and not in a chain."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargehand.governance.delegation import Delegation, DelegationRule, Scope
from chargehand.governance.permission import permission
from chargehand.vocabulary.money import Money
from tests.governance.strategies import (
    NOW,
    OFTEN,
    grant,
    person,
    policy,
    refill,
    requisition,
    submission,
    transfer,
)
from tests.governance.test_cedar import asked, clause, with_clauses

A_DAY = timedelta(days=1)
RULE = DelegationRule(roles=frozenset({"planner"}), days_max=7)
BASE = policy(
    people=(person("m.weber"), person("k.lee", "clerk"), person("j.doe", "clerk")),
    grants=(grant(value_max=Money.of(500)),),
    delegations=(RULE,),
)


def standing_in(whom="m.weber", who="k.lee", *, scope=None, days=2, since=NOW - A_DAY):
    return Delegation(
        number=1, from_person=whom, to_person=who, scope=scope or Scope(), since=since,
        until=since + timedelta(days=days),
    )  # fmt: skip


def asks(one=None, who="k.lee", base=BASE, *delegations):
    one = one or submission(refill())
    return permission(
        base.person(who), base, one, now=NOW, delegations=delegations or (standing_in(),)
    )


def test_a_stand_in_decides_in_the_name_of_the_other():
    given = asks()
    assert (given.given, given.for_whom) == (True, "m.weber")
    assert given.check.text == "k.lee may approve it for m.weber (planner)"


def test_who_has_the_right_needs_nobody():
    given = asks(None, "m.weber", BASE, standing_in("k.lee", "m.weber"))
    assert (given.given, given.for_whom) == (True, "")


def _left():
    gone = tuple(replace(one, active=one.person != "m.weber") for one in BASE.people)
    return asks(base=replace(BASE, people=gone))


@pytest.mark.parametrize(
    ("said", "case"),
    [
        ("above your limit", lambda: asks(submission(refill("501")))),
        ("proposed it", lambda: asks(submission(refill(), proposer="m.weber"))),
        ("proposed it", lambda: asks(submission(refill(), proposer="k.lee"))),
        ("mro_replenishment", lambda: _scoped(decisions=frozenset({"cycle_count"}))),
        ("replenishment", lambda: _scoped(transactions=frozenset({"count"}))),
        ("site HALLE3", lambda: _scoped(sites=frozenset({"WERK2"}))),
        ("site WERK2", lambda: _scoped(submission(transfer()), sites=frozenset({"HALLE3"}))),
        ("stand-in may approve, EUR 100", lambda: _scoped(value_max=Money.of(100))),
        ("stand-in may approve, EUR 50", lambda: _ruled(value_max=Money.of(50))),
        ("longer than the 1 days", lambda: _ruled(days_max=1)),
        ("may let nobody stand in", lambda: _ruled(roles=frozenset({"buyer"}))),
        ("lets nobody stand in", lambda: asks(base=replace(BASE, delegations=()))),
        ("granted no approvals", lambda: asks(None, "k.lee", BASE, standing_in(since=NOW + A_DAY))),
        ("granted no approvals", lambda: asks(None, "k.lee", BASE, standing_in(days=1))),
        ("granted no approvals", lambda: asks(None, "j.doe")),
        ("no longer active", _left),
    ],
)
def test_a_no_says_what_the_delegation_lacks(said, case):
    answer = case()
    assert not answer.given
    assert said in answer.check.text
    assert answer.for_whom == ""


def _scoped(one=None, **scope):
    return asks(one, "k.lee", BASE, standing_in(scope=Scope(**scope)))


def _ruled(**fields):
    return asks(base=replace(BASE, delegations=(replace(RULE, **fields),)))


def test_delegations_do_not_chain():
    chain = (standing_in(), standing_in("k.lee", "j.doe"))
    rules = (replace(RULE, roles=frozenset({"planner", "clerk"})),)
    assert not asks(None, "j.doe", replace(BASE, delegations=rules), *chain).given


def test_what_is_forbidden_to_the_stand_in_stays_forbidden():
    text = 'forbid(principal == Person::"k.lee", action, resource);'
    base = replace(BASE, clauses=(clause(text, "not_k_lee", "in training"),))
    assert "in training" in asks(base=base).check.text
    assert asks(base=BASE).given


def test_a_value_is_left_out_where_nothing_is_spent():
    dear = submission(requisition("900"))
    scoped = standing_in(scope=Scope(value_max=Money.of(1)))
    who = BASE.person("k.lee")
    given = permission(who, BASE, dear, now=NOW, delegations=(scoped,), whatever_value=True)
    assert (given.given, given.for_whom) == (True, "m.weber")


names = st.sampled_from(["m.weber", "a.okafor", "t.kaya"])
delegations = st.lists(
    st.builds(
        standing_in,
        names,
        names,
        scope=st.builds(
            Scope,
            sites=st.sampled_from([frozenset({"*"}), frozenset({"HALLE3"})]),
            value_max=st.sampled_from([None, Money.of(250)]),
        ),
        days=st.sampled_from([1, 2, 9]),
    ),
    max_size=3,
).map(tuple)
rules = st.lists(
    st.builds(
        DelegationRule,
        roles=st.sampled_from([frozenset({"planner"}), frozenset({"planner", "buyer"})]),
        days_max=st.sampled_from([1, 7]),
        value_max=st.sampled_from([None, None, Money.of(10)]),
    ),
    max_size=2,
).map(tuple)


@OFTEN
@given(with_clauses, asked, delegations, rules)
def test_nobody_gains_more_by_standing_in_than_the_other_holds(base, one, some, allowed):
    base = replace(base, delegations=allowed)
    for who in base.people:
        given = permission(who, base, one, now=NOW, delegations=some)
        if given.given and given.for_whom:
            other = base.person(given.for_whom)
            assert permission(other, base, one, now=NOW).given
            assert not permission(who, base, one, now=NOW).given
