"""What the interfaces show of reconciliation: systems, their lists, and where they differ."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from chargehand.vocabulary.money import Money

__all__ = ["AttributionLine", "DifferenceDetail", "DifferenceRow", "DifferenceStep", "ListRow",
           "SystemRow"]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemRow:
    """How another system's stock of a site agrees with the record, by its newest list."""

    system: str
    site: str
    taken_at: datetime
    age_hours: float
    """Since the moment of that list."""
    lines: int
    differing: int
    explained: int
    """Lines that differ for a known cause."""
    unexplained: int
    """Lines that differ and nobody knows why."""
    open: int
    """Differences of all its lists that somebody has to look at."""
    tolerated: int
    to_correct: int
    """Differences that a count has settled: the system has to correct its own record."""
    unexplained_value: tuple[Money, ...]
    """Worth of what is open, tolerated or to correct, without sign, by currency."""
    unvalued: int
    """Those of materials without a cost."""
    lists: int
    """Lists that it sent so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRow:
    """One list that was compared."""

    id: int
    """Journal entry of the signal."""
    system: str
    site: str
    taken_at: datetime
    lines: int
    differing: int
    explained: int
    unexplained: int
    accuracy: float
    """Share of lines that are equal, or differ for a known cause (fraction; 1 where none are)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceRow:
    """One line on which a list differs from the record of its moment."""

    id: str
    """Such as ``D-120.3``."""
    system: str
    site: str
    location: str
    material: str
    description: str
    lot: str
    disposition: str
    ours: Decimal
    theirs: Decimal
    explained: Decimal
    """Of theirs less ours."""
    unexplained: Decimal
    unit: str
    value: Money | None
    """Worth of what is unexplained, without sign; None where the material has no cost."""
    state: str
    because: str
    taken_at: datetime
    entry: int
    """Journal entry of its present state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributionLine:
    """What part of a difference comes from, or may come from."""

    cause: str
    amount: Decimal
    keys: tuple[str, ...]
    is_candidate: bool
    """It only says where to look, and explains nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceStep:
    """One step in the life of a difference."""

    at: datetime
    state: str
    because: str
    who: str
    entry: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceDetail:
    """One difference, whole."""

    row: DifferenceRow
    since: datetime
    """The moment of the first list that showed it."""
    attributions: tuple[AttributionLine, ...]
    history: tuple[DifferenceStep, ...]
