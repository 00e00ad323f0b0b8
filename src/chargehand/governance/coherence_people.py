"""Whether the people that a policy counts on are there: signers, owners, reviewers, rosters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chargehand.governance.access import Act, may
from chargehand.governance.authority import Person, grants_of
from chargehand.governance.draft import Draft, Finding
from chargehand.governance.phase import Phase
from chargehand.governance.spans import said
from chargehand.governance.submission import ANY
from chargehand.governance.terms import EXPIRES_AFTER_DEFAULT, ApprovalRule, Policy
from chargehand.vocabulary.identifier import PersonId

TWO = 2
GIVE = "Give one of these roles to an active person."


def unmanned(draft: Draft) -> Iterator[Finding]:
    """Rules that count on people who are not there."""
    policy = draft.policy
    yield from _doubled_names(policy)
    yield from _four_eyes(policy)
    yield from _owners(policy)
    yield from _rosters(policy)
    yield from _delegations(draft)
    for rule in policy.approvals:
        if rule.clause not in draft.faulty:
            yield from _escalation(policy, rule)
            yield from _times(rule)
            yield from _owned(draft, rule)
    yield from _promotions(draft)
    yield from _reviews(draft)


def unguarded(draft: Draft) -> Iterator[Finding]:
    """What is allowed but leaves somebody alone with it (for the remarks)."""
    policy = draft.policy
    charged = administrators(policy)
    if len(charged) == 1:
        what = f"{charged[0].person} alone may change this policy."
        cure = "Give one of the roles of [administration] policy to a second person."
        yield "administration.policy", what, cure
    elif policy.four_eyes is False:
        what = "one person alone may change this policy, though there are several."
        yield "administration.four_eyes", what, "Leave it out, or set four_eyes = true."
    if not policy.access:
        what = "everybody may see, report, hold, decide and export everything at every site."
        yield "access", what, "Add [[access]] for each role."
    yield from _without_access(policy)
    yield from _without_review(policy)
    used = {rule.roster for rule in policy.approvals}
    for roster in policy.rosters:
        if roster.name not in used:
            what = f"no rule of [[approvals]] uses the roster {roster.name}."
            yield f"{roster.clause}.name", what, "Name it there, or remove it."


def administrators(policy: Policy) -> tuple[Person, ...]:
    """The active people who may sign a change of a policy text."""
    return tuple(_holders(policy, policy.administrators))


def _holders(policy: Policy, roles: Iterable[str]) -> Iterator[Person]:
    held = frozenset(roles)
    return (one for one in policy.people if is_there(one) and held & set(one.roles))


def is_there(person: Person | None) -> bool:
    """Whether somebody may act as a person: known, active and no program."""
    return person is not None and person.active and not person.service


def _doubled_names(policy: Policy) -> Iterator[Finding]:
    sections = (
        ("name", ((one.name, one.clause) for one in policy.areas)),
        ("name", ((one.name, one.clause) for one in policy.rosters)),
    )
    for key, named in sections:
        seen: dict[str, str] = {}
        for name, clause in named:
            if name and name in seen:
                what = f"{name} is there already ({seen[name]})."
                yield f"{clause}.{key}", what, "Give each one a name of its own."
            seen.setdefault(name, clause)


def _four_eyes(policy: Policy) -> Iterator[Finding]:
    charged = administrators(policy)
    if policy.four_eyes and len(charged) == 1:
        what = f"nobody but {charged[0].person} could ever sign a change of this policy."
        cure = "Give one of the roles of [administration] policy to a second person, or remove it."
        yield "administration.four_eyes", what, cure


def _owners(policy: Policy) -> Iterator[Finding]:
    for owner in policy.owners:
        yield from _known(policy, owner.person, f"{owner.clause}.person", "answers for nothing")


def _known(policy: Policy, name: str, where: str, so: str) -> Iterator[Finding]:
    person = policy.person(PersonId(name)) if name else None
    if name and person is None:
        cure = "Name somebody of [[people]], or add the person there."
        yield where, f"{name} is not among the people.", cure
    elif name and not is_there(person):
        what = "is a program" if person and person.service else "is no longer active"
        yield where, f"{name} {what} and {so}.", "Name an active person."


def _rosters(policy: Policy) -> Iterator[Finding]:
    for roster in policy.rosters:
        people = dict.fromkeys(name for shift in roster.shifts for name in shift.people)
        for name in people:
            yield from _known(policy, name, f"{roster.clause}.shifts", "is never on duty")
            person = policy.person(name)
            if is_there(person) and person and not grants_of(person, policy.grants):
                what = f"{name} is on duty and may approve nothing."
                cure = "Grant something to one of the person's roles, or put somebody else there."
                yield f"{roster.clause}.shifts", what, cure


def _delegations(draft: Draft) -> Iterator[Finding]:
    policy = draft.policy
    granted = {grant.role for grant in policy.grants}
    for rule in policy.delegations:
        if rule.clause in draft.faulty:
            continue
        where = f"{rule.clause}.roles"
        for role in sorted(rule.roles - granted):
            what = f"{role} is granted no approvals: there is nothing to stand in for."
            yield where, what, "Remove the role, or add [[grants]] for it."
        if not any(_holders(policy, rule.roles)):
            yield where, "nobody could ever let others stand in.", GIVE
        elif sum(is_there(one) for one in policy.people) < TWO:
            what = "there is nobody else who could stand in."
            yield where, what, "Add a second person, or remove it."


def _escalation(policy: Policy, rule: ApprovalRule) -> Iterator[Finding]:
    if rule.roster and rule.roster not in {one.name for one in policy.rosters}:
        known = ", ".join(sorted(one.name for one in policy.rosters)) or "none"
        what = f"there is no roster {rule.roster}."
        yield f"{rule.clause}.roster", what, f"Add it to [[rosters]]. Known: {known}."
    if rule.escalate_after is not None and not rule.escalate_to:
        what = "escalate_to is missing: it would be handed on to nobody."
        yield f"{rule.clause}.escalate_after", what, "Add escalate_to with a list of roles."
    if rule.escalate_to and rule.escalate_after is None:
        what = "escalate_after is missing: it would never be handed on."
        yield f"{rule.clause}.escalate_to", what, 'Add a time such as escalate_after = "4 hours".'
    if rule.escalate_to and not any(_holders(policy, rule.escalate_to)):
        what = "it would be handed on to nobody: no active person has such a role."
        yield f"{rule.clause}.escalate_to", what, GIVE


def _times(rule: ApprovalRule) -> Iterator[Finding]:
    expiry = rule.expires_after or EXPIRES_AFTER_DEFAULT
    if rule.escalate_after is not None and rule.escalate_after >= expiry:
        what = "it is never handed on: it expires before."
        yield f"{rule.clause}.escalate_after", what, f"Write less than {said(expiry)}."
    if rule.undo_window > expiry:
        what = "an approval could be taken back for longer than a proposal waits."
        yield f"{rule.clause}.undo_window", what, f"Write {said(expiry)} or less."


def _owned(draft: Draft, rule: ApprovalRule) -> Iterator[Finding]:
    """Owners who are kept from approving and are the only ones who could."""
    if rule.owner_may_approve:
        return
    where = f"{rule.clause}.owner_may_approve"
    if not draft.policy.owners:
        yield where, "it has no effect: no decision has an owner.", "Add [[owners]], or remove it."
        return
    cells = (cell for one in draft.policy.phases for cell in draft.cells(one))
    for cell in cells:
        if not rule.applies_to(cell.decision, cell.transaction):
            continue
        owners = {
            one.person
            for one in draft.policy.owners
            if one.decision in (ANY, cell.decision) and one.sites & {ANY, cell.place.site}
        }
        able = {str(person.person) for person, _ in draft.approvers(cell)}
        if able and able <= owners:
            what = f"only {min(able)} may approve {cell}, and is its owner."
            yield where, what, "Grant it to a second person, or remove it."
            return


def _promotions(draft: Draft) -> Iterator[Finding]:
    policy = draft.policy
    for rule in policy.promotions:
        signers = len(list(_holders(policy, rule.roles or policy.administrators)))
        if rule.clause not in draft.faulty and signers < rule.signatures:
            what = f"{rule.signatures} people have to sign, and {signers} may."
            cure = "Name roles that more people have, or ask for fewer signatures."
            yield f"{rule.clause}.signatures", what, cure


def _reviews(draft: Draft) -> Iterator[Finding]:
    policy = draft.policy
    seen: dict[str, str] = {}
    for rule in policy.reviews:
        if not any(_holders(policy, rule.roles)):
            what = "nobody could ever review: automation would lapse."
            yield f"{rule.clause}.roles", what, GIVE
        for site in sorted(rule.sites):
            if site in seen:
                what = f"{seen[site]} speaks of {_site(site)} already."
                yield f"{rule.clause}.sites", what, "Keep one of the two."
            seen.setdefault(site, rule.clause)
    for probe in policy.probes:
        for site in sorted(probe.sites - _reviewed(policy)):
            if probe.clause not in draft.faulty:
                what = f"nobody reviews what comes of the probes at {_site(site)}."
                yield f"{probe.clause}.sites", what, "Add [[reviews]] for it."


def _reviewed(policy: Policy) -> frozenset[str]:
    """The sites that are reviewed; every name that is asked for where all are."""
    sites = frozenset(site for rule in policy.reviews for site in rule.sites)
    named = {site for probe in policy.probes for site in probe.sites}
    named |= {rule.site for rule in policy.phases}
    return sites | named if ANY in sites else sites


def _site(site: str) -> str:
    return "every site" if site == ANY else f"site {site}"


def _without_review(policy: Policy) -> Iterator[Finding]:
    reviewed = _reviewed(policy)
    for rule in policy.phases:
        if rule.phase is Phase.AUTOMATE and rule.site not in reviewed:
            what = f"{rule} is automated and nobody reviews its exceptions."
            yield f"{rule.clause}.phase", what, "Add [[reviews]] for its site."


def _without_access(policy: Policy) -> Iterator[Finding]:
    if not policy.access:
        return
    sites = {site for rule in policy.access for site in rule.sites} - {ANY}
    places: tuple[str | None, ...] = (None, *sorted(sites))
    for number, one in enumerate(policy.people, start=1):
        reads = any(may(one, Act.READ, site, policy).passed for site in places)
        if is_there(one) and not reads:
            what = f"{one.person} may not even read."
            yield f"people[{number}].roles", what, "Give one of the roles [[access]] to read."
