"""Why somebody may do something, or not: every rule that was looked at, in words.

Grants are told name by name; a clause of the plant condition by condition, each with what the
engine says to it alone and the figures it speaks of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from chargehand.governance.access import Act, may
from chargehand.governance.authority import Grant, Person, covers
from chargehand.governance.cedar_ask import Ask, Stated, asks_of, attributes, owners_of, stated
from chargehand.governance.cedar_engine import Engine, engine_of
from chargehand.governance.cedar_rules import Node, Rule, conjuncts, text_of
from chargehand.governance.delegation import Delegation
from chargehand.governance.forbidden_acts import forbidding
from chargehand.governance.in_stead import steads
from chargehand.governance.permission import GrantedAct, permission
from chargehand.governance.submission import ANY, Check, Submission, compared, value_of, within
from chargehand.governance.terms import Policy
from chargehand.governance.thresholds import approval_clauses

NAMED = re.compile(r"\b(resource|context)\.([a-z_]+)")
MANY = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The answer to "may this person do that", and all that was looked at on the way."""

    who: str
    asked: str
    """What was asked, in words."""
    answer: Check
    """The answer, with the clause that decided."""
    looked_at: tuple[Check, ...] = ()
    """Every grant and clause of the person, each with what spoke for or against it."""
    for_whom: str = ""
    """In whose stead, where it is allowed by a delegation only."""


def explain_deciding(
    person: Person,
    policy: Policy,
    submission: Submission,
    *,
    act: GrantedAct,
    asked: str,
    now: datetime,
    delegations: tuple[Delegation, ...] = (),
) -> Explanation:
    """Explain whether somebody may approve, reject or change a submission."""
    whatever_value = act != "approve"
    if whatever_value:  # whoever proposed something may withdraw it
        submission = replace(submission, proposer="")
    given = permission(
        person, policy, submission, now=now, delegations=delegations, act=act,
        whatever_value=whatever_value,
    )  # fmt: skip
    looked_at = [
        *(
            _grant(grant, person, submission, now, whatever_value=whatever_value)
            for grant in policy.grants
            if grant.role in person.roles
        ),
        *_clauses(engine_of(policy), person, act, submission),
        *(
            Check(
                clause="delegations",
                passed=not one.because_not,
                text=_stead(one.name, one.because_not),
            )
            for one in steads(person, policy, delegations, asks_of(submission), now)
        ),
        *(approval_clauses(submission, policy) if act == "approve" else ()),
    ]
    return Explanation(
        who=str(person.person), asked=asked, answer=given.check, looked_at=tuple(looked_at),
        for_whom=given.for_whom,
    )  # fmt: skip


def explain_act(person: Person, policy: Policy, act: Act, site: str | None) -> Explanation:
    """Explain whether somebody may do an act that is no decision on a proposal."""
    where = "every site" if site is None else f"site {site}"
    looked_at = []
    for rule in policy.access:
        if rule.role in person.roles:
            reasons = []
            if act not in rule.acts:
                reasons.append(f"{act} is not among {_listed(rule.acts)}")
            if ANY not in rule.sites and (site is None or site not in rule.sites):
                reasons.append(f"{where} is not among {_listed(rule.sites)}")
            text = f"role {rule.role}: {'; '.join(reasons) or f'may {act} at {where}'}"
            looked_at.append(Check(clause=rule.clause, passed=not reasons, text=text))
    looked_at += [
        replace(check, text=f"forbidden at {'every site' if place == ANY else place}: {check.text}")
        for place, check in (forbidding(person, act, policy) if policy.clauses else ())
    ]
    return Explanation(
        who=str(person.person),
        asked=f"{act.replace('_', ' ')} at {where}",
        answer=may(person, act, site, policy),
        looked_at=tuple(looked_at),
    )


def _stead(name: str, because_not: str) -> str:
    return f"in the stead of {name}: {because_not or 'what they hold counts'}"


def _grant(
    grant: Grant, person: Person, submission: Submission, now: datetime, *, whatever_value: bool
) -> Check:
    """What speaks for or against a grant, name by name."""
    reasons = dict.fromkeys(
        reason for ask in asks_of(submission) for reason in _not_named(grant, ask)
    )
    if not grant.holds(now):
        reasons["it does not hold at this moment"] = None
    value, limit = value_of(submission.proposal), grant.value_max
    if limit is not None and not whatever_value and not within(value, limit):
        reasons[compared(value, limit)] = None
    if not person.active or person.service:
        reasons["people who are active decide, nobody else"] = None
    text = f"role {grant.role}: {'; '.join(reasons) or 'covers it'}"
    return Check(clause=grant.clause, passed=not reasons, text=text)


