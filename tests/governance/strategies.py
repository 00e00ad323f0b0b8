"""Proposals, policies and standings to hold the laws of governance against."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from chargehand.decisions.decision import Alternative, Change, Expectation, Proposal, Subject
from chargehand.governance.authority import Grant, Person
from chargehand.governance.breaker import BreakerRule, OpenBreaker
from chargehand.governance.clauses import Standing
from chargehand.governance.phase import AutomationLimits, Phase, PhaseRule
from chargehand.governance.submission import submit
from chargehand.governance.terms import ApprovalRule, Policy
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.work import (
    CountTask,
    MoveTask,
    ParameterChange,
    Priority,
    ReasonCode,
    Requisition,
    TransactionType,
    Transfer,
)

# A busy machine is slow; that is no fault of a law.
LAW = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
OFTEN = settings(LAW, max_examples=200)
NOW = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)
DECISIONS = ("mro_replenishment", "cycle_count")
SITES = ("HALLE3", "WERK2")
ZONES = ("MRO", "RAW")
ROLES = ("planner", "buyer")


def refill(cost="180.00", site="HALLE3", zone="MRO", quantity=4):
    """A pick-face refill of the demo plant."""
    return MoveTask(
        transaction=TransactionType.REPLENISHMENT,
        site=site,
        zone=zone,
        material="MRO-VALVE-001",
        quantity=Quantity.pieces(quantity),
        from_location="B-01",
        to_location="P-01",
        priority=Priority.HIGH,
        reason=ReasonCode.AI_PREDICTED_STOCKOUT,
        cost=Money.of(cost),
    )


def requisition(cost="180.00", site="HALLE3", zone="MRO", currency="EUR"):
    """A draft order of one spare."""
    return Requisition(
        site=site,
        zone=zone,
        material="MRO-VALVE-001",
        quantity=Quantity.pieces(2),
        supplier="S-1",
        need_by=None,
        justification="The reorder point has been reached.",
        cost=Money.of(cost, currency),
    )


def transfer(cost="20.00", site="HALLE3", zone="MRO", from_site="WERK2"):
    """A transfer between two sites."""
    return Transfer(
        site=site,
        zone=zone,
        material="MRO-VALVE-001",
        quantity=Quantity.pieces(2),
        from_site=from_site,
        from_location="B-07",
        to_location="B-01",
        priority=Priority.MEDIUM,
        cost=Money.of(cost),
    )


def proposal(*actions, **fields):
    """A proposal about the first action, with any field set differently."""
    actions = actions or (refill(),)
    given = {
        "subject": Subject(
            site=actions[0].site, zone=actions[0].zone, key="MRO-VALVE-001", label="Valve"
        ),
        "headline": "Refill the valve.",
        "actions": actions,
        "priority": Priority.HIGH,
        "reasons": ("It runs out on Wednesday.",),
        "confidence": 0.95,
        "cost": actions[0].cost,
        "cost_of_inaction": Money.of(900),
        "inaction": "Line 4 stops.",
        "decide_before": NOW + timedelta(days=1),
        "measure_after": NOW + timedelta(days=10),
        "basis": "model",
        "basis_note": "negative binomial 1",
    }
    return Proposal(**(given | fields))


def submission(*actions, decision="mro_replenishment", proposer="chargehand", version=1, **fields):
    """A proposal put before governance."""
    return submit(
        proposal(*actions, **fields),
        proposal_id="P-12",
        version=version,
        decision=decision,
        proposer=proposer,
    )


def person(name="m.weber", *roles, **fields):
    """Somebody with roles."""
    given = {"person": name, "name": name, "roles": roles or ("planner",), "os_user": None}
    return Person(**(given | fields))


def grant(role="planner", value_max=None, **names):
    """A grant of everything, but for the names given."""
    names = {key: frozenset(some) for key, some in names.items()}
    given = dict.fromkeys(("transactions", "decisions", "sites", "zones"), frozenset({"*"}))
    return Grant(role=role, value_max=value_max, **(given | names))


def limits(**fields):
    """Limits of the demo plant's refills."""
    given = {
        "transactions": frozenset({"replenishment"}),
        "cost_max": Money.of(250),
        "confidence_min": 0.9,
        "spend_per_day_max": Money.of(2000),
    }
    return AutomationLimits(**(given | fields))


