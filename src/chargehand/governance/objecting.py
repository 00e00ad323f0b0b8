"""May this person reject or change a proposal? Neither spends anything, so no value limits it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from chargehand.governance.approval import REJECTION_REASONS, makes_sense
from chargehand.governance.authority import Person
from chargehand.governance.delegation import Delegation
from chargehand.governance.permission import GrantedAct, Permission, permission
from chargehand.governance.submission import Submission
from chargehand.governance.terms import Policy
from chargehand.vocabulary.refusal import Refusal, RefusalCode


def may_reject(
    submission: Submission,
    person: Person,
    policy: Policy,
    *,
    reason: str,
    text: str = "",
    now: datetime,
    delegations: tuple[Delegation, ...] = (),
) -> Refusal | None:
    """Refuse unless the person may decide on such proposals (of any value) and gives a reason."""
    given = _given("reject", submission, person, policy, now, delegations)
    if isinstance(given, Refusal):
        return given
    if reason not in REJECTION_REASONS:
        because = f"reason must be one of {', '.join(REJECTION_REASONS)}, not {reason!r}"
        return Refusal(code=RefusalCode.REASON_MISSING, because=because)
    if reason == "other" and not makes_sense(text):
        because = "with the reason other, say what it is, in at least ten characters"
        return Refusal(code=RefusalCode.REASON_MISSING, because=because)
    return None


def may_change(
    submission: Submission,
    person: Person,
    policy: Policy,
    *,
    now: datetime,
    delegations: tuple[Delegation, ...] = (),
) -> Refusal | None:
    """Refuse unless the person may decide on such proposals, of any value."""
    given = permission_to_change(submission, person, policy, now=now, delegations=delegations)
    return given if isinstance(given, Refusal) else None


def permission_to_change(
    submission: Submission,
    person: Person,
    policy: Policy,
    *,
    now: datetime,
    delegations: tuple[Delegation, ...] = (),
) -> Permission | Refusal:
    """The same, and in whose stead the person may."""
    return _given("change", submission, person, policy, now, delegations)


def _given(
    act: GrantedAct,
    submission: Submission,
    person: Person,
    policy: Policy,
    now: datetime,
    delegations: tuple[Delegation, ...],
) -> Permission | Refusal:
    known = policy.person(person.person)
    if known is None:
        because = f"{person.person} is not among the people of policy version {policy.version}"
        return Refusal(code=RefusalCode.UNKNOWN_PERSON, because=because)
    # Whoever proposed it may withdraw or mend it: only approving one's own proposal is barred.
    asked = replace(submission, proposer="")
    given = permission(
        known, policy, asked, now=now, delegations=delegations, whatever_value=True, act=act
    )
    if given.given:
        return given
    return Refusal(code=RefusalCode.NOT_AUTHORIZED, because=given.check.text)
