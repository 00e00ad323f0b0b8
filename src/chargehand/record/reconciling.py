"""Reconciliation: what another system says is there, against the record of that moment.

Nothing is booked from another system's list and nothing is clamped: each difference is written
down with what it comes from, as far as that is known. What is left is drift: an event, which asks
for a count or a correction, and which a later list that is equal closes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Protocol

from chargehand.record.attribution import POSTING_LAG, Clues, Difference, Line, Moved, compare
from chargehand.record.books import Books
from chargehand.record.difference_words import because
from chargehand.record.moments import is_ahead
from chargehand.record.told import Check, Effect, Told, cause_of
from chargehand.signals.stock_kinds import SnapshotReported
from chargehand.vocabulary import wire
from chargehand.vocabulary.identifier import LocationId, MaterialId, SiteId, check_site
from chargehand.vocabulary.instant import instant, written
from chargehand.vocabulary.material import MaterialDefinition
from chargehand.vocabulary.refusal import Refusal, RefusalCode

LOOKED_BACK = timedelta(days=8)
"""Movements so long before a list may be what a difference comes from."""
OPEN, TOLERATED, EXPLAINED, CLOSED = "open", "tolerated", "explained", "closed"
SUPERSEDED, OUTDATED, THEIRS = "superseded", "outdated", "theirs"
STATES: Mapping[str, str] = {
    OPEN: "drift: somebody has to look",
    TOLERATED: "drift too small to count for",
    EXPLAINED: "known what it comes from; it goes away by itself or names its lot",
    CLOSED: "a later list is equal, or a count has settled it",
    SUPERSEDED: "a later list still differs there",
    OUTDATED: "found by a list that came after a newer one",
    THEIRS: "a count has confirmed the record: the other system has to correct its own",
}
STANDING = frozenset({OPEN, TOLERATED, THEIRS})
"""States that the next list confirms or closes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A difference that the lists so far have left."""

    snapshot: int
    n: int
    line: Line
    unexplained: int
    """Theirs less ours (millionths)."""
    state: str
    since: str
    """The moment of the first list that showed it."""


class ReconciliationBooks(Books, Protocol):
    """The books, with other systems' lists."""

    def stood(
        self, site: SiteId, places: frozenset[LocationId], moment: datetime
    ) -> dict[Line, int]:
        """What stood in a site (in some places, or all) at a moment, but for empty lines."""
        ...

    def moved(
        self, site: SiteId, lines: frozenset[Line], since: datetime
    ) -> Mapping[Line, Sequence[Moved]]:
        """What happened to some lines of a site since a moment, in the order of its happening."""
        ...

    def tasks_under_way(self, site: SiteId) -> Mapping[Line, Sequence[tuple[str, int]]]:
        """What tasks that are sent and not confirmed will do to each line."""
        ...

    def last_list(self, system: str, site: SiteId) -> str | None:
        """The moment of a system's newest list of a site; None where it sent none yet."""
        ...

    def same_list(self, entry: int, system: str, site: SiteId, taken_at: datetime) -> bool:
        """Whether a system told the same list of that moment before, under another key."""
        ...

    def standing_differences(self, system: str, site: SiteId) -> list[Standing]:
        """What its lists so far have left, in order of their lines."""
        ...

    def put_list(
        self, body: SnapshotReported, entry: int, number: int, *, lines: int, differing: int
    ) -> None:
        """Keep what came of a list."""
        ...

    def put_difference(
        self, snapshot: int, n: int, site: SiteId, one: Difference, state: str, entry: int
    ) -> None:
        """Keep one difference."""
        ...

    def move_difference(self, snapshot: int, n: int, state: str, because: str, entry: int) -> None:
        """Let a difference be in another state."""
        ...

    def announce(self, entry: int, topic: str) -> None:
        """Let those who follow the outbox know of an entry."""
        ...


def _check(body: SnapshotReported, books: ReconciliationBooks) -> Refusal | None:
    try:
        check_site(body.site)
        for line in body.lines:
            line.quantity.scaled()
    except ValueError as error:
        return Refusal(code=RefusalCode.SNAPSHOT_INVALID, because=str(error))
    if is_ahead(body.taken_at, books.now()):
        because = f"the list is of {body.taken_at:%Y-%m-%d %H:%M}, which has not come yet"
        return Refusal(code=RefusalCode.SNAPSHOT_INVALID, because=because, transient=True)
    asked = frozenset(body.locations)
    if asked and (stray := next((a for a in body.lines if a.location not in asked), None)):
        because = f"the list is of some places, and {stray.location} is none of them"
        return Refusal(code=RefusalCode.SNAPSHOT_INVALID, because=because)
    named = sorted({*asked, *(line.location for line in body.lines)})
    if not any(books.place(body.site, one) is not None for one in named):
        because = f"{body.site} has none of the places that the list names: {', '.join(named[:5])}"
        return Refusal(code=RefusalCode.UNKNOWN_LOCATION, because=because, transient=True)
    for line in body.lines:
        unit = books.unit_of(line.material)
        if unit not in {None, line.quantity.unit}:
            because = f"{line.material} is stocked in {unit}, and {line.quantity} is not"
            return Refusal(code=RefusalCode.UNIT_MISMATCH, because=because)
    return None


