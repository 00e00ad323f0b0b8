"""The clauses that a ruling looks at, one after the other, each with its answer in words.

What a policy engine would later decide is decided here, clause by clause; a ruling only asks
whether all of them passed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from chargehand.governance.breaker import BreakerRule, OpenBreaker
from chargehand.governance.cedar import forbidden_automation
from chargehand.governance.demotion import Demotion, lowering
from chargehand.governance.phase import AutomationLimits, Phase, PhaseRule, governing, lowest
from chargehand.governance.submission import (
    ANY,
    Check,
    Place,
    Submission,
    all_places_of,
    compared,
    value_of,
    within,
)
from chargehand.governance.terms import Policy
from chargehand.governance.thresholds import approval_clauses
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
    uses: tuple[Use, ...] = ()
    """What the policy cleared in the scope of each breaker rule that limits it."""
    as_of: datetime | None = None
    """When it was read; None where that was not noted."""
    entries: int = 0
    """Size of the journal that it was read from; 0 where that was not noted."""


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

    def covers(self, decision: str, place: Place) -> bool:
        """Whether a decision at a place is under it (an unknown zone may be any)."""
        return _covers(self, decision, place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What the policy itself cleared in a scope, in the last hour and today."""

    decision: str
    site: str
    zone: str
    count_hour: int = 0
    count_today: int = 0
    spent_hour: Money = ZERO
    spent_today: Money = ZERO

    def covers(self, decision: str, place: Place) -> bool:
        """Whether a decision at a place is counted in it (an unknown zone may be any)."""
        return _covers(self, decision, place)


def _covers(scope: Trial | Use, decision: str, place: Place) -> bool:
    return (
        scope.decision in (ANY, decision)
        and scope.site in (ANY, place.site)
        and (place.zone is None or scope.zone in (ANY, place.zone))
    )


def clauses(
    submission: Submission, policy: Policy, standing: Standing, now: datetime
) -> tuple[Check, ...]:
    """Look at every clause that decides whether the policy itself may clear a submission."""
    rules = policy.phase_rules(submission)
    phase = _phase_clause(submission, lowest(rules))
    checks = [phase, *_demotion_clause(submission, policy, standing)]
    if all(check.passed for check in checks):
        checks.append(_stop_clause(standing))
        checks += _breaker_clauses(submission, policy, standing)
        for rule in rules:
            checks += _limit_clauses(submission, rule, standing)
        checks += forbidden_automation(submission, policy, now)
    checks += approval_clauses(submission, policy)
    return tuple(checks)


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
    lower = _lowered(submission, policy, standing, phase)
    return phase if lower is None else lower.phase


def _lowered(
    submission: Submission, policy: Policy, standing: Standing, phase: Phase
) -> Demotion | None:
    if not standing.demotions:
        return None
    places = all_places_of(submission.proposal)

    def lifted(place: Place) -> int:
        rules = governing(policy.phases, submission.decision, place)
        return min(rule.lifts for rule in rules)

    return lowering(standing.demotions, submission.decision, places, phase, lifted)


def _demotion_clause(submission: Submission, policy: Policy, standing: Standing) -> Iterator[Check]:
    lower = _lowered(submission, policy, standing, policy.phase_of(submission))
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
        yield from _use_clauses(submission, standing, rule)
    for trial in standing.trials:
        if any(trial.covers(submission.decision, place) for place in places):
            yield _trial_clause(trial)


def _use_clauses(submission: Submission, standing: Standing, rule: BreakerRule) -> Iterator[Check]:
    """What was cleared in the scope of a breaker; of the whole plant where that was not read."""
    scope = (rule.decision, rule.site, rule.zone)
    use = next((u for u in standing.uses if (u.decision, u.site, u.zone) == scope), None) or Use(
        decision=ANY, site=ANY, zone=ANY,
        count_hour=standing.cleared_today, count_today=standing.cleared_today,
        spent_hour=standing.spent_today, spent_today=standing.spent_today,
    )  # fmt: skip
    for name, spent, limit in (
        ("spend_per_day_max", use.spent_today, rule.spend_per_day_max),
        ("spend_per_hour_max", use.spent_hour, rule.spend_per_hour_max),
    ):
        if limit is not None:
            yield _spend_clause(submission, spent, limit, f"{rule.clause}.{name}")
    for name, count, most in (
        ("count_per_day_max", use.count_today, rule.count_per_day_max),
        ("count_per_hour_max", use.count_hour, rule.count_per_hour_max),
    ):
        if most is not None:
            text = f"{count} cleared in the scope of the breaker, {most} allowed"
            yield Check(clause=f"{rule.clause}.{name}", passed=count < most, text=text)


def _trial_clause(trial: Trial) -> Check:
    """One at a time: the next only once the one before is seen to be done."""
    free = trial.left > 0 and trial.under_way == 0
    if trial.under_way:
        text = "the circuit breaker is half open, and the one cleared before is not done yet"
    else:
        text = f"the circuit breaker is half open: {trial.left} more on trial"
    return Check(clause="breaker.trial", passed=free, text=text)


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
    yield _spend_clause(submission, standing.spent_today, limits.spend_per_day_max, clause)
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


def _spend_clause(submission: Submission, spent: Money, limit: Money, clause: str) -> Check:
    value = value_of(submission.proposal)
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
