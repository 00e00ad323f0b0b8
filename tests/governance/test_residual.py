"""A list holds exactly what its reader may approve: conditions against the question itself."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargehand.governance.cedar_ask import asks_of, stated
from chargehand.governance.listed import listed, name_of
from chargehand.governance.permission import permission
from chargehand.governance.residual import Figures, Filter, version_is
from chargehand.governance.residual import holds as keeps
from tests.governance.strategies import NOW, OFTEN, policy, submission, submissions
from tests.governance.test_cedar import clause, with_clauses
from tests.governance.test_permission import delegations, rules

FIGURES = "CREATE TABLE proposal (cents INTEGER, paid_in TEXT, permille INTEGER, version INTEGER)"


def holds(condition, one):
    """Whether a proposal's row keeps a condition, by a database's own word."""
    figures = stated(one)
    row = Figures(figures.cost, figures.currency, figures.confidence, one.version)
    if isinstance(condition, bool):
        return condition
    with sqlite3.connect(":memory:") as sql:
        sql.execute(FIGURES)
        sql.execute(
            "INSERT INTO proposal VALUES (?, ?, ?, ?)",
            row,
        )
        found = sql.execute(f"SELECT 1 FROM proposal WHERE {condition.text}", condition.values)
        is_found = found.fetchone() is not None
    assert keeps(condition, row) == is_found  # the same in Python
    return is_found


def filter_of(who, base, one, standing_in=()):
    able = listed(who, base, now=NOW, delegations=standing_in)
    return able.of(name_of(asks_of(one)), asks_of(one))


versions = st.builds(
    lambda one, who: replace(one, version=1 + len(who), changed_by=who),
    submissions(),
    st.sampled_from([(), (), ("t.kaya",), ("m.weber", "a.okafor")]),
)


@OFTEN
@given(with_clauses, st.lists(versions, min_size=1, max_size=3), delegations, rules)
def test_a_condition_says_what_permission_says(base, some, standing_in, allowed):
    base = replace(base, delegations=allowed)
    for who in base.people:
        for one in some:
            made = filter_of(who, base, one, standing_in)
            if not holds(made.perhaps, one):
                given = permission(who, base, one, now=NOW, delegations=standing_in).given
                assert holds(made.surely, one) == given


def made_of(text):
    base = policy(clauses=(clause(text),))
    return filter_of(base.people[0], base, submission())


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("context.cost > 500", "NOT (NOT (cents <= ?))"),
        ('context.currency != "EUR"', "NOT (NOT (paid_in = ?))"),
        ('["EUR", "CHF"].contains(context.currency)', "paid_in = ? OR paid_in = ?"),
        ("if context.cost > 5 then context.confidence < 900 else false", "permille < ?"),
    ],
)
def test_figures_become_columns(body, said):
    made = made_of(f"forbid(principal, action, resource) when {{ {body} }};")
    assert said in made.surely.text
    assert made.perhaps is False


@pytest.mark.parametrize("body", ["context.cost * 2 > 500", 'context.currency like "E*"'])
def test_what_columns_cannot_tell_is_left_to_the_question_itself(body):
    made = made_of(f"forbid(principal, action, resource) when {{ {body} }};")
    assert made == Filter(surely=False, perhaps=True)


def test_who_changed_it_is_asked_of_changed_proposals_only():
    made = made_of(
        "forbid(principal, action, resource) when { context.changed_by.contains(principal) };"
    )
    assert made == Filter(surely=version_is("=="), perhaps=version_is(">"))


def test_what_is_clear_beforehand_is_no_condition():
    assert made_of("forbid(principal, action, resource);") == Filter(surely=False)
    elsewhere = 'forbid(principal, action, resource) when { resource.site == Site::"ELSEWHERE" };'
    assert made_of(elsewhere) == Filter(surely=True)
