"""The ruling on a proposal: the only way to a ``Cleared``, without which nothing is carried out.

``rule`` refuses a proposal, lets it wait for a person, or clears it; ``approve`` clears it in the
name of people; ``check_order`` is what execution asks before each send. All of them answer from the
policy text alone: nothing that a proposer writes sets its phase, its limits or its approver.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, NoReturn, final

from chargehand.governance.approval import makes_sense
from chargehand.governance.authority import Person
from chargehand.governance.clauses import Standing, clauses, effective_phase
from chargehand.governance.delegation import Delegation
from chargehand.governance.four_eyes import (
    Stead,
    authorities,
    barred,
    same_authority,
    standing_approvals,
)
from chargehand.governance.objecting import may_change, may_reject
from chargehand.governance.parsing import parse_policy, succession
from chargehand.governance.permission import permission
from chargehand.governance.phase import Phase
from chargehand.governance.submission import Check, Submission, digest_of, submit
from chargehand.governance.terms import ApprovalRule, Policy, PolicyMistake
from chargehand.governance.thresholds import JUSTIFICATION, SECOND_PERSON, needed
from chargehand.governance.warrant import RulingRecord, check_order, verify
from chargehand.governance.written import default_policy_text, demo_policy_text
from chargehand.vocabulary.identifier import PersonId
from chargehand.vocabulary.refusal import Refusal, RefusalCode

__all__ = [
    "ApprovalRule", "Awaiting", "Check", "Cleared", "Phase", "Policy", "PolicyMistake", "Ruled",
    "Ruling", "RulingRecord", "Standing", "Submission", "approve", "check_order",
    "default_policy_text", "demo_policy_text", "digest_of", "may_change", "may_reject",
    "parse_policy", "recorded", "rule", "submit",
    "succession", "verify",
]  # fmt: skip


@final
class _Seal:
    """Binds a clearance to its content, so that a copy with other content has no valid seal."""

    __slots__ = ("content",)

    def __init__(self, *content: object) -> None:
        self.content = content


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """A proposal that may be executed. Built in this file and nowhere else."""

    submission: Submission
    cleared_by: tuple[PersonId | Literal["policy"], ...]
    clause: str
    policy_version: int
    checks: tuple[Check, ...]
    seal: object = field(repr=False, compare=False)
    for_whom: tuple[Stead, ...] = ()
    """Which of those people stood in for somebody, and for whom."""

    def __post_init__(self) -> None:
        content = (
            self.submission, self.cleared_by, self.clause, self.policy_version, self.checks,
            self.for_whom,
        )  # fmt: skip
        # Raised, not asserted: `python -O` must not open this door.
        if not isinstance(self.seal, _Seal) or self.seal.content != content:
            raise TypeError("only governance may clear a proposal, and only as it was submitted")

    def __init_subclass__(cls) -> NoReturn:
        raise TypeError("Cleared has no other kinds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaiting:
    """A proposal that waits for a person, and why."""

    submission: Submission
    because: str
    clause: str
    policy_version: int
    checks: tuple[Check, ...]
    needs: Literal["approval", "second_person"]
    expires_at: datetime
    approvals: tuple[PersonId, ...] = ()
    """Who has approved it so far."""
    for_whom: tuple[Stead, ...] = ()
    """Which of them stood in for somebody, and for whom."""


Ruling = Cleared | Awaiting | Refusal
STANDING = Standing()
"""Nothing is open, stopped or demoted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """A ruling with what was looked at, for the record."""

    ruling: Ruling
    checks: tuple[Check, ...]
    clause: str
    """The clause that decided."""
    policy_version: int


def rule(submission: Submission, policy: Policy, *, standing: Standing, now: datetime) -> Ruled:
    """Rule on a submission: refuse it, let it wait for a person, or clear it."""
    if broken := _broken(submission):
        check = Check(clause="submission", passed=False, text=broken.because)
        return _ruled(broken, (check,), check.clause, policy)
    checks = clauses(submission, policy, standing, now)
    phase = effective_phase(submission, policy, standing)
    stopping = next((check for check in checks if not check.passed), None)
    if phase is Phase.OBSERVE:
        refusal = Refusal(code=RefusalCode.READ_ONLY, because=checks[0].text)
        return _ruled(refusal, checks, checks[0].clause, policy)
    if phase is Phase.AUTOMATE and stopping is None:
        cleared = _clear(submission, ("policy",), checks[0].clause, policy, checks)
        return _ruled(cleared, checks, checks[0].clause, policy)
    decisive = stopping or checks[0]
    waiting = Awaiting(
        submission=submission,
        because=decisive.text,
        clause=decisive.clause,
        policy_version=policy.version,
        checks=checks,
        needs="approval",
        expires_at=now + policy.expires_after(submission),
    )
    return _ruled(waiting, checks, decisive.clause, policy)


