"""What is left of one person's policies for each kind of question, each part read once.

A plant has thousands of kinds, and few of them differ in what a policy looks at: what it says for
one decision, site and zone is what it says for all kinds with these.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from chargehand.governance.cedar_ask import Ask, Value
from chargehand.governance.cedar_rules import Node, Rule
from chargehand.governance.residual import UNKNOWN, Residue, Sayable, Unsayable, any_of

STAGES = (
    ("site", "from_site"), ("zone",), ("decision",), ("transaction",),
    ("basis", "risk", "proposer"),
)  # fmt: skip
"""By what the policies that can matter are narrowed down, in turn: every field of ``ASKED``."""
Told = tuple[Sayable, bool] | None
"""What a policy says, and whether it asks who changed a proposal; None: columns cannot tell."""


class Leftover:
    """One person's policies for one act, with what the engine has left of them."""

    def __init__(self, rules: tuple[Rule, ...], left: Mapping[str, Node]) -> None:
        self._left = left
        self._slices: dict[tuple[str, ...], tuple[Rule, ...]] = {(): rules}
        self._read = {rule.key: tuple(sorted(_read(left[rule.key]))) for rule in rules}
        self._told: dict[tuple[str, tuple[Value | None, ...]], Told] = {}

    def of(self, ask: Ask, known: Mapping[str, Value]) -> tuple[Sayable, Sayable, bool]:
        """What permits, what forbids, and whether they ask who changed a proposal.

        ``known`` is what is asked about. ``Unsayable`` where columns cannot tell.
        """
        permits: list[Sayable] = []
        forbids: list[Sayable] = []
        asks_changers = False
        for rule in self._slice(ask):
            told = self._of(rule, known)
            if told is None:
                raise Unsayable(rule.name)
            (forbids if rule.forbids else permits).append(told[0])
            asks_changers = asks_changers or told[1]
        return any_of(permits), any_of(forbids), asks_changers

    def _of(self, rule: Rule, known: Mapping[str, Value]) -> Told:
        key = rule.key, tuple(known.get(name) for name in self._read[rule.key])
        if key not in self._told:
            residue = Residue(known)
            try:
                self._told[key] = residue.told(self._left[rule.key]), residue.asks_changers
            except Unsayable:
                self._told[key] = None
        return self._told[key]

    def _slice(self, ask: Ask) -> tuple[Rule, ...]:
        """The policies that can matter for a question, as ``Reach.admits`` says."""
        key: tuple[str, ...] = ()
        found = self._slices[key]
        for names in STAGES:
            key = (*key, *(getattr(ask, name) for name in names))
            if key not in self._slices:
                self._slices[key] = tuple(_narrowed(found, names, ask))
            found = self._slices[key]
        return found


def _narrowed(rules: Iterable[Rule], names: tuple[str, ...], ask: Ask) -> Iterator[Rule]:
    for rule in rules:
        needs = (need for need in rule.reach.needs if need[0] in names)
        if all(getattr(ask, name) in among for name, among in needs):
            yield rule


def _read(node: object) -> set[str]:
    """The attributes of what is asked about that an expression looks at."""
    if isinstance(node, list):
        return {name for one in node for name in _read(one)}
    if not isinstance(node, dict):
        return set()
    access = node.get(".")
    if isinstance(access, dict) and access.get("left") == UNKNOWN["resource"]:
        return {str(access["attr"])}
    return {name for one in node.values() for name in _read(one)}