def _not_named(grant: Grant, ask: Ask) -> Iterator[str]:
    zone = None if ask.transaction == "transfer" else ask.zone
    for what, name, names in (
        ("transaction", ask.transaction, grant.transactions),
        ("decision", ask.decision, grant.decisions),
        *(("site", site, grant.sites) for site in ask.sites),
        ("zone", ask.zone, grant.zones),
    ):
        if not covers(names, name):
            said = f"any {what}" if name == ANY else f"{what} {name}"
            yield f"{said} is not among {_listed(names)}"
    if zone is None and covers(grant.zones, ask.zone) and not covers(grant.zones, None):
        yield f"a transfer needs all zones, not only {_listed(grant.zones)}"


def _clauses(engine: Engine, person: Person, act: str, submission: Submission) -> Iterator[Check]:
    """What each clause of the plant about an act says to it."""
    figures = stated(submission)
    for rule in engine.clauses:
        if _is_about(rule, act):
            yield _clause(engine, person, act, rule, asks_of(submission), figures)


def _is_about(rule: Rule, act: str) -> bool:
    return rule.reach.actions is None or act in rule.reach.actions


def _clause(
    engine: Engine, person: Person, act: str, rule: Rule, asks: tuple[Ask, ...], figures: Stated
) -> Check:
    missing: dict[str, None] = {}
    holds = []
    for ask in asks:
        ready = engine.made_ready(person, act, ask, (rule,))
        answer = engine.asked(ready, figures)
        holds.append(bool(answer.rules) or bool(answer.fault))
        if not holds[-1]:
            missing |= dict.fromkeys(_missing(engine, person, act, rule, ask, figures))
    if rule.forbids:
        stops = any(holds)
        text = f"forbids it: {rule.because}" if stops else f"does not apply: {_all(missing)}"
        return Check(clause=rule.name, passed=not stops, text=text)
    gives = bool(holds) and all(holds)
    text = f"permits it: {rule.because}" if gives else f"does not permit it: {_all(missing)}"
    return Check(clause=rule.name, passed=gives, text=text)


def _missing(
    engine: Engine, person: Person, act: str, rule: Rule, ask: Ask, figures: Stated
) -> Iterator[str]:
    """The conditions of a clause that do not hold for a question, each asked by itself."""
    anything = {name: {"op": "All"} for name in ("principal", "action", "resource")}
    alone = {"effect": "permit", **anything, "conditions": []}

    def holds(**part: object) -> bool:
        return engine.allows(person, act, ask, alone | part, figures)

    whom = rule.policy["principal"]
    if not holds(principal=whom):
        yield f"it is about {_whom(whom)}"
    for condition in rule.policy["conditions"]:
        if condition["kind"] == "unless":
            if not holds(conditions=[condition]):
                yield f"holds unless {_told(engine, condition['body'], ask, figures)}"
            continue
        for part in conjuncts(condition["body"]):
            if not holds(conditions=[{"kind": "when", "body": part}]):
                yield f"it needs {_told(engine, part, ask, figures)}"


def _told(engine: Engine, part: Node, ask: Ask, figures: Stated) -> str:
    """A condition as its author wrote it, with what the figures are."""
    text = text_of(part)
    about = attributes(ask, owners_of(engine.policy, ask))
    said = {}
    for of, name in NAMED.findall(text):
        value = about.get(name) if of == "resource" else getattr(figures, name, None)
        said[name] = value[1] if isinstance(value, tuple) and of == "resource" else value
    shown = ", ".join(f"{name} is {_shown(value)}" for name, value in said.items())
    return f"{text} ({shown})" if shown else text


def _shown(value: object) -> str:
    if isinstance(value, frozenset | tuple):
        return _listed(frozenset(str(one[1] if isinstance(one, tuple) else one) for one in value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _whom(principal: Node) -> str:
    entity = principal.get("entity", {})
    return f"{str(entity.get('type', '')).lower()} {entity.get('id', '')}".strip()


def _all(missing: dict[str, None]) -> str:
    return "; ".join(missing) or "it is about something else"


def _listed(names: frozenset[str]) -> str:
    some = sorted(names)
    more = f" and {len(some) - MANY} more" if len(some) > MANY else ""
    return (", ".join(some[:MANY]) + more) or "nothing"
