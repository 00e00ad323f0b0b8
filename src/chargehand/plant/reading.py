"""What the interfaces show of a plant: the same values for console, API and CLI."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

from chargehand.decisions.decision import Proposal
from chargehand.plant.reports import AuditReport, BreakerRow, Done, Overview, ReplayReport
from chargehand.vocabulary.money import Money

__all__ = [
    "AuditReport",
    "BreakerRow",
    "Check",
    "DecideReport",
    "Done",
    "EvidenceLine",
    "FaultRow",
    "HistoryLine",
    "JournalRow",
    "OrderLine",
    "OutcomeLine",
    "OutcomeRow",
    "Overview",
    "Page",
    "ProposalDetail",
    "ProposalRow",
    "RefusalRow",
    "ReplayReport",
    "SourceRow",
    "StockRow",
    "TaskRow",
]

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Row]):
    """One window of a long list."""

    rows: tuple[Row, ...]
    next: str | None = None
    """Pass as ``after`` for the next window; None at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalRow:
    """One line of the inbox."""

    id: str
    """Such as ``P-12``."""
    version: int
    decision: str
    title: str
    """What kind of proposal it is, in words, such as ``Replenish spare``."""
    label: str
    """What it is about, such as the part's number and name."""
    headline: str
    state: str
    """A word of ``ProposalState``: waiting, observed, sent, confirmed, rejected ..."""
    priority: str
    site: str
    zone: str
    cost: Money
    cost_of_inaction: Money
    confidence: float
    basis: str
    decide_before: datetime
    created_at: datetime
    roster: str = ""
    """Duty roster whose queue it waits in; empty: everybody's who may approve it."""
    escalated: int = 0
    """How often it was handed on because nobody decided."""
    handed_to: tuple[str, ...] = ()
    """Roles that it was handed on to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One policy clause, passed or the one that stopped it."""

    clause: str
    passed: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLine:
    """One step in the life of a proposal."""

    at: datetime
    what: str
    who: str
    because: str
    entry: int | None
    """Journal entry that holds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceLine:
    """One journal entry that the question was read from."""

    reference: str
    kind: str
    at: datetime | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One order of a proposal, and how far it is."""

    key: str
    target: str
    state: str
    what: str
    reference: str
    attempts: int
    last_error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeLine:
    """What came of a proposal."""

    followed: str
    """followed, changed, overruled, observed or expired."""
    right: bool
    worth: Money
    because: str
    expected: str
    actual: str
    measured_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRow:
    """One line of the list of outcomes."""

    proposal: ProposalRow
    outcome: OutcomeLine


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalDetail:
    """One proposal, whole."""

    row: ProposalRow
    proposal: Proposal
    question: dict[str, Any]
    """The recorded question, in JSON's own types."""
    verdict: str
    """cleared, awaiting or refused."""
    ruling_text: str
    policy_version: int
    checks: tuple[Check, ...]
    evidence: tuple[EvidenceLine, ...]
    history: tuple[HistoryLine, ...]
    orders: tuple[OrderLine, ...]
    outcome: OutcomeLine | None
    changeable: tuple[str, ...]
    """Fields that ``change`` accepts."""
    approved_by: str = ""
    """Who has approved this version so far, such as ``k.lee for m.weber``."""
    roster: str = ""
    """Duty roster whose queue it waits in; empty: everybody's who may approve it."""
    escalated: int = 0
    """How often it was handed on because nobody decided."""
    undo_until: datetime | None = None
    """Until when its approval can be taken back and nothing has begun; None: there is no window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalRow:
    """A question that was answered with no."""

    decision: str
    site: str
    subject: str
    label: str
    code: str
    because: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """One task of the floor."""

    key: str
    kind: str
    """REPLENISHMENT, STAGING, TRANSFER or COUNT."""
    state: str
    """open, done, declined or cancelled."""
    priority: str
    site: str
    zone: str
    material: str
    from_location: str | None
    to_location: str | None
    quantity: Decimal | None
    """None for a count: it is blind."""
    unit: str
    target: str
    """Who carries it out: ``floor``, or the outside system that owns such work."""
    proposal: str
    message: dict[str, Any] | None
    """The wire form of a move task."""
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StockRow:
    """What stands at one place."""

    site: str
    zone: str
    location: str
    material: str
    description: str
    lot: str
    disposition: str
    on_hand: Decimal
    reserved: Decimal
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalRow:
    """One entry of the journal."""

    number: int
    kind: str
    key: str
    recorded_at: datetime
    occurred_at: datetime | None
    cause: str | None
    actor: str
    body: dict[str, Any]
    leaf: str
    """Leaf hash (hexadecimal)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRow:
    """Something that arrived and could not be used, kept as it came."""

    source: str
    key: str
    status: str
    """unreadable or refused."""
    file: str
    row: int | None
    column: str
    because: str
    cure: str
    raw: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """What has come from one source so far, by kind of signal."""

    source: str
    kind: str
    accepted: int
    faulty: int
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideReport:
    """What one hearing came to."""

    as_of: datetime
    asked: int
    proposed: int
    unchanged: int
    """Proposals that say the same as one that is already open."""
    superseded: int
    refused: dict[str, int]
    """Refusals by code."""
    proposals: tuple[ProposalRow, ...]
    """New and changed proposals."""
    cleared: int
    """Proposals that policy cleared without a person."""
    seconds: float
