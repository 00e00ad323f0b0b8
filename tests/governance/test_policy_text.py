"""A policy text at its full width: every section is read, written again, compared and checked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, timezone

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from chargehand.governance.access import Act, may
from chargehand.governance.comparison import differences
from chargehand.governance.policy import Policy, default_policy_text, demo_policy_text, parse_policy
from chargehand.governance.roster import on_duty
from chargehand.governance.sections_autonomy import BREAKER_PAIRS
from chargehand.governance.sections_people import DAYS
from chargehand.governance.spans import said
from chargehand.governance.writing import written
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.work import TransactionType
from tests.governance.strategies import LAW

DEMO = demo_policy_text()
ROLES = ("planner", "buyer", "admin")
DECISIONS = ("mro_replenishment", "cycle_count")

# --- round trip -----------------------------------------------------------------------------------

letters = st.characters(codec="utf-8", exclude_categories=("C", "Z"))
words = st.text(letters, min_size=1, max_size=12).filter(lambda word: word != "*")  # means any
sites = st.sampled_from(["HALLE3", "WERK2", 'T"or', "a\\b"])
money = st.sampled_from(["EUR 0", "EUR 2,500.00", "JPY 5000", "USD 12.5"])
shares = st.sampled_from([0, 0.2, 0.95, 1])
spans = st.sampled_from(["90 minutes", "72 hours", "3 days", "9999 minutes", "60 minutes"])
counts = st.integers(1, 400)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(  # noqa: DTZ001 - below
    lambda at: at.replace(tzinfo=timezone(timedelta(hours=2)))
)


def some(names):
    return st.lists(names, min_size=1, max_size=3, unique=True) | st.just(["*"])


def roles():
    return st.lists(st.sampled_from(ROLES), min_size=1, max_size=3, unique=True)


def entry(required, **optional):
    return st.fixed_dictionaries(required, optional=optional)


decision = st.sampled_from([*DECISIONS, "*"])
scope = {"decision": decision, "site": sites | st.just("*"), "zone": words}
of = {"decisions": some(st.sampled_from(DECISIONS)), "sites": some(sites)}
transactions = some(st.sampled_from([str(kind) for kind in TransactionType]))
people = entry(
    {"id": words.map(lambda name: f"p-{name}"), "name": words, "roles": roles()},
    os_user=words, subject=words, active=st.booleans(), service=st.booleans(),
)  # fmt: skip
grants = entry(
    {"role": st.sampled_from(ROLES), "transactions": transactions,
     "decisions": some(st.sampled_from(DECISIONS)),
     "value_max": money | st.just("unlimited")},
    valid_from=moments,
).flatmap(
    lambda one: (
        st.just({**one, "sites": ["HALLE3"], "zones": ["*"]})
        | st.lists(st.sampled_from(["spares", "raw"]), min_size=1, unique=True).map(
            lambda areas: {**one, "areas": areas}
        )
    )
)  # fmt: skip
phases = entry({**scope, "phase": st.sampled_from(["observe", "assist"])}, lifts=counts) | entry(
    {**scope, "phase": st.just("automate"), "transactions": transactions, "cost_max": money,
     "confidence_min": shares, "spend_per_day_max": money},
    bases=st.sampled_from([["model"], ["fallback", "model"]]), count_per_day_max=counts,
)  # fmt: skip
approvals = entry(
    {"decisions": of["decisions"], "transactions": transactions, "expires_after": spans},
    justification_above=money, second_person_above=money, changer_may_approve=st.booleans(),
    owner_may_approve=st.booleans(), second_person_risk=st.sampled_from(["low", "medium", "high"]),
    second_person_irreversible=st.booleans(), second_person_confidence_below=shares, roster=words,
    escalate_after=spans, escalate_to=roles(), undo_window=spans,
    on_expiry=st.sampled_from(["expire", "ask_again"]),
)  # fmt: skip
shifts = entry(
    {"days": some(st.sampled_from(DAYS)),
     "hours": st.sampled_from(["06:00-14:00", "22:00-06:00", "00:00-24:00"]),
     "people": st.lists(words.filter(lambda one: one != "*"), min_size=1, unique=True)}
)  # fmt: skip
rosters = entry(
    {"name": words, "sites": some(sites), "time_zone": st.just("Europe/Berlin"),
     "shifts": st.lists(shifts, min_size=1, max_size=3)}
)  # fmt: skip
breakers = entry(
    {**scope, "window_days": counts, "failure_count_max": st.integers(0, 9)},
    **{name: shares for pair in BREAKER_PAIRS for name in pair[:1]},
    mix_distance_max=shares, drift_max=shares, stale_hours_max=st.sampled_from([0.5, 24, 100.25]),
    spend_per_day_max=money, spend_per_hour_max=money, count_per_day_max=counts,
    count_per_hour_max=counts, trial_count=st.integers(0, 9),
).map(lambda one: one | {count: 7 for rate, count in BREAKER_PAIRS if rate in one})  # fmt: skip
clauses = entry(
    {"id": words, "because": words,
     "cedar": st.sampled_from(
         ["forbid (principal, action, resource);",
          'forbid (\n  principal,\n  action == Action::"approve",\n  resource\n);\n']
     )}
)  # fmt: skip


def several(entries, **unique):
    return st.lists(entries, max_size=3, **unique)


texts = st.fixed_dictionaries(
    {
        "version": counts,
        "title": words,
        "roles": st.just(list(ROLES)),
        "administration": entry({"policy": roles(), "breakers": roles()}, four_eyes=st.booleans()),
        "attention": entry({}, questions_per_hour_max=st.sampled_from([0.5, 6, 12])),
        "areas": st.just(
            [{"name": "spares", "site": "HALLE3", "zones": ["MRO", "TOOL"]},
             {"name": "raw", "site": "WERK2", "zones": ["*"]}]
        ),
        "people": several(people),
        "grants": several(grants),
        "clauses": several(clauses, unique_by=lambda one: one["id"]),
        "access": several(
            entry({"role": st.sampled_from(ROLES), "sites": some(sites),
                   "acts": some(st.sampled_from([str(act) for act in Act]))})
        ),
        "owners": several(entry({"decision": decision, "sites": some(sites), "person": words})),
        "delegations": several(entry({"roles": roles(), "days_max": counts}, value_max=money)),
        "phases": several(phases),
        "promotions": several(
            entry(of, days_min=counts, count_min=counts, accuracy_min=shares, roles=roles(),
                  override_rate_max=shares | st.just("unlimited"), signatures=st.integers(1, 9))
        ),
        "approvals": several(approvals),
        "rosters": several(rosters),
        "breakers": several(breakers),
        "reviews": several(
            entry({"sites": some(sites), "roles": roles()}, every_days=st.integers(1, 60),
                  due_days=st.integers(1, 60), sample=st.integers(0, 500))
        ),
        "probes": several(entry({**of, "per_week": st.integers(1, 50)})),
        "holds": several(
            entry({"roles": roles(), "sites": some(sites), "four_eyes": st.booleans()})
        ),
    }
)  # fmt: skip


def meant(policy):
    """A policy without what belongs to its text alone."""
    assert isinstance(policy, Policy), [str(one) for one in policy]
    return replace(policy, digest="", remarks=())


@settings(LAW, max_examples=60)
@given(texts)
def test_what_is_written_is_read_as_the_same_policy(content):
    text = tomlkit.dumps(content)
    # As one that holds: whether it makes sense as a whole is not asked here.
    policy = parse_policy(text, held=True)
    assert meant(parse_policy(written(policy), held=True)) == meant(policy)


@pytest.mark.parametrize(
    "text", [DEMO, default_policy_text(person="k.sato", name="佐藤 健", os_user="ken")]
)
def test_the_texts_that_we_hand_out_survive_being_written(text):
    policy = parse_policy(text)
    again = parse_policy(written(policy))
    assert meant(again) == meant(policy)
    assert differences(policy, again) == ()


@given(st.integers(1, 9999), st.sampled_from(["minute", "hour", "day"]))
def test_lengths_of_time_are_said_as_they_are_read(count, unit):
    span = timedelta(**{f"{unit}s": count})
    text = DEMO.replace('expires_after = "72 hours"', f'expires_after = "{said(span)}"')
    text = text.replace('escalate_after = "24 hours"\nescalate_to = ["plant_manager"]\n', "")
    assert parse_policy(text).approvals[0].expires_after == span


# --- what the sections say ------------------------------------------------------------------------


def with_entry(section, *lines, of=DEMO):
    return of + f"\n[[{section}]]\n" + "\n".join(lines) + "\n"


def found(text, **known):
    mistakes = parse_policy(text, **known)
    assert not isinstance(mistakes, Policy), "the text was taken"
    return mistakes


def test_an_area_stands_for_its_zones_and_a_grant_for_a_time_ends():
    text = with_entry("areas", 'name = "spares"', 'site = "WERK2"', 'zones = ["MRO", "TOOL"]')
    text = with_entry(
        "grants", 'role = "warehouse_supervisor"', 'transactions = ["count"]', 'decisions = ["*"]',
        'areas = ["spares"]', 'value_max = "EUR 10.00"', "valid_from = 2026-03-01T06:00:00+01:00",
        "valid_until = 2026-04-01T00:00:00Z", of=text,
    )  # fmt: skip
    policy = parse_policy(text)
    assert isinstance(policy, Policy), policy
    grant = policy.grants[-1]
    assert (grant.sites, grant.zones) == ({"WERK2"}, {"MRO", "TOOL"})
    assert grant.value_max == Money.of(10)
    assert grant.valid_from == datetime(2026, 3, 1, 5, tzinfo=UTC)
    assert grant.valid_until == datetime(2026, 4, 1, tzinfo=UTC)


def test_shifts_are_read_in_the_hours_of_the_plant():
    (roster,) = parse_policy(DEMO).rosters
    assert roster.shifts[0].start == time(6)
    monday, sunday = (datetime(2026, 1, day, 23, 30, tzinfo=UTC) for day in (5, 11))
    assert on_duty(roster, monday) == on_duty(roster, sunday) == ("j.novak",)
    assert on_duty(roster, sunday.replace(hour=10)) == ("a.okafor",)


def test_any_act_is_every_act():
    text = with_entry("access", 'role = "buyer"', 'acts = ["*"]', 'sites = ["WERK2"]')
    policy = parse_policy(text)
    buyer = policy.person("t.kaya")
    assert {act for act in Act if may(buyer, act, "WERK2", policy).passed} == set(Act)


ENTRIES = {
    "an area of every site": (
        "areas", ['name = "x"', 'site = "*"', 'zones = ["*"]'], "areas[1].site",
    ),
    "an unknown area": (
        "grants",
        ['role = "buyer"', 'transactions = ["count"]', 'decisions = ["*"]', 'areas = ["x"]',
         'value_max = "unlimited"'],
        "grants[6].areas",
    ),
    "a moment without an offset": (
        "grants",
        ['role = "buyer"', 'transactions = ["count"]', 'decisions = ["*"]', 'sites = ["X"]',
         'zones = ["*"]', 'value_max = "unlimited"', "valid_from = 2026-03-01T06:00:00"],
        "grants[6].valid_from",
    ),
    "an end before the beginning": (
        "grants",
        ['role = "buyer"', 'transactions = ["count"]', 'decisions = ["*"]', 'sites = ["X"]',
         'zones = ["*"]', 'value_max = "unlimited"', "valid_from = 2026-03-01T06:00:00Z",
         "valid_until = 2026-03-01T06:00:00Z"],
        "grants[6].valid_until",
    ),
    "an unknown act": (
        "access", ['role = "buyer"', 'acts = ["raed"]', 'sites = ["*"]'], "access[6].acts",
    ),
    "an owner who is not there": (
        "owners", ['decision = "*"', 'sites = ["X"]', 'person = "x.y"'], "owners[5].person",
    ),
    "an owner who is a program": (
        "owners", ['decision = "*"', 'sites = ["X"]', 'person = "erp.link"'], "owners[5].person",
    ),
    "standing in for nothing": (
        "delegations", ['roles = ["admin"]', "days_max = 9"], "delegations[2].roles",
    ),
    "a shift of strangers": (
        "rosters",
        ['name = "x"', 'sites = ["*"]', 'time_zone = "UTC"', "[[rosters.shifts]]",
         'days = ["mon"]', 'hours = "06:00-14:00"', 'people = ["x.y"]'],
        "rosters[2].shifts",
    ),
    "hours that are none": (
        "rosters",
        ['name = "x"', 'sites = ["*"]', 'time_zone = "UTC"', "[[rosters.shifts]]",
         'days = ["mon"]', 'hours = "6 to 14"', 'people = ["m.weber"]'],
        "rosters[2].shifts[1].hours",
    ),
    "a roster without shifts": (
        "rosters", ['name = "x"', 'sites = ["*"]', 'time_zone = "UTC"'], "rosters[2].shifts",
    ),
    "two rosters of one name": (
        "rosters",
        ['name = "planning"', 'sites = ["*"]', 'time_zone = "UTC"', "[[rosters.shifts]]",
         'days = ["mon"]', 'hours = "06:00-14:00"', 'people = ["m.weber"]'],
        "rosters[2].name",
    ),
    "an unknown roster": (
        "approvals", ['decisions = ["*"]', 'transactions = ["*"]', 'roster = "x"'],
        "approvals[2].roster",
    ),
    "handed on to nobody": (
        "approvals", ['decisions = ["*"]', 'transactions = ["*"]', 'escalate_after = "1 hour"'],
        "approvals[2].escalate_after",
    ),
    "never handed on": (
        "approvals",
        ['decisions = ["*"]', 'transactions = ["*"]', 'escalate_after = "3 days"',
         'escalate_to = ["buyer"]'],
        "approvals[2].escalate_after",
    ),
    "taken back after it expired": (
        "approvals",
        ['decisions = ["*"]', 'transactions = ["*"]', 'expires_after = "1 hour"',
         'undo_window = "61 minutes"'],
        "approvals[2].undo_window",
    ),
    "a rule that asks for nothing": (
        "approvals",
        ['decisions = ["*"]', 'transactions = ["*"]', "second_person_irreversible = false"],
        "approvals[2]",
    ),
    "more signatures than signers": (
        "promotions",
        ['decisions = ["cycle_count"]', 'sites = ["*"]', "signatures = 2", 'roles = ["buyer"]'],
        "promotions[2].signatures",
    ),
    "reviewed twice": (
        "reviews", ['sites = ["*"]', 'roles = ["planner"]'], "reviews[2].sites",
    ),
    "a share without its count": (
        "breakers",
        ['decision = "*"', 'site = "X"', 'zone = "*"', "window_days = 3",
         "calibration_error_max = 0.1"],
        "breakers[2].calibration_count_min",
    ),
    "hours of no length": (
        "breakers",
        ['decision = "*"', 'site = "X"', 'zone = "*"', "window_days = 3", "stale_hours_max = 0"],
        "breakers[2].stale_hours_max",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", ENTRIES)
def test_every_mistake_of_an_entry_is_named_where_it_is(what):
    section, lines, where = ENTRIES[what]
    text = with_entry(section, *lines)
    (mistake,) = found(text)
    assert mistake.where == where
    begins = text.splitlines().index(f"[[{section}]]", len(DEMO.splitlines())) + 1
    assert begins <= mistake.line <= len(text.splitlines())
    assert mistake.what.endswith(".")
    assert mistake.cure.endswith((".", "?"))


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (('roles = ["plant_manager"]\n', 'roles = ["plant_manager"]\nactive = false\n'), None),
        (('policy = ["admin", "plant_manager"]', 'policy = ["admin"]\nfour_eyes = true'),
         "administration.four_eyes"),
        (('roles = ["plant_manager", "planner"]\nevery', 'roles = ["chief"]\nevery'),
         "reviews[1].roles"),
        (('time_zone = "Europe/Berlin"', 'time_zone = "Europe/Berlim"'), "rosters[1].time_zone"),
    ],
)  # fmt: skip
def test_what_counts_on_somebody_names_who_is_missing(change, where):
    assert change[0] in DEMO
    known = {"is_time_zone": {"Europe/Berlin"}.__contains__}
    mistakes = found(DEMO.replace(*change, 1), **known)
    if where is None:  # the plant manager has left: every rule that counts on the role says so
        named = {"rosters[1].shifts", "approvals[1].escalate_to"}
        assert named <= {mistake.where for mistake in mistakes}
    else:
        assert [mistake.where for mistake in mistakes] == [where]


def test_probes_without_a_review_are_a_mistake():
    probe = 'per_week = 1\ndecisions = ["*"]\nsites = ["*"]\n'
    without = DEMO.partition("[[reviews]]")[0] + DEMO.partition("sample = 10\n")[2]
    (mistake,) = found(without + f"[[probes]]\n{probe}")
    assert mistake.where == "probes[1].sites"
    assert isinstance(parse_policy(DEMO + f"[[probes]]\n{probe}"), Policy)


def test_an_owner_who_alone_may_approve_cannot_be_kept_from_it():
    text = with_entry(
        "approvals", 'decisions = ["*"]', 'transactions = ["*"]', "owner_may_approve = false"
    )
    assert isinstance(parse_policy(text), Policy)
    alone = text.replace('"planner",\n    "plant_manager"', '"planner",\n    "plant_manager"')
    for role in ("plant_manager", "buyer", "warehouse_supervisor"):
        head, _, rest = alone.partition(f'[[grants]]\nrole = "{role}"')
        alone = head + rest.partition("\n\n")[2]
    assert {mistake.where for mistake in found(alone)} >= {"approvals[2].owner_may_approve"}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda text: text.partition("[[access]]")[0] + "[[ow" + text.partition("[[ow")[2],
         "access"),
        (lambda text: text.partition("[[reviews]]")[0] + text.partition("sample = 10\n")[2],
         "phases[6].phase"),
        (lambda text: text.replace('policy = ["admin", "plant_manager"]', 'policy = ["admin"]'),
         "administration.policy"),
        (lambda text: text.replace('plant_manager"]\nbreakers', 'plant_manager"]\nfour_eyes = false\nbreakers', 1),  # noqa: E501
         "administration.four_eyes"),
        (lambda text: text.replace('roster = "planning"\n', ""), "rosters[1].name"),
        (lambda text: text.replace('acts = ["read", "report", "hold", "decide", "export"]',
                                   'acts = ["report"]'), "people[2].roles"),
    ],
    ids=["access", "review", "alone", "two eyes", "roster", "blind"],
)  # fmt: skip
def test_what_is_allowed_but_odd_is_remarked(change, where):
    policy = parse_policy(change(DEMO))
    assert isinstance(policy, Policy), policy
    assert where in {remark.where for remark in policy.remarks}


def test_a_new_plant_is_told_that_one_person_changes_its_policy_alone():
    policy = parse_policy(default_policy_text(person="k.sato", name="Sato", os_user="ken"))
    (remark,) = policy.remarks
    assert remark.where == "administration.policy"
    assert "k.sato alone" in remark.what


CLAUSE = '''
[[clauses]]
id = "night"
because = "nothing is bought at night"
cedar = """
forbid (
  principal,
  action == Action::"approve",
  resource
) when {{ {condition} }};
"""
'''


def test_a_mistake_in_a_clause_is_named_by_its_line_of_the_whole_text():
    assert isinstance(parse_policy(DEMO + CLAUSE.format(condition="true")), Policy)
    text = DEMO + CLAUSE.format(condition="resource.colour == 3")
    mistakes = found(text)
    line = next(n for n, one in enumerate(text.splitlines(), start=1) if "colour" in one)
    assert {mistake.where for mistake in mistakes} == {"clauses[1].cedar"}
    assert line in {mistake.line for mistake in mistakes}, [str(one) for one in mistakes]


# --- differences in words -------------------------------------------------------------------------


def test_differences_are_told_section_by_section():
    before = parse_policy(DEMO)
    text = with_entry("owners", 'decision = "*"', 'sites = ["X"]', 'person = "t.kaya"')
    for old, new in (
        ('cost_max = "EUR 250.00"', 'cost_max = "EUR 400.00"'),
        ('title = "Demo plant: assisted, small refills automated"', 'title = "Another plant"'),
        ("version = 1", "version = 2"),
        ("[[holds]]", "[[reviews]]"),
        ("four_eyes = true", "every_days = 9"),
        ('["plant_manager", "warehouse_supervisor"]\nsites = ["*"]', '["admin"]\nsites = ["X"]'),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    told = [str(one) for one in differences(before, parse_policy(text))]
    assert told == [
        "changed: title (Demo plant: assisted, small refills automated -> Another plant)",
        "added: owners * x X (person t.kaya)",
        "changed: phases mro_replenishment x HALLE3 x MRO (cost_max EUR 250.00 -> EUR 400.00)",
        "added: reviews X (roles admin, every_days 9)",
        "removed: holds * (roles plant_manager, warehouse_supervisor, four_eyes yes)",
    ]
