"""May this person be stood in for like that? Asked when a delegation is made.

What a stand-in may then do is asked anew at each act, see ``permission``.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from chargehand.governance.approval import makes_sense
from chargehand.governance.authority import Person
from chargehand.governance.delegation import DelegationRule, Scope
from chargehand.governance.submission import within
from chargehand.governance.terms import Policy
from chargehand.vocabulary.refusal import Refusal, RefusalCode


def may_be_stood_in_for(
    policy: Policy, by: str, to: str, *, scope: Scope, until: datetime, now: datetime, because: str
) -> Refusal | None:
    """Refuse unless ``by`` may let ``to`` decide in their stead from now until then."""
    for person in (by, to):
        known = policy.person(person)
        if known is None:
            why = f"{person} is not among the people of policy version {policy.version}"
            return Refusal(code=RefusalCode.UNKNOWN_PERSON, because=why)
        if not known.active or known.service:
            what = "a service account" if known.service else "no longer active"
            return _no(f"{person} is {what}; only people who are here stand in for each other")
    if by == to:
        return _no(f"{by} cannot stand in for themselves")
    if until <= now:
        return _no(f"it would end at {until:%Y-%m-%d %H:%M %Z}, which is past")
    if not (scope.decisions and scope.transactions and scope.sites):
        return _no("it covers nothing: name decisions, transactions and sites, or leave them out")
    if not makes_sense(because):
        why = "say why somebody stands in for you, in at least ten characters"
        return Refusal(code=RefusalCode.REASON_MISSING, because=why)
    giver = policy.person(by)
    assert giver is not None
    return _by_rules(policy, giver, scope, until - now)


def _by_rules(policy: Policy, giver: Person, scope: Scope, length: timedelta) -> Refusal | None:
    rules = [rule for rule in policy.delegations if rule.roles & set(giver.roles)]
    if not rules:
        roles = ", ".join(sorted({r for rule in policy.delegations for r in rule.roles}))
        whose = f"only those with the role {roles}" if roles else "nobody"
        return _no(f"the policy lets {whose} be stood in for ([[delegations]])")
    faults = [_fault(rule, scope, length) for rule in rules]
    return _no(faults[0]) if all(faults) else None


def _fault(rule: DelegationRule, scope: Scope, length: timedelta) -> str:
    """Why a rule does not allow it; empty where it does."""
    if length > timedelta(days=rule.days_max):
        return f"at most {rule.days_max} days at once ({rule.clause}.days_max)"
    most = rule.value_max
    if most is not None and scope.value_max is not None and not within(scope.value_max, most):
        return f"{scope.value_max} is above {most} ({rule.clause}.value_max)"
    return ""


def _no(because: str) -> Refusal:
    return Refusal(code=RefusalCode.DELEGATION_INVALID, because=because)
