"""Owners: who answers for a kind of decision at a site, and so may be kept from approving it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """One ``[[owners]]`` entry: the person who answers for a decision at some sites."""

    decision: str
    sites: frozenset[str]
    person: str
    clause: str = "owners"
