"""What the acts and checks of a plant come to, for the interfaces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """Result of checking the whole chain."""

    holds: bool
    entries: int
    root: str
    """Root hash (hexadecimal) of the tree over all entries."""
    faults: tuple[str, ...]
    """What is wrong and where, first fault first; empty where the chain holds."""
    checkpoints: int = 0
    """Signed checkpoints that the record leads to, those of files and from elsewhere included."""
    erased: int = 0
    """Texts of people that were erased: the journal proves that they were there, not what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayReport:
    """Result of deriving a past proposal again from its recorded question."""

    proposal: str
    identical: bool
    difference: str
    """First difference found, or the reason why it cannot be replayed; empty where identical."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A person's act on a proposal took effect."""

    proposal: str
    version: int
    state: str
    text: str
    orders: tuple[str, ...] = ()
    undo_until: datetime | None = None
    """Until when the act can be taken back; None where it takes effect at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerRow:
    """One breaker that has opened."""

    decision: str
    site: str
    zone: str
    cause: str
    """What was read beyond its limit, such as rejections or spend; ``stop`` where a person did."""
    because: str
    cure: str
    opened_at: datetime
    state: str = "open"
    """``open``, or ``half_open``: closed by a person, and some are let through on trial."""
    trials_left: int = 0
    """How many a half-open breaker still lets through, one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The head of the console: where it stands, and how fresh it is."""

    enterprise: str
    sites: tuple[str, ...]
    as_of: datetime
    phases: dict[str, str]
    """Phase by decision."""
    waiting: int
    cleared_by_policy: int
    open_tasks: int
    last_signal_at: datetime | None
    breakers: tuple[BreakerRow, ...]
    simulation: bool
    """True for the demo plant: shown with a striped frame."""
