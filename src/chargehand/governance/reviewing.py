"""The weekly exception review, and probes that show whether people still look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, get_args

from chargehand.governance.submission import ANY

ReviewVerdict = Literal["fine", "wrong", "unclear"]
VERDICTS: Final = get_args(ReviewVerdict)
REMINDED_BEFORE: Final = timedelta(days=1)
"""How long before a review is overdue its people are reminded."""
FIRST_MONDAY: Final = datetime(1970, 1, 5, tzinfo=UTC)
"""Periods are counted from here, so that those of seven days begin on Mondays (UTC)."""


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

    def covers(self, site: str) -> bool:
        """Whether it is the rule of a site."""
        return ANY in self.sites or site in self.sites


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeRule:
    """How many known-wrong proposals are put before people. Nothing said: none."""

    per_week: int
    decisions: frozenset[str]
    sites: frozenset[str]
    clause: str = "probes"


def rule_of(rules: Sequence[ReviewRule], site: str) -> ReviewRule | None:
    """The rule of a site: the first that names it, else the first for any site."""
    named = (one for one in rules if site in one.sites)
    return next(named, next((one for one in rules if one.covers(site)), None))


def last_boundary(now: datetime, every_days: int) -> datetime:
    """The latest end of a period at or before a moment.

    >>> last_boundary(datetime(2026, 1, 14, 9, tzinfo=UTC), 7).isoformat()
    '2026-01-12T00:00:00+00:00'
    """
    every = timedelta(days=every_days)
    return FIRST_MONDAY + ((now - FIRST_MONDAY) // every) * every
