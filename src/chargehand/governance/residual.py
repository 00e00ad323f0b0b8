"""What is left of a question when the figures of a proposal are not known yet, as a condition.

The engine evaluates who asks; what remains speaks of what is asked about (known for each kind of
question) and of value, currency and confidence, which become a condition over the columns of a
proposal: in SQL, and the same in Python. It serves lists only: whoever acts on a line of one is
asked about again, by ``permission``.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from chargehand.governance.cedar_ask import Value
from chargehand.governance.cedar_rules import Node
from chargehand.governance.cedar_schema import CONTEXT_TYPES

COLUMNS: Final = {"cost": "cents", "currency": "paid_in", "confidence": "permille"}
"""Columns of a proposal that hold what a ``Stated`` has."""
COMPARED: Final[Mapping[str, tuple[str, Callable[[Any, Any], bool]]]] = {
    "==": ("=", operator.eq),
    "!=": ("<>", operator.ne),
    "<": ("<", operator.lt),
    "<=": ("<=", operator.le),
    ">": (">", operator.gt),
    ">=": (">=", operator.ge),
}
UNKNOWN: Final = {name: {"unknown": [{"Value": name}]} for name in ("resource", "context")}


class Figures(NamedTuple):
    """The columns of a proposal that conditions look at."""

    cents: int
    paid_in: str
    permille: int
    version: int


class Unsayable(Exception):
    """A condition that these columns cannot tell."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition in SQL with the values of its marks, and the same as a test."""

    text: str
    values: tuple[str | int, ...] = ()
    holds: Callable[[Figures], bool] = field(default=bool, compare=False, repr=False)


Sayable = Condition | bool
"""A condition, or its answer where that is known already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which proposals of one kind somebody may decide on."""

    surely: Sayable
    perhaps: Sayable = False
    """Proposals for which only ``permission`` can tell."""


def holds(told: Sayable, figures: Figures) -> bool:
    """Whether figures keep a condition."""
    return told if isinstance(told, bool) else told.holds(figures)


def within_limit(limit_cents: int, currency: str) -> Sayable:
    """The condition that a proposal's value keeps a limit."""
    kept = all_of((_figure("paid_in", "==", currency), _figure("cents", "<=", limit_cents)))
    return any_of((_figure("cents", "==", 0), kept)) if limit_cents >= 0 else kept


def all_of(parts: Iterable[Sayable]) -> Sayable:
    """The condition that all of some hold."""
    return _joined(parts, " AND ", all, decisive=False)


def any_of(parts: Iterable[Sayable]) -> Sayable:
    """The condition that any of some holds."""
    return _joined(parts, " OR ", any, decisive=True)


def negated(part: Sayable) -> Sayable:
    """The condition that another does not hold."""
    if isinstance(part, bool):
        return not part
    test = part.holds
    return Condition(f"NOT ({part.text})", part.values, lambda figures: not test(figures))


def version_is(relation: str) -> Condition:
    """The condition that a proposal is in its first version (``==``) or a later one (``>``)."""
    return _figure("version", relation, 1)


def _figure(column: str, relation: str, value: str | int) -> Condition:
    sign, compare = COMPARED[relation]
    get = operator.attrgetter(column)
    return Condition(f"{column} {sign} ?", (value,), lambda figures: compare(get(figures), value))


def _joined(
    parts: Iterable[Sayable],
    word: str,
    combine: Callable[[Iterable[bool]], bool],
    *,
    decisive: bool,
) -> Sayable:
    found: dict[Condition, None] = {}
    for part in parts:
        if isinstance(part, Condition):
            found[part] = None
        elif part is decisive:
            return decisive
    if not found:
        return not decisive
    if len(found) == 1:
        return next(iter(found))
    values = tuple(value for one in found for value in one.values)
    tests = tuple(one.holds for one in found)
    text = f"({word.join(one.text for one in found)})"
    return Condition(text, values, lambda figures: combine(test(figures) for test in tests))


