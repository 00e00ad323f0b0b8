"""A policy as far as its text could be read, before it is known to make sense as a whole.

An entry with a mistake in it is kept in its most generous form, so that one mistake does not make
others appear; ``faulty`` names such entries.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from chargehand.governance.authority import Grant, Person, covers
from chargehand.governance.cells import ELSEWHERE, PlaceMap, place_map
from chargehand.governance.phase import RANK, Phase, PhaseRule
from chargehand.governance.submission import ANY, Place
from chargehand.governance.terms import Policy
from chargehand.vocabulary.work import TransactionType

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
    _places: PlaceMap = field(init=False, repr=False, compare=False)
    _holders: Mapping[str, tuple[Person, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Find once which places the text tells apart, and who holds each role."""
        holders: dict[str, list[Person]] = {}
        for person in self.policy.people:
            for role in set(person.roles) if person.active and not person.service else ():
                holders.setdefault(role, []).append(person)
        object.__setattr__(self, "_places", place_map(self.policy))
        object.__setattr__(self, "_holders", {role: tuple(by) for role, by in holders.items()})

    def cells(self, rule: PhaseRule) -> Iterator[Cell]:
        """One combination of each kind that an assisting or automating rule governs."""
        if RANK[rule.phase] < RANK[Phase.ASSIST]:
            return
        for decision in self._decisions(rule.decision):
            for site, zone in self._places.places(rule):
                if self._places.governs(rule, decision, site, zone):
                    place = Place(site, zone)
                    for kind in self.transactions(decision):
                        yield Cell(decision=decision, place=place, transaction=kind)

    def approvers(self, cell: Cell) -> Iterator[tuple[Person, Grant]]:
        """The people who may approve in a cell, each with the grants that let them."""
        for grant in self._places.granted(cell.place.site, cell.place.zone or ELSEWHERE):
            if covers(grant.transactions, cell.transaction) and covers(
                grant.decisions, cell.decision
            ):
                for person in self._holders.get(grant.role, ()):
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
