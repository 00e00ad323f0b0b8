"""Policy texts: what they say, and every mistake in them at once."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargehand.governance.mistakes import lines_of
from chargehand.governance.phase import Phase
from chargehand.governance.policy import (
    Policy,
    default_policy_text,
    demo_policy_text,
    parse_policy,
    succession,
)
from chargehand.vocabulary.money import Money
from tests.governance.strategies import LAW

DEMO = demo_policy_text()
KNOWN = frozenset({"mro_replenishment", "reorder_parameters", "part_reservation", "cycle_count"})

SMALL = """\
version = 1
title = "Small"
roles = ["planner"]
[administration]
policy = ["planner"]
breakers = ["planner"]
[[people]]
id = "m.weber"
name = "Martina Weber"
roles = ["planner"]
[[grants]]
role = "planner"
transactions = ["*"]
decisions = ["*"]
sites = ["*"]
zones = ["*"]
value_max = "EUR 5000"
"""


def phases(*rules):
    keys = ("decision", "site", "zone", "phase")
    return "".join(
        "[[phases]]\n" + "".join(f'{k} = "{v}"\n' for k, v in zip(keys, rule, strict=True))
        for rule in rules
    )


AUTOMATED = phases(("mro_replenishment", "HALLE3", "MRO", "automate")) + (
    'transactions = ["replenishment"]\ncost_max = "EUR 250"\n'
    'confidence_min = 0.9\nspend_per_day_max = "EUR 2000"\n'
)
BREAKER = (
    '[[breakers]]\ndecision = "*"\nsite = "*"\nzone = "*"\n'
    "window_days = 30\nfailure_count_max = 2\n"
)


def mistakes(text, **known):
    found = parse_policy(text, **known)
    assert not isinstance(found, Policy), "the text was taken"
    return found


def only(text, **known):
    (mistake,) = mistakes(text, **known)
    return mistake


@pytest.mark.parametrize("known", [None, KNOWN], ids=["any decision", "known decisions"])
@pytest.mark.parametrize(
    "text",
    [
        DEMO,
        demo_policy_text(os_user="root"),
        default_policy_text(person="m.weber", name='Martina "Tina" Weber \\ 1', os_user="root"),
        default_policy_text(person="k.sato", name="佐藤 健", os_user=None, currency="JPY"),
        SMALL + AUTOMATED + BREAKER,
    ],
)
def test_texts_that_we_hand_out_have_no_mistakes(text, known):
    policy = parse_policy(text, decisions=known)
    assert isinstance(policy, Policy), policy
    assert policy.digest == sha256(text.encode()).hexdigest()


def test_new_plant_observes_and_its_installer_is_planner_and_admin():
    policy = parse_policy(default_policy_text(person="k.sato", name="Sato", os_user="ken"))
    assert policy.phase("mro_replenishment", "ANY", "MRO") is Phase.OBSERVE
    installer = policy.person_of_os_user("ken")
    assert (installer.person, set(installer.roles)) == ("k.sato", {"planner", "admin"})
    assert policy.administrators == {"admin"}


@pytest.mark.parametrize("name", ["", "a\nb", "x" * 200])
def test_installer_without_a_sensible_name_is_told(name):
    with pytest.raises(ValueError, match="name"):
        default_policy_text(person="k.sato", name=name, os_user=None)


def test_demo_says_what_it_should():
    policy = parse_policy(DEMO)
    assert {d for d in KNOWN if policy.phase(d, "WERK2", "RAW") is Phase.ASSIST} == KNOWN
    assert policy.phase("mro_replenishment", "HALLE3", "MRO") is Phase.AUTOMATE
    assert policy.phase("kitting", "HALLE3", "MRO") is Phase.OBSERVE
    limits = policy.phases[5].limits
    assert limits.cost_max == Money.of(250)
    assert (limits.confidence_min, limits.transactions) == (0.9, {"replenishment"})
    assert limits.bases == {"model"}
    (approval,) = policy.approvals
    assert approval.justification_above == Money.of(2500)
    assert approval.second_person_above == Money.of(10_000)
    assert approval.expires_after == timedelta(hours=72)
    assert policy.remarks == ()


@pytest.mark.parametrize(
    "text",
    [
        "version = " + "9" * 5000,
        "a = " + "[" * 100_000,
        "a = \ud800",
        SMALL.replace("version = 1", "version = " + "9" * 400),
        SMALL.replace("EUR 5000", "EUR " + "9" * 40),
        SMALL + AUTOMATED.replace("0.9\n", "9" * 400 + "\n") + BREAKER,
        SMALL + BREAKER.replace("30", "9" * 20),
    ],
    ids=["digits", "depth", "half character", "version", "money", "share", "window"],
)
def test_absurd_values_are_mistakes_like_any_other(text):
    mistake = only(text)
    assert len(str(mistake)) < 400


def test_syntax_error_names_its_line():
    mistake = only('version = 1\ntitle = "open\n')
    assert (mistake.line, mistake.where) == (2, "text")
    assert "not TOML" in mistake.what
    assert only("version = 1\n\nroles = [").line == 3
    assert only("version = 1\nversion = 2\n").line == 2


SEEDS = {
    "version": ("version = 1", "version = 0", {"version"}),
    "title": ('title = "', 'titel = "', {"titel", "title"}),
    "administration": ('breakers = ["admin",', 'breakers = ["chief",', {"administration.breakers"}),
    "unknown role": ('roles = ["buyer"]', 'roles = ["buyr"]', {"people[2].roles"}),
    "not a truth": (
        'roles = ["maintenance_planner"]\n',
        'roles = ["maintenance_planner"]\nactive = "yes"\n',
        {"people[3].active"},
    ),
    "unknown key": ('name = "Jan', 'nmae = "Jan', {"people[4].nmae", "people[4].name"}),
    "same person": (
        "# --- who may",
        '[[people]]\nid = "M.Weber"\nname = "M"\nroles = ["buyer"]\n# --- who may',
        {"people[7].id"},
    ),
    "value missing": ('value_max = "unlimited"\n', "", {"grants[2].value_max"}),
    "negative": ('value_max = "EUR 5,000.00"', 'value_max = "EUR -5"', {"grants[3].value_max"}),
    "unknown decision": (
        'decisions = ["part_reservation"]',
        'decisions = ["part_reservatoin"]',
        {"grants[4].decisions"},
    ),
    "unknown transaction": ('"staging", "count"]', '"stagging"]', {"grants[5].transactions"}),
    "role of a grant": (
        'role = "warehouse_supervisor"',
        'role = "supervisor"',
        {"grants[5].role"},
    ),
    "enum": (
        'decision = "part_reservation"\nsite = "*"\nzone = "*"\nphase = "assist"',
        'decision = "part_reservation"\nsite = "*"\nzone = "*"\nphase = "asist"',
        {"phases[4].phase"},
    ),
    "no money": ('cost_max = "EUR 250.00"', "cost_max = 250", {"phases[6].cost_max"}),
    "percent": ("confidence_min = 0.90", "confidence_min = 90", {"phases[6].confidence_min"}),
    "double phase": (
        "# --- what an approval",
        phases(("cycle_count", "*", "*", "observe")) + "# --- what an approval",
        {"phases[7]"},
    ),
    "comma": ("EUR 10,000.00", "EUR 10.000,00", {"approvals[1].second_person_above"}),
    "duration": ('"72 hours"', '"soon"', {"approvals[1].expires_after"}),
    "window": ("window_days = 30", "window_days = -1", {"breakers[1].window_days"}),
    "pair": ("rejection_count_min = 10\n", "", {"breakers[1].rejection_count_min"}),
}


@LAW
@given(st.sets(st.sampled_from(sorted(SEEDS)), min_size=1))
def test_every_mistake_is_named_at_once_and_no_other(seeded):
    text, expected = DEMO, set()
    for name in seeded:
        before, after, where = SEEDS[name]
        assert before in text, name
        text = text.replace(before, after, 1)
        expected |= where
    found = mistakes(text, decisions=KNOWN)
    assert {mistake.where for mistake in found} == expected
    assert all(mistake.what and mistake.cure for mistake in found)
    assert [m.line or 0 for m in found] == sorted(m.line or 0 for m in found)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (('roles = ["planner"]\n[[g', 'roles = ["planer"]\n[[g'), "people[1].roles"),
        (('role = "planner"', 'role = "planer"'), "grants[1].role"),
        (('sites = ["*"]', "sites = []"), "grants[1].sites"),
    ],
)
def test_one_mistake_does_not_make_others_appear(change, where):
    text = SMALL.replace(*change) + phases(("*", "*", "*", "assist"))
    assert only(text).where == where


def test_mistake_says_line_place_fault_and_cure():
    before, after, _ = SEEDS["unknown role"]
    mistake = only(DEMO.replace(before, after, 1))
    assert DEMO.splitlines()[mistake.line - 1] == before
    assert str(mistake) == (
        f"line {mistake.line}, people[2].roles: 'buyr' is unknown. Did you mean buyer?"
    )


def test_unknown_key_is_offered_a_near_one():
    mistake = only(DEMO.replace("expires_after", "expire_after"))
    assert mistake.cure == "Did you mean expires_after?"


@pytest.mark.parametrize(
    ("money", "what"),
    [
        ('"250"', "not a sum"),
        ("250", "not a sum"),
        ('"EUR 2,50"', "not a sum"),
        ('"EUR 2.500"', "not a sum"),
        ('"eur 5"', "not a sum"),
        ('"EUR -1"', "negative"),
        ("true", "not a sum"),
    ],
)
def test_money_that_could_be_misread_is_not_guessed(money, what):
    mistake = only(SMALL.replace('"EUR 5000"', money))
    assert mistake.where == "grants[1].value_max"
    assert what in mistake.what


@pytest.mark.parametrize("share", ["90", "-0.1", "nan", "inf", "true", '"0.9"'])
def test_confidence_is_a_fraction(share):
    text = SMALL + AUTOMATED.replace("0.9\n", f"{share}\n") + BREAKER
    assert only(text).where == "phases[1].confidence_min"


@pytest.mark.parametrize("key", ["cost_max", "confidence_min", "spend_per_day_max", "transactions"])
def test_automation_states_all_its_limits(key):
    lines = [line for line in AUTOMATED.splitlines() if not line.startswith(key)]
    text = SMALL + "\n".join(lines) + "\n" + BREAKER
    assert only(text).where == f"phases[1].{key}"


def test_limits_without_automation_have_no_effect():
    text = SMALL + phases(("*", "*", "*", "assist")) + 'cost_max = "EUR 250"\n'
    assert "no effect in the assist phase" in only(text).what


def test_automation_needs_a_breaker_around_it():
    assert "without a circuit breaker" in only(SMALL + AUTOMATED).what
    narrow = BREAKER.replace('zone = "*"', 'zone = "RAW"')
    assert "without a circuit breaker" in only(SMALL + AUTOMATED + narrow).what


def test_equally_specific_rules_that_overlap_are_a_mistake_until_one_settles_it():
    both = phases(("mro_replenishment", "*", "*", "assist"), ("*", "HALLE3", "*", "observe"))
    mistake = only(SMALL + both)
    assert mistake.where == "phases[2]"
    assert "equally specific and both speak of mro_replenishment × HALLE3 × *" in mistake.what
    settled = both + phases(("mro_replenishment", "HALLE3", "*", "assist"))
    assert isinstance(parse_policy(SMALL + settled), Policy)


def test_second_rule_of_the_same_scope_is_never_reached():
    twice = phases(("a", "*", "*", "assist"), ("a", "*", "*", "observe"))
    assert "never reached: phases[1]" in only(SMALL + twice).what


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('transactions = ["*"]', 'transactions = ["count"]'), "nobody may approve replenishment"),
        (('sites = ["*"]', 'sites = ["WERK2"]'), "in zone (any other) of (any other)"),
        (('roles = ["planner"]\n[[g', 'roles = ["planner"]\nservice = true\n[[g'), "nobody may"),
    ],
)
def test_assisted_scope_in_which_nobody_may_approve_is_a_mistake(change, said):
    text = SMALL.replace(*change) + phases(("*", "*", "*", "assist"))
    found = [m for m in mistakes(text) if m.where == "phases[1].phase"]
    assert len(found) == 1
    assert said in found[0].what


def test_approvers_are_asked_for_what_a_decision_may_propose_only():
    text = SMALL.replace('transactions = ["*"]', 'transactions = ["count"]')
    text += phases(("cycle_count", "*", "*", "assist"))
    assert "nobody may approve replenishment of cycle_count" in only(text).what
    known = {"cycle_count": ("count",)}
    assert isinstance(parse_policy(text, transactions_of=known), Policy)


def test_more_specific_observe_rule_needs_no_approver():
    text = SMALL.replace('sites = ["*"]', 'sites = ["WERK2"]')
    text += phases(("*", "*", "*", "observe"), ("*", "WERK2", "*", "assist"))
    assert isinstance(parse_policy(text), Policy)


@pytest.mark.parametrize(
    ("above", "said"),
    [("EUR 4000", "only m.weber may approve"), ("EUR 5000", "never reached: nobody may approve")],
)
def test_second_person_must_exist(above, said):
    text = SMALL + phases(("*", "*", "*", "assist")) + (
        '[[approvals]]\ndecisions = ["*"]\ntransactions = ["*"]\n'
        f'second_person_above = "{above}"\n'
    )  # fmt: skip
    assert said in only(text).what


@pytest.mark.parametrize(
    ("limit", "where"),
    [
        ('justification_above = "EUR 100"', "approvals[1].justification_above is EUR 100.00"),
        ('justification_above = "USD 900"', "another currency than approvals[1]"),
    ],
)
def test_automation_beyond_what_needs_a_person_is_a_contradiction(limit, where):
    rule = f'[[approvals]]\ndecisions = ["*"]\ntransactions = ["*"]\n{limit}\n'
    mistake = only(SMALL + AUTOMATED + BREAKER + rule)
    assert mistake.where == "phases[1].cost_max"
    assert where in mistake.what


def test_cost_limit_above_that_of_the_day_is_a_contradiction():
    text = SMALL + AUTOMATED.replace("EUR 2000", "EUR 200") + BREAKER
    assert "can never be reached: its own spend_per_day_max is EUR 200.00" in only(text).what
    text = SMALL + AUTOMATED + BREAKER + 'spend_per_day_max = "EUR 100"\n'
    assert "breakers[1].spend_per_day_max is EUR 100.00" in only(text).what


def test_grant_within_another_has_no_effect():
    small = SMALL[SMALL.index("[[grants]]") :].replace("5000", "100")
    mistake = only(SMALL + small)
    assert (mistake.where, mistake.what) == (
        "grants[2]",
        "it has no effect: grants[1] grants as much or more.",
    )


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (SMALL.replace('"m.weber"', '"policy"'), "people[1].id"),
        (SMALL.replace('[administration]\npolicy = ["planner"]\nbreakers = ["planner"]\n', ""),
         "administration"),
        (SMALL.replace('name = "M', 'active = false\nname = "M'), "administration.breakers"),
        (SMALL.replace('["*"]', '["*", "count"]', 1), "grants[1].transactions"),
        (SMALL.replace('["*"]', "[]", 1), "grants[1].transactions"),
        (SMALL.replace('["*"]', '"*"', 1), "grants[1].transactions"),
        (SMALL.replace('["*"]', '["count", "count"]', 1), "grants[1].transactions"),
        (SMALL.replace('["*"]', "[7]", 1), "grants[1].transactions"),
        (SMALL.replace("[[people]]", "[people]").replace("[[grants]]", "[[grants]]"), "people"),
        (SMALL.replace("version = 1\n", ""), "version"),
        (SMALL.replace("version = 1", "version = true"), "version"),
        (SMALL + '[[approvals]]\ndecisions = ["*"]\ntransactions = ["*"]\n', "approvals[1]"),
        (SMALL + BREAKER.replace("failure_count_max = 2\n", ""), "breakers[1]"),
        (SMALL + BREAKER.replace("max = 2\n", "max = -1\n"), "breakers[1].failure_count_max"),
    ],
)  # fmt: skip
def test_each_of_these_is_a_mistake_at_its_place(text, where):
    assert where in {mistake.where for mistake in mistakes(text)}


def test_two_people_behind_one_account_are_a_mistake():
    text = SMALL.replace('name = "M', 'os_user = "pc7"\nname = "M')
    second = '[[people]]\nid = "t.kaya"\nname = "T"\nroles = ["planner"]\nos_user = "pc7"\n'
    assert "account pc7 belongs to m.weber already" in only(text + second).what
    assert isinstance(parse_policy(text + second + "active = false\n"), Policy)


def test_what_is_odd_but_allowed_is_remarked():
    text = SMALL.replace('["planner"]', '["planner", "buyer"]', 1)
    policy = parse_policy(text + phases(("*", "*", "*", "assist")))
    said = [remark.what for remark in policy.remarks]
    assert said[0] == "nobody has the role buyer."
    assert "above EUR 5,000.00" in said[1]


def test_next_policy_has_a_higher_version():
    first, second = (parse_policy(SMALL.replace("= 1", f"= {n}", 1)) for n in (1, 2))
    assert succession(first, second) == ()
    (mistake,) = succession(second, first)
    assert mistake.cure.startswith("Set version = 3")
    assert succession(first, first)


def test_lines_are_found_by_path_also_below_long_strings():
    text = 'a = """\n[[b]]\nc = 1\n"""\n[[b]]\nc = 1\n[[ b ]]\n"c" = 2\n[d]\ne-f = 3\n'
    assert lines_of(text) == {
        "a": 1, "b[1]": 5, "b[1].c": 6, "b[2]": 7, "b[2].c": 8, "d": 9, "d.e-f": 10,
    }  # fmt: skip


edited = st.builds(
    lambda at, inserted: DEMO[:at] + inserted + DEMO[at:],
    st.integers(0, len(DEMO)),
    st.text(max_size=3),
)


@LAW
@given(st.text(max_size=200) | edited)
def test_any_text_is_a_policy_or_mistakes_never_a_crash(text):
    found = parse_policy(text, decisions=KNOWN)
    assert isinstance(found, Policy) or found
