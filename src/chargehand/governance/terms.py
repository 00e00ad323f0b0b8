"""The terms of a policy: what its text says, as values, and how a mistake in the text is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from chargehand.governance.authority import AccessRule, Area, Grant, Person
from chargehand.governance.breaker import BreakerRule
from chargehand.governance.clause import Clause
from chargehand.governance.delegation import DelegationRule
from chargehand.governance.owner import Owner
from chargehand.governance.phase import Phase, PhaseRule, governing, lowest
from chargehand.governance.promotion import PromotionRule
from chargehand.governance.releasing import HoldRule
from chargehand.governance.reviewing import ProbeRule, ReviewRule
from chargehand.governance.roster import Roster
from chargehand.governance.submission import ANY, Place, Submission, all_places_of
from chargehand.vocabulary.money import Money

EXPIRES_AFTER_DEFAULT = timedelta(days=3)
"""How long a proposal waits for a person where the policy text says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyMistake:
    """One mistake in a policy text."""

    line: int | None
    """Line of the text, from 1; None where something is missing altogether."""
    where: str
    """Such as ``phases[2].cost_max``: that key of the second ``[[phases]]`` table."""
    what: str
    cure: str

    def __str__(self) -> str:
        line = f"line {self.line}, " if self.line is not None else ""
        return f"{line}{self.where}: {self.what} {self.cure}"


Risk = Literal["low", "medium", "high"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRule:
    """What an approval needs. Every rule that applies must be kept: the strictest one decides."""

    decisions: frozenset[str]
    transactions: frozenset[str]
    justification_above: Money | None = None
    second_person_above: Money | None = None
    expires_after: timedelta | None = None
    changer_may_approve: bool = True
    """Whether a person who changed a proposal may be among those who approve it."""
    owner_may_approve: bool = True
    """Whether the owner of the decision may be among those who approve it."""
    second_person_risk: Risk | None = None
    """Two people from this risk on."""
    second_person_irreversible: bool = False
    """Two people where any action cannot be taken back."""
    second_person_confidence_below: float | None = None
    """Two people where the proposal is less sure than this (fraction)."""
    roster: str = ""
    """Duty roster whose queue it waits in; empty: everybody's who may approve it."""
    escalate_after: timedelta | None = None
    """How long it waits before it is handed on to ``escalate_to``, and again after as long."""
    escalate_to: frozenset[str] = frozenset()
    on_expiry: Literal["expire", "ask_again"] = "expire"
    """What happens when nobody decided: nothing, or the question is asked anew. Never a yes."""
    undo_window: timedelta = timedelta(0)
    """How long an approval can be taken back: nothing is sent or shown to the floor before."""
    clause: str = "approvals"

    def applies(self, submission: Submission) -> bool:
        """Whether the rule speaks of a submission: its decision and any of its actions."""
        return self.applies_to(
            submission.decision, *(str(a.transaction) for a in submission.proposal.actions)
        )

    def applies_to(self, decision: str, *transactions: str) -> bool:
        """Whether the rule speaks of a decision and any of these transactions."""
        named = bool(self.decisions & {ANY, decision})
        return named and bool(self.transactions & {ANY, *transactions})


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Everything that people have laid down. Made from a text by ``parse_policy``."""

    version: int
    title: str
    people: tuple[Person, ...] = ()
    roles: tuple[str, ...] = ()
    grants: tuple[Grant, ...] = ()
    phases: tuple[PhaseRule, ...] = ()
    approvals: tuple[ApprovalRule, ...] = ()
    breakers: tuple[BreakerRule, ...] = ()
    administrators: frozenset[str] = frozenset()
    """Roles that may change the policy, issue keys, and stop or resume automation."""
    breaker_closers: frozenset[str] = frozenset()
    """Roles that may close a breaker."""
    holds: tuple[HoldRule, ...] = ()
    """Who may release holds; where nothing is said, nobody."""
    access: tuple[AccessRule, ...] = ()
    """What else roles may do; where nothing is said, see ``access.EVERYBODY``."""
    areas: tuple[Area, ...] = ()
    clauses: tuple[Clause, ...] = ()
    """The plant's own clauses in Cedar, beside its grants."""
    delegations: tuple[DelegationRule, ...] = ()
    """Who may let others stand in; where nothing is said, nobody."""
    owners: tuple[Owner, ...] = ()
    rosters: tuple[Roster, ...] = ()
    promotions: tuple[PromotionRule, ...] = ()
    reviews: tuple[ReviewRule, ...] = ()
    probes: tuple[ProbeRule, ...] = ()
    four_eyes: bool | None = None
    """Whether another administrator signs a change of this text; None: as soon as there are two."""
    questions_per_hour_max: float = 6.0
    """Budget of questions for each person on duty, for the trust figures."""
    digest: str = ""
    """SHA-256 (hexadecimal) of the text."""
    remarks: tuple[PolicyMistake, ...] = ()
    """What is allowed but odd, such as a role that nobody has."""

    def person(self, person: str) -> Person | None:
        """The person of an id, also where no longer active."""
        return next((one for one in self.people if one.person == person), None)

    def person_of_os_user(self, os_user: str) -> Person | None:
        """The active person that an account of the operating system acts as."""
        found = (one for one in self.people if one.os_user == os_user and one.active)
        return next(found, None)

    def phase(self, decision: str, site: str, zone: str | None = None) -> Phase:
        """The phase of a decision at a place; for a zone of None the lowest of the site's zones."""
        return lowest(governing(self.phases, decision, Place(site, zone))).phase

    def phase_rules(self, submission: Submission) -> tuple[PhaseRule, ...]:
        """Every phase rule that governs a submission: one for each place where it takes effect."""
        rules: dict[PhaseRule, None] = {}
        for place in all_places_of(submission.proposal):
            rules |= dict.fromkeys(governing(self.phases, submission.decision, place))
        return tuple(rules)

    def phase_of(self, submission: Submission) -> Phase:
        """The phase of a submission: the lowest of all the places where it takes effect."""
        return lowest(self.phase_rules(submission)).phase

    def approval_rules(self, submission: Submission) -> Iterator[ApprovalRule]:
        """The approval rules that a submission must keep."""
        return (rule for rule in self.approvals if rule.applies(submission))

    def breaker_rules(self, submission: Submission) -> Iterator[BreakerRule]:
        """The breaker rules in whose scope a submission takes effect."""
        places = all_places_of(submission.proposal)
        for rule in self.breakers:
            if any(rule.covers(submission.decision, place) for place in places):
                yield rule

    def expires_after(self, submission: Submission) -> timedelta:
        """How long a submission waits for a person: the shortest time that any rule gives it."""
        given = [r.expires_after for r in self.approval_rules(submission) if r.expires_after]
        return min(given, default=EXPIRES_AFTER_DEFAULT)
