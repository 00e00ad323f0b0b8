"""Cedar decides who may do what: as the plain walk through grants does, and by clauses."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargehand.governance.authority import permits
from chargehand.governance.cedar import clause_mistakes, forbidden_automation, names_in
from chargehand.governance.cedar_ask import asks_of, stated
from chargehand.governance.cedar_engine import engine_of
from chargehand.governance.clause import Clause
from chargehand.governance.owner import Owner
from chargehand.governance.permission import permission
from chargehand.vocabulary.money import Money
from tests.governance.strategies import (
    LAW,
    NOW,
    OFTEN,
    grant,
    grants,
    person,
    policies,
    policy,
    refill,
    requisition,
    submission,
    submissions,
    transfer,
)

TEXTS = (
    'forbid(principal, action == Action::"approve", resource) when { context.cost > 25000 };',
    "forbid(principal, action, resource) when { context.changed_by.contains(principal) };",
    'forbid(principal in Role::"buyer", action, resource) when { resource.site == Site::"WERK2" };',
    (
        'permit(principal in Role::"buyer", action in [Action::"approve", Action::"reject"],'
        ' resource) when { [Zone::"MRO"].contains(resource.zone) && context.confidence >= 900 };'
    ),
    (
        'permit(principal == Person::"t.kaya", action, resource)'
        ' when { resource.transaction == Transaction::"count" && context.cost == 0 };'
    ),
    (
        'forbid(principal, action == Action::"automate", resource)'
        ' when { resource.site in [Site::"HALLE3"] && resource.basis == Basis::"fallback" };'
    ),
    "forbid(principal, action, resource) unless { resource.reversible };",
    (
        "forbid(principal, action, resource)"
        ' when { context.cost * 9000000 > 0 && resource.decision == Decision::"cycle_count" };'
    ),
    "forbid(principal, action, resource) when { resource.owners.contains(principal) };",
    (
        'permit(principal, action == Action::"change", resource)'
        ' when { resource.risk == Risk::"low" && resource.from_site == Site::"HALLE3" };'
    ),
)


def clause(cedar, id="ours", because="we do not do that here"):
    return Clause(id=id, cedar=cedar, because=because)


some_clauses = st.lists(st.sampled_from(TEXTS), max_size=5).map(
    lambda texts: tuple(clause(text, f"c{number}") for number, text in enumerate(texts))
)
hours = st.none() | st.integers(-2, 2).map(lambda count: NOW + timedelta(hours=count))
timed = st.builds(
    lambda one, since, until: replace(one, valid_from=since, valid_until=until),
    grants, hours, hours,
)  # fmt: skip
without_clauses = st.builds(
    lambda base, some: replace(base, grants=tuple(some)), policies, st.lists(timed, max_size=6)
)
with_clauses = st.builds(
    lambda base, some: replace(
        base,
        clauses=some,
        owners=(Owner(decision="*", sites=frozenset({"HALLE3"}), person="t.kaya"),),
    ),
    without_clauses, some_clauses,
)  # fmt: skip
changers = st.sampled_from([(), ("t.kaya",), ("m.weber", "a.okafor")])
asked = st.builds(lambda one, who: replace(one, changed_by=who), submissions(), changers)


@OFTEN
@given(without_clauses, asked, st.booleans())
def test_without_clauses_cedar_says_what_the_plain_walk_says(base, one, whatever_value):
    for who in base.people:
        walked = permits(who, base.grants, one, whatever_value=whatever_value, now=NOW)
        asked = permission(who, base, one, now=NOW, whatever_value=whatever_value)
        assert asked.given == walked.passed
        if not walked.passed:
            assert asked.check == walked


@OFTEN
@given(with_clauses, asked, st.sampled_from(["approve", "reject", "change", "automate"]))
def test_the_slice_answers_as_all_policies_do(base, one, act):
    engine = engine_of(base)
    for who in base.people:
        in_time = [
            rule
            for rule in engine.rules
            if (rule.reach.since is None or rule.reach.since <= NOW)
            and (rule.reach.until is None or rule.reach.until > NOW)
        ]
        for ask in asks_of(one):
            whole = engine.asked(engine.made_ready(who, act, ask, tuple(in_time)), stated(one))
            answer = engine.answer(who, act, ask, stated(one), NOW)
            assert (answer.allowed, bool(answer.fault), {r.key for r in answer.rules}) == (
                whole.allowed, bool(whole.fault), {r.key for r in whole.rules},
            )  # fmt: skip


@OFTEN
@given(with_clauses, asked, st.sampled_from(TEXTS[:3]))
def test_one_more_forbidding_clause_never_permits_more(base, one, text):
    stricter = replace(base, clauses=(*base.clauses, clause(text, "more")))
    for who in base.people:
        if permission(who, stricter, one, now=NOW).given:
            assert permission(who, base, one, now=NOW).given


@OFTEN
@given(with_clauses, asked, st.data())
def test_lowering_a_limit_never_permits_more(base, one, data):
    lower = data.draw(st.sampled_from(["0.00", "1.00", "200.00"]))
    tight = tuple(
        replace(g, value_max=Money.of(lower, g.value_max.currency if g.value_max else "EUR"))
        if g.value_max is None or g.value_max.amount > Money.of(lower).amount
        else g
        for g in base.grants
    )
    lowered = replace(base, grants=tight)
    for who in base.people:
        if permission(who, lowered, one, now=NOW).given:
            assert permission(who, base, one, now=NOW).given


@OFTEN
@given(without_clauses, asked)
def test_removing_a_role_never_permits_more(base, one):
    for who in base.people:
        for role in who.roles:
            less = replace(who, roles=tuple(r for r in who.roles if r != role))
            if permission(less, base, one, now=NOW).given:
                assert permission(who, base, one, now=NOW).given


def test_a_yes_names_the_grant_and_a_no_the_clause_and_its_reason():
    base = policy(
        grants=(
            replace(grant(value_max=Money.of(10)), clause="grants[1]"),
            replace(grant(), clause="grants[2]"),
        ),
        clauses=(clause(TEXTS[0], "too_dear", "above EUR 250 the board decides"),),
    )
    yes = permission(person(), base, submission(refill("180")), now=NOW)
    no = permission(person(), base, submission(refill("250.01")), now=NOW)
    assert (yes.given, yes.check.clause) == (True, "grants[2]")
    assert (no.given, no.check.clause) == (False, "clauses.too_dear")
    assert "above EUR 250 the board decides" in no.check.text


def test_a_permitting_clause_gives_what_no_grant_gives_but_not_beyond_the_floor():
    base = policy(grants=(), clauses=(clause("permit(principal, action, resource);"),))
    one = submission(refill())
    assert permission(person(), base, one, now=NOW).given
    for barred in (person(active=False), person(service=True), person("chargehand")):
        assert not permission(barred, base, one, now=NOW).given
    assert not permission(person(), base, replace(one, proposal=_nothing(one)), now=NOW).given


def _nothing(one):
    return replace(one.proposal, actions=())


def test_a_clause_that_cannot_be_evaluated_is_never_a_yes():
    text = "forbid(principal, action, resource) when { context.cost * 90000000000 > 1 };"
    base = policy(clauses=(clause(text),))
    told = permission(person(), base, submission(refill("999999999")), now=NOW).check
    assert (told.passed, told.clause) == (False, "clauses")
    assert "overflow" in told.text


def test_costs_in_several_currencies_are_beyond_every_limit():
    mixed = submission(refill("1"), requisition("1", currency="USD"))
    base = policy(clauses=(clause(TEXTS[0]),))
    assert permission(person(), base, mixed, now=NOW).check.clause == "clauses.ours"


def test_a_clause_on_changing_does_not_stop_a_rejection():
    base = policy(clauses=(clause('forbid(principal, action == Action::"change", resource);'),))
    one = submission(refill())

    def may(act=None):
        return permission(person(), base, one, now=NOW, whatever_value=True, act=act).given

    assert (may("reject"), may("change"), may()) == (True, False, False)


@LAW
@given(asked)
def test_automation_is_forbidden_by_the_clauses_that_say_so(one):
    base = policy(clauses=(clause(TEXTS[5], "no_fallback", "not from the static rule"),))
    found = forbidden_automation(one, base, NOW)
    sites = {action.site for action in one.proposal.actions}
    is_forbidden = one.proposal.basis == "fallback" and "HALLE3" in sites
    assert any(not check.passed for check in found) == is_forbidden
    if is_forbidden:
        assert found[0].clause == "clauses.no_fallback"
        assert found[0].text == "not from the static rule"
    assert forbidden_automation(one, policy(), NOW) == ()


@pytest.mark.parametrize(
    ("cedar", "line", "said"),
    [
        ('permit(principal, action == Action::"aprove", resource);', 1, "aprove"),
        ("forbid(principal, action, resource)\nwhen { resource.cst > 3 };", 2, "cst"),
        ('forbid(principal, action, resource)\nwhen { resource.site == Zone::"A" };', 2, "Zone"),
        ('forbid(principal, action, resource) when { resource.site in [Zone::"A"] };', 1, "Zone"),
        ('forbid(principal, action, resource) when { resource in Site::"A" };', None, "nothing"),
        ('forbid(principal, action, resource in Site::"A");', None, "nothing"),
        ("forbid(principal, action,\n resource) when { && };", 2, "not Cedar"),
        ('forbid(principal, action, resource) when { context.cost > "3" };', None, "Long"),
        ('forbid(principal in Rle::"x", action, resource);', 1, "Rle"),
        ('permit(principal, action == Action::"automate", resource);', 1, "not permitted"),
        (
            'forbid(principal, action, resource)\n\nwhen {\n resource.risk == Risk::"hgh" };',
            4,
            "hgh",
        ),
        ("", None, "one Cedar policy, not 0"),
        ("forbid(principal, action, resource);" * 2, None, "one Cedar policy, not 2"),
        ("forbid(principal == ?principal, action, resource);", None, "template"),
    ],
)
def test_a_mistake_in_a_clause_is_named_with_its_line(cedar, line, said):
    found = clause_mistakes([clause(TEXTS[0], "good"), clause(cedar)])
    assert {place for place, *_ in found} == {1}
    assert found[0][1] == line
    assert said in found[0][2]
    assert all(cure for *_, cure in found)


def test_every_clause_used_here_is_right_and_ids_are_unique():
    many = [clause(text, f"c{number}") for number, text in enumerate(TEXTS)]
    assert clause_mistakes(many) == []
    twice = clause_mistakes([clause(TEXTS[0]), clause(TEXTS[1])])
    assert [(place, "two clauses" in what) for place, _, what, _ in twice] == [(1, True)]


def test_what_a_clause_names_can_be_looked_up():
    assert ("Role", "buyer") in names_in(clause(TEXTS[3]))
    assert ("Zone", "MRO") in names_in(clause(TEXTS[3]))


def test_a_grant_for_a_time_holds_then_only():
    soon = NOW + timedelta(hours=1)
    base = policy(grants=(replace(grant(), valid_from=soon, valid_until=soon + timedelta(days=1)),))
    one = submission(transfer())
    moments = (NOW, soon, soon + timedelta(hours=23), soon + timedelta(days=1))
    assert [permission(person(), base, one, now=at).given for at in moments] == [
        False, True, True, False,
    ]  # fmt: skip


def test_the_clauses_of_the_how_to_work():
    page = Path(__file__).parents[2] / "docs/how-to/who-may-what.md"
    blocks = re.findall(r"```toml\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    told = [one for block in blocks for one in tomllib.loads(block).get("clauses", ())]
    assert len(told) == 3
    assert clause_mistakes([Clause(**one) for one in told]) == []
