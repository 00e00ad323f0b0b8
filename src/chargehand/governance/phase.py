"""How far a decision has come at a place: it observes, assists, or acts within limits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from chargehand.governance.submission import ANY, Place
from chargehand.vocabulary.money import Money


class Phase(StrEnum):
    """Rollout phases, in their order."""

    OBSERVE = "observe"
    """Proposals are recorded and measured; nothing is done."""
    ASSIST = "assist"
    """A person approves each one."""
    AUTOMATE = "automate"
    """Within limits the policy clears it; beyond them a person approves."""


RANK = {phase: rank for rank, phase in enumerate(Phase)}


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomationLimits:
    """Within what the policy itself may clear."""

    transactions: frozenset[str]
    cost_max: Money
    confidence_min: float
    """Fraction."""
    spend_per_day_max: Money
    """Sum of what the policy clears in a day, the proposal in question included."""
    bases: frozenset[str] = frozenset({"model"})
    """``model``, ``fallback`` or both."""
    count_per_day_max: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseRule:
    """The phase of a decision at a site and zone; ``*`` is any."""

    decision: str
    site: str
    zone: str
    phase: Phase
    limits: AutomationLimits | None = None
    """Given where the phase is automate; an automate rule without limits clears nothing."""
    lifts: int = 0
    """Demotions up to this number hold no longer where this rule governs: whoever signed the text
    knew of them. 0 lifts none."""
    clause: str = "phases"

    @property
    def scope(self) -> tuple[str, str, str]:
        """Decision, site and zone."""
        return (self.decision, self.site, self.zone)

    def matches(self, decision: str, site: str, zone: str | None) -> bool:
        """Whether the rule speaks of this; a zone of None is matched by ``*`` only."""
        return (
            self.decision in (ANY, decision)
            and self.site in (ANY, site)
            and self.zone in (ANY, zone)
        )

    def __str__(self) -> str:
        decision = "any decision" if self.decision == ANY else self.decision
        site = "any site" if self.site == ANY else f"site {self.site}"
        zone = "any zone" if self.zone == ANY else f"zone {self.zone}"
        return f"{decision}, {site}, {zone}"


UNNAMED = PhaseRule(
    decision=ANY, site=ANY, zone=ANY, phase=Phase.OBSERVE, clause="phases (default)"
)
"""What holds where the policy text says nothing."""


def specificity(scope: tuple[str, str, str]) -> int:
    """How many of decision, site and zone are named.

    >>> specificity(("kitting", "*", "MRO"))
    2
    """
    return sum(name != ANY for name in scope)


def governing(rules: Iterable[PhaseRule], decision: str, place: Place) -> tuple[PhaseRule, ...]:
    """The rules that hold for a decision at a place: the most specific one.

    Several are returned where the zone is not known, or where rules are equally specific (which a
    parsed policy excludes); all of them must then be kept.
    """
    rules = tuple(rules)
    if place.zone is not None:
        return _most_specific(rules, decision, place.site, place.zone)
    zones = {rule.zone for rule in rules if rule.matches(decision, place.site, rule.zone)} - {ANY}
    found = [_most_specific(rules, decision, place.site, zone) for zone in (None, *sorted(zones))]
    return tuple(dict.fromkeys(rule for some in found for rule in some))


def lowest(rules: Iterable[PhaseRule]) -> PhaseRule:
    """The rule that allows least."""
    return min(rules, key=lambda rule: RANK[rule.phase])


def _most_specific(
    rules: tuple[PhaseRule, ...], decision: str, site: str, zone: str | None
) -> tuple[PhaseRule, ...]:
    matching = [rule for rule in rules if rule.matches(decision, site, zone)]
    if not matching:
        return (UNNAMED,)
    most = max(specificity(rule.scope) for rule in matching)
    return tuple(rule for rule in matching if specificity(rule.scope) == most)