def approve(
    waiting: Awaiting,
    person: Person,
    policy: Policy,
    *,
    justification: str,
    now: datetime,
    standing: Standing = STANDING,
    delegations: tuple[Delegation, ...] = (),
) -> Cleared | Awaiting | Refusal:
    """Approve a waiting proposal in the name of a person, under the present policy.

    Cleared, or still waiting where a second person is needed. An approval that was given under an
    earlier policy version has to be given again.
    """
    submission = waiting.submission
    if refusal := _closed(waiting, policy, standing, now):
        return refusal
    approver = policy.person(person.person)
    if approver is None:
        because = f"{person.person} is not among the people of policy version {policy.version}"
        return Refusal(code=RefusalCode.UNKNOWN_PERSON, because=because)
    given = permission(approver, policy, submission, now=now, delegations=delegations)
    authority = given.check
    if not given.given:
        return Refusal(code=RefusalCode.NOT_AUTHORIZED, because=authority.text)
    whose = authorities(approver.person, given.for_whom)
    if refusal := barred(submission, whose, policy) or _unjustified(
        submission, policy, justification
    ):
        return refusal
    earlier: dict[PersonId, str] = {}
    if waiting.policy_version == policy.version:
        earlier = standing_approvals(
            waiting.approvals, dict(waiting.for_whom), submission, policy, now, delegations
        )
    two = needed(submission, policy, *SECOND_PERSON)
    if two is not None and (same := same_authority(whose, earlier)):
        because = f"{same} has approved it already; {two.text}"
        return Refusal(code=RefusalCode.SECOND_PERSON_NEEDED, because=because)
    earlier.pop(approver.person, None)
    kept = earlier | {approver.person: given.for_whom}
    steads = tuple((who, whom) for who, whom in kept.items() if whom)
    checks = (*waiting.checks, authority)
    if two is not None and len(kept) < 2:  # noqa: PLR2004 - two people are two people
        return replace(
            waiting, because=two.text, clause=two.clause, policy_version=policy.version,
            checks=checks, needs="second_person", approvals=tuple(kept), for_whom=steads,
        )  # fmt: skip
    return _clear(submission, tuple(kept), authority.clause, policy, checks, steads)


def recorded(
    number: int, submission: Submission, ruling: Ruling, *, policy_version: int
) -> RulingRecord:
    """Return a ruling as it is kept under its number."""
    cleared = isinstance(ruling, Cleared)
    waiting = isinstance(ruling, Awaiting)
    return RulingRecord(
        number=number,
        proposal_id=submission.proposal_id,
        version=submission.version,
        verdict="cleared" if cleared else "awaiting" if waiting else "refused",
        cleared_by=tuple(ruling.cleared_by) if isinstance(ruling, Cleared) else (),
        policy_version=policy_version,
        action_digest=submission.action_digest,
        action_digests=tuple(digest_of((action,)) for action in submission.proposal.actions),
    )


def _clear(
    submission: Submission,
    cleared_by: tuple[PersonId | Literal["policy"], ...],
    clause: str,
    policy: Policy,
    checks: tuple[Check, ...],
    for_whom: tuple[Stead, ...] = (),
) -> Cleared:
    return Cleared(
        submission=submission,
        cleared_by=cleared_by,
        clause=clause,
        policy_version=policy.version,
        checks=checks,
        seal=_Seal(submission, cleared_by, clause, policy.version, checks, for_whom),
        for_whom=for_whom,
    )


def _ruled(ruling: Ruling, checks: tuple[Check, ...], clause: str, policy: Policy) -> Ruled:
    return Ruled(ruling=ruling, checks=checks, clause=clause, policy_version=policy.version)


def _broken(submission: Submission) -> Refusal | None:
    if not submission.proposal.actions:
        because = f"{submission.decision} proposed nothing that could be done: it holds no action"
        return Refusal(code=RefusalCode.DECISION_FAILED, because=because)
    if digest_of(submission.proposal.actions) != submission.action_digest:
        because = "its actions are not those it was submitted with; submit it again"
        return Refusal(code=RefusalCode.CHANGE_INVALID, because=because)
    return None


def _closed(waiting: Awaiting, policy: Policy, standing: Standing, now: datetime) -> Refusal | None:
    if broken := _broken(waiting.submission):
        return broken
    if now >= waiting.expires_at:
        because = f"it could be approved until {waiting.expires_at:%Y-%m-%d %H:%M %Z}"
        return Refusal(code=RefusalCode.EXPIRED, because=because)
    if effective_phase(waiting.submission, policy, standing) is Phase.OBSERVE:
        decision = waiting.submission.decision
        because = f"{decision} is observed only under policy version {policy.version}"
        return Refusal(code=RefusalCode.READ_ONLY, because=because)
    return None


def _unjustified(submission: Submission, policy: Policy, justification: str) -> Refusal | None:
    reason = needed(submission, policy, *JUSTIFICATION)
    if reason is None or makes_sense(justification):
        return None
    because = f"{reason.text}, of at least ten characters"
    return Refusal(code=RefusalCode.JUSTIFICATION_MISSING, because=because)