def _reported(told: Told, body: SnapshotReported, books: ReconciliationBooks) -> None:
    """Compare a list with the record of its moment, and write down where they differ."""
    if books.same_list(told.entry, body.system, body.site, body.taken_at):
        return
    newest = books.last_list(body.system, body.site)
    is_late = newest is not None and written(body.taken_at) < newest
    lines, found = compared(body, newest, books)
    summary = {
        "list": told.entry, "system": body.system, "site": body.site,
        "taken_at": written(body.taken_at), "lines": lines, "differing": len(found),
        "unexplained": sum(1 for one in found if one.unexplained), "late": is_late,
    }  # fmt: skip
    cause = cause_of(told.signal)
    number = books.entry(
        "reconciliation", cause, wire.canonical(summary), actor=told.actor, cause=cause
    )
    books.put_list(body, told.entry, number, lines=lines, differing=len(found))
    _Keeper(told, body, books, is_late=is_late).keep(found)


def compared(
    body: SnapshotReported, newest: str | None, books: ReconciliationBooks
) -> tuple[int, list[Difference]]:
    """How many lines there are on either side, and those that differ."""
    theirs: Counter[Line] = Counter()
    for one in body.lines:
        theirs[Line(one.location, one.material, one.lot, one.disposition)] += one.quantity.scaled()
    before = body.taken_at if newest is None else min(body.taken_at, instant(newest))
    since = max(before - POSTING_LAG, body.taken_at - LOOKED_BACK)
    ours = books.stood(body.site, frozenset(body.locations), body.taken_at)
    either = {line for line, amount in theirs.items() if amount} | ours.keys()
    differing = frozenset(line for line in either if theirs[line] != ours.get(line, 0))
    materials = {line.material for line in differing}
    clues = Clues(
        system=body.system,
        taken_at=body.taken_at,
        seen=frozenset(body.seen_keys),
        moved=books.moved(body.site, differing, since) if differing else {},
        under_way=books.tasks_under_way(body.site) if differing else {},
        rates={name: rates for name in materials if (rates := tuple(_rates(name, books)))},
    )
    return len(either), compare(ours, theirs, clues)


def _rates(material: MaterialId, books: Books) -> Iterator[Fraction]:
    text = books.master("material", material)
    if text is not None:
        yield from (one.rate for one in wire.read(MaterialDefinition, text).conversions)


class _Keeper:
    """Writes down the differences of one list, and what they make of those of earlier lists."""

    def __init__(
        self, told: Told, body: SnapshotReported, books: ReconciliationBooks, *, is_late: bool
    ) -> None:
        self._told, self._body, self._books, self._is_late = told, body, books, is_late
        places = frozenset(body.locations)
        before = [] if is_late else books.standing_differences(body.system, body.site)
        self._before = {
            one.line: one for one in before if not places or one.line.location in places
        }

    def keep(self, found: Iterable[Difference]) -> None:
        """Write all of them, then close what is not there any more."""
        for n, one in enumerate(found):
            self._keep(n, one)
        for gone in self._before.values():
            because = f"the list of {self._body.taken_at:%Y-%m-%d %H:%M} is equal"
            entry = change_state(
                gone, CLOSED, because, self._books,
                actor=self._told.actor, cause=cause_of(self._told.signal),
            )  # fmt: skip
            self._books.announce(entry, "difference")

    def _keep(self, n: int, one: Difference) -> None:
        before = self._before.pop(one.line, None)
        state = self._state(one, before)
        why = f"the list of {self._body.taken_at:%Y-%m-%d %H:%M} "
        why += "explains it" if state == EXPLAINED else "still differs"
        fact = {
            "event": "found", "list": self._told.entry, "n": n, "site": self._body.site,
            "system": self._body.system, "state": state, "ours": one.ours, "theirs": one.theirs,
            "explained": one.explained, "because": because(one),
            "since": before.since if before else written(self._body.taken_at),
            "supersedes": before and {"list": before.snapshot, "n": before.n, "because": why},
            **wire.plain(one.line), "attributions": wire.plain(one.attributions),
            "candidates": wire.plain(one.candidates),
        }  # fmt: skip
        entry = self._books.entry(
            "difference", key_of(self._told.entry, n), wire.canonical(fact),
            actor=self._told.actor, cause=cause_of(self._told.signal),
        )  # fmt: skip
        self._books.put_difference(self._told.entry, n, self._body.site, one, state, entry)
        if before is not None:
            self._books.move_difference(before.snapshot, before.n, SUPERSEDED, why, entry)
        is_known = before is not None and before.unexplained == one.unexplained
        if state == OPEN and not is_known:
            self._books.announce(entry, "difference")

    def _state(self, one: Difference, before: Standing | None) -> str:
        if self._is_late:
            return OUTDATED
        if not one.unexplained:
            return EXPLAINED
        if before is not None and before.unexplained == one.unexplained:
            return before.state  # tolerated, or confirmed by a count: nothing new is known
        return OPEN


def key_of(snapshot: int, n: int) -> str:
    """How a difference is named: the entry of its list, and its place among its differences."""
    return f"D-{snapshot}.{n}"


def change_state(
    standing: Standing,
    state: str,
    because: str,
    books: ReconciliationBooks,
    *,
    actor: str,
    cause: str | None,
) -> int:
    """Let a difference be in another state, in the journal and in its row; the entry's number."""
    fact = {"event": state, "list": standing.snapshot, "n": standing.n, "because": because,
            "state": state, "material": standing.line.material}  # fmt: skip
    entry = books.entry(
        "difference", key_of(standing.snapshot, standing.n), wire.canonical(fact),
        actor=actor, cause=cause,
    )  # fmt: skip
    books.move_difference(standing.snapshot, standing.n, state, because, entry)
    return entry


CHECKS: dict[type, Check] = {SnapshotReported: _check}
EFFECTS: dict[type, Effect] = {SnapshotReported: _reported}
