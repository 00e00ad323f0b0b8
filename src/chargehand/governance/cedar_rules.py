"""Grants and clauses as the engine's policies, each with what must hold for it to matter.

A policy's ``Reach`` is what makes slices: where a question lies outside of it, the policy cannot
answer it, so it is not even asked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Any

from chargehand.governance.authority import Grant
from chargehand.governance.cedar_ask import Ask, cents_limit, reference
from chargehand.governance.clause import Clause
from chargehand.governance.submission import ANY
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.work import TransactionType

Node = dict[str, Any]
"""A policy or an expression in the engine's JSON form."""
GRANTED = ("approve", "reject", "change")
ASKED = ("decision", "transaction", "site", "zone", "from_site", "basis", "risk", "proposer")
"""What of a question a policy may be sliced by: fields of ``Ask``."""
HARMLESS = frozenset(
    {
        "Value", "Var", "Set", ".", "==", "!=", "<", "<=", ">", ">=", "&&", "||", "!", "contains",
        "containsAll", "containsAny", "isEmpty", "in", "is", "has", "like", "if-then-else",
    }
)  # fmt: skip
"""Operators that cannot fail on what fits the schema; sums can be too large."""

ENCLOSED = re.compile(r"\(((?:resource|context)\.[a-z_]+|principal)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Outside of this a policy never matters. None is everything."""

    actions: frozenset[str] | None = None
    roles: frozenset[str] | None = None
    people: frozenset[str] | None = None
    needs: tuple[tuple[str, frozenset[str]], ...] = ()
    """Fields of a question and what they must be among."""
    since: datetime | None = None
    until: datetime | None = None

    def admits_person(self, act: str, person: str, roles: frozenset[str], now: datetime) -> bool:
        """Whether it can matter for somebody's act at a moment."""
        return (
            (self.actions is None or act in self.actions)
            and (self.roles is None or bool(self.roles & roles))
            and (self.people is None or person in self.people)
            and (self.since is None or self.since <= now)
            and (self.until is None or now < self.until)
        )

    def admits(self, ask: Ask) -> bool:
        """Whether it can matter for a question."""
        return all(getattr(ask, name) in among for name, among in self.needs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One grant or clause, as the engine knows it."""

    key: str
    name: str
    """The clause that a check names."""
    policy: Node
    reach: Reach
    because: str = ""

    @property
    def forbids(self) -> bool:
        """Whether it takes away rather than gives."""
        return bool(self.policy["effect"] == "forbid")


def granting(number: int, grant: Grant) -> Rule:
    """A grant as the engine's policy: its role may decide within its names and its limit."""
    conditions = list(_scoped(grant))
    if grant.value_max is not None:
        conditions.append(_kept(grant.value_max))
    policy = {
        "effect": "permit",
        "principal": {"op": "in", "entity": {"type": "Role", "id": grant.role}},
        "action": {"op": "in", "entities": [{"type": "Action", "id": one} for one in GRANTED]},
        "resource": {"op": "All"},
        "conditions": [{"kind": "when", "body": one} for one in conditions],
    }
    needs = (
        ("decision", grant.decisions),
        ("transaction", grant.transactions),
        ("site", grant.sites),
        ("from_site", grant.sites),
        ("zone", grant.zones),
    )
    reach = Reach(
        actions=frozenset(GRANTED),
        roles=frozenset({grant.role}),
        needs=tuple((name, among) for name, among in needs if ANY not in among),
        since=grant.valid_from,
        until=grant.valid_until,
    )
    return Rule(key=f"g{number}", name=grant.clause, policy=policy, reach=reach)


def _scoped(grant: Grant) -> Iterator[Node]:
    for name, kind, among in (
        ("decision", "Decision", grant.decisions),
        ("transaction", "Transaction", grant.transactions),
        ("site", "Site", grant.sites),
        ("from_site", "Site", grant.sites),
        ("zone", "Zone", grant.zones),
    ):
        if ANY not in among:
            # One by one: the engine would build a set anew at each question.
            attribute = _attribute("resource", name)
            equal: list[Node] = [
                {"==": {"left": attribute, "right": {"Value": reference(kind, one)}}}
                for one in sorted(among)
            ]
            yield reduce(_either, equal, equal.pop(0)) if equal else {"Value": False}
    if ANY not in grant.zones:
        # The zone that gives is not known: only a grant of every zone covers it.
        transfer = {"Value": reference("Transaction", TransactionType.TRANSFER.value)}
        yield {"!=": {"left": _attribute("resource", "transaction"), "right": transfer}}


def _kept(limit: Money) -> Node:
    most = cents_limit(limit)
    cost = _attribute("context", "cost")
    same = {"==": {"left": _attribute("context", "currency"), "right": {"Value": limit.currency}}}
    kept: Node = _both(same, {"<=": {"left": cost, "right": {"Value": most}}})
    if most >= 0:
        kept = _either({"==": {"left": cost, "right": {"Value": 0}}}, kept)
    approve = {"Value": reference("Action", "approve")}
    return _either({"!=": {"left": {"Var": "action"}, "right": approve}}, kept)


def _attribute(of: str, name: str) -> Node:
    return {".": {"left": {"Var": of}, "attr": name}}


def _both(left: Node, right: Node) -> Node:
    return {"&&": {"left": left, "right": right}}


def _either(left: Node, right: Node) -> Node:
    return {"||": {"left": left, "right": right}}


def read_clause(cedar: str) -> list[Node]:
    """The policies of a clause's text; ``ValueError`` where it cannot be read."""
    from cedarpy import policies_to_json_str

    read = json.loads(policies_to_json_str(cedar))
    return [*read["staticPolicies"].values(), *read["templates"].values()]


def text_of(condition: Node) -> str:
    """A condition in Cedar's own words."""
    from cedarpy import policies_from_json_str

    policy = {
        "effect": "permit", "principal": {"op": "All"}, "action": {"op": "All"},
        "resource": {"op": "All"}, "conditions": [{"kind": "when", "body": condition}],
    }  # fmt: skip
    whole = {"staticPolicies": {"one": policy}, "templates": {}, "templateLinks": []}
    written = policies_from_json_str(json.dumps(whole))
    inner = written[written.index("{") + 1 : written.rindex("}")]
    return ENCLOSED.sub(r"\1", " ".join(inner.split()))


def ruling_clause(number: int, clause: Clause) -> Rule:
    """A plant's own clause as the engine's policy. ``ValueError`` where it cannot be read."""
    policy = read_clause(clause.cedar)[0]
    policy.pop("annotations", None)
    return Rule(
        key=f"c{number}",
        name=f"clauses.{clause.id}",
        policy=policy,
        reach=reach_of(policy),
        because=clause.because,
    )


def reach_of(policy: Node) -> Reach:
    """Outside of what a policy surely never matters."""
    roles, people = _principal(policy["principal"])
    return Reach(
        actions=_actions(policy["action"]),
        roles=roles,
        people=people,
        needs=tuple(_needs(policy["conditions"]).items()),
    )


def _principal(scope: Node) -> tuple[frozenset[str] | None, frozenset[str] | None]:
    entity = scope.get("entity")
    if entity is None:
        return None, None
    only = frozenset({entity["id"]})
    return (only, None) if entity["type"] == "Role" else (None, only)


def _actions(scope: Node) -> frozenset[str] | None:
    if scope["op"] == "All":
        return None
    named = scope.get("entities") or [scope["entity"]]
    return frozenset(one["id"] for one in named)


def _needs(conditions: list[Node]) -> dict[str, frozenset[str]]:
    """What the fields of a question must be, as far as that is looked at before anything fails."""
    needs: dict[str, frozenset[str]] = {}
    for condition in conditions:
        whole = condition["kind"] != "when"
        for part in (condition["body"],) if whole else conjuncts(condition["body"]):
            found = None if whole else _need(part)
            if found is not None:
                name, among = found
                needs[name] = needs.get(name, among) & among
            elif not is_harmless(part):
                return needs
    return needs


def conjuncts(body: Node) -> Iterator[Node]:
    """The parts of a condition that must all hold, in the order they are looked at."""
    if "&&" in body:
        yield from conjuncts(body["&&"]["left"])
        yield from conjuncts(body["&&"]["right"])
    else:
        yield body


def is_harmless(node: object) -> bool:
    """Whether an expression gives an answer for everything that fits the schema."""
    if isinstance(node, list):
        return all(is_harmless(one) for one in node)
    if not isinstance(node, dict) or "Value" in node:
        return True
    for operator, of in node.items():
        if operator not in HARMLESS:
            return False
        parts = of.values() if isinstance(of, dict) else [of]
        if not all(is_harmless(part) for part in parts):
            return False
    return True


def _need(part: Node) -> tuple[str, frozenset[str]] | None:
    """The field and the names that a part compares it with, where that is all it does."""
    for operator, named, among in (
        ("==", "left", "right"), ("==", "right", "left"), ("contains", "right", "left"),
        ("in", "left", "right"),
    ):  # fmt: skip
        if operator in part:
            name = attribute_of(part[operator][named], "resource")
            names = _names(part[operator][among])
            if name in ASKED and names is not None:
                return name, names
    return None


def attribute_of(node: Node, of: str) -> str | None:
    """The name of an attribute of the resource or the context; None for anything else."""
    access = node.get(".")
    if access is None or access["left"] != {"Var": of}:
        return None
    return str(access["attr"])


def _names(node: Node) -> frozenset[str] | None:
    values = node.get("Set", [node])
    found = [one.get("Value") for one in values]
    if not all(isinstance(one, dict) and "__entity" in one for one in found):
        return None
    return frozenset(one["__entity"]["id"] for one in found)
