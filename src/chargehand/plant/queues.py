"""Whose queue a proposal waits in, who is on duty there, and whom it is handed on to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from chargehand.governance.four_eyes import owners_of
from chargehand.governance.policy import ApprovalRule, Awaiting, Policy, Ruled, Submission
from chargehand.governance.roster import Roster, on_duty
from chargehand.vocabulary.instant import written


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDuty:
    """A duty roster, and who is on it at a moment."""

    roster: str
    sites: tuple[str, ...]
    people: tuple[str, ...]


def queue_columns(
    policy: Policy, submission: Submission, ruled: Ruled, now: datetime
) -> dict[str, Any]:
    """The columns of a proposal that say where it waits and how long before it is handed on."""
    waits = isinstance(ruled.ruling, Awaiting)
    at = escalate_at(policy, submission, now) if waits else None
    return {
        "owner": next(iter(owners_of(submission, policy)), ""),
        "roster": roster_of(policy, submission), "escalated": 0, "escalate_at": at,
        "handed_to": "",
    }  # fmt: skip


def roster_of(policy: Policy, submission: Submission) -> str:
    """The duty roster whose queue it waits in; empty: everybody's who may approve it."""
    site = submission.proposal.subject.site
    covering = {roster.name for roster in policy.rosters if roster.covers(site)}
    rules = policy.approval_rules(submission)
    return next((rule.roster for rule in rules if rule.roster in covering), "")


def escalation(policy: Policy, submission: Submission) -> ApprovalRule | None:
    """The rule that hands it on the soonest; None where no rule does."""
    found = [
        (rule.escalate_after, n, rule)
        for n, rule in enumerate(policy.approval_rules(submission))
        if rule.escalate_after and rule.escalate_to
    ]
    return min(found)[2] if found else None


def escalate_at(policy: Policy, submission: Submission, now: datetime) -> str | None:
    """When what waits from now on is handed on; None where no rule does."""
    rule = escalation(policy, submission)
    if rule is None or rule.escalate_after is None:
        return None
    return written(now + rule.escalate_after)


def duty(policy: Policy, now: datetime) -> tuple[OnDuty, ...]:
    """Every duty roster with who is on it at a moment, in the roster's own hours."""
    return tuple(
        OnDuty(
            roster=roster.name, sites=tuple(sorted(roster.sites)), people=on_duty_at(roster, now)
        )
        for roster in policy.rosters
    )


def on_duty_at(roster: Roster, now: datetime) -> tuple[str, ...]:
    """Who is on a roster at a moment."""
    return on_duty(roster, now.astimezone(ZoneInfo(roster.time_zone)))


def mine(policy: Policy, person: str, now: datetime) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The rosters that a person is on at a moment, and the roles things are handed on to."""
    known = policy.person(person)
    if known is None or not known.active:
        return (), ()
    return tuple(one.roster for one in duty(policy, now) if person in one.people), known.roles


def handed(roles: Iterable[str]) -> str:
    """Roles as they are kept beside a proposal, to be found one by one.

    >>> handed(["planner", "buyer"])
    '|buyer|planner|'
    """
    found = sorted(roles)
    return f"|{'|'.join(found)}|" if found else ""


def in_queue(policy: Policy, person: str, now: datetime) -> tuple[str, tuple[str, ...]]:
    """The condition (SQL over ``proposal``) of what waits in a person's queue, and its values."""
    rosters, roles = mine(policy, person, now)
    known = policy.person(person)
    if known is None or not known.active:
        return "1 = 0", ()
    marks = ", ".join("?" * (len(rosters) + 1))
    told = "".join(" OR handed_to LIKE ?" for _ in roles)
    return f"(roster IN ({marks}){told})", ("", *rosters, *(f"%|{role}|%" for role in roles))