def phase_rule(decision="*", site="*", zone="*", phase=Phase.OBSERVE, of=None):
    """One phase rule; automated ones get limits."""
    of = of or (limits() if phase == Phase.AUTOMATE else None)
    return PhaseRule(decision=decision, site=site, zone=zone, phase=Phase(phase), limits=of)


def policy(*rules, **fields):
    """A policy with a planner and a plant manager who may approve everything."""
    given = {
        "version": 3,
        "title": "For a test",
        "people": (person(), person("a.okafor", "plant_manager"), person("t.kaya", "buyer")),
        "roles": ("planner", "plant_manager", "buyer"),
        "grants": (grant(), grant("plant_manager")),
        "phases": rules or (phase_rule(phase=Phase.ASSIST),),
    }
    return Policy(**(given | fields))


amounts = st.sampled_from(["0.00", "0.01", "10.00", "249.99", "250.00", "250.01", "4000.00"])
currencies = st.sampled_from(["EUR"] * 9 + ["USD"])
sums = st.builds(Money.of, amounts, currencies)
bounds = st.builds(
    Money.of, st.sampled_from(["4000.00", "4000.00", "500.00", "250.00", "10.00"]), currencies
)
"""Limits wide enough that a fair share of submissions is cleared."""
confidences = st.sampled_from([0.95, 0.9, 1.0, 0.95, 0.5, float("nan"), 7.0, -1.0])
shares = st.sampled_from([0.0, 0.5, 0.89, 0.9, 0.95, 1.0])
sites = st.sampled_from(SITES)
zones = st.sampled_from(ZONES)
patterns = {
    "decision": st.sampled_from(["*", *DECISIONS]),
    "site": st.sampled_from(["*", *SITES]),
    "zone": st.sampled_from(["*", *ZONES]),
}


@st.composite
def actions(draw, costs=sums):
    """Any action, mostly refills."""
    site, zone, cost = draw(sites), draw(zones), draw(costs)
    made = draw(st.sampled_from([refill, refill, refill, requisition, transfer, _count, _levels]))
    return replace(made(site=site, zone=zone), cost=cost)


def _count(site, zone):
    return CountTask(site=site, zone=zone, material="M", location="B-01", priority=Priority.LOW)


def _levels(site, zone):
    return ParameterChange(
        site=site,
        zone=zone,
        material="M",
        reorder_point=Decimal(4),
        order_up_to=Decimal(9),
        reorder_point_before=None,
        order_up_to_before=None,
    )


UNRULED = {
    "headline": st.text(max_size=9),
    "priority": st.sampled_from(Priority),
    "reasons": st.lists(st.text(max_size=9), max_size=2).map(tuple),
    "cost_of_inaction": st.builds(Money.of, st.integers(0, 10**9)),
    "inaction": st.text(max_size=9),
    "decide_before": st.integers(-9, 9).map(lambda days: NOW + timedelta(days=days)),
    "measure_after": st.integers(-9, 9).map(lambda days: NOW + timedelta(days=days)),
    "basis_note": st.sampled_from(["automate", "cleared_by = policy", "planner"]),
    "alternatives": st.just((Alternative(what="wait", cost=Money.of(0), why_not="late"),)),
    "would_flip": st.just(("phase = automate",)),
    "changes": st.just((Change(what="stock", now="1", after="5"),)),
    "expectations": st.just((Expectation(name="stock", value=5.0, unit="H87"),)),
    "series": st.just(((1.0, 2.0),)),
}
"""Fields of a proposal that no clause of a policy names."""
unruled_fields = st.fixed_dictionaries({}, optional=UNRULED)


@st.composite
def submissions(draw, costs=sums, confidences=confidences):
    """Any submission."""
    several = draw(st.lists(actions(costs), min_size=1, max_size=2))
    return submission(
        *several,
        decision=draw(st.sampled_from(DECISIONS)),
        cost=draw(costs),
        confidence=draw(confidences),
        basis=draw(st.sampled_from(["model", "model", "model", "fallback"])),
        **draw(unruled_fields),
    )


