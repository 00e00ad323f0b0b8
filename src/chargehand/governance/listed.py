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
from chargehand.governance.leftover import Leftover
from chargehand.governance.residual import (
    Filter,
    Sayable,
    Unsayable,
    all_of,
    any_of,
    negated,
    version_is,
    within_limit,
)
from chargehand.governance.submission import elsewhere
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
        try:
            own, forbidden, asks_changers = self._held(self.person, several)
            others = list(self._others(several))
        except Unsayable:
            return Filter(surely=False, perhaps=True)
        told = any_of((own, all_of((negated(forbidden), any_of(one for one, _ in others)))))
        if asks_changers or any(asks_too for _, asks_too in others):
            # No column says who changed it: of its first version nobody has.
            return Filter(surely=all_of((version_is("=="), told)), perhaps=version_is(">"))
        return Filter(surely=told)

    def _held(self, person: Person, several: tuple[Ask, ...]) -> tuple[Sayable, Sayable, bool]:
        """What somebody may approve in their own right, what is forbidden to them, by changers."""
        left = self._left(person)
        allowed, forbidden, asks_changers = [], [], False
        for ask in several:
            known = attributes(ask, owners_of(self.engine.policy, ask))
            permits, forbids, asks_too = left.of(ask, known)
            allowed.append(all_of((permits, negated(forbids))))
            forbidden.append(forbids)
            asks_changers = asks_changers or asks_too
        return all_of(allowed), any_of(forbidden), asks_changers

    def _left(self, person: Person) -> Leftover:
        """Somebody's policies with what is left of them; kept with those of the engine."""
        kept: dict[tuple[object, ...], Leftover] = self.engine.leftovers
        key = (person.person, person.roles, self.engine.span(self.now))
        if key not in kept:
            left = self.engine.left(person, "approve", self.now)
            if left is None:
                raise Unsayable("a policy that cannot be evaluated")
            if len(kept) >= PEOPLE_KEPT:
                kept.clear()
            kept[key] = Leftover(self.engine.of_person(person, "approve", self.now), left)
        return kept[key]

    def _others(self, several: tuple[Ask, ...]) -> Iterator[tuple[Sayable, bool]]:
        """What somebody may approve in the stead of others, delegation by delegation."""
        policy = self.engine.policy
        for stead in steads(self.person, policy, self.delegations, several, self.now):
            if stead.other is not None and not stead.because_not:
                kept = any_of(all_of(_kept(one) for one in limits) for limits in stead.limits)
                own, _, asks_changers = self._held(stead.other, several)
                yield all_of((kept, own)), asks_changers


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
        "elsewhere": elsewhere(proposal),
    }


def name_of(several: tuple[Ask, ...]) -> int:
    """A number (above 0, 63 bits) by which the questions about a proposal are found again."""
    text = canonical([astuple(one) for one in sorted(several)])
    return int.from_bytes(sha256(text.encode()).digest()[:8]) >> 1 or 1
