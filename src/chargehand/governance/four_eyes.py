"""Whose word an approval is: two people count as two only where their authority is not one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from chargehand.governance.authority import Person
from chargehand.governance.delegation import Delegation
from chargehand.governance.permission import permission
from chargehand.governance.submission import ANY, Submission, all_places_of
from chargehand.governance.terms import Policy
from chargehand.vocabulary.identifier import PersonId
from chargehand.vocabulary.refusal import Refusal, RefusalCode

Stead = tuple[str, str]
"""A person, and in whose stead they approved."""


def authorities(person: str, for_whom: str) -> tuple[str, ...]:
    """Whose word an approval is: the person's, and that of whoever they stand in for."""
    return (person, for_whom) if for_whom else (person,)


def same_authority(whose: tuple[str, ...], earlier: Mapping[PersonId, str]) -> str | None:
    """Who of an approval's authorities stands behind an earlier approval; None where nobody does.

    So a stand-in and the one they stand in for are never the two people, nor are two stand-ins of
    the same person.
    """
    before = {one for who, whom in earlier.items() for one in authorities(who, whom)}
    return next((one for one in whose if one in before), None)


def barred(submission: Submission, whose: tuple[str, ...], policy: Policy) -> Refusal | None:
    """Refuse whoever changed it, or owns its decision, where a rule asks for somebody else."""
    owners = owners_of(submission, policy)
    for rule in policy.approval_rules(submission):
        for may, those, what, key in (
            (rule.changer_may_approve, submission.changed_by, "changed it", "changer_may_approve"),
            (rule.owner_may_approve, owners, "owns this decision", "owner_may_approve"),
        ):
            own = [one for one in whose if one in those]
            if not may and own:
                because = f"{own[0]} {what}, so another person must approve it"
                because += f" ({rule.clause}.{key})"
                return Refusal(code=RefusalCode.NOT_AUTHORIZED, because=because)
    return None


def owners_of(submission: Submission, policy: Policy) -> tuple[str, ...]:
    """Who answers for the decision at any of the sites where a submission takes effect."""
    sites = {place.site for place in all_places_of(submission.proposal)}
    return tuple(
        one.person
        for one in policy.owners
        if one.decision in {ANY, submission.decision} and one.sites & {ANY, *sites}
    )


def standing_approvals(
    approvals: Iterable[str],
    for_whom: Mapping[str, str],
    submission: Submission,
    policy: Policy,
    now: datetime,
    delegations: tuple[Delegation, ...],
) -> dict[PersonId, str]:
    """Earlier approvals that hold under the present policy, each with whom it stands in for."""
    found: dict[PersonId, str] = {}
    for one in dict.fromkeys(approvals):
        person: Person | None = policy.person(one)
        if person is None:
            continue
        again = permission(person, policy, submission, now=now, delegations=delegations)
        whom = for_whom.get(one, "") or again.for_whom
        if again.given and barred(submission, authorities(one, whom), policy) is None:
            found[person.person] = whom
    return found
