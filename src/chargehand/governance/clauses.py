"""The clauses that a ruling looks at, one after the other, each with its answer in words.

What a policy engine would later decide is decided here, clause by clause; a ruling only asks
whether all of them passed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chargehand.governance.breaker import OpenBreaker
from chargehand.governance.demotion import Demotion, lowering
from chargehand.governance.phase import AutomationLimits, Phase, PhaseRule, lowest
from chargehand.governance.submission import (
    Check,
    Submission,
    all_places_of,
    compared,
    value_of,
    within,
)
from chargehand.governance.terms import Policy
from chargehand.vocabulary.money import ZERO, Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How things stand at the moment of a ruling, in the scope of the submission."""

    open_breakers: tuple[OpenBreaker, ...] = ()
    spent_today: Money = ZERO
    """What the policy (not a person) cleared today."""
    cleared_today: int = 0
    """How many proposals the policy cleared today."""
    stopped: bool = False
    """A person has stopped all automation."""
    demotions: tuple[Demotion, ...] = ()
    """Scopes whose phase is lower at present than the policy text says."""
    trials: tuple[Trial, ...] = ()
    """Breakers that are half open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A half-open breaker: how many proposals it still lets through before it closes."""

    decision: str
    site: str
    zone: str
    left: int
    """Proposals that may still be cleared."""
    under_way: int
    """Cleared since it was closed, and not yet seen to be done."""


def clauses(submission: Submission, policy: Policy, standing: Standing) -> tuple[Check, ...]:
    """Look at every clause that decides whether the policy itself may clear a submission."""
    rules = policy.phase_rules(submission)
    phase = _phase_clause(submission, lowest(rules))
    checks = [phase, *_demotion_clause(submission, policy, standing)]
    if all(check.passed for check in checks):
        checks.append(_stop_clause(standing))
        checks += _breaker_clauses(submission, policy, standing)
        for rule in rules:
            checks += _limit_clauses(submission, rule, standing)
    checks += approval_clauses(submission, policy)
    return tuple(checks)


def approval_clauses(submission: Submission, policy: Policy) -> Iterator[Check]:
    """What an approval needs: each threshold, passed where the value stays within it."""
    value = value_of(submission.proposal)
    for rule in policy.approval_rules(submission):
        thresholds = (
            ("justification_above", rule.justification_above, "needs a justification"),
            ("second_person_above", rule.second_person_above, "needs two people"),
        )
        for name, threshold, need in thresholds:
            if threshold is not None:
                passed = within(value, threshold)
                text = compared(value, threshold) + ("" if passed else f": it {need}")
                yield Check(clause=f"{rule.clause}.{name}", passed=passed, text=text)


def needed(submission: Submission, policy: Policy, name: str) -> Check | None:
    """The first threshold of a name (such as ``second_person_above``) that is not kept."""
    checks = approval_clauses(submission, policy)
    return next((c for c in checks if not c.passed and c.clause.endswith(f".{name}")), None)


def _phase_clause(submission: Submission, rule: PhaseRule) -> Check:
    what = {
        Phase.OBSERVE: "observed only; nothing is done",
        Phase.ASSIST: "assisted; a person approves each one",
        Phase.AUTOMATE: "automated within limits",
    }[rule.phase]
    return Check(
        clause=f"{rule.clause}.phase",
        passed=rule.phase is Phase.AUTOMATE,
        text=f"{submission.decision} is {what} (rule for {rule})",
    )


def effective_phase(submission: Submission, policy: Policy, standing: Standing) -> Phase:
    """The phase of a submission: what the policy says, or less where it is demoted."""
    phase = policy.phase_of(submission)
    lower = _lowered(submission, standing, phase)
    return phase if lower is None else lower.phase


def _lowered(submission: Submission, standing: Standing, phase: Phase) -> Demotion | None:
    places = all_places_of(submission.proposal)
    return lowering(standing.demotions, submission.decision, places, phase)


