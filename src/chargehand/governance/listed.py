"""Which proposals somebody may decide on, as conditions for a list of them.

Exactly the answers of ``permission`` for approving, proposal by proposal; where columns cannot tell
one, the list asks ``permission`` itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, dataclass
from datetime import datetime
from hashlib import sha256

from chargehand.decisions.decision import Proposal
from chargehand.governance.authority import Person, barred
from chargehand.governance.cedar_ask import (
    Ask,
    asks,
    attributes,
    cents_limit,
    cents_of,
    owners_of,
    permille,
)
from chargehand.governance.cedar_engine import Engine, engine_of
from chargehand.governance.delegation import Delegation
from chargehand.governance.in_stead import steads
from chargehand.governance.residual import (
    Filter,
    Residue,
    Sayable,
    Unsayable,
    all_of,
    any_of,
    negated,
    version_is,
    within_limit,
)
from chargehand.governance.terms import Policy
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.wire import canonical

PEOPLE_KEPT = 256
"""So many people's conditions are kept ready for each policy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What one person may approve at a moment, kind by kind."""

    engine: Engine
    person: Person
    now: datetime
    delegations: tuple[Delegation, ...]
    """To the person, and in force."""
    found: dict[int, Filter]
    """By kind, as far as it was asked for."""

    def of(self, kind: int, several: tuple[Ask, ...]) -> Filter:
        """Which of the proposals of a kind (``name_of``) may be approved."""
        if kind not in self.found:
            self.found[kind] = self._filter(several)
        return self.found[kind]

    def _filter(self, several: tuple[Ask, ...]) -> Filter:
        if not several or any(barred(self.person, ask.proposer) for ask in several):
            return Filter(surely=False)
        residues: list[Residue] = []
        try:
            own, forbidden = self._held(self.person, several, residues)
            others = any_of(self._others(several, residues))
        except Unsayable:
            return Filter(surely=False, perhaps=True)
        told = any_of((own, all_of((negated(forbidden), others))))
        if any(residue.asks_changers for residue in residues):
            # No column says who changed it: of its first version nobody has.
            return Filter(surely=all_of((version_is("=="), told)), perhaps=version_is(">"))
        return Filter(surely=told)

    def _held(
        self, person: Person, several: tuple[Ask, ...], residues: list[Residue]
    ) -> tuple[Sayable, Sayable]:
        """What somebody may approve in their own right, and what is forbidden to them."""
        left = self.engine.left(person, "approve", self.now)
        if left is None:
            raise Unsayable("a policy that cannot be evaluated")
        rules = self.engine.of_person(person, "approve", self.now)
        allowed, forbidden = [], []
        for ask in several:
            residue = Residue(attributes(ask, owners_of(self.engine.policy, ask)))
            residues.append(residue)
            permits, forbids = residue.of(left[r.key] for r in rules if r.reach.admits(ask))
            allowed.append(all_of((permits, negated(forbids))))
            forbidden.append(forbids)
        return all_of(allowed), any_of(forbidden)

    def _others(self, several: tuple[Ask, ...], residues: list[Residue]) -> Iterator[Sayable]:
        """What somebody may approve in the stead of others, delegation by delegation."""
        policy = self.engine.policy
        for stead in steads(self.person, policy, self.delegations, several, self.now):
            if stead.other is not None and not stead.because_not:
                kept = any_of(all_of(_kept(one) for one in limits) for limits in stead.limits)
                own, _ = self._held(stead.other, several, residues)
                yield all_of((kept, own))


def listed(
    person: Person,
    policy: Policy,
    *,
    now: datetime,
    delegations: tuple[Delegation, ...] = (),
) -> Listed:
    """What somebody may approve at a moment; kept for as long as policy and delegations are."""
    engine = engine_of(policy)
    held = tuple(one for one in delegations if one.to_person == person.person and one.holds(now))
    key = (person, engine.span(now), held)
    if key not in engine.filters:
        if len(engine.filters) >= PEOPLE_KEPT:
            engine.filters.clear()
        engine.filters[key] = {}
    return Listed(
        engine=engine, person=person, now=now, delegations=held, found=engine.filters[key]
    )


def _kept(limit: Money) -> Sayable:
    return within_limit(cents_limit(limit), limit.currency)


def columns_of(proposal: Proposal, decision: str, proposer: str) -> dict[str, int | str]:
    """What lists are filtered by, as columns of a proposal: its questions and its figures."""
    cost, currency = cents_of(proposal)
    return {
        "asked": name_of(asks(proposal, decision, proposer)),
        "cents": cost,
        "paid_in": currency,
        "permille": permille(proposal.confidence),
    }


def name_of(several: tuple[Ask, ...]) -> int:
    """A number (above 0, 63 bits) by which the questions about a proposal are found again."""
    text = canonical([astuple(one) for one in sorted(several)])
    return int.from_bytes(sha256(text.encode()).digest()[:8]) >> 1 or 1
