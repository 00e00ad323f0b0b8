"""A clause forbids a role an act of [[access]] at a site: lists and acts agree; it only takes."""

from __future__ import annotations

import pytest

from chargehand.governance.access import Act, KeyScope, may, sites_of
from chargehand.governance.authority import AccessRule
from chargehand.governance.cedar import clause_mistakes
from chargehand.governance.cedar_schema import SITE_ACTS
from chargehand.governance.explaining import explain_act
from tests.governance.strategies import policy
from tests.governance.test_cedar import clause

HEAD = 'forbid(principal in Role::"planner", action == Action::"export", resource'
AT_S2 = f'{HEAD} == Site::"S2");'
EVERYWHERE = f"{HEAD});"


def under(text, sites=frozenset({"*"})):
    access = tuple(
        AccessRule(role=role, acts=frozenset({"export", "read"}), sites=one)
        for role, one in (("planner", sites), ("buyer", frozenset({"S1", "S2", "S3"})))
    )
    base = policy(access=access, clauses=(clause(text),))
    return base, base.people[0]


def test_what_a_clause_forbids_at_a_site_is_forbidden_there_and_only_there():
    base, planner = under(AT_S2)
    no = may(planner, Act.EXPORT, "S2", base)
    assert (no.passed, no.clause) == (False, "clauses.ours")
    assert "we do not do that here" in no.text
    assert may(planner, Act.EXPORT, "S1", base).passed
    assert may(planner, Act.READ, "S2", base).passed
    assert may(base.people[2], Act.EXPORT, "S2", base).passed, "another role"
    assert not may(planner, Act.EXPORT, None, base).passed, "not at every site any more"


def test_lists_of_sites_leave_out_what_is_forbidden():
    base, planner = under(AT_S2)
    assert sites_of(planner, Act.EXPORT, base) >= {"S1", "S3"}
    assert not sites_of(planner, Act.EXPORT, base) & {"S2", "*"}
    assert sites_of(planner, Act.EXPORT, base, KeyScope(sites=frozenset({"S2", "S9"}))) == {"S9"}
    assert sites_of(planner, Act.READ, base) == {"*"}
    base, planner = under(EVERYWHERE)
    assert sites_of(planner, Act.EXPORT, base) == frozenset()


@pytest.mark.parametrize("sites", [{"*"}, {"S1"}, {"S1", "S2"}, set()])
@pytest.mark.parametrize("text", [AT_S2, EVERYWHERE])
def test_a_clause_only_takes_away_and_lists_say_what_acts_say(text, sites):
    base, planner = under(text, frozenset(sites))
    before = policy(access=base.access)
    for act in Act:
        listed = sites_of(planner, act, base)
        for site in ("S1", "S2", "S3"):
            given = may(planner, act, site, base).passed
            assert given == bool(listed & {"*", site})
            assert not given or may(planner, act, site, before).passed


def test_an_explanation_names_the_clause():
    base, planner = under(AT_S2)
    told = explain_act(planner, base, Act.EXPORT, "S2")
    assert not told.answer.passed
    assert any(one.clause == "clauses.ours" and "S2" in one.text for one in told.looked_at)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (AT_S2.replace("forbid", "permit"), "not permitted"),
        (AT_S2.replace(";", ' when { resource == Site::"S1" };'), "no conditions"),
        (AT_S2.replace('== Action::"export"', 'in [Action::"export", Action::"approve"]'), "both"),
        (AT_S2.replace('Site::"S2"', 'Zone::"S2"'), ""),
    ],
)
def test_what_such_a_clause_cannot_say_is_a_mistake(text, wrong):
    found = clause_mistakes((clause(text),))
    assert found
    assert any(wrong in what for _, _, what, _ in found)


def test_clauses_about_acts_and_about_proposals_are_both_fine():
    about = 'forbid(principal, action, resource) when { resource.zone == Zone::"Z" };'
    assert clause_mistakes((clause(AT_S2), clause(EVERYWHERE, "b"), clause(about, "c"))) == []


def test_whoever_changes_the_policy_cannot_be_kept_from_it():
    assert set(SITE_ACTS) == set(Act) - {Act.ADMINISTER, Act.PROPOSE_POLICY}
