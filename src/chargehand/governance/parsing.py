"""From policy text (TOML) to a policy, or to every mistake in the text at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

from chargehand.governance import sections, sections_autonomy, sections_people
from chargehand.governance.access import Act
from chargehand.governance.approvers import unapprovable, vacant_roles
from chargehand.governance.cedar_checking import clause_mistakes
from chargehand.governance.coherence import contradictions, strangers
from chargehand.governance.coherence_people import unguarded
from chargehand.governance.draft import Draft
from chargehand.governance.mistakes import Mistakes
from chargehand.governance.table import Table
from chargehand.governance.terms import Policy, PolicyMistake

KEYS = (
    "version", "title", "roles", "administration", "attention", "people", "areas", "grants",
    "clauses", "access", "owners", "delegations", "phases", "promotions", "approvals", "rosters",
    "breakers", "reviews", "probes", "holds",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names:
    """What a text may name."""

    roles: tuple[str, ...]
    decisions: Collection[str] | None
    is_time_zone: Callable[[str], bool] | None


def parse_policy(
    text: str,
    *,
    decisions: Collection[str] | None = None,
    transactions_of: Mapping[str, Collection[str]] | None = None,
    is_time_zone: Callable[[str], bool] | None = None,
    held: bool = False,
) -> Policy | tuple[PolicyMistake, ...]:
    """Read a policy text, checked as a whole: a policy, or every mistake in it.

    ``decisions`` are the names that the text may use (any, where not given); ``transactions_of``
    says which transactions each decision may propose, so that approvers are asked for those only;
    ``is_time_zone`` tells the names of time zones (any, where not given).
    A text that ``held`` before was whole then: where it no longer fits what is installed (a plug-in
    was removed), that is remarked, so that the text stays readable and can be replaced.
    """
    try:
        content = tomllib.loads(text)
        digest = sha256(text.encode()).hexdigest()
    # Not TOML's error alone: numbers of thousands of digits, half characters, deep nesting.
    except (ValueError, RecursionError) as error:
        return (_syntax_mistake(text, str(error)),)
    mistakes = Mistakes(text)
    policy = _read(
        Table(content, "", mistakes, KEYS),
        None if held else decisions,
        None if held else is_time_zone,
    )
    draft = Draft(
        policy=replace(policy, digest=digest),
        decisions=decisions,
        transactions_of=transactions_of or {},
        faulty=mistakes.tables(),
    )
    findings = tuple(contradictions(draft))
    for finding in () if held else findings:
        mistakes.note(*finding)
    foreign = _foreign(draft, mistakes)
    if not held:
        mistakes.found.extend(foreign)
    if mistakes.found:
        return mistakes.in_order()
    oddities = (*vacant_roles(draft), *unapprovable(draft), *unguarded(draft))
    if held:
        oddities = (*strangers(draft), *findings, *oddities)
    remarks = (*foreign, *(mistakes.told(*oddity) for oddity in oddities))
    return replace(draft.policy, remarks=remarks)


def _foreign(draft: Draft, mistakes: Mistakes) -> tuple[PolicyMistake, ...]:
    """Mistakes in the Cedar text of clauses, each with its line of the whole text."""
    clauses = draft.policy.clauses
    if not clauses or any(one.clause in draft.faulty for one in clauses):
        return ()
    return tuple(
        mistakes.told_within(f"{clauses[index].clause}.cedar", line, what, cure)
        for index, line, what, cure in clause_mistakes(clauses)
    )


def succession(present: Policy, following: Policy) -> tuple[PolicyMistake, ...]:
    """What speaks against putting a policy in the place of the present one: its version number."""
    if following.version > present.version:
        return ()
    what = f"version {following.version} does not follow version {present.version}."
    cure = f"Set version = {present.version + 1}, so that every ruling says which text it is by."
    return (PolicyMistake(line=None, where="version", what=what, cure=cure),)


def _read(
    root: Table,
    decisions: Collection[str] | None,
    is_time_zone: Callable[[str], bool] | None,
) -> Policy:
    roles = tuple(root.names("roles", None, any_too=False))
    names = _Names(roles=roles, decisions=decisions, is_time_zone=is_time_zone)
    in_charge = root.table("administration", sections.ADMINISTRATION_KEYS)
    four_eyes = None
    if in_charge is not None and in_charge.has("four_eyes"):
        four_eyes = in_charge.flag("four_eyes", default=True)
    policy = Policy(
        version=root.whole("version", least=1, required=True) or 0,
        title=root.text("title"),
        roles=roles,
        administrators=_roles(in_charge, "policy", roles),
        breaker_closers=_roles(in_charge, "breakers", roles),
        four_eyes=four_eyes,
    )
    return _with_duties(_with_autonomy(_with_people(policy, root, names), root, names), root, names)


def _with_people(policy: Policy, root: Table, names: _Names) -> Policy:
    roles, decisions = names.roles, names.decisions
    areas = tuple(sections.area(one) for one in root.tables("areas", sections.AREA_KEYS))
    access = (
        sections.access_rule(one, roles, tuple(str(act) for act in Act))
        for one in root.tables("access", sections.ACCESS_KEYS)
    )
    return replace(
        policy,
        people=tuple(
            sections.person(one, roles) for one in root.tables("people", sections.PERSON_KEYS)
        ),
        areas=areas,
        grants=tuple(
            grant
            for one in root.tables("grants", sections.GRANT_KEYS)
            for grant in sections.grants(one, roles, decisions, areas)
        ),
        clauses=tuple(sections.clause(one) for one in root.tables("clauses", sections.CLAUSE_KEYS)),
        access=tuple(rule for rule in access if rule is not None),
        owners=tuple(
            sections.owner(one, decisions) for one in root.tables("owners", sections.OWNER_KEYS)
        ),
        delegations=tuple(
            sections.delegation_rule(one, roles)
            for one in root.tables("delegations", sections.DELEGATION_KEYS)
        ),
        holds=tuple(
            sections.hold_rule(one, roles) for one in root.tables("holds", sections.HOLD_KEYS)
        ),
    )


def _with_autonomy(policy: Policy, root: Table, names: _Names) -> Policy:
    phases = (
        sections_autonomy.phase_rule(one, names.decisions)
        for one in root.tables("phases", sections_autonomy.PHASE_KEYS)
    )
    return replace(
        policy,
        phases=tuple(rule for rule in phases if rule is not None),
        breakers=tuple(
            sections_autonomy.breaker_rule(one, names.decisions)
            for one in root.tables("breakers", sections_autonomy.BREAKER_KEYS)
        ),
        promotions=tuple(
            sections_autonomy.promotion_rule(one, names.roles, names.decisions)
            for one in root.tables("promotions", sections_autonomy.PROMOTION_KEYS)
        ),
    )


def _with_duties(policy: Policy, root: Table, names: _Names) -> Policy:
    attention = root.table("attention", sections_people.ATTENTION_KEYS, required=False)
    questions = None
    if attention is not None:
        most = sections_people.QUESTIONS_MAX
        questions = attention.number("questions_per_hour_max", most=most)
    return replace(
        policy,
        approvals=tuple(
            sections_people.approval_rule(one, names.roles, names.decisions)
            for one in root.tables("approvals", sections_people.APPROVAL_KEYS)
        ),
        rosters=tuple(
            sections_people.roster(one, names.is_time_zone)
            for one in root.tables("rosters", sections_people.ROSTER_KEYS)
        ),
        reviews=tuple(
            sections_people.review_rule(one, names.roles)
            for one in root.tables("reviews", sections_people.REVIEW_KEYS)
        ),
        probes=tuple(
            sections_people.probe_rule(one, names.decisions)
            for one in root.tables("probes", sections_people.PROBE_KEYS)
        ),
        questions_per_hour_max=questions or policy.questions_per_hour_max,
    )


def _roles(table: Table | None, key: str, roles: tuple[str, ...]) -> frozenset[str]:
    if table is None:
        return frozenset()
    return frozenset(table.names(key, roles or None, any_too=False))


def _syntax_mistake(text: str, told: str) -> PolicyMistake:
    at = re.search(r"line (\d+)", told)
    line = int(at[1]) if at else max(1, len(text.splitlines()))
    cure = "Mend this line first; the rest of the text could not be read."
    return PolicyMistake(line=line, where="text", what=f"this is not TOML: {told}.", cure=cure)
