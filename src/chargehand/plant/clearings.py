"""What the policy itself cleared, as the journal tells it: no edited row makes room for more.

Entries are held against their hashes once. A hash is of all that its entry says, its number and its
moment included: where the newest ruling of an earlier reading still stands, so do those before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from chargehand.decisions.decision import Proposal
from chargehand.governance.submission import ANY, Place, all_places_of
from chargehand.plant.journalled import backwards, whole
from chargehand.storage.personal import Sql
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import instant, written
from chargehand.vocabulary.money import Money

AT_ONCE = 250
"""Entries that are asked for by one statement."""
SLACK = timedelta(hours=1)
"""How far back a clock may have been set between two entries."""
RUNS_KEPT = 8
"""Readings that later ones go on from: those of a few plants, and of what was rolled back."""
BY_POLICY = ["policy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearing:
    """A proposal that the policy itself cleared."""

    proposal: int
    recorded_at: str
    at: str
    decision: str
    places: tuple[Place, ...]
    """Everywhere that it takes effect."""
    cost: Money
    group: tuple[str, tuple[Place, ...], str]
    """Decision, places and currency: one object for all that are alike."""

    def lies_in(self, scope: tuple[str, str, str]) -> bool:
        """Whether any of its places is in a scope of decision, site and zone."""
        decision, site, zone = scope
        return decision in (ANY, self.decision) and any(
            site in (ANY, one.site) and (one.zone is None or zone in (ANY, one.zone))
            for one in self.places
        )


@dataclass(frozen=True, slots=True)
class _Run:
    """What was cleared from a moment on, up to a ruling."""

    number: int
    oldest: str
    found: list[Clearing]


_runs: dict[bytes, _Run] = {}
"""By the hash of their newest ruling."""
_groups: dict[tuple[str, tuple[Place, ...], str], tuple[str, tuple[Place, ...], str]] = {}


def cleared_since(sql: Sql, moment: str) -> Iterator[Clearing]:
    """What the policy cleared at or after a moment, the newest first.

    Raises ``PlantFault`` where an entry that tells of it was edited.
    """
    oldest = written(instant(moment) - SLACK) if moment else ""
    for one in reversed(_read(sql, oldest)):
        if one.recorded_at < oldest:
            return
        if one.at >= moment:
            yield one


def _read(sql: Sql, oldest: str) -> list[Clearing]:
    """What was cleared from a moment on, and perhaps before, in its order."""
    newest: tuple[bytes, int] | None = None
    fresh: list[Clearing] = []
    before: list[Clearing] = []
    for number, leaf in _rulings(sql):
        run = _runs.get(leaf)
        if run is not None and run.number == number and run.oldest <= oldest:
            oldest, before = run.oldest, run.found
            if newest is None:
                return before
            break
        newest = newest or (leaf, number)
        entry: Any = sql("SELECT * FROM journal WHERE number = ?", (number,)).fetchone()
        fact = whole(entry)
        if entry["recorded_at"] < oldest:
            break
        if (found := _clearing(sql, entry, fact)) is not None:
            fresh.append(found)
    if newest is None:
        return []
    while len(_runs) >= RUNS_KEPT:
        _runs.pop(next(iter(_runs)), None)
    leaf, number = newest
    _runs[leaf] = run = _Run(number, oldest, [*before, *reversed(fresh)])
    return run.found


def _rulings(sql: Sql) -> Iterator[tuple[int, bytes]]:
    """Every ruling's entry and its hash, the newest first."""
    before = 2**62
    while True:
        rows = sql(
            "SELECT number, leaf FROM journal WHERE kind = 'ruling' AND number < ?"
            f" ORDER BY number DESC LIMIT {AT_ONCE}",
            (before,),
        ).fetchall()
        for row in rows:
            yield row["number"], bytes(row["leaf"])
        if len(rows) < AT_ONCE:
            return
        before = rows[-1]["number"]


def _clearing(sql: Sql, entry: Any, fact: Mapping[str, Any]) -> Clearing | None:
    if fact["verdict"] != "cleared" or fact["cleared_by"] != BY_POLICY:
        return None
    decision, places = _proposed(sql, fact)
    group = (decision, places, fact["currency"])
    return Clearing(
        proposal=fact["proposal"],
        recorded_at=entry["recorded_at"],
        at=fact.get("at", entry["recorded_at"]),
        decision=decision,
        places=places,
        cost=Money.of(fact["cost"], fact["currency"]),
        group=_groups.setdefault(group, group),
    )


def _proposed(sql: Sql, fact: Mapping[str, Any]) -> tuple[str, tuple[Place, ...]]:
    """Whose proposal it was, and where it takes effect."""
    decision = ""
    for _, said in backwards(sql, "proposal", f"P-{fact['proposal']}"):
        decision = said["decision"]
        if said["version"] != fact["version"]:
            continue
        try:
            return decision, all_places_of(wire.read(Proposal, said["proposal"]))
        except wire.WireError:  # written by a release with other words
            break
    shown = fact.get("shown", {})
    return decision, (Place(shown.get("site", ""), shown.get("zone")),)
