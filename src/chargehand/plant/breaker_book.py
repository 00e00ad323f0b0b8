"""Where each breaker stands, as the journal tells it: open, half open or closed.

The table is what lists read; what the policy may clear is judged by the journal, so that nobody
closes a breaker by editing a row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chargehand.governance.breaker import OpenBreaker
from chargehand.plant.journalled import backwards, newest_of_each
from chargehand.storage.personal import Sql

STOP = "stop"
ALL = ("*", "*", "*")
KIND = "breaker"
Scope = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerState:
    """Where the breaker of a scope stands."""

    scope: Scope
    open: tuple[OpenBreaker, ...]
    """What is open; a stop of all automation among them."""
    trial_count: int
    """How many proposals a half-open breaker lets through; 0 where it is not half open."""
    closed_at: str
    """When a person last closed it, a stop left aside; empty: never."""

    @property
    def is_broken(self) -> bool:
        """Whether a breaker (and not only a stop) is open."""
        return any(one.cause != STOP for one in self.open)

    @property
    def is_half_open(self) -> bool:
        """Whether it is on trial."""
        return self.trial_count > 0 and not self.is_broken


def states(sql: Sql) -> dict[str, BreakerState]:
    """Where every breaker stands that was ever open, by its key; a stop is under ``stop``."""
    return {
        row["key"]: _folded(sql, row["key"], _scope_told(row["key"], fact))
        for row, fact in newest_of_each(sql, KIND)
    }


def key_of(scope: Scope) -> str:
    """The key that the breaker of a scope has in the journal."""
    return "|".join(scope)


def scope_of(key: str) -> Scope:
    """The scope behind a key of the journal, as far as a key alone can tell it."""
    if key == STOP:
        return ALL
    decision, site, zone = key.split("|", 2)
    return decision, site, zone


def _scope_told(key: str, fact: Mapping[str, Any]) -> Scope:
    """The scope that an entry says itself: a name in it may hold what parts its key."""
    if key == STOP:
        return ALL
    if "closed" in fact:
        decision, site, zone = fact["closed"]
        return decision, site, zone
    return str(fact["decision"]), str(fact["site"]), str(fact["zone"])


def _folded(sql: Sql, key: str, scope: Scope) -> BreakerState:
    """Read back from the newest entry to the last time that it was closed."""
    found: list[OpenBreaker] = []
    for row, fact in backwards(sql, KIND, key):
        if "closed" in fact:
            trial_count = 0 if found else int(fact.get("trials", 0))
            return BreakerState(
                scope=scope, open=tuple(found), trial_count=trial_count,
                closed_at=row["recorded_at"],
            )  # fmt: skip
        said = {name: str(fact[name]) for name in ("cause", "because", "cure")}
        decision, site, zone = scope
        found.append(OpenBreaker(decision=decision, site=site, zone=zone, **said))  # type: ignore[arg-type]
    return BreakerState(scope=scope, open=tuple(found), trial_count=0, closed_at="")
