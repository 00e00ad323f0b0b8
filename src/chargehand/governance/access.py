"""What people and programs may do beside deciding on proposals: acts, granted by role and site.

Approving, rejecting and changing are granted in ``[[grants]]``; releasing holds in ``[[holds]]``;
everything else here, in ``[[access]]``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from chargehand.governance.authority import Person
from chargehand.governance.submission import ANY, Check

if TYPE_CHECKING:  # terms of a policy speak of acts
    from chargehand.governance.terms import Policy


class Act(StrEnum):
    """Something that a person or program may be allowed to do at a site."""

    READ = "read"
    """See the record, proposals and what came of them."""
    REPORT = "report"
    """Tell what happened: signals, confirmed tasks, counts, snapshots."""
    HOLD = "hold"
    """Freeze stock. Letting it go again is granted in ``[[holds]]``."""
    DECIDE = "decide"
    """Ask decisions now, and measure what came of proposals."""
    EXPORT = "export"
    """Take lists out without a limit of rows."""
    AUDIT = "audit"
    """See rulings and people's acts, take evidence out, sign checkpoints, erase personal texts."""
    REVIEW = "review"
    """Answer the weekly exception review."""
    PROPOSE_POLICY = "propose_policy"
    """Propose another policy text or a promotion; others sign it."""
    ADMINISTER = "administer"
    """Keys, accounts, connections. Held by the roles of ``[administration] policy`` as well."""


EVERYBODY = frozenset(
    {Act.READ, Act.REPORT, Act.HOLD, Act.DECIDE, Act.EXPORT, Act.AUDIT, Act.REVIEW}
)
"""What every active person may do at every site where a policy text has no ``[[access]]``."""
PROGRAMS = frozenset({Act.READ, Act.REPORT, Act.HOLD, Act.EXPORT})
"""The same for service accounts: a quality system freezes stock as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyScope:
    """What a key is limited to, below what its holder may do. Empty sets limit nothing."""

    acts: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()


def may(
    person: Person, act: Act, site: str | None, policy: Policy, scope: KeyScope = KeyScope()
) -> Check:
    """Whether somebody may do an act at a site (None: at every site), and the reason where not."""
    known = policy.person(person.person)
    if known is None or not known.active:
        return Check(clause="people", passed=False, text=f"{person.person} is not active here")
    if scope.acts and act not in scope.acts:
        text = f"this key is for {', '.join(sorted(scope.acts))}, not for {_said(act)}"
        return Check(clause="key", passed=False, text=text)
    if scope.sites and (site is None or site not in scope.sites):
        text = f"this key is for {', '.join(sorted(scope.sites))} only"
        return Check(clause="key", passed=False, text=text)
    where = "every site" if site is None else f"site {site}"
    for place, check in _forbidden(known, act, policy):
        if site is None or place in (ANY, site):
            return check
    for clause, acts, sites in _held(known, policy):
        if act in acts and (ANY in sites or (site is not None and site in sites)):
            text = f"{known.person} may {_said(act)} at {where}"
            return Check(clause=clause, passed=True, text=text)
    roles = ", ".join(known.roles) or "no role"
    text = f"{known.person} ({roles}) may not {_said(act)} at {where}"
    return Check(clause="access", passed=False, text=text)


def sites_of(
    person: Person, act: Act, policy: Policy, scope: KeyScope = KeyScope()
) -> frozenset[str]:
    """The sites where somebody may do an act: ``{"*"}`` for all of them, empty for none.

    Where a clause forbids it at one site, those are left of all that the policy text names.
    """
    known = policy.person(person.person)
    if known is None or not known.active or (scope.acts and act not in scope.acts):
        return frozenset()
    sites = frozenset(
        site for _, acts, found in _held(known, policy) if act in acts for site in found
    )
    forbidden = {place for place, _ in _forbidden(known, act, policy)}
    if forbidden:
        everywhere = scope.sites or named_sites(policy)
        sites = frozenset() if ANY in forbidden else sites - forbidden
        sites = everywhere - forbidden if ANY in sites else sites
    if ANY in sites:
        return scope.sites or frozenset({ANY})
    return sites & scope.sites if scope.sites else sites


def named_sites(policy: Policy) -> frozenset[str]:
    """The sites that a policy text names."""
    found = {site for rule in policy.access for site in rule.sites}
    found |= {site for grant in policy.grants for site in grant.sites}
    found |= {area.site for area in policy.areas} | {rule.site for rule in policy.phases}
    return frozenset(found - {ANY})


def _forbidden(person: Person, act: Act, policy: Policy) -> list[tuple[str, Check]]:
    """Sites where clauses of the plant's own forbid an act; free where there are none."""
    if not policy.clauses:
        return []
    from chargehand.governance.forbidden_acts import forbidding

    return list(forbidding(person, act, policy))


def _held(person: Person, policy: Policy) -> list[tuple[str, frozenset[str], frozenset[str]]]:
    """Clause, acts and sites of everything that somebody's roles give."""
    roles = set(person.roles)
    held = [(r.clause, r.acts, r.sites) for r in policy.access if r.role in roles]
    anywhere = frozenset({ANY})
    if not policy.access:
        acts = PROGRAMS if person.service else EVERYBODY
        held.append(("access (default)", frozenset(acts), anywhere))
    if policy.administrators & roles and not person.service:
        acts = frozenset({Act.ADMINISTER, Act.PROPOSE_POLICY, Act.READ, Act.AUDIT})
        held.append(("administration.policy", acts, anywhere))
    return held


def _said(act: str) -> str:
    return act.replace("_", " ")
