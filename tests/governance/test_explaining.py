"""Why, and why not: every grant and clause that was looked at, with what speaks against it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given

from chargehand.governance.access import Act
from chargehand.governance.authority import AccessRule
from chargehand.governance.explaining import explain_act, explain_deciding
from chargehand.governance.permission import permission
from chargehand.vocabulary.money import Money
from tests.governance.strategies import (
    LAW,
    NOW,
    grant,
    person,
    policy,
    refill,
    submission,
    transfer,
)
from tests.governance.test_cedar import asked, clause, with_clauses
from tests.governance.test_permission import BASE, standing_in


def told(base, one, act="approve", who=None, delegations=()):
    found = explain_deciding(
        who or base.people[0], base, one, act=act, asked="approve P-1", now=NOW,
        delegations=delegations,
    )  # fmt: skip
    return found, {check.clause: check for check in found.looked_at}


def test_a_grant_says_each_name_that_is_missing_and_the_limit():
    base = policy(
        grants=(
            replace(
                grant(value_max=Money.of(100), sites={"WERK2"}, transactions={"count"}),
                clause="grants[1]", valid_until=NOW,
            ),
            replace(grant("buyer"), clause="grants[2]"),
            replace(grant(zones={"MRO"}), clause="grants[3]"),
        )
    )  # fmt: skip
    found, checks = told(base, submission(refill("180")))
    assert not checks["grants[1]"].passed
    for part in (
        "transaction replenishment is not among count", "site HALLE3 is not among WERK2",
        "does not hold at this moment", "cost EUR 180.00 is above EUR 100.00",
    ):  # fmt: skip
        assert part in checks["grants[1]"].text
    assert "grants[2]" not in checks  # of a role that the person does not have
    assert checks["grants[3]"].passed
    assert found.answer.passed
    _, moved = told(base, submission(transfer()))
    assert "a transfer needs all zones" in moved["grants[3]"].text


def test_a_clause_says_each_condition_that_does_not_hold_and_the_figures():
    text = (
        'forbid(principal in Role::"planner", action, resource)'
        ' when { resource.site == Site::"HALLE3" && context.cost > 25000 && resource.reversible }'
        ' unless { resource.zone == Zone::"RAW" };'
    )
    base = policy(clauses=(clause(text, "dear", "too dear for one person"),))
    _, cheap = told(base, submission(refill("180")))
    assert cheap["clauses.dear"].passed
    assert cheap["clauses.dear"].text == (
        "does not apply: it needs context.cost > 25000 (cost is 18000)"
    )
    found, dear = told(base, submission(refill("251")))
    assert not found.answer.passed
    assert dear["clauses.dear"].text == "forbids it: too dear for one person"
    _, raw = told(base, submission(refill("251", zone="RAW")))
    assert 'holds unless resource.zone == Zone::"RAW" (zone is RAW)' in raw["clauses.dear"].text
    _, other = told(base, submission(refill("251")), who=base.people[1])
    assert "it is about role planner" in other["clauses.dear"].text


def test_clauses_about_other_acts_are_left_out():
    text = 'forbid(principal, action == Action::"reject", resource);'
    base = policy(clauses=(clause(text),))
    assert "clauses.ours" not in told(base, submission())[1]
    assert not told(base, submission(), "reject")[0].answer.passed


def test_a_delegation_is_told_with_what_it_lacks():
    found, checks = told(BASE, submission(), who=BASE.person("k.lee"), delegations=(standing_in(),))
    assert (found.answer.passed, found.for_whom) == (True, "m.weber")
    assert checks["delegations"].passed
    short = replace(standing_in(), until=NOW + timedelta(days=30))
    found, checks = told(BASE, submission(), who=BASE.person("k.lee"), delegations=(short,))
    assert "longer than the 7 days" in checks["delegations"].text


@LAW
@given(with_clauses, asked)
def test_an_explanation_never_says_other_than_the_permission(base, one):
    for who in base.people:
        found, _ = told(base, one, who=who)
        given = permission(who, base, one, now=NOW)
        assert found.answer == given.check
        stopping = [
            check for check in found.looked_at
            if not check.passed and check.text.startswith("forbids it")
        ]  # fmt: skip
        if given.given:
            assert not stopping
        elif not stopping and "could not be evaluated" not in given.check.text:
            giving = ("grants", "clauses")
            permits = [c for c in found.looked_at if c.clause.startswith(giving) and c.passed]
            actions = len({a.transaction for a in one.proposal.actions})
            assert actions > 1 or not [c for c in permits if not c.text.startswith("does not")]


def test_an_act_is_explained_rule_by_rule():
    base = policy(
        access=(
            AccessRule(
                role="planner", acts=frozenset({"read"}), sites=frozenset({"*"}), clause="access[1]"
            ),
            AccessRule(
                role="planner", acts=frozenset({"export"}), sites=frozenset({"WERK2"}),
                clause="access[2]",
            ),
        )
    )  # fmt: skip
    found = explain_act(person(), base, Act.EXPORT, "HALLE3")
    texts = {check.clause: check.text for check in found.looked_at}
    assert not found.answer.passed
    assert found.asked == "export at site HALLE3"
    assert texts["access[1]"] == "role planner: export is not among read"
    assert texts["access[2]"] == "role planner: site HALLE3 is not among WERK2"
    assert explain_act(person(), base, Act.EXPORT, "WERK2").answer.passed