@dataclass(slots=True)
class Residue:
    """Reads what is left of a policy, for one kind of question."""

    known: Mapping[str, Value]
    """What is asked about: attributes of the resource."""
    asks_changers: bool = False
    """Set where they ask who changed it: the conditions then hold for what nobody has changed."""

    def told(self, policy: Node) -> Sayable:
        """When a policy applies. ``Unsayable`` where columns cannot tell."""
        return all_of(self._condition(one) for one in policy["conditions"])

    def _condition(self, condition: Node) -> Sayable:
        told = self._said(condition["body"])
        return told if condition["kind"] == "when" else negated(told)

    def _said(self, node: Node) -> Sayable:
        word = next(iter(node))
        of = node[word]
        if word in {"&&", "||"}:
            # The right side is looked at only where the left one leaves it open.
            left = self._said(of["left"])
            if left is (word == "||"):
                return left
            return (all_of if word == "&&" else any_of)((left, self._said(of["right"])))
        if word in COMPARED:
            return self._compared(word, of)
        read = {
            "!": lambda one: negated(self._said(one["arg"])),
            "if-then-else": self._chosen,
            "contains": lambda two: self._among(word, two["left"], two["right"]),
            "in": lambda two: self._among(word, two["right"], two["left"]),
            "is": self._is_proposal,
            "has": self._has,
            "isEmpty": self._empty,
        }.get(word)
        told = self._constant(node) if read is None else read(of)
        if not isinstance(told, bool | Condition):
            raise Unsayable(word)
        return told

    def _chosen(self, of: Node) -> Sayable:
        asked = self._said(of["if"])
        if isinstance(asked, bool):
            return self._said(of["then"] if asked else of["else"])
        yes, no = self._said(of["then"]), self._said(of["else"])
        return any_of((all_of((asked, yes)), all_of((negated(asked), no))))

    def _is_proposal(self, of: Node) -> Sayable:
        if of["left"] != UNKNOWN["resource"]:
            raise Unsayable("is")
        return bool(of["entity_type"] == "Proposal")

    def _has(self, of: Node) -> Sayable:
        if of["left"] not in UNKNOWN.values():
            raise Unsayable("has")
        return of["attr"] in (self.known.keys() | CONTEXT_TYPES.keys())

    def _compared(self, relation: str, of: Node) -> Sayable:
        left, right = of["left"], of["right"]
        if _attribute(right, "context"):
            left, right = right, left
            relation = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(relation, relation)
        name = _attribute(left, "context")
        value = self._constant(right)
        if name is None:
            return COMPARED[relation][1](self._constant(left), value)
        if name not in COLUMNS or isinstance(value, bool) or not isinstance(value, str | int):
            raise Unsayable(name)
        return _figure(COLUMNS[name], relation, value)

    def _among(self, word: str, those: Node, one: Node) -> Sayable:
        if _attribute(those, "context") == "changed_by":
            self.asks_changers = True
            return False
        among = self._constant(those)
        among = among if isinstance(among, frozenset) else frozenset({among})
        name = _attribute(one, "context")
        if name is None:
            value = self._constant(one)
            # A person can also be in a role, which only the engine knows.
            if word == "in" and isinstance(value, tuple) and value[0] == "Person":
                raise Unsayable(word)
            return value in among
        if name not in COLUMNS:
            raise Unsayable(name)
        return any_of(
            _figure(COLUMNS[name], "==", value) for value in among if isinstance(value, str | int)
        )

    def _empty(self, of: Node) -> Sayable:
        if _attribute(of["arg"], "context") == "changed_by":
            self.asks_changers = True
            return True
        return not self._constant(of["arg"])

    def _constant(self, node: Node) -> Value:
        """The value of an expression that does not depend on the figures."""
        if "Set" in node:
            return frozenset(self._constant(one) for one in node["Set"])
        name = _attribute(node, "resource")
        if name is not None and name in self.known:
            return self.known[name]
        value = node.get("Value")
        if isinstance(value, dict) and "__entity" in value:
            return (value["__entity"]["type"], value["__entity"]["id"])
        if not isinstance(value, bool | int | str):
            raise Unsayable(str(node))
        return value


def _attribute(node: Node, of: str) -> str | None:
    access = node.get(".")
    if access is None or access["left"] != UNKNOWN[of]:
        return None
    return str(access["attr"])
