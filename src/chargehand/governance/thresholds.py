"""What an approval needs: thresholds by value, risk, reversibility and confidence."""

from __future__ import annotations

from collections.abc import Iterator

from chargehand.governance.risk import at_least, irreversible, riskiest
from chargehand.governance.submission import Check, Submission, compared, value_of, within
from chargehand.governance.terms import ApprovalRule, Policy

JUSTIFICATION = ("justification_above",)
SECOND_PERSON = (
    "second_person_above", "second_person_risk", "second_person_irreversible",
    "second_person_confidence_below",
)  # fmt: skip
"""Keys of ``[[approvals]]`` that ask for two people."""
TWO = "it needs two people"


def approval_clauses(submission: Submission, policy: Policy) -> Iterator[Check]:
    """What an approval needs: each threshold, passed where the proposal stays within it."""
    for rule in policy.approval_rules(submission):
        yield from _by_value(submission, rule)
        yield from _by_risk(submission, rule)


def needed(submission: Submission, policy: Policy, *names: str) -> Check | None:
    """The first threshold of some names (such as ``SECOND_PERSON``) that is not kept."""
    checks = approval_clauses(submission, policy)
    return next((c for c in checks if not c.passed and c.clause.rpartition(".")[2] in names), None)


def _by_value(submission: Submission, rule: ApprovalRule) -> Iterator[Check]:
    value = value_of(submission.proposal)
    for name, threshold, need in (
        ("justification_above", rule.justification_above, "it needs a justification"),
        ("second_person_above", rule.second_person_above, TWO),
    ):
        if threshold is not None:
            passed = within(value, threshold)
            text = compared(value, threshold) + ("" if passed else f": {need}")
            yield Check(clause=f"{rule.clause}.{name}", passed=passed, text=text)


def _by_risk(submission: Submission, rule: ApprovalRule) -> Iterator[Check]:
    proposal = submission.proposal
    if rule.second_person_risk is not None:
        worst = riskiest(proposal)
        over = worst is not None and at_least(worst[1].risk, rule.second_person_risk)
        said = "" if worst is None else f"{worst[0]} is of {worst[1].risk} risk: {worst[1].because}"
        text = f"{said}: {TWO}" if over else said
        yield Check(clause=f"{rule.clause}.second_person_risk", passed=not over, text=text)
    if rule.second_person_irreversible:
        final = irreversible(proposal)
        text = "all of it can be taken back"
        if final is not None:
            text = f"{final[0]} cannot be taken back once it is done: {TWO}"
        clause = f"{rule.clause}.second_person_irreversible"
        yield Check(clause=clause, passed=final is None, text=text)
    least = rule.second_person_confidence_below
    if least is not None:
        # Written so that "not a number" and fractions beyond 1 fail.
        sure = least <= proposal.confidence <= 1
        text = f"confidence {proposal.confidence:.0%}, {least:.0%} needed" + (
            "" if sure else f" where one person decides: {TWO}"
        )
        clause = f"{rule.clause}.second_person_confidence_below"
        yield Check(clause=clause, passed=sure, text=text)
