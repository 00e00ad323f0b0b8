"""How things stood at a past entry, told by the journal alone as it is read from its beginning."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from chargehand.governance.breaker import OpenBreaker
from chargehand.governance.clauses import Standing, Trial
from chargehand.governance.delegation import Delegation, Scope
from chargehand.governance.demotion import Demotion
from chargehand.governance.phase import Phase
from chargehand.governance.policy import Policy
from chargehand.governance.submission import ANY, Place
from chargehand.plant import policies
from chargehand.plant.breaker_book import STOP, scope_of
from chargehand.plant.breaker_readings import HOUR, ClearedSum, counts_use, day_of, use_of
from chargehand.plant.delegating import ENDED, MADE
from chargehand.plant.fault import PlantFault
from chargehand.plant.people import LOCKED, UNLOCKED
from chargehand.plant.sitting import with_cleared
from chargehand.plant.standing import UNDER_WAY
from chargehand.storage.session import Row
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import instant, written
from chargehand.vocabulary.money import Money

KEPT = timedelta(days=2)
"""As long what policy cleared is remembered: a day and its hour, and clocks that were set back."""
Key = tuple[str, tuple[Place, ...], str]
"""Decision, everywhere that it takes effect, currency."""
KINDS = ("policy", "breaker", "demotion", MADE, ENDED, LOCKED, UNLOCKED)
"""Entries that how things stand is folded from, beside rulings and steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearing:
    """What the policy itself cleared."""

    at: str
    proposal: int
    decision: str
    places: tuple[Place, ...]
    """Everywhere that it takes effect."""
    cost: Money

    def lies_in(self, scope: tuple[str, str, str]) -> bool:
        """Whether any of its places is in a scope of decision, site and zone."""
        decision, site, zone = scope
        return decision in (ANY, self.decision) and any(
            site in (ANY, one.site) and (one.zone is None or zone in (ANY, one.zone))
            for one in self.places
        )


@dataclass(slots=True, kw_only=True)
class _Breaker:
    newest: int
    open: list[OpenBreaker]
    closed_at: str = ""
    trial_count: int = 0


class Sums:
    """Clearings of a window that begins later and later, counted and summed by scope."""

    def __init__(self) -> None:
        self._start = ""
        self._within: deque[Clearing] = deque()
        self.count: Counter[Key] = Counter()
        self.spent: dict[Key, Decimal] = defaultdict(Decimal)

    def add(self, one: Clearing, sign: int = 1) -> None:
        """Count one in (or out again)."""
        key = (one.decision, one.places, one.cost.currency)
        self.count[key] += sign
        self.spent[key] += sign * one.cost.amount
        if sign > 0:
            self._within.append(one)

    def begin(self, start: str, kept: Iterable[Clearing]) -> None:
        """Let the window begin at a moment; again from all that is kept where that is earlier."""
        if start < self._start:
            for counted in (self._within, self.count, self.spent):
                counted.clear()
            for one in kept:
                self.add(one)
        self._start = start
        while self._within and self._within[0].at < start:
            self.add(self._within.popleft(), -1)


