"""From policy text (TOML) to a policy, or to every mistake in the text at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import replace
from hashlib import sha256

from chargehand.governance import sections
from chargehand.governance.approvers import unapprovable, vacant_roles
from chargehand.governance.coherence import contradictions, strangers
from chargehand.governance.draft import Draft
from chargehand.governance.mistakes import Mistakes
from chargehand.governance.table import Table
from chargehand.governance.terms import Policy, PolicyMistake

KEYS = (
    "version", "title", "roles", "administration", "people", "grants", "phases", "approvals",
    "breakers", "holds",
)  # fmt: skip


def parse_policy(
    text: str,
    *,
    decisions: Collection[str] | None = None,
    transactions_of: Mapping[str, Collection[str]] | None = None,
    held: bool = False,
) -> Policy | tuple[PolicyMistake, ...]:
    """Read a policy text, checked as a whole: a policy, or every mistake in it.

    ``decisions`` are the names that the text may use (any, where not given); ``transactions_of``
    says which transactions each decision may propose, so that approvers are asked for those only.
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
    policy = _read(Table(content, "", mistakes, KEYS), None if held else decisions)
    draft = Draft(
        policy=replace(policy, digest=digest),
        decisions=decisions,
        transactions_of=transactions_of or {},
        faulty=mistakes.tables(),
    )
    findings = tuple(contradictions(draft))
    for finding in () if held else findings:
        mistakes.note(*finding)
    if mistakes.found:
        return mistakes.in_order()
    oddities = (*vacant_roles(draft), *unapprovable(draft))
    if held:
        oddities = (*strangers(draft), *findings, *oddities)
    return replace(draft.policy, remarks=tuple(mistakes.told(*oddity) for oddity in oddities))


def succession(present: Policy, following: Policy) -> tuple[PolicyMistake, ...]:
    """What speaks against putting a policy in the place of the present one: its version number."""
    if following.version > present.version:
        return ()
    what = f"version {following.version} does not follow version {present.version}."
    cure = f"Set version = {present.version + 1}, so that every ruling says which text it is by."
    return (PolicyMistake(line=None, where="version", what=what, cure=cure),)


def _read(root: Table, decisions: Collection[str] | None) -> Policy:
    roles = tuple(root.names("roles", None, any_too=False))
    in_charge = root.table("administration", sections.ADMINISTRATION_KEYS)
    phases = (
        sections.phase_rule(one, decisions) for one in root.tables("phases", sections.PHASE_KEYS)
    )
    return Policy(
        version=root.whole("version", least=1, required=True) or 0,
        title=root.text("title"),
        roles=roles,
        administrators=_roles(in_charge, "policy", roles),
        breaker_closers=_roles(in_charge, "breakers", roles),
        people=tuple(
            sections.person(one, roles) for one in root.tables("people", sections.PERSON_KEYS)
        ),
        grants=tuple(
            grant
            for one in root.tables("grants", sections.GRANT_KEYS)
            for grant in sections.grants(one, roles, decisions)
        ),
        phases=tuple(rule for rule in phases if rule is not None),
        approvals=tuple(
            sections.approval_rule(one, decisions)
            for one in root.tables("approvals", sections.APPROVAL_KEYS)
        ),
        breakers=tuple(
            sections.breaker_rule(one, decisions)
            for one in root.tables("breakers", sections.BREAKER_KEYS)
        ),
        holds=tuple(
            sections.hold_rule(one, roles) for one in root.tables("holds", sections.HOLD_KEYS)
        ),
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
