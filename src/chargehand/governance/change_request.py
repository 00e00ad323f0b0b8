"""A change request: another policy text, put before people who sign it before it holds.

Rules are changed as stock is: somebody proposes, others say yes, and everything is on record. A
text that raises a phase, or widens the limits of automation, is a promotion and needs its evidence
as well.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from chargehand.governance.access import Act, sites_of
from chargehand.governance.authority import Person
from chargehand.governance.coherence_people import administrators, is_there
from chargehand.governance.promotion import Evidence
from chargehand.governance.terms import Policy
from chargehand.vocabulary.refusal import Refusal, RefusalCode

TWO = 2


class RequestKind(StrEnum):
    """What a request would change."""

    POLICY = "policy"
    PROMOTION = "promotion"
    """A policy text that raises a phase, or widens what is automated."""


class RequestState(StrEnum):
    """Where a request stands."""

    WAITING = "waiting"
    IN_FORCE = "in_force"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    OVERTAKEN = "overtaken"
    """Another text came into force meanwhile: what it was compared with is gone."""


class RequestEvent(StrEnum):
    """What may happen to a request."""

    SIGN = "sign"
    """One person agreed; more have to."""
    ACTIVATE = "activate"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    OVERTAKE = "overtake"


_S, _E = RequestState, RequestEvent
TRANSITIONS: Mapping[RequestState, Mapping[RequestEvent, RequestState]] = MappingProxyType(
    {
        _S.WAITING: {
            _E.SIGN: _S.WAITING,
            _E.ACTIVATE: _S.IN_FORCE,
            _E.REJECT: _S.REJECTED,
            _E.WITHDRAW: _S.WITHDRAWN,
            _E.EXPIRE: _S.EXPIRED,
            _E.OVERTAKE: _S.OVERTAKEN,
        },
        _S.IN_FORCE: {},
        _S.REJECTED: {},
        _S.WITHDRAWN: {},
        _S.EXPIRED: {},
        _S.OVERTAKEN: {},
    }
)


def moved(state: str, event: str) -> RequestState | Refusal:
    """The state after an event; a refusal where the request is closed."""
    after = TRANSITIONS[RequestState(state)].get(RequestEvent(event))
    if after is not None:
        return after
    because = f"the request is {state.replace('_', ' ')}: nothing more can be done with it"
    return Refusal(code=RefusalCode.NOT_WAITING, because=because)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """So many people of some roles have to sign, the proposer not among them."""

    count: int
    roles: frozenset[str]
    because: str
    """The clause that asks for it."""

    def able(self, policy: Policy, proposer: str) -> tuple[str, ...]:
        """Who may sign for it: active people with such a role, in the order of the text."""
        return tuple(
            str(one.person)
            for one in policy.people
            if is_there(one) and one.person != proposer and self.roles & set(one.roles)
        )

    def left(self, policy: Policy, proposer: str, signed: Iterable[str]) -> int:
        """How many signatures are still missing; each person counts once."""
        return max(0, self.count - len(set(self.able(policy, proposer)) & set(signed)))


def four_eyes_hold(policy: Policy) -> bool:
    """Whether a second person signs changes of a policy text."""
    if policy.four_eyes is not None:
        return policy.four_eyes
    return len(administrators(policy)) >= TWO


def needs(policy: Policy, proposer: str, evidence: Collection[Evidence] = ()) -> tuple[Need, ...]:
    """Every signature that a request needs under the policy in force; empty: it may hold at once.

    Whoever lowers what a promotion needs is bound by the text that holds while they do it.
    """
    found: dict[Need, None] = {}
    person = policy.person(proposer)
    alone = person is not None and bool(policy.administrators & set(person.roles))
    if four_eyes_hold(policy) or not alone:
        clause = "administration.four_eyes" if alone else "administration.policy"
        found[Need(count=1, roles=policy.administrators, because=clause)] = None
    for one in evidence:
        if one.record is None:  # nothing is asked of the rest
            continue
        for sign in one.signing:
            roles = frozenset(sign.roles) or policy.administrators
            what = f"{one.decision} at {one.site}, zone {one.zone}: {one.step} ({sign.clause})"
            found[Need(count=sign.count, roles=roles, because=what)] = None
    return tuple(found)


def may_propose(person: Person | None, policy: Policy) -> Refusal | None:
    """Refuse unless somebody may put another policy text before people."""
    known = None if person is None else policy.person(person.person)
    if known is None:
        who = "nobody" if person is None else person.person
        because = f"{who} is not among the people of policy version {policy.version}"
        return Refusal(code=RefusalCode.UNKNOWN_PERSON, because=because)
    if is_there(known) and sites_of(known, Act.PROPOSE_POLICY, policy):
        return None
    because = f"{known.person} may not propose another policy: it takes a role with propose_policy"
    roles = ", ".join(sorted(policy.administrators)) or "nobody"
    return Refusal(code=RefusalCode.NOT_AUTHORIZED, because=f"{because}, or one of {roles}")


def may_sign(
    person: Person | None, policy: Policy, proposer: str, asked: Collection[Need]
) -> Refusal | None:
    """Refuse unless somebody is among those who may sign or reject a request."""
    who = "nobody" if person is None else str(person.person)
    if policy.person(who) is None:
        because = f"{who} is not among the people of policy version {policy.version}"
        return Refusal(code=RefusalCode.UNKNOWN_PERSON, because=because)
    if who == proposer:
        because = f"{who} proposed it, so other people must sign it"
        return Refusal(code=RefusalCode.SECOND_PERSON_NEEDED, because=because)
    able = dict.fromkeys(name for need in asked for name in need.able(policy, proposer))
    if who in able:
        return None
    because = f"{who} may not sign it; {', '.join(able) or 'nobody'} may"
    return Refusal(code=RefusalCode.NOT_AUTHORIZED, because=because)
