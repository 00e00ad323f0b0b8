"""What is put before governance: a proposal, who made it, and what of it a ruling may look at.

Everything that a ruling takes from a proposal is taken here: where it acts, what it costs, and the
digest of its actions. The proposer cannot say less than its actions do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256

from chargehand.decisions.decision import Proposal
from chargehand.vocabulary.identifier import ProposalId
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.wire import write
from chargehand.vocabulary.work import Action, Transfer

ANY = "*"
"""Wildcard in the policy text: any decision, site, zone or transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One policy clause that was looked at: passed, or the one that stopped a proposal."""

    clause: str
    """Where the policy text says it, such as ``phases[2].cost_max``."""
    passed: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One version of a proposal, put before governance."""

    proposal_id: ProposalId
    version: int
    decision: str
    proposer: str
    """Person or service account that made it; it can never approve it."""
    proposal: Proposal
    action_digest: str
    """``digest_of`` its actions; a ruling holds for these and no others."""
    changed_by: tuple[str, ...] = ()
    """People who changed it on the way to this version."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an action takes effect. A zone of None is not known: it may be any of the site."""

    site: str
    zone: str | None

    def __str__(self) -> str:
        return f"zone {self.zone} of {self.site}" if self.zone is not None else f"site {self.site}"


def digest_of(actions: Sequence[Action]) -> str:
    """SHA-256 (hexadecimal) of the canonical JSON text of actions, in their order."""
    return sha256(write(tuple(actions), tuple[Action, ...]).encode()).hexdigest()


def submit(
    proposal: Proposal,
    *,
    proposal_id: str,
    version: int,
    decision: str,
    proposer: str,
    changed_by: tuple[str, ...] = (),
) -> Submission:
    """Put a proposal before governance, with the digest of its actions."""
    return Submission(
        proposal_id=ProposalId(proposal_id),
        version=version,
        decision=decision,
        proposer=proposer,
        proposal=proposal,
        action_digest=digest_of(proposal.actions),
        changed_by=changed_by,
    )


def places_of(action: Action) -> tuple[Place, ...]:
    """Where an action takes effect: for a transfer, the site that gives counts as well."""
    places: tuple[Place, ...] = (Place(action.site, action.zone),)
    if isinstance(action, Transfer):
        places += (Place(action.from_site, None),)
    return places


def all_places_of(proposal: Proposal) -> tuple[Place, ...]:
    """Where a proposal takes effect: its subject's place and those of all its actions."""
    places = [Place(proposal.subject.site, proposal.subject.zone)]
    for action in proposal.actions:
        places.extend(places_of(action))
    return tuple(dict.fromkeys(places))


def elsewhere(proposal: Proposal) -> str:
    r"""Where a proposal takes effect beside the place of its subject, as text to be searched.

    Each place is ``\n`` site ``\t`` zone, the last one ends with ``\n``; an unknown zone is ``*``.
    """
    places = all_places_of(proposal)[1:]
    told = "".join(f"\n{one.site}\t{ANY if one.zone is None else one.zone}" for one in places)
    return told and f"{told}\n"


def elsewhere_in(site: str, zone: str) -> tuple[str, ...]:
    """Texts of which ``elsewhere`` holds one where any of its places is in a scope."""
    if zone == ANY:
        return (f"\n{site}\t",)
    at = "" if site == ANY else f"\n{site}"
    return (f"{at}\t{zone}\n", f"{at}\t{ANY}\n")


def value_of(proposal: Proposal) -> Money | None:
    """The sum that limits are held against; None where several currencies are mixed.

    It is the stated cost or the sum of what the actions cost, whichever is more. An action that
    releases money counts as nothing, so it cannot make room for one that spends.
    """
    costs = [action.cost for action in proposal.actions]
    currencies = {cost.currency for cost in (proposal.cost, *costs) if cost.amount != 0}
    if len(currencies) > 1:
        return None
    spent = sum((max(cost.amount, Decimal(0)) for cost in costs), Decimal(0))
    currency = next(iter(currencies), proposal.cost.currency)
    return Money(max(proposal.cost.amount, spent), currency)


def within(value: Money | None, limit: Money) -> bool:
    """Whether a value surely stays within a limit. Nothing is nothing in every currency.

    >>> within(Money.of(250), Money.of(250)), within(Money.of(1, "USD"), Money.of(250))
    (True, False)
    """
    if value is None:
        return False
    if value.amount == 0:
        return limit.amount >= 0
    return value.currency == limit.currency and value <= limit


def compared(value: Money | None, limit: Money, of: str = "") -> str:
    """Say how a value stands against a limit, as in ``cost EUR 2.00 is above EUR 1.00``."""
    if value is None:
        return f"its costs are in several currencies, which {of}{limit} cannot be held against"
    if within(value, limit):
        return f"cost {value} is within {of}{limit}"
    if value.currency != limit.currency:
        return f"cost {value} is in another currency than {of}{limit}"
    return f"cost {value} is above {of}{limit}"
