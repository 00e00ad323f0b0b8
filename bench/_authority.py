"""A plant with many grants and clauses, made up by seed, for the figures of rulings."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from chargehand.decisions.decision import Proposal, Subject
from chargehand.governance.authority import Grant, Person
from chargehand.governance.clause import Clause
from chargehand.governance.phase import AutomationLimits, Phase, PhaseRule
from chargehand.governance.submission import Submission, submit
from chargehand.governance.terms import ApprovalRule, Policy
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.work import (
    Action,
    CountTask,
    MoveTask,
    Priority,
    ReasonCode,
    Requisition,
    TransactionType,
)

NOW = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)
GRANTS, CLAUSES, PEOPLE = 500, 200, 50
ROLES = [f"role-{n}" for n in range(20)]
SITES = [f"S{n}" for n in range(8)]
ZONES = [f"Z{n}" for n in range(6)]
DECISIONS = ["mro_replenishment", "cycle_count", "kitting", "putaway", "levels", "transfer"]
ANY = frozenset({"*"})
LIMITS = AutomationLimits(
    transactions=ANY,
    cost_max=Money.of(10**6),
    confidence_min=0.5,
    spend_per_day_max=Money.of(10**9),
    bases=frozenset({"model", "fallback"}),
)


def plant_policy(phase: Phase, seed: int = 7) -> Policy:
    """A policy of 500 grants and 200 clauses, every decision in one phase."""
    dice = random.Random(seed)
    return Policy(
        version=1,
        title="made up",
        roles=tuple(ROLES),
        people=tuple(
            Person(person=f"p{n}", name="", roles=tuple(dice.sample(ROLES, 2)), os_user=None)
            for n in range(PEOPLE)
        ),
        grants=tuple(_grant(dice, n) for n in range(GRANTS)),
        clauses=tuple(_clause(dice, n) for n in range(CLAUSES)),
        phases=(
            PhaseRule(
                decision="*", site="*", zone="*", phase=phase,
                limits=LIMITS if phase is Phase.AUTOMATE else None,
            ),
        ),
        approvals=(
            ApprovalRule(
                decisions=ANY, transactions=ANY, justification_above=Money.of(100_000),
                second_person_above=Money.of(500_000),
            ),
        ),
    )  # fmt: skip


def _grant(dice: random.Random, number: int) -> Grant:
    def some(names: list[str], count: int) -> frozenset[str]:
        return ANY if dice.random() < 0.2 else frozenset(dice.sample(names, count))

    return Grant(
        role=dice.choice(ROLES),
        transactions=some([str(kind) for kind in TransactionType], 2),
        decisions=some(DECISIONS, 2),
        sites=some(SITES, 2),
        zones=some(ZONES, 2),
        value_max=dice.choice([None, Money.of(300), Money.of(5000)]),
        clause=f"grants[{number + 1}]",
    )


def _clause(dice: random.Random, number: int) -> Clause:
    site, zone, role = dice.choice(SITES), dice.choice(ZONES), dice.choice(ROLES)
    decision, much = dice.choice(DECISIONS), dice.randint(10_000, 100_000)
    heads = (
        'forbid(principal, action == Action::"approve", resource)',
        f'forbid(principal in Role::"{role}", action, resource)',
        'forbid(principal, action == Action::"automate", resource)',
        f'permit(principal in Role::"{role}", action == Action::"approve", resource)',
    )
    conditions = (
        (
            f'resource.site == Site::"{site}" && resource.decision == Decision::"{decision}"'
            f" && context.cost > {much}"
        ),
        f'resource.zone == Zone::"{zone}" && context.confidence < {much // 200}',
        (
            f'resource.site == Site::"{site}" && resource.risk == Risk::"high"'
            f" && context.cost > {much}"
        ),
        f'resource.site == Site::"{site}" && context.cost <= {much // 10}',
    )
    cedar = f"{heads[number % 4]} when {{ {conditions[number % 4]} }};"
    return Clause(id=f"clause-{number}", cedar=cedar, because="not here")


def submissions(count: int, seed: int = 11) -> list[Submission]:
    """So many proposals, ready to be ruled on."""
    dice = random.Random(seed)
    return [_submission(dice, number) for number in range(count)]


def _submission(dice: random.Random, number: int) -> Submission:
    action = _action(dice)
    proposal = Proposal(
        subject=Subject(site=action.site, zone=action.zone, key=f"M{number}", label="M"),
        headline="Do it.", actions=(action,), priority=dice.choice(list(Priority)),
        reasons=("It is needed.",), confidence=round(dice.uniform(0.5, 1), 3), cost=action.cost,
        cost_of_inaction=Money.of(dice.randint(1, 9000)), inaction="It stops.",
        decide_before=NOW + timedelta(hours=dice.randint(1, 300)),
        measure_after=NOW + timedelta(days=30), basis=dice.choice(["model", "model", "fallback"]),
        basis_note="made up",
    )  # fmt: skip
    return submit(
        proposal, proposal_id=f"P-{number + 1}", version=1, decision=dice.choice(DECISIONS[:4]),
        proposer="chargehand",
    )  # fmt: skip


def _action(dice: random.Random) -> Action:
    site, zone = dice.choice(SITES), dice.choice(ZONES)
    cost = Money.of(Decimal(dice.randint(0, 90_000)) / 100)
    made = dice.randrange(3)
    if made == 0:
        return MoveTask(
            transaction=TransactionType.REPLENISHMENT, site=site, zone=zone, material="M",
            quantity=Quantity.pieces(4), from_location="B", to_location="F",
            priority=Priority.HIGH, reason=ReasonCode.STATIC_MINIMUM_REACHED, cost=cost,
        )  # fmt: skip
    if made == 1:
        return Requisition(
            site=site, zone=zone, material="M", quantity=Quantity.pieces(2), supplier="S",
            need_by=None, justification="It is needed.", cost=cost,
        )  # fmt: skip
    return CountTask(
        site=site, zone=zone, material="M", location="B", priority=Priority.LOW, cost=cost
    )


def one_role_only(policy: Policy, person: str, role: str) -> Policy:
    """The same policy with one person in one role."""
    people = tuple(
        replace(one, roles=(role,)) if one.person == person else one for one in policy.people
    )
    return replace(policy, people=people)
