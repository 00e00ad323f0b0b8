"""What a readiness assessment returns: the same values for console, API and CLI."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chargehand.plant.use_cases import UseCase
from chargehand.record.baseline import Figure
from chargehand.record.readiness import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLine:
    """What came from one source."""

    source: str
    topic: str
    accepted: int
    faulty: int
    last_at: datetime
    """When something last came."""
    covers: str
    """First and last day that it tells of; empty where it says no times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessedFinding:
    """A finding, with the decisions that suffer from it."""

    finding: Finding
    blocks: tuple[str, ...]
    degrades: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionLine:
    """Whether a kind of decision can answer at a site."""

    decision: str
    title: str
    site: str
    state: str
    """ready, degraded or blocked."""
    because: tuple[str, ...]
    fallback: str
    """What it does then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadinessReport:
    """What the records of a plant allow to be decided so far."""

    as_of: datetime
    sites: tuple[str, ...]
    sources: tuple[SourceLine, ...]
    findings: tuple[AssessedFinding, ...]
    baseline: tuple[Figure, ...]
    decisions: tuple[DecisionLine, ...]
    use_cases: tuple[UseCase, ...]
    not_counted: tuple[str, ...]
    """What no figure of the report holds."""
