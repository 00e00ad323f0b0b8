"""One hearing under way: what its answers are from, and what has come of them so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from chargehand.decisions.decision import Proposal
from chargehand.governance.clauses import Use
from chargehand.governance.policy import Standing
from chargehand.governance.submission import Place, all_places_of, value_of
from chargehand.plant.standing import standing
from chargehand.plant.stirring import stirred
from chargehand.storage.docket import Docket
from chargehand.storage.store import Store
from chargehand.vocabulary.money import Money


@dataclass(slots=True)
class Tally:
    """What a hearing has come to so far."""

    asked: int = 0
    unchanged: int = 0
    superseded: int = 0
    cleared: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    proposals: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """What the answers of one hearing are settled under."""

    store: Store
    owners: Mapping[str, str]
    as_of: datetime
    whole: bool
    """Whether everything was asked: then open proposals that nobody answered for are withdrawn."""
    sites: tuple[str, ...]
    seen: int
    """Size of the journal in the snapshot that the answers are from."""
    own: list[tuple[int, int]] = field(default_factory=list)
    """Journal numbers that this hearing has written itself."""
    _standing: dict[str, Standing] = field(default_factory=dict)

    def write(self, work: Callable[[Docket, frozenset[str]], None]) -> None:
        """Run work in a transaction, told what others have stirred since the snapshot."""

        def noted(docket: Docket) -> None:
            self._standing.clear()
            before = docket.next_number()
            work(docket, stirred(docket, self.seen, self.own))
            self.own.append((before, docket.next_number()))

        self.store.write(noted)

    def standing(self, docket: Docket, currency: str) -> Standing:
        """How things stand: read once in a transaction, and kept up with what it clears."""
        if currency not in self._standing:
            self._standing[currency] = standing(docket, docket.now(), currency)
        found = self._standing[currency]
        # Asked each time: the file may have come in the middle of a transaction.
        return replace(found, stopped=True) if docket.is_halted() else found

    def note_cleared(self, decision: str, proposal: Proposal) -> None:
        """Count a proposal of a decision that policy has just cleared."""
        cost = value_of(proposal) or proposal.cost
        places = all_places_of(proposal)
        for currency, before in self._standing.items():
            self._standing[currency] = with_cleared(before, decision, cost, places)


def with_cleared(before: Standing, decision: str, cost: Money, places: Sequence[Place]) -> Standing:
    """How things stand once policy has cleared one more proposal of a decision at these places."""
    is_same = cost.currency == before.spent_today.currency
    return replace(
        before,
        spent_today=before.spent_today + cost if is_same else before.spent_today,
        cleared_today=before.cleared_today + 1,
        uses=tuple(
            _used(one, cost) if any(one.covers(decision, at) for at in places) else one
            for one in before.uses
        ),
        trials=tuple(
            replace(one, left=max(one.left - 1, 0), under_way=one.under_way + 1)
            if any(one.covers(decision, at) for at in places)
            else one
            for one in before.trials
        ),
    )


def _used(use: Use, cost: Money) -> Use:
    today, hour = use.spent_today, use.spent_hour
    return replace(
        use,
        count_today=use.count_today + 1,
        count_hour=use.count_hour + 1,
        spent_today=today + cost if cost.currency == today.currency else today,
        spent_hour=hour + cost if cost.currency == hour.currency else hour,
    )
