"""Mistakes in a plant's own clauses: each with its line and a cure, before the text can hold.

Cedar's own check of types does most of it. What it lets pass though it can never hold (a site
compared with a zone, a proposal that lies in a site) is found here: a clause that never holds is a
rule that people believe in and that does nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from chargehand.governance.cedar_rules import Node, attribute_of, read_clause
from chargehand.governance.cedar_schema import (
    ACTS_SCHEMA,
    CONTEXT_TYPES,
    DECIDING,
    RESOURCE_TYPES,
    SCHEMA,
    SITE_ACTS,
)
from chargehand.governance.clause import Clause
from chargehand.governance.forbidden_acts import is_about_acts

if TYPE_CHECKING:
    from cedarpy import Schema

Mistake = tuple[int | None, str, str]
"""Line within a clause's text, what is wrong, and the cure."""
HOW_TO = "see docs/how-to/who-may-what.md for clauses that work"
NOWHERE = "unable to find an applicable action"


def clause_mistakes(clauses: Sequence[Clause]) -> list[tuple[int, int | None, str, str]]:
    """Every mistake in a plant's own clauses.

    Each is the clause's place in the sequence (from 0), the line within its text (from 1; None
    where it cannot be told), what is wrong, and the cure.
    """
    found: list[tuple[int, int | None, str, str]] = []
    seen: set[str] = set()
    for number, clause in enumerate(clauses):
        if clause.id in seen:
            what = f"two clauses have the id {clause.id}."
            found.append((number, None, what, "Rulings name a clause by its id: choose another."))
        seen.add(clause.id)
        found += [(number, *mistake) for mistake in _mistakes(clause.cedar)]
    return found


def names_in(clause: Clause) -> frozenset[tuple[str, str]]:
    """What a readable clause names: pairs such as ``("Role", "buyer")``."""
    return frozenset(name for policy in read_clause(clause.cedar) for name in _entities(policy))


def _mistakes(text: str) -> Iterator[Mistake]:
    try:
        policies = read_clause(text)
    except ValueError as error:
        told = str(error)
        yield _line_of(text, told), f"this is not Cedar: {told}.", f"Mend the text; {HOW_TO}."
        return
    if len(policies) != 1:
        cure = "Write each policy in a [[clauses]] entry of its own."
        yield None, f"a clause is one Cedar policy, not {len(policies)}.", cure
        return
    policy = policies[0]
    if _slots(policy):
        yield None, "a clause cannot be a template.", "Name the person, role or place itself."
        return
    if is_about_acts(policy):
        yield from dict.fromkeys([*_beside(policy), *_invalid(text, ACTS_SCHEMA)])
        return
    yield from dict.fromkeys([*_idle(text, policy), *_invalid(text, SCHEMA)])


def _beside(policy: Node) -> Iterator[Mistake]:
    """What a clause about acts of ``[[access]]`` cannot say."""
    acts = ", ".join(SITE_ACTS)
    if not _actions(policy) <= set(SITE_ACTS):
        cure = f"Write two clauses: {acts} are about a site, the others about a proposal."
        yield None, "a clause is about acts at a site, or about deciding, not both.", cure
    if policy["effect"] == "permit":
        cure = "Give it in [[access]]; clauses about acts only forbid."
        yield None, "an act at a site can be forbidden here, not permitted.", cure
    if policy["conditions"]:
        cure = 'Say it in the head: principal in Role::"...", resource == Site::"...".'
        yield None, "a clause about acts at a site has no conditions.", cure
    if policy["resource"]["op"] not in {"All", "=="}:
        cure = 'Write resource == Site::"...", or resource alone for every site.'
        yield None, "the resource of an act is one site, or any.", cure


def _invalid(text: str, schema: str) -> Iterator[Mistake]:
    from cedarpy import validate_policies

    errors = [
        re.sub(r"^for policy `[^`]*`[,:] *", "", one.error)
        for one in validate_policies(text, _schema(schema)).errors
    ]
    plain = [told for told in errors if not told.startswith(NOWHERE)]
    for told in plain or errors:
        yield _line_of(text, told), f"{told}.", _cure(told)


def _idle(text: str, policy: Node) -> Iterator[Mistake]:
    """What Cedar lets pass though it can never hold."""
    head = policy["resource"]
    if head["op"] not in {"All", "is"} or "in" in head:
        cure = "Write resource in the head, and compare resource.site, .zone or .decision in when."
        yield None, "the resource is a proposal, which lies in nothing.", cure
    if policy["effect"] == "permit" and _actions(policy) == {"automate"}:
        cure = "Name approve, reject or change in the head; automation is given by [[phases]]."
        yield _line_of(text, "`automate`"), "automate can be forbidden here, not permitted.", cure
    for condition in policy["conditions"]:
        for name, kind in _compared(condition["body"]):
            if name == "":
                cure = "Compare resource.site, resource.zone or resource.decision."
                yield None, "a proposal lies in nothing.", cure
            elif RESOURCE_TYPES.get(name, kind) != kind:
                what = f"resource.{name} is compared with a {kind}, which it never is."
                cure = f'Compare it with {RESOURCE_TYPES[name]}::"...".'
                yield _line_of(text, f"`{name}`"), what, cure


def _compared(node: object) -> Iterator[tuple[str, str]]:
    """Attributes and the kinds of things they are compared with; "" is the resource itself."""
    if isinstance(node, list):
        for part in node:
            yield from _compared(part)
        return
    if not isinstance(node, dict) or "Value" in node:
        return
    for operator, of in node.items():
        if operator in {"==", "!=", "in"}:
            for named, with_what in (("left", "right"), ("right", "left")):
                kinds = {kind for kind, _ in _entities(of[with_what])}
                name = attribute_of(of[named], "resource")
                if operator == "in" and of[named] == {"Var": "resource"} and named == "left":
                    name = ""
                if name is not None:
                    yield from ((name, kind) for kind in kinds or ({""} if name == "" else set()))
        yield from _compared(list(of.values()) if isinstance(of, dict) else of)


def _slots(policy: Node) -> bool:
    return any("slot" in policy[part] for part in ("principal", "resource"))


def _actions(policy: Node) -> set[str]:
    scope = policy["action"]
    named = scope.get("entities") or ([scope["entity"]] if "entity" in scope else [])
    return {one["id"] for one in named}


def _entities(node: object) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        if set(node) == {"type", "id"}:
            yield str(node["type"]), str(node["id"])
        for part in node.values():
            yield from _entities(part)
    elif isinstance(node, list):
        for part in node:
            yield from _entities(part)


def _line_of(text: str, told: str) -> int | None:
    """The first line that holds what a message names; None where it names nothing of the text."""
    for name in re.findall(r"`([^`]+)`", told):
        for number, line in enumerate(text.splitlines(), 1):
            if name in line:
                return number
    return None


def _cure(told: str) -> str:
    for word, cure in (
        ("eid", f"Use one of its names; {HOW_TO}."),
        (
            "attribute",
            f"resource has {', '.join(RESOURCE_TYPES)}; context has {', '.join(CONTEXT_TYPES)}.",
        ),
        (
            "entity type",
            "The types are Person, Role, Decision, Transaction, Site, Zone, Basis and Risk.",
        ),
        ("applicable action", "The principal is a Person in a Role, the resource a Proposal."),
        ("action", f"The actions are {', '.join((*DECIDING, *SITE_ACTS))}."),
    ):
        if word in told:
            return cure
    return 'Money is in whole cents, confidence in permille, and a name is written like Site::"S1".'


@cache
def _schema(text: str) -> Schema:
    from cedarpy import Schema

    return Schema.from_str(text)
