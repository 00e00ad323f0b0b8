"""Who may approve what: people, their roles, and what each role is granted.

``permits`` answers from grants alone, in plain Python, whether a person may say yes. The engine
(``cedar``) decides; this says in words why not, and a law holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from chargehand.governance.submission import (
    ANY,
    Check,
    Place,
    Submission,
    compared,
    places_of,
    value_of,
    within,
)
from chargehand.vocabulary.identifier import PersonId
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.work import Action

CLAUSE = "grants"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody (or, with ``service``, some program) that may act here."""

    person: PersonId
    name: str
    roles: tuple[str, ...]
    os_user: str | None
    """Account of the operating system that acts as this person on the plant's own machine."""
    active: bool = True
    service: bool = False
    """A program: it may propose and report, never approve."""
    subject: str = ""
    """How the plant's identity provider knows the person (``sub`` or e-mail); empty: not by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a role may approve. ``{"*"}`` means any; a value_max of None means any value."""

    role: str
    transactions: frozenset[str]
    decisions: frozenset[str]
    sites: frozenset[str]
    zones: frozenset[str]
    value_max: Money | None
    """Limit on the value of the whole proposal, so that splitting it gains nothing."""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    clause: str = CLAUSE

    def holds(self, now: datetime | None) -> bool:
        """Whether it is in force at a moment (None: whatever the moment)."""
        return now is None or (
            (self.valid_from is None or self.valid_from <= now)
            and (self.valid_until is None or now < self.valid_until)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """Zones of a site that the policy speaks of by one name; a grant of an area is one of them."""

    name: str
    site: str
    zones: frozenset[str]
    clause: str = "areas"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRule:
    """What a role may do beside deciding on proposals: words of ``access.Act``, at some sites."""

    role: str
    acts: frozenset[str]
    sites: frozenset[str]
    clause: str = "access"


def covers(names: frozenset[str], name: str | None) -> bool:
    """Whether a granted set holds a name; one that is not known is held by a wildcard only."""
    return ANY in names or (name is not None and name in names)


def grants_of(person: Person, grants: Iterable[Grant]) -> tuple[Grant, ...]:
    """What a person is granted by their roles; nothing for programs and people who have left."""
    if not person.active or person.service:
        return ()
    return tuple(grant for grant in grants if grant.role in person.roles)


def barred(person: Person, proposer: str) -> Check | None:
    """What bars a person from deciding whatever the policy says; None where nothing does."""
    if not person.active:
        return _no(f"{person.person} is no longer active")
    if person.service:
        return _no(f"{person.person} is a service account; only people approve")
    if person.person == proposer:
        return _no(f"{person.person} proposed it, so another person must approve it")
    return None


def permits(
    person: Person,
    grants: Iterable[Grant],
    submission: Submission,
    *,
    whatever_value: bool = False,
    now: datetime | None = None,
) -> Check:
    """Whether a person may approve a submission, and the reason where not.

    Every action needs a grant for its transaction, decision and places whose limit the value of the
    whole proposal keeps. ``whatever_value`` leaves the value out, for acts that spend nothing; of
    grants for a time only those count that hold ``now``.
    """
    if no := barred(person, submission.proposer):
        return no
    held = tuple(grant for grant in grants_of(person, grants) if grant.holds(now))
    if not held:
        roles = ", ".join(person.roles) or "no role"
        return _no(f"{person.person} ({roles}) is granted no approvals at all")
    if not submission.proposal.actions:
        return _no("it holds no action that could be approved")
    limit = None if whatever_value else _Value(value_of(submission.proposal))
    for action in submission.proposal.actions:
        if reason := _why_not(held, action, submission.decision, limit):
            return _no(reason)
    text = f"{person.person} ({', '.join(person.roles)}) may approve it"
    return Check(clause=CLAUSE, passed=True, text=text)


@dataclass(frozen=True, slots=True)
class _Value:
    money: Money | None


def _no(text: str) -> Check:
    return Check(clause=CLAUSE, passed=False, text=text)


def _why_not(
    held: tuple[Grant, ...], action: Action, decision: str, value: _Value | None
) -> str | None:
    kind = str(action.transaction)
    left, reason = _those(held, lambda g: covers(g.transactions, kind), f"approve {kind}")
    if not reason:
        left, reason = _those(
            left, lambda g: covers(g.decisions, decision), f"approve {kind} of {decision}"
        )
    for place in places_of(action):
        if not reason:
            left, reason = _at(left, place, kind)
    if reason or value is None:
        return reason
    return _above(left, value.money)


def _at(left: tuple[Grant, ...], place: Place, kind: str) -> tuple[tuple[Grant, ...], str | None]:
    what = f"approve {kind} at site {place.site}"
    left, reason = _those(left, lambda g: covers(g.sites, place.site), what)
    if reason:
        return left, reason
    zone = f"zone {place.zone}" if place.zone is not None else "all its zones"
    return _those(left, lambda g: covers(g.zones, place.zone), f"{what}, {zone}")


def _those(
    grants: tuple[Grant, ...], test: Callable[[Grant], bool], what: str
) -> tuple[tuple[Grant, ...], str | None]:
    left = tuple(grant for grant in grants if test(grant))
    roles = ", ".join(sorted({grant.role for grant in grants}))
    return left, None if left else f"your role ({roles}) may not {what}"


def _above(left: tuple[Grant, ...], value: Money | None) -> str | None:
    limits = [grant.value_max for grant in left if grant.value_max is not None]
    if len(limits) < len(left) or any(within(value, limit) for limit in limits):
        return None
    same = [limit for limit in limits if value is not None and limit.currency == value.currency]
    highest = max(same or limits, key=lambda limit: limit.amount)
    return compared(value, highest, of="your limit of ")
