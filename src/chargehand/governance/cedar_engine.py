"""Asking the engine: the policies that can matter for a question, and their answer.

Each policy of a plant has one engine, made when it is first asked. It keeps what it parsed: by
person, act and question the slice of policies that can matter, so that a plant with hundreds of
grants and clauses asks a handful. Only what differs between proposals is read at each question.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chargehand.governance.authority import Grant, Person
from chargehand.governance.cedar_ask import Ask, Stated, asker, entities, owners_of
from chargehand.governance.cedar_rules import Node, Rule, granting, ruling_clause
from chargehand.governance.cedar_schema import POLICY
from chargehand.governance.terms import Policy
from chargehand.vocabulary.identifier import PersonId

if TYPE_CHECKING:
    from cedarpy import Entities, PolicySet

KEPT_MAX = 4096
"""So many questions are kept ready for each policy."""
ENGINES_MAX = 8
AUTOMATION = Person(person=PersonId(POLICY), name="", roles=(), os_user=None)
"""Who asks where the policy itself is about to clear something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the engine says to one question."""

    allowed: bool
    rules: tuple[Rule, ...] = ()
    """The policies that decided."""
    fault: str = ""
    """A policy could not be evaluated: never a yes."""

    @property
    def forbidden(self) -> bool:
        """Whether something forbids it, rather than nothing permitting it."""
        return not self.allowed and bool(self.rules)


@dataclass(frozen=True, slots=True)
class Ready:
    """One question, read by the engine as far as it is always the same."""

    rules: tuple[Rule, ...]
    policies: PolicySet
    entities: Entities
    request: dict[str, Any]


class Engine:
    """One policy in the engine's terms."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.clauses = tuple(ruling_clause(n, one) for n, one in enumerate(policy.clauses))
        self.rules = (
            *(granting(number, grant) for number, grant in enumerate(policy.grants)),
            *self.clauses,
        )
        bounds = {edge for r in self.rules for edge in (r.reach.since, r.reach.until) if edge}
        self._edges = sorted(bounds)
        self._persons: dict[tuple[Any, ...], tuple[Rule, ...]] = {}
        self._granted: dict[tuple[Any, ...], tuple[Grant, ...]] = {}
        self._sets: dict[tuple[str, ...], PolicySet] = {}
        self._ready: dict[tuple[Any, ...], Ready | None] = {}
        self._left: dict[tuple[Any, ...], dict[str, Node] | None] = {}
        self.filters: dict[tuple[Any, ...], Any] = {}
        """Conditions of lists, kept by ``listed``."""
        self.leftovers: dict[tuple[Any, ...], Any] = {}
        """What is left of people's policies, kept by ``listed`` as well."""

    def answer(self, person: Person, act: str, ask: Ask, stated: Stated, now: datetime) -> Answer:
        """Whether somebody may do an act on what a question is about."""
        ready = self.ready(person, act, ask, now)
        return Answer(allowed=False) if ready is None else self.asked(ready, stated)

    def asked(self, ready: Ready, stated: Stated) -> Answer:
        """The engine's answer to a question that is ready."""
        from cedarpy import is_authorized

        request = {**ready.request, "context": stated.context()}
        result = is_authorized(request, ready.policies, ready.entities)
        # In the policy's own order: the engine's differs from run to run.
        decisive = set(result.diagnostics.reasons)
        rules = tuple(rule for rule in ready.rules if rule.key in decisive)
        fault = "; ".join(sorted(result.diagnostics.errors))
        return Answer(allowed=result.allowed and not fault, rules=rules, fault=fault)

    def left(self, person: Person, act: str, now: datetime) -> dict[str, Node] | None:
        """What is left of somebody's policies while nothing is known of what they ask about.

        By the key of each policy; None where one cannot be evaluated. For lists only: it is never
        the answer to an act.
        """
        key = (act, person.person, person.roles, self.span(now))
        if key not in self._left:
            if len(self._left) >= KEPT_MAX:
                self._left.clear()
            self._left[key] = self._evaluated(person, act, self.of_person(person, act, now))
        return self._left[key]

    def _evaluated(
        self, person: Person, act: str, rules: tuple[Rule, ...]
    ) -> dict[str, Node] | None:
        from cedarpy import Entities, is_authorized_partial

        # The engine takes the names as text here: one that would have to be escaped is not asked.
        if not person.person.isprintable() or {'"', "\\"} & set(person.person):
            return None
        request = {
            "principal": f'Person::"{person.person}"', "action": f'Action::"{act}"',
            "resource": None, "context": None,
        }  # fmt: skip
        known = Entities.from_json_str(json.dumps(asker(person.person, person.roles)))
        result = is_authorized_partial(request, self._policy_set(rules), known)
        if result.diagnostics.errors or len(result.residuals) != len(rules):
            return None
        return dict(result.residuals)

    def allows(self, person: Person, act: str, ask: Ask, policy: Node, stated: Stated) -> bool:
        """Whether one policy by itself, made for the question, allows an act."""
        from cedarpy import PolicySet

        ready = self.made_ready(person, act, ask, ())
        text = {"staticPolicies": {"one": policy}, "templates": {}, "templateLinks": []}
        alone = replace(ready, policies=PolicySet.from_json_str(json.dumps(text)))
        return self.asked(alone, stated).allowed

    def ready(self, person: Person, act: str, ask: Ask, now: datetime) -> Ready | None:
        """The question with the slice of policies that can matter; None where none does."""
        key = (act, person.person, person.roles, ask, self.span(now))
        if key not in self._ready:
            rules = tuple(r for r in self.of_person(person, act, now) if r.reach.admits(ask))
            if len(self._ready) >= KEPT_MAX:
                self._ready.clear()
            self._ready[key] = self.made_ready(person, act, ask, rules) if rules else None
        return self._ready[key]

    def made_ready(self, person: Person, act: str, ask: Ask, rules: tuple[Rule, ...]) -> Ready:
        """A question put to some policies."""
        from cedarpy import Entities

        owners = owners_of(self.policy, ask)
        return Ready(
            rules,
            self._policy_set(rules),
            Entities.from_json_str(entities(person.person, person.roles, ask, owners)),
            {
                "principal": {"type": "Person", "id": person.person},
                "action": {"type": "Action", "id": act},
                "resource": {"type": "Proposal", "id": ""},
            },
        )

    def of_person(self, person: Person, act: str, now: datetime) -> tuple[Rule, ...]:
        """The policies that can matter for somebody's act at a moment."""
        key = (act, person.person, person.roles, self.span(now))
        if key not in self._persons:
            if len(self._persons) >= KEPT_MAX:
                self._persons.clear()
            roles = frozenset(person.roles)
            self._persons[key] = tuple(
                rule
                for rule in self.rules
                if rule.reach.admits_person(act, person.person, roles, now)
                # Automation is given by phases: here it can only be forbidden.
                and (rule.forbids or person is not AUTOMATION)
            )
        return self._persons[key]

    def granted(self, person: Person, now: datetime) -> tuple[Grant, ...]:
        """The grants of somebody's roles that are in force."""
        key = (person.roles, self.span(now))
        if key not in self._granted:
            self._granted[key] = tuple(
                grant
                for grant in self.policy.grants
                if grant.role in person.roles and grant.holds(now)
            )
        return self._granted[key]

    def span(self, now: datetime) -> int:
        """Which of the times between two beginnings or ends of grants a moment is in."""
        return sum(edge <= now for edge in self._edges)

    def _policy_set(self, rules: Iterable[Rule]) -> PolicySet:
        from cedarpy import PolicySet

        chosen = {rule.key: rule.policy for rule in rules}
        key = tuple(chosen)
        if key not in self._sets:
            if len(self._sets) >= KEPT_MAX:
                self._sets.clear()
            text = {"staticPolicies": chosen, "templates": {}, "templateLinks": []}
            self._sets[key] = PolicySet.from_json_str(json.dumps(text))
        return self._sets[key]


_engines: dict[int, Engine] = {}


def engine_of(policy: Policy) -> Engine:
    """The engine of a policy; made once for each policy that is in use."""
    engine = _engines.get(id(policy))
    # By identity, not by content: comparing hundreds of grants would cost more than asking them.
    if engine is None or engine.policy is not policy:
        engine = Engine(policy)
        while len(_engines) >= ENGINES_MAX:
            _engines.pop(next(iter(_engines)), None)
        _engines[id(policy)] = engine
    return engine
