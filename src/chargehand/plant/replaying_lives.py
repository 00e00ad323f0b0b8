"""What the journal has told of a proposal so far: its versions, its rulings, where it stands."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chargehand.decisions.decision import Proposal
from chargehand.governance.submission import all_places_of
from chargehand.plant.replaying_past import Clearing
from chargehand.plant.rulings import changers_in
from chargehand.storage.personal import Sql
from chargehand.vocabulary import wire
from chargehand.vocabulary.money import Money

HELD = 2_000
"""Proposals that are held in memory; the others are read back from the journal when needed."""
KINDS = ("proposal", "ruling", "transition", "order")


@dataclass(slots=True, kw_only=True)
class Life:
    """One proposal, as its entries so far tell of it."""

    name: str
    version: int = 0
    fact: Mapping[str, Any] = field(default_factory=dict)
    """The entry of its newest version."""
    changers: tuple[str, ...] = ()
    """Who has changed it, each once."""
    changed_by: tuple[str, ...] = ()
    """The same as the newest version was submitted with."""
    state: str = ""
    ruled: Mapping[str, Any] | None = None
    """The last ruling on the newest version."""
    ruling: Mapping[str, Any] | None = None
    """The last ruling of all."""
    orders: set[str] = field(default_factory=set)

    def see(self, kind: str, key: str, fact: Mapping[str, Any]) -> None:
        """Take in an entry."""
        if kind == "proposal":
            self.changed_by = (*self.changers, *changers_in(fact))
            self.changers = tuple(dict.fromkeys(self.changed_by))
            self.version, self.fact, self.ruled = fact["version"], fact, None
        elif kind == "ruling":
            self.ruling = fact
            if fact["version"] == self.version:
                self.ruled = fact
        elif kind == "transition":
            self.state = str(fact["state"])
        else:
            self.orders.add(key)

    @property
    def number(self) -> int:
        """Its number."""
        return int(self.name[2:])

    @property
    def decision(self) -> str:
        """Its kind of decision."""
        return str(self.fact["decision"])

    def proposal(self) -> Proposal:
        """Its newest version; ``WireError`` where that cannot be read."""
        found: Proposal = wire.read(Proposal, self.fact["proposal"])
        return found

    def clearing(self, fact: Mapping[str, Any]) -> Clearing:
        """It was cleared by the policy itself, as a ruling says."""
        return Clearing(
            proposal=self.number, at=fact["at"], decision=self.decision,
            places=all_places_of(self.proposal()),
            cost=Money.of(fact["cost"], fact["currency"]),
        )  # fmt: skip


class Lives:
    """Proposals by their names; those that are not held are read back."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, Life] = OrderedDict()

    def of(self, sql: Sql, name: str, entry: int) -> Life:
        """What was told of a proposal before an entry."""
        found = self._held.get(name)
        if found is None:
            found = self._held[name] = _read_back(sql, name, entry)
            if len(self._held) > HELD:
                self._held.popitem(last=False)
        else:
            self._held.move_to_end(name)
        return found


def _read_back(sql: Sql, name: str, entry: int) -> Life:
    life = Life(name=name)
    # Without a bound on their numbers: they are found by their keys, and not one after the other.
    rows = sql(
        "SELECT number, kind, key, body FROM journal WHERE kind <> 'movement'"
        " AND kind IN ('proposal', 'ruling', 'transition') AND key = ? UNION ALL"
        " SELECT number, kind, key, body FROM journal WHERE kind <> 'movement'"
        " AND kind = 'order' AND key >= ? AND key < ?",
        (name, f"{name}.", f"{name}/"),
    ).fetchall()
    for row in sorted(rows, key=lambda one: int(one["number"])):
        if row["number"] < entry:
            life.see(row["kind"], row["key"], json.loads(row["body"]))
    return life
