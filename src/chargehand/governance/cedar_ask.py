"""What is asked of the engine: one question for each thing that a proposal would do.

Two actions of one kind at the same places are one question: their sum is held against limits.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from chargehand.decisions.decision import Proposal
from chargehand.governance.cedar_schema import CENTS_MAX, DECIDING, MIXED, UNSURE
from chargehand.governance.risk import stakes_of
from chargehand.governance.submission import ANY, Submission, value_of
from chargehand.governance.terms import Policy
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.work import TransactionType, Transfer

Value = bool | int | str | tuple[str, str] | frozenset[Any]
"""A value in the engine's terms; a thing is its kind and its name."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Ask:
    """One kind of deed at its places: what many proposals have in common."""

    decision: str
    transaction: str
    site: str
    zone: str
    from_site: str
    """The site that gives; the site itself where it is no transfer."""
    basis: str
    proposer: str
    touched: tuple[str, ...]
    """Every site where the whole proposal takes effect: their owners answer for it."""

    @property
    def risk(self) -> str:
        """How bad a wrong one is."""
        return stakes_of(TransactionType(self.transaction)).risk

    @property
    def sites(self) -> tuple[str, ...]:
        """Every site that it touches."""
        return tuple(dict.fromkeys((self.site, self.from_site)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What a proposal states: the figures that limits are held against."""

    cost: int
    """Cents, rounded up."""
    currency: str
    confidence: int
    """Permille, rounded down."""
    changed_by: tuple[str, ...] = ()

    def context(self) -> str:
        """As JSON, in the engine's terms."""
        return json.dumps(
            {
                "cost": self.cost,
                "currency": self.currency,
                "confidence": self.confidence,
                "changed_by": [reference("Person", one) for one in self.changed_by],
            }
        )


def asks_of(submission: Submission) -> tuple[Ask, ...]:
    """Every different question about a submission, in the order of its actions."""
    return asks(submission.proposal, submission.decision, submission.proposer)


def asks(proposal: Proposal, decision: str, proposer: str) -> tuple[Ask, ...]:
    """Every different question about a proposal, in the order of its actions."""
    sites = {proposal.subject.site}
    for action in proposal.actions:
        sites.add(action.site)
        if isinstance(action, Transfer):
            sites.add(action.from_site)
    touched = tuple(sorted(sites))
    found: dict[Ask, None] = {}
    for action in proposal.actions:
        gives = action.from_site if isinstance(action, Transfer) else action.site
        ask = Ask(
            decision=decision,
            transaction=str(action.transaction),
            site=action.site,
            zone=action.zone,
            from_site=gives,
            basis=proposal.basis,
            proposer=proposer,
            touched=touched,
        )
        found[ask] = None
    return tuple(found)


def stated(submission: Submission) -> Stated:
    """What a submission states."""
    cost, currency = cents_of(submission.proposal)
    return Stated(
        cost=cost,
        currency=currency,
        confidence=permille(submission.proposal.confidence),
        changed_by=submission.changed_by,
    )


def cents_of(proposal: Proposal) -> tuple[int, str]:
    """The value of a proposal in cents (rounded up) and its currency."""
    value = value_of(proposal)
    if value is None:
        return CENTS_MAX, MIXED
    return cents(value), value.currency


def cents(value: Money) -> int:
    """A value in cents, rounded up and cut off at ``CENTS_MAX``.

    >>> cents(Money.of("12.50"))
    1250
    """
    exact = (min(value.amount, Decimal(CENTS_MAX)) * 100).to_integral_value(ROUND_CEILING)
    return min(int(exact), CENTS_MAX)


def cents_limit(limit: Money) -> int:
    """A limit in cents, rounded down; below every value that was cut off."""
    exact = (min(limit.amount, Decimal(CENTS_MAX)) * 100).to_integral_value(ROUND_FLOOR)
    return min(int(exact), CENTS_MAX - 1)


def permille(confidence: float) -> int:
    """A confidence in permille, rounded down; ``UNSURE`` for what is no fraction.

    >>> permille(0.95), permille(float("nan")), permille(7.0)
    (950, -1, -1)
    """
    if not 0 <= confidence <= 1:
        return UNSURE
    return int((Decimal(str(confidence)) * 1000).to_integral_value(ROUND_FLOOR))


def owners_of(policy: Policy, ask: Ask) -> tuple[str, ...]:
    """Who answers for a decision at any of the sites where its proposal takes effect."""
    found = (
        owner.person
        for owner in policy.owners
        if owner.decision in (ANY, ask.decision)
        and (ANY in owner.sites or owner.sites & set(ask.touched))
    )
    return tuple(dict.fromkeys(found))


def reference(kind: str, name: str) -> dict[str, dict[str, str]]:
    """One thing by its name, in the engine's terms."""
    return {"__entity": {"type": kind, "id": name}}


def attributes(ask: Ask, owners: tuple[str, ...]) -> dict[str, Value]:
    """What a question is about; a thing is its kind and its name."""
    stakes = stakes_of(TransactionType(ask.transaction))
    return {
        "decision": ("Decision", ask.decision),
        "transaction": ("Transaction", ask.transaction),
        "site": ("Site", ask.site),
        "zone": ("Zone", ask.zone),
        "from_site": ("Site", ask.from_site),
        "basis": ("Basis", ask.basis),
        "risk": ("Risk", ask.risk),
        "reversible": stakes.reversible,
        "proposer": ("Person", ask.proposer),
        "owners": frozenset(("Person", one) for one in owners),
    }


def asker(person: str, roles: tuple[str, ...]) -> list[dict[str, Any]]:
    """Who asks, and what acts there are, as the engine reads them."""
    parents = [{"type": "Role", "id": role} for role in dict.fromkeys(roles)]
    return [
        {"uid": {"type": "Person", "id": person}, "attrs": {}, "parents": parents},
        *({"uid": {"type": "Action", "id": one}, "attrs": {}, "parents": []} for one in DECIDING),
    ]


def entities(person: str, roles: tuple[str, ...], ask: Ask, owners: tuple[str, ...]) -> str:
    """Who asks and what they ask about, as the engine reads them (JSON)."""
    about = {name: _written(value) for name, value in attributes(ask, owners).items()}
    resource = {"uid": {"type": "Proposal", "id": ""}, "attrs": about, "parents": []}
    return json.dumps([*asker(person, roles), resource])


def _written(value: Value) -> object:
    if isinstance(value, frozenset):
        return [_written(one) for one in sorted(value, key=str)]
    return reference(*value) if isinstance(value, tuple) else value
