"""The weekly exception review, and probes that show whether people still look."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRule:
    """How often the exceptions of a site are reviewed, and by whom."""

    sites: frozenset[str]
    roles: frozenset[str]
    every_days: int = 7
    due_days: int = 3
    """Days after the end of a period until automation lapses to assist at the site."""
    sample: int = 10
    """Cleared proposals drawn at random, beside all exceptions."""
    clause: str = "reviews"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeRule:
    """How many known-wrong proposals are put before people. Nothing said: none."""

    per_week: int
    decisions: frozenset[str]
    sites: frozenset[str]
    clause: str = "probes"
