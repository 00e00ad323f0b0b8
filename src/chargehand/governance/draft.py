"""A policy as far as its text could be read, before it is known to make sense as a whole.

An entry with a mistake in it is kept in its most generous form, so that one mistake does not make
others appear; ``faulty`` names such entries.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from chargehand.governance.authority import Grant, Person, covers, grants_of
from chargehand.governance.phase import RANK, Phase, PhaseRule, governing
from chargehand.governance.submission import ANY, Place
from chargehand.governance.terms import Policy
from chargehand.vocabulary.work import TransactionType

ELSEWHERE = "(any other)"
"""Stands for every decision, site or zone that the text does not name."""
Finding = tuple[str, str, str]
"""Where, what, cure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One combination that a phase rule governs: a decision at a place, and a transaction of it."""

    decision: str
    place: Place
    transaction: str

    def __str__(self) -> str:
        return f"{self.transaction} of {self.decision} in {self.place}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What was read, and what the text may name."""

    policy: Policy
    decisions: Collection[str] | None
    """Decisions that exist; None where not known."""
    transactions_of: Mapping[str, Collection[str]]
    faulty: frozenset[str]
    """Clauses (such as ``grants[2]``) of entries with mistakes."""

    def cells(self, rule: PhaseRule) -> Iterator[Cell]:
        """Every combination that an assisting or automating rule governs, by names in the text."""
        if RANK[rule.phase] < RANK[Phase.ASSIST]:
            return
        for decision in self._decisions(rule.decision):
            for site in self._named("sites", rule.site):
                for zone in self._named("zones", rule.zone):
                    place = Place(site, zone)
                    if rule in governing(self.policy.phases, decision, place):
                        for kind in self.transactions(decision):
                            yield Cell(decision=decision, place=place, transaction=kind)

    def approvers(self, cell: Cell) -> Iterator[tuple[Person, Grant]]:
        """The people who may approve in a cell, each with the grants that let them."""
        for person in self.policy.people:
            for grant in grants_of(person, self.policy.grants):
                if (
                    covers(grant.transactions, cell.transaction)
                    and covers(grant.decisions, cell.decision)
                    and covers(grant.sites, cell.place.site)
                    and covers(grant.zones, cell.place.zone)
                ):
                    yield person, grant

    def transactions(self, decision: str) -> Collection[str]:
        """What a decision may propose; everything where that is not known."""
        return self.transactions_of.get(decision) or tuple(str(kind) for kind in TransactionType)

    def _decisions(self, pattern: str) -> list[str]:
        if pattern != ANY:
            return [pattern]
        if self.decisions is not None:
            return sorted(self.decisions)
        named = {rule.decision for rule in self.policy.phases}
        named |= {name for grant in self.policy.grants for name in grant.decisions}
        return [*sorted(named - {ANY}), ELSEWHERE]

    def _named(self, of: str, pattern: str) -> list[str]:
        if pattern != ANY:
            return [pattern]
        rules = self.policy.phases
        named = {rule.site if of == "sites" else rule.zone for rule in rules}
        for grant in self.policy.grants:
            named |= grant.sites if of == "sites" else grant.zones
        return [*sorted(named - {ANY}), ELSEWHERE]
