"""Standing in: somebody lets another person decide in their stead, for a time and within limits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chargehand.vocabulary.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationRule:
    """Who may let others stand in, and for how long at most."""

    roles: frozenset[str]
    days_max: int
    value_max: Money | None = None
    """Highest value of one proposal that a stand-in may approve; None: the delegator's own."""
    clause: str = "delegations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a delegation is narrowed to; ``{"*"}`` is all that the delegator holds."""

    decisions: frozenset[str] = frozenset({"*"})
    transactions: frozenset[str] = frozenset({"*"})
    sites: frozenset[str] = frozenset({"*"})
    value_max: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """One person stands in for another."""

    number: int
    from_person: str
    to_person: str
    scope: Scope
    since: datetime
    until: datetime
    because: str = ""

    def holds(self, now: datetime) -> bool:
        """Whether it is in force at a moment."""
        return self.since <= now < self.until
