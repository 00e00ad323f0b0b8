"""How far decisions can be relied on: the figures of each decision at each site, and of all.

There are no figures by person, here or anywhere: what people did is told of at least three of them
together, and of fewer only within the whole (see ``together``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chargehand.governance.submission import ANY
from chargehand.outcomes.attention import Attention, ReadingTime, reading_times
from chargehand.outcomes.calibration import Calibration, calibration
from chargehand.outcomes.overrides import Acts, Answered, acts
from chargehand.outcomes.shares import Share, share_of
from chargehand.outcomes.together import PEOPLE_MIN, shown_cells

Cell = tuple[str, str]
"""A decision at a site."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One proposal whose time has passed."""

    confidence: float
    """What it said (fraction)."""
    right: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Probes:
    """Proposals that were wrong on purpose, and what became of them."""

    planted: int = 0
    caught: int = 0
    missed: int = 0
    unseen: int = 0
    withdrawn: int = 0
    open: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Everything that was seen of one decision at one site in a period."""

    judged: Sequence[Judged] = ()
    answered: Sequence[Answered] = ()
    reading: Sequence[int] = ()
    """The bin of each reading time that is known, in no order; see ``attention.reading_bin``."""
    probes: Probes = Probes()
    people: frozenset[str] = frozenset()
    """Who decided: counted, and never told."""
    fallbacks: int = 0
    """Proposals that were made by the declared fallback and not by the model."""
    proposed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """What people did, all of them taken together."""

    acts: Acts
    reading: tuple[ReadingTime, ...]
    reading_known: int
    """Approvals whose reading time is known."""
    probes: Probes


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustLine:
    """How far one decision can be relied on at one site; ``*`` is all of them."""

    decision: str
    site: str
    proposed: int
    fallbacks: int
    accuracy: Share
    """Proposals that turned out right, of those that were measured in the period."""
    calibration: Calibration
    people: People | None
    """None where it would tell of fewer than three people apart from others."""
    withheld: str
    """Why ``people`` is None; empty where it is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastDrill:
    """When fallbacks were last drilled, and how it went."""

    at: datetime
    works: bool
    drilled: int
    """Decisions times conditions."""
    failed: tuple[str, ...]
    """Those that did not work, such as ``cycle_count: drifting``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustReport:
    """The trust figures of a period."""

    since: datetime
    until: datetime
    lines: tuple[TrustLine, ...]
    total: TrustLine
    attention: tuple[Attention, ...]
    """By site."""
    last_drill: LastDrill | None = None
    """None where fallbacks were never drilled."""


def trust_lines(
    seen: Mapping[Cell, Seen],
    *,
    decision: str | None = None,
    site: str | None = None,
    is_long: bool = True,
) -> tuple[tuple[TrustLine, ...], TrustLine]:
    """Return the figures of each decision at each site that is asked for, and those of them all.

    ``seen`` is of the whole plant: what is left out of the lines must not tell by its absence. The
    whole plant over a period that ``is_long`` is told of however few people; any part of either
    only of enough of them.
    """
    shown = shown_cells({cell: one.people for cell, one in seen.items() if one.people})
    asked = [
        cell for cell in sorted(seen) if decision in (None, cell[0]) and site in (None, cell[1])
    ]
    lines = tuple(
        _line(cell, seen[cell], is_shown=cell in shown or not seen[cell].people) for cell in asked
    )
    whole = together(seen[cell] for cell in asked)
    is_part = len(asked) < len(seen) or not is_long
    few = len(whole.people) < PEOPLE_MIN or (len(asked) == 1 and asked[0] not in shown)
    total = _line((decision or ANY, site or ANY), whole, is_shown=not (is_part and few))
    return lines, total


def together(parts: Iterable[Seen]) -> Seen:
    """Everything that was seen, taken together."""
    known = list(parts)
    probes = [one.probes for one in known]
    return Seen(
        judged=[one for part in known for one in part.judged],
        answered=[one for part in known for one in part.answered],
        reading=[one for part in known for one in part.reading],
        probes=Probes(
            planted=sum(one.planted for one in probes),
            caught=sum(one.caught for one in probes),
            missed=sum(one.missed for one in probes),
            unseen=sum(one.unseen for one in probes),
            withdrawn=sum(one.withdrawn for one in probes),
            open=sum(one.open for one in probes),
        ),
        people=frozenset[str]().union(*(one.people for one in known)),
        fallbacks=sum(one.fallbacks for one in known),
        proposed=sum(one.proposed for one in known),
    )


def _line(cell: Cell, seen: Seen, *, is_shown: bool) -> TrustLine:
    right = sum(one.right for one in seen.judged)
    people = People(
        acts=acts(seen.answered),
        reading=reading_times(seen.reading),
        reading_known=len(seen.reading),
        probes=seen.probes,
    )
    withheld = (
        f"Fewer than {PEOPLE_MIN} people decided here: told within the whole only."
        if not is_shown
        else ""
    )
    return TrustLine(
        decision=cell[0],
        site=cell[1],
        proposed=seen.proposed,
        fallbacks=seen.fallbacks,
        accuracy=share_of(right, len(seen.judged)),
        calibration=calibration((one.confidence, one.right) for one in seen.judged),
        people=people if is_shown else None,
        withheld=withheld,
    )