class Past:
    """Folded from the entries that were seen so far."""

    def __init__(self) -> None:
        self._policy: tuple[int, str] | None = None
        self._delegations: dict[str, Delegation] = {}
        self._locked: set[str] = set()
        self._breakers: dict[str, _Breaker] = {}
        self._demotions: dict[str, tuple[int, Mapping[str, Any]]] = {}
        self._cleared: deque[Clearing] = deque()
        self._hour, self._today = Sums(), Sums()
        self._trials: dict[str, list[Clearing]] = {}
        self._states: dict[int, str] = {}
        self._read: dict[tuple[int, str], Standing] = {}
        self._last_ruling = -1

    def see(self, row: Row, fact: Mapping[str, Any]) -> None:
        """Take in an entry of one of ``KINDS``."""
        kind, key = row["kind"], row["key"]
        if kind == "policy":
            self._policy = (fact["version"], fact["text"])
        elif kind == "breaker":
            self._see_breaker(row, fact)
        elif kind == "demotion":
            self._demotions[key] = (row["number"], fact)
        elif kind == MADE:
            self._delegations[key] = Delegation(
                number=fact["number"], from_person=fact["from_person"],
                to_person=fact["to_person"], scope=wire.read(Scope, fact["scope"]),
                since=instant(fact["since"]), until=instant(fact["until"]),
            )  # fmt: skip
        elif kind == ENDED:
            self._delegations.pop(key, None)
        elif kind == LOCKED:
            self._locked.add(key)
        elif kind == UNLOCKED:
            self._locked.discard(key)

    def _see_breaker(self, row: Row, fact: Mapping[str, Any]) -> None:
        key = row["key"]
        found = self._breakers.setdefault(key, _Breaker(newest=0, open=[]))
        found.newest = row["number"]
        if "closed" not in fact:
            decision, site, zone = scope_of(key)
            said = {name: str(fact[name]) for name in ("cause", "because", "cure")}
            found.open.insert(0, OpenBreaker(decision=decision, site=site, zone=zone, **said))  # type: ignore[arg-type]
            found.trial_count = 0
        else:
            found.open, found.closed_at = [], row["recorded_at"]
            found.trial_count = int(fact.get("trials", 0))
        self._trials.pop(key, None)
        if found.trial_count:
            since = [one for one in self._cleared if one.at >= found.closed_at]
            self._trials[key] = [one for one in since if one.lies_in(scope_of(key))]

    def step(self, proposal: int, state: str) -> None:
        """A proposal has gone on to a state."""
        if proposal in self._states:
            self._states[proposal] = state

    def clear(self, one: Clearing, cost: Money) -> None:
        """The policy has cleared one more; ``cost`` is not rounded to the cent."""
        self._cleared.append(one)
        self._states.setdefault(one.proposal, "waiting")
        for key, found in self._trials.items():
            if one.lies_in(scope_of(key)):
                found.append(one)
        for sums in (self._hour, self._today):
            sums.add(one)
        for at, before in self._read.items():
            self._read[at] = with_cleared(before, one.decision, cost, one.places)
        oldest = written(instant(one.at) - KEPT)
        on_trial = {each.proposal for found in self._trials.values() for each in found}
        while self._cleared[0].at < oldest:
            gone = self._cleared.popleft().proposal
            if gone not in on_trial:
                self._states.pop(gone, None)

    def since(self, moment: datetime) -> datetime:
        """From when on rulings must be seen, for how things stood from a moment on to be known."""
        closed = [instant(one.closed_at) for one in self._breakers.values() if one.trial_count > 0]
        return min([day_of(moment), moment - HOUR, *closed])

    def policy(self) -> Policy:
        """The policy in force; ``PlantFault`` where there is none, or it cannot be read."""
        version, text = self._policy or (0, "")
        policy = policies.parse(text) if text else ()
        if not isinstance(policy, Policy):
            raise PlantFault(
                f"policy version {version} cannot be read", "run 'chargehand audit verify'"
            )
        return policy

    def delegations(self, now: datetime) -> tuple[Delegation, ...]:
        """Who stands in for whom at a moment."""
        found = (
            one
            for one in self._delegations.values()
            if one.holds(now) and one.from_person not in self._locked
        )
        return tuple(sorted(found, key=lambda one: one.number))

    def stood(self, recorded: Standing, entry: int) -> Standing | None:
        """How things stood for the ruling of an entry; None where they cannot have been read then.

        Several rulings of one hearing share what was read before the first of them, each with what
        those before it have cleared.
        """
        at, currency = recorded.as_of, recorded.spent_today.currency
        assert at is not None
        key = (recorded.entries, currency)
        if key not in self._read:
            if not self._last_ruling < recorded.entries <= entry:
                return None
            while len(self._read) > SHARED:
                self._read.pop(next(iter(self._read)))
            self._read[key] = replace(self.standing(at, currency), entries=recorded.entries)
        return self._read[key] if self._read[key].as_of == at else None

    def ruled(self, entry: int) -> None:
        """A ruling has been seen."""
        self._last_ruling = entry

    def standing(self, now: datetime, currency: str) -> Standing:
        """How things stand by what was seen so far, as ``plant.standing`` reads it from tables."""
        self._hour.begin(written(now - HOUR), self._cleared)
        self._today.begin(written(day_of(now)), self._cleared)
        sums = self._sums()
        spent = sum(
            (one.spent_today.amount for one in sums if one.spent_today.currency == currency),
            Decimal(0),
        )
        book = dict(sorted(self._breakers.items(), key=lambda item: item[1].newest))
        opened = [one for state in book.values() for one in state.open]
        rules = self.policy().breakers
        return Standing(
            open_breakers=tuple(one for one in opened if one.cause != STOP),
            spent_today=Money(spent, currency),
            cleared_today=sum(one.count_today for one in sums),
            stopped=any(one.cause == STOP for one in opened),
            demotions=self._demoted(),
            trials=tuple(
                self._trial(key, state) for key, state in book.items() if _on_trial(state)
            ),
            uses=tuple(use_of(rule, sums) for rule in rules if counts_use(rule)),
            as_of=now,
        )

    def _sums(self) -> list[ClearedSum]:
        return [
            ClearedSum(
                decision=key[0], site=key[1][0].site, zone=key[1][0].zone or "", places=key[1],
                count_hour=self._hour.count[key], count_today=self._today.count[key],
                spent_hour=Money(self._hour.spent[key], key[2]),
                spent_today=Money(self._today.spent[key], key[2]),
            )
            for key in dict.fromkeys((*self._hour.spent, *self._today.spent))
        ]  # fmt: skip

    def _demoted(self) -> tuple[Demotion, ...]:
        found = sorted(self._demotions.values(), key=lambda one: one[0])
        return tuple(
            Demotion(
                number=number, decision=fact["decision"], site=fact["site"], zone=fact["zone"],
                phase=Phase(fact["phase"]), cause=fact["cause"], because=fact["because"],
            )
            for number, fact in found
            if "ended" not in fact
        )  # fmt: skip

    def _trial(self, key: str, state: _Breaker) -> Trial:
        decision, site, zone = scope_of(key)
        seen = {one.proposal for one in self._trials[key]}
        states = Counter(self._states.get(number, "") for number in seen)
        return Trial(
            decision=decision, site=site, zone=zone,
            left=max(state.trial_count - len(seen), 0),
            under_way=sum(states[name] for name in UNDER_WAY),
        )  # fmt: skip


SHARED = 4
"""Readings that rulings may still share: one for each currency of a hearing."""


def _on_trial(state: _Breaker) -> bool:
    return state.trial_count > 0 and not any(one.cause != STOP for one in state.open)
