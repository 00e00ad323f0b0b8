"""Who may release a hold: roles, at their sites, and whether another person must have placed it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from chargehand.governance.authority import Person, covers
from chargehand.vocabulary.refusal import Refusal, RefusalCode


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRule:
    """Which roles may release holds at which sites (``[[holds]]``)."""

    roles: frozenset[str]
    sites: frozenset[str]
    four_eyes: bool
    """Whether whoever placed a hold needs another person to release it."""
    clause: str = "holds"


class Releasers(Protocol):
    """What a policy says about releasing holds."""

    @property
    def version(self) -> int:
        """Number of the policy's text."""
        ...

    @property
    def holds(self) -> Iterable[HoldRule]:
        """The rules, each for some roles and sites."""
        ...

    def person(self, person: str) -> Person | None:
        """The person of an id, also where no longer active."""
        ...


def may_release(policy: Releasers, who: str, site: str, placed_by: str) -> Refusal | None:
    """Why a person may not release a hold of a site; None where a rule lets them."""
    person = policy.person(who)
    if person is None or not person.active:
        because = f"{who} is not among the active people of policy version {policy.version}"
        return Refusal(code=RefusalCode.UNKNOWN_PERSON, because=because)
    if person.service:
        return _no(f"{who} is a service account; only people release holds")
    at_site = [rule for rule in policy.holds if covers(rule.sites, site)]
    if not at_site:
        because = f"policy version {policy.version} lets nobody release holds at {site}"
        return _no(f"{because}: it has no [[holds]] for it")
    own = [rule for rule in at_site if rule.roles & set(person.roles)]
    if not own:
        roles = ", ".join(sorted({role for rule in at_site for role in rule.roles}))
        held = ", ".join(person.roles) or "no role"
        return _no(f"{who} ({held}) may not release holds at {site}; {roles} may")
    if any(rule.four_eyes for rule in at_site) and who == placed_by:
        because = f"{who} placed this hold, so another person must release it ({own[0].clause})"
        return Refusal(code=RefusalCode.SECOND_PERSON_NEEDED, because=because)
    return None


def _no(because: str) -> Refusal:
    return Refusal(code=RefusalCode.NOT_AUTHORIZED, because=because)
