"""Texts that could be misread: names that look alike, or like another part of the text."""

from __future__ import annotations

import pytest

from chargehand.governance.policy import Policy
from chargehand.plant import policies
from tests.plant.conftest import policy_text
from tests.plant.governing import approvals

PERSON = '\n[[people]]\nid = "{id}"\nname = "Ada"\nroles = ["admin", "planner"]\n'
CLAUSE = """
[[clauses]]
id = "{id}"
because = "nobody counts at night"
cedar = '''
forbid (principal, action, resource);
'''
"""
BREAKER = """
[[breakers]]
decision = "cycle_count"
site = "{site}"
zone = "{zone}"
window_days = 30
spend_per_day_max = "EUR 100.00"
{more}
"""


def mistakes(more):
    """Place and text of each mistake in the test plant's text with something added."""
    found = policies.checked(policy_text() + more)
    assert not isinstance(found, Policy), "it was accepted"
    assert all(one.line and one.cure for one in found)
    return [(one.where, one.what) for one in found]


CYRILLIC_A, FULL_WIDTH_A = chr(0x430), chr(0xFF41)


@pytest.mark.parametrize("id", [f"{CYRILLIC_A}da", f"{FULL_WIDTH_A}da"])
def test_two_people_who_look_like_one(id):
    found = mistakes(PERSON.format(id=id))
    assert {where for where, _ in found} == {"people[4].id"}
    assert any("looks like 'ada' (people[" in what for _, what in found)


def test_letters_of_two_scripts_in_one_word():
    ((where, what),) = mistakes(PERSON.format(id=f"p{CYRILLIC_A}vel"))
    assert (where, "Cyrillic and Latin" in what) == ("people[4].id", True)


@pytest.mark.parametrize("id", ["павел", "m.müller", "田中-1", "павел.m", "łukasz"])
def test_names_of_one_script_in_a_word_are_fine(id):
    assert isinstance(policies.checked(policy_text() + PERSON.format(id=id)), Policy)


@pytest.mark.parametrize("id", ["grants[1]", "phases[2].cost_max", "grants", "Stop", "people"])
def test_a_clause_that_reads_like_another_part_of_the_text(id):
    assert [where for where, _ in mistakes(CLAUSE.format(id=id))] == ["clauses[1].id"]


def test_two_currencies_in_one_rule():
    more = approvals(second_person_above='"EUR 1.00"', justification_above='"USD 5.00"')
    places = [where.partition(".")[2] for where, what in mistakes(more) if "currency" in what]
    assert places == ["second_person_above"]
    hours = BREAKER.format(site="S1", zone="*", more='spend_per_hour_max = "USD 5.00"')
    assert [where.partition(".")[2] for where, _ in mistakes(hours)] == ["spend_per_hour_max"]


@pytest.mark.parametrize(("site", "zone", "key"), [("S|1", "*", "site"), ("S1", "A|B", "zone")])
def test_a_bar_in_a_name(site, zone, key):
    found = mistakes(BREAKER.format(site=site, zone=zone, more=""))
    assert [where.partition(".")[2] for where, _ in found] == [key]


def test_a_text_that_held_before_stays_readable():
    text = policy_text() + PERSON.format(id=f"{CYRILLIC_A}da")
    policy = policies.parse(text)
    assert isinstance(policy, Policy)
    assert any("looks like" in one.what for one in policy.remarks)
