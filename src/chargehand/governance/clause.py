"""A plant's own clause: a Cedar policy in the policy text, beside what grants give."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One ``[[clauses]]`` entry."""

    id: str
    cedar: str
    """One Cedar policy (``permit`` or ``forbid``); its vocabulary is the schema of ``cedar.py``."""
    because: str
    """What a person is told whom it stops."""
    clause: str = "clauses"
