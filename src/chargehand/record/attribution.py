"""Two stock lists of one moment, ours and another system's, and what their differences come from.

A difference is *explained* where something is known that makes it vanish by itself or names its
whole amount: a movement that only one side has booked yet, a task under way, another lot of the
same total. What is left is *unexplained*: drift. Candidates say where to look for its cause, and
explain nothing. Another status of the same total is a candidate: whether stock that they have as
damaged may be used is for a person to say. Amounts are millionths; a difference is theirs less
ours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from chargehand.vocabulary.identifier import LocationId, LotId, MaterialId

POSTING_LAG = timedelta(hours=24)
"""How far behind a system may be that does not tell which of our movements it has booked."""
CANDIDATES_MAX = 3


class Cause(StrEnum):
    """What a difference comes from, or may come from."""

    NOT_BOOKED = "not_booked"
    """We have movements that they have not booked yet."""
    AHEAD = "ahead"
    """They have booked movements that happened after the list by our clock."""
    UNDER_WAY = "under_way"
    """They have carried out a task that is not confirmed to us yet."""
    OTHER_LOT = "other_lot"
    # candidates
    OTHER_DISPOSITION = "other_disposition"
    MISSED = "missed"
    DOUBLED = "doubled"
    REVERSED = "reversed"
    OTHER_UNIT = "other_unit"
    OTHER_PLACE = "other_place"


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """What one amount of a stock list is of, at one site."""

    location: LocationId
    material: MaterialId
    lot: LotId = LotId("")
    disposition: str = "available"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What a movement of the record did to one line (millionths)."""

    number: int
    key: str
    cause: str | None
    at: datetime
    scaled: int
    business_step: str = ""

    def names(self) -> tuple[str, ...]:
        """What another system may call it: its key, its cause, or either without our prefix."""
        full = [name for name in (self.key, self.cause) if name]
        return (*full, *(rest for name in full if (rest := name.partition("/")[2])))

    def is_of(self, system: str) -> bool:
        """Whether a system told it itself, so that it has booked it."""
        return any(name.startswith(f"{system}/") for name in (self.key, self.cause or ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """One thing that a difference comes from, and how much of it (millionths)."""

    cause: Cause
    scaled: int
    keys: tuple[str, ...]
    """Movements, tasks, lots or places."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One line on which two lists differ (millionths)."""

    line: Line
    ours: int
    theirs: int
    attributions: tuple[Attribution, ...] = ()
    candidates: tuple[Attribution, ...] = ()

    @property
    def explained(self) -> int:
        """How much of theirs less ours is explained."""
        return sum(one.scaled for one in self.attributions)

    @property
    def unexplained(self) -> int:
        """How much is not: drift."""
        return self.theirs - self.ours - self.explained


@dataclass(frozen=True, slots=True, kw_only=True)
class Clues:
    """What is known besides the two lists."""

    system: str
    taken_at: datetime
    seen: frozenset[str] = frozenset()
    """Keys of our movements and orders that the system says it has booked; empty: it tells none."""
    moved: Mapping[Line, Sequence[Moved]] = field(default_factory=dict)
    """Movements around the moment of the list, in the order of their happening."""
    under_way: Mapping[Line, Sequence[tuple[str, int]]] = field(default_factory=dict)
    """Tasks sent and not confirmed: key, and what they will do to the line."""
    rates: Mapping[MaterialId, Sequence[Fraction]] = field(default_factory=dict)
    """How many stock units a pack of the material is."""


def compare(ours: Mapping[Line, int], theirs: Mapping[Line, int], clues: Clues) -> list[Difference]:
    """Every line on which the lists differ, attributed as far as the clues go, in order."""
    gaps = {
        line: gap
        for line in sorted(ours.keys() | theirs.keys())
        if (gap := theirs.get(line, 0) - ours.get(line, 0))
    }
    found: dict[Line, list[Attribution]] = {}
    rest: dict[Line, int] = {}
    for line, gap in gaps.items():
        found[line] = list(_timely(line, gap, clues))
        rest[line] = gap - sum(one.scaled for one in found[line])
    _pair(
        Cause.OTHER_LOT, lambda a: (a.location, a.material, a.disposition), lambda a: a.lot,
        rest, found,
    )  # fmt: skip
    status: dict[Line, list[Attribution]] = defaultdict(list)
    _pair(
        Cause.OTHER_DISPOSITION, lambda a: (a.location, a.material, a.lot),
        lambda a: a.disposition, dict(rest), status,
    )  # fmt: skip
    elsewhere: dict[Hashable, list[LocationId]] = defaultdict(list)
    for line, amount in rest.items():
        elsewhere[line.material, line.lot, line.disposition, amount].append(line.location)
    differences = []
    for line in gaps:
        left = rest[line]
        places = elsewhere[line.material, line.lot, line.disposition, -left] if left else []
        own, other = ours.get(line, 0), theirs.get(line, 0)
        differences.append(
            Difference(
                line=line,
                ours=own,
                theirs=other,
                attributions=tuple(found[line]),
                candidates=(
                    *status[line],
                    *_candidates(line, own, other, left, clues, places),
                )[:CANDIDATES_MAX],
            )
        )
    return differences


def _timely(line: Line, gap: int, clues: Clues) -> Iterable[Attribution]:
    """What one side has booked and the other not yet."""
    told = _told if clues.seen else _reckoned
    for cause, scaled, keys in told(line, gap, clues):
        gap -= scaled
        yield Attribution(cause=cause, scaled=scaled, keys=keys)
    for key, scaled in clues.under_way.get(line, ()):
        if clues.seen and key not in clues.seen:
            continue
        if gap * scaled > 0 and abs(scaled) <= abs(gap):
            gap -= scaled
            yield Attribution(cause=Cause.UNDER_WAY, scaled=scaled, keys=(key,))


Booked = tuple[Cause, int, tuple[str, ...]]


def _told(line: Line, _gap: int, clues: Clues) -> Iterable[Booked]:
    """By the keys that the system says it has booked."""
    moved = clues.moved.get(line, ())
    is_seen = {one.number: not clues.seen.isdisjoint(one.names()) for one in moved}
    last = max((number for number, seen in is_seen.items() if seen), default=-1)
    for one in moved:
        if one.at > clues.taken_at:
            if is_seen[one.number]:
                yield Cause.AHEAD, one.scaled, (one.key,)
        elif (
            not is_seen[one.number]
            and one.number > last
            and one.at > clues.taken_at - POSTING_LAG
            and not one.is_of(clues.system)
        ):
            yield Cause.NOT_BOOKED, -one.scaled, (one.key,)


def _reckoned(line: Line, gap: int, clues: Clues) -> Iterable[Booked]:
    """By amounts: the newest movements before the list, or the first after it, that make it up."""
    moved = clues.moved.get(line, ())
    before = [
        one
        for one in reversed(moved)
        if clues.taken_at - POSTING_LAG < one.at <= clues.taken_at and not one.is_of(clues.system)
    ]
    after = [one for one in moved if clues.taken_at < one.at <= clues.taken_at + POSTING_LAG]
    for cause, sign, run in ((Cause.NOT_BOOKED, -1, before), (Cause.AHEAD, 1, after)):
        total = 0
        for count, one in enumerate(run, start=1):
            total += sign * one.scaled
            if total == gap:
                return [(cause, gap, tuple(one.key for one in run[:count]))]
    return []


def _pair(
    cause: Cause,
    group: Callable[[Line], Hashable],
    name: Callable[[Line], str],
    rest: dict[Line, int],
    found: dict[Line, list[Attribution]],
) -> None:
    """Set what is too much on one line against what is missing on another of the same group."""
    groups: dict[Hashable, list[Line]] = defaultdict(list)
    for line, amount in rest.items():
        if amount:
            groups[group(line)].append(line)
    for lines in groups.values():
        short = [line for line in lines if rest[line] < 0]
        for over in (line for line in lines if rest[line] > 0):
            for under in short:
                amount = min(rest[over], -rest[under])
                if amount <= 0:
                    continue
                for line, other, scaled in ((over, under, amount), (under, over, -amount)):
                    rest[line] -= scaled
                    found[line].append(Attribution(cause=cause, scaled=scaled, keys=(name(other),)))


def _candidates(
    line: Line,
    ours: int,
    theirs: int,
    left: int,
    clues: Clues,
    places: Sequence[LocationId],
) -> list[Attribution]:
    """Where to look for what is left: movements, units or places that make up exactly that."""
    if not left:
        return []
    found = []
    for one in reversed(clues.moved.get(line, ())):
        fits = {-one.scaled: Cause.MISSED, one.scaled: Cause.DOUBLED,
                -2 * one.scaled: Cause.REVERSED}  # fmt: skip
        if left in fits:
            found.append(Attribution(cause=fits[left], scaled=left, keys=(one.key,)))
    found += [
        Attribution(cause=Cause.OTHER_UNIT, scaled=left, keys=(str(rate),))
        for rate in clues.rates.get(line.material, ())
        if ours and theirs and Fraction(ours, theirs) in {rate, 1 / rate}
    ]
    found += [Attribution(cause=Cause.OTHER_PLACE, scaled=left, keys=(at,)) for at in places]
    return found