all_limits = st.builds(
    AutomationLimits,
    transactions=st.sampled_from(
        [frozenset({"*"})] * 3
        + [frozenset({"replenishment"}), frozenset({"replenishment", "count"})]
    ),
    cost_max=bounds,
    confidence_min=st.sampled_from([0.5, 0.9, 0.95]),
    spend_per_day_max=bounds,
    bases=st.sampled_from([frozenset({"model"}), frozenset({"model", "fallback"})]),
    count_per_day_max=st.none() | st.integers(1, 3),
)


harmless = submissions(
    costs=st.sampled_from(["0.00", "5.00"]).map(Money.of), confidences=st.just(1.0)
)
"""Submissions that keep most limits, so that each limit is seen to matter."""


@st.composite
def phase_rules(draw):
    """Any phase rule, mostly automated."""
    phase = draw(st.sampled_from([Phase.AUTOMATE] * 3 + [Phase.ASSIST, Phase.OBSERVE]))
    of = draw(all_limits) if phase is Phase.AUTOMATE else None
    return phase_rule(*(draw(names) for names in patterns.values()), phase=phase, of=of)


WIDE = AutomationLimits(
    transactions=frozenset({"*"}),
    cost_max=Money.of(10**6),
    confidence_min=0.0,
    spend_per_day_max=Money.of(10**6),
    bases=frozenset({"model", "fallback"}),
)
automating = st.lists(phase_rules(), max_size=3).map(
    lambda some: policy(
        phase_rule(phase=Phase.AUTOMATE, of=WIDE),
        *(replace(one, limits=one.limits and WIDE) for one in some),
    )
)
"""Policies that automate nearly everything without limits: only the phases decide."""


@st.composite
def rule_lists(draw):
    """Phase rules, mostly beside one that automates everything."""
    some = draw(st.lists(phase_rules(), max_size=3))
    if draw(st.integers(0, 5)) < 5:
        some.append(phase_rule(phase=Phase.AUTOMATE, of=draw(all_limits)))
    return tuple(some)


def _names(of):
    return st.sampled_from([frozenset({"*"})] * 3 + [*(frozenset({name}) for name in of)])


grants = st.builds(
    Grant,
    role=st.sampled_from(ROLES),
    transactions=_names(("replenishment", "requisition")),
    decisions=_names(DECISIONS),
    sites=_names(SITES),
    zones=_names(ZONES),
    value_max=st.none() | sums,
)
approval_rules = st.builds(
    ApprovalRule,
    decisions=_names(DECISIONS),
    transactions=_names(("replenishment", "requisition")),
    justification_above=st.none() | bounds,
    second_person_above=st.none() | bounds,
    expires_after=st.none() | st.integers(1, 99).map(lambda hours: timedelta(hours=hours)),
)
breaker_rules = st.builds(BreakerRule, **patterns, spend_per_day_max=st.none() | bounds)
open_breakers = st.builds(
    OpenBreaker,
    **patterns,
    cause=st.sampled_from(["rejections", "spend", "outcome_error", "failures"]),
    because=st.just("6 of 10 were rejected"),
    cure=st.just("Look."),
)
policies = st.builds(
    Policy,
    version=st.integers(1, 5),
    title=st.just("Any"),
    people=st.just((person(), person("a.okafor", "planner", "buyer"), person("t.kaya", "buyer"))),
    roles=st.just(ROLES),
    grants=st.lists(grants, max_size=4).map(tuple),
    phases=rule_lists(),
    approvals=st.lists(approval_rules, max_size=2).map(tuple),
    breakers=st.lists(breaker_rules, max_size=2).map(tuple),
)
standings = st.builds(
    Standing,
    open_breakers=st.sampled_from([0, 0, 0, 1]).flatmap(
        lambda count: st.lists(open_breakers, max_size=count).map(tuple)
    ),
    spent_today=st.just(Money.of(0)) | sums,
    cleared_today=st.integers(0, 3),
    stopped=st.sampled_from([False] * 7 + [True]),
)
