"""Whether one person may stand in for another on something: by the delegation, and by the policy.

What the other holds is a question of its own: nobody gains more by standing in than the one who is
stood in for has, and delegations do not chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from chargehand.governance.authority import Person, barred
from chargehand.governance.cedar_ask import Ask
from chargehand.governance.delegation import Delegation, DelegationRule
from chargehand.governance.submission import ANY
from chargehand.governance.terms import Policy
from chargehand.vocabulary.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Stead:
    """One delegation that somebody could use, and what stands against it."""

    other: Person | None
    """Who is stood in for."""
    name: str
    because_not: str = ""
    """Why it does not reach; empty where it does."""
    limits: tuple[tuple[Money, ...], ...] = ()
    """One of these sets of limits has to be kept, each limit of it."""


def steads(
    person: Person,
    policy: Policy,
    delegations: Iterable[Delegation],
    asks: tuple[Ask, ...],
    now: datetime,
) -> Iterator[Stead]:
    """Every delegation to a person that is in force, and whether it reaches what is asked."""
    for delegation in delegations:
        if delegation.to_person == person.person and delegation.holds(now):
            yield _stead(person, policy, delegation, asks)


def _stead(person: Person, policy: Policy, delegation: Delegation, asks: tuple[Ask, ...]) -> Stead:
    other, name = policy.person(delegation.from_person), delegation.from_person
    if other is None or other.person == person.person:
        return Stead(other=None, name=name, because_not="there is no such person")
    no = next((no for ask in asks if (no := barred(other, ask.proposer))), None)
    if no is not None:
        return Stead(other=other, name=name, because_not=no.text)
    outside = next((told for ask in asks if (told := _outside(delegation, ask))), "")
    if outside:
        because = f"the delegation does not cover {outside}"
        return Stead(other=other, name=name, because_not=because)
    refusals = [(rule, _not_by(rule, other, delegation)) for rule in policy.delegations]
    allowing = [rule for rule, because in refusals if not because]
    if not allowing:
        because = next((told for _, told in refusals), "the policy lets nobody stand in")
        return Stead(other=other, name=name, because_not=because)
    own = delegation.scope.value_max
    limits = tuple(
        tuple(limit for limit in (own, rule.value_max) if limit is not None) for rule in allowing
    )
    return Stead(other=other, name=name, limits=limits)


def _outside(delegation: Delegation, ask: Ask) -> str:
    """What of a question a delegation does not reach; empty where it reaches all of it."""
    scope = delegation.scope
    if not scope.decisions & {ANY, ask.decision}:
        return ask.decision
    if not scope.transactions & {ANY, ask.transaction}:
        return ask.transaction
    return next((f"site {site}" for site in ask.sites if not scope.sites & {ANY, site}), "")


def _not_by(rule: DelegationRule, other: Person, delegation: Delegation) -> str:
    """Why a rule of the policy does not allow a delegation; empty where it does."""
    if not rule.roles & set(other.roles):
        return f"{other.person} may let nobody stand in"
    if delegation.until - delegation.since > timedelta(days=rule.days_max):
        return f"it is longer than the {rule.days_max} days that are allowed"
    return ""