def _demotion_clause(submission: Submission, policy: Policy, standing: Standing) -> Iterator[Check]:
    lower = _lowered(submission, standing, policy.phase_of(submission))
    if lower is not None:
        text = f"{submission.decision} is set back to {lower.phase}: {lower.because}"
        yield Check(clause=f"demotion.{lower.cause}", passed=False, text=text)


def _stop_clause(standing: Standing) -> Check:
    text = "all automation has been stopped" if standing.stopped else "automation is not stopped"
    return Check(clause="stop", passed=not standing.stopped, text=text)


def _breaker_clauses(submission: Submission, policy: Policy, standing: Standing) -> Iterator[Check]:
    places = all_places_of(submission.proposal)
    stopping = [
        breaker
        for breaker in standing.open_breakers
        if any(breaker.covers(submission.decision, place) for place in places)
    ]
    for breaker in stopping:
        text = f"the circuit breaker is open: {breaker.because}"
        yield Check(clause=f"breaker.{breaker.cause}", passed=False, text=text)
    if not stopping:
        yield Check(clause="breaker", passed=True, text="no circuit breaker is open")
    for rule in policy.breaker_rules(submission):
        if rule.spend_per_day_max is not None:
            clause = f"{rule.clause}.spend_per_day_max"
            yield _spend_clause(submission, standing, rule.spend_per_day_max, clause)


def _limit_clauses(submission: Submission, rule: PhaseRule, standing: Standing) -> Iterator[Check]:
    limits = rule.limits
    if limits is None:
        text = "automated without limits: nothing can be cleared"
        yield Check(clause=rule.clause, passed=False, text=text)
        return
    yield _transactions_clause(submission, rule, limits)
    proposal = submission.proposal
    value = value_of(proposal)
    yield Check(
        clause=f"{rule.clause}.cost_max",
        passed=within(value, limits.cost_max),
        text=compared(value, limits.cost_max),
    )
    # Written so that "not a number" and fractions beyond 1 fail.
    sure = limits.confidence_min <= proposal.confidence <= 1
    yield Check(
        clause=f"{rule.clause}.confidence_min",
        passed=sure,
        text=f"confidence {proposal.confidence:.0%}, {limits.confidence_min:.0%} needed",
    )
    yield Check(
        clause=f"{rule.clause}.bases",
        passed=proposal.basis in limits.bases,
        text=f"made by {proposal.basis}; allowed: {', '.join(sorted(limits.bases))}",
    )
    clause = f"{rule.clause}.spend_per_day_max"
    yield _spend_clause(submission, standing, limits.spend_per_day_max, clause)
    if limits.count_per_day_max is not None:
        yield Check(
            clause=f"{rule.clause}.count_per_day_max",
            passed=standing.cleared_today < limits.count_per_day_max,
            text=f"{standing.cleared_today} cleared today, {limits.count_per_day_max} allowed",
        )


def _transactions_clause(
    submission: Submission, rule: PhaseRule, limits: AutomationLimits
) -> Check:
    kinds = sorted({str(action.transaction) for action in submission.proposal.actions})
    outside = [kind for kind in kinds if not limits.transactions & {"*", kind}]
    text = f"{', '.join(outside or kinds)} is {'not ' if outside else ''}among the automated ones"
    return Check(clause=f"{rule.clause}.transactions", passed=not outside, text=text)


def _spend_clause(submission: Submission, standing: Standing, limit: Money, clause: str) -> Check:
    value, spent = value_of(submission.proposal), standing.spent_today
    one = {m.currency for m in (value, spent) if m is not None and m.amount != 0}
    if value is None or len(one) > 1:
        text = f"{spent} cleared today; its cost is in another currency, so {limit} is not sure"
        return Check(clause=clause, passed=False, text=text)
    currency = next(iter(one), value.currency)
    total = Money(spent.amount + max(value.amount, ZERO.amount), currency)
    text = f"with this one, {total} cleared today, {limit} allowed"
    # A day that is over its limit clears nothing more, not even what costs nothing.
    kept = within(total, limit)
    return Check(clause=clause, passed=kept, text=text)
