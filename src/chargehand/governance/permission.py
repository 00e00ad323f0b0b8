"""May this person decide on it: the one question that approving, rejecting and changing ask.

In their own right, or in somebody's stead. The floor of plain Python comes first, and no policy
text can lift it: the inactive, programs and whoever proposed it decide nothing. Then the engine
decides by the policy's grants and clauses.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from chargehand.governance.authority import CLAUSE, Person, barred, permits
from chargehand.governance.cedar_ask import asks_of, stated
from chargehand.governance.cedar_engine import Answer, Engine, engine_of
from chargehand.governance.delegation import Delegation
from chargehand.governance.in_stead import Stead, steads
from chargehand.governance.submission import Check, Submission, compared, value_of, within
from chargehand.governance.terms import Policy
from chargehand.vocabulary.money import Money

STANDING_IN = "delegations"
GrantedAct = Literal["approve", "reject", "change"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """The answer, and in whose stead it was given."""

    check: Check
    for_whom: str = ""
    """The delegator; empty where the person has it in their own right."""

    @property
    def given(self) -> bool:
        """Whether the answer is yes."""
        return self.check.passed


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked, whoever asks it."""

    policy: Policy
    submission: Submission
    now: datetime
    acts: tuple[str, ...]
    whatever_value: bool

    @property
    def engine(self) -> Engine:
        """The engine of the policy."""
        return engine_of(self.policy)


def permission(
    person: Person,
    policy: Policy,
    submission: Submission,
    *,
    now: datetime,
    delegations: Iterable[Delegation] = (),
    whatever_value: bool = False,
    act: GrantedAct | None = None,
) -> Permission:
    """Whether a person may decide on a submission under a policy, at a moment.

    Parameters
    ----------
    person
        Who asks; taken from the policy, not from what was signed in with.
    policy, submission, now
        By what, on what, and when.
    delegations
        Those in force; the person's own right is looked at first.
    whatever_value
        Leaves the value out, for acts that spend nothing (rejecting, changing).
    act
        What exactly, for clauses that tell rejecting from changing; None: approving, or with
        ``whatever_value`` both of the others.
    """
    acts = (act,) if act else ("reject", "change") if whatever_value else ("approve",)
    asked = Asked(
        policy=policy, submission=submission, now=now, acts=acts, whatever_value=whatever_value
    )
    if no := barred(person, submission.proposer):
        return Permission(check=no)
    own, is_forbidden = _of(person, asked)
    if own.passed or is_forbidden:
        return Permission(check=own)
    texts = [own.text]
    asks = asks_of(submission)
    for stead in steads(person, policy, delegations, asks, now):
        check = _in_stead(person, stead, asked)
        if check.passed:
            return Permission(check=check, for_whom=stead.name)
        texts.append(f"in the stead of {stead.name}: {check.text}")
    return Permission(check=Check(clause=own.clause, passed=False, text="; ".join(texts)))


def _of(person: Person, asked: Asked) -> tuple[Check, bool]:
    """What somebody may do in their own right, and whether a clause forbids it to them."""
    if not asked.submission.proposal.actions:
        return _walked(person, asked), False
    names: dict[str, None] = {}
    is_missing = False
    figures = stated(asked.submission)
    for act in asked.acts:
        for ask in asks_of(asked.submission):
            answer = asked.engine.answer(person, act, ask, figures, asked.now)
            if answer.fault or answer.forbidden:
                return _forbidden(answer), True
            is_missing = is_missing or not answer.allowed
            names |= dict.fromkeys(rule.name for rule in answer.rules[:1])
    if is_missing:
        return _walked(person, asked), False
    text = f"{person.person} ({', '.join(person.roles)}) may approve it"
    return Check(clause=", ".join(names), passed=True, text=text), False


def _forbidden(answer: Answer) -> Check:
    if answer.fault:
        text = f"a clause of the plant could not be evaluated: {answer.fault}"
        return Check(clause="clauses", passed=False, text=text)
    rule = answer.rules[0]
    return Check(clause=rule.name, passed=False, text=f"{rule.because} ({rule.name})")


def _walked(person: Person, asked: Asked) -> Check:
    """The reason of a no, found by walking through the grants in plain Python."""
    grants = asked.engine.granted(person, asked.now)
    check = permits(person, grants, asked.submission, whatever_value=asked.whatever_value)
    if not check.passed:
        return check
    text = f"no grant of {person.person} ({', '.join(person.roles)}) covers it"
    return Check(clause=CLAUSE, passed=False, text=text)


def _in_stead(person: Person, stead: Stead, asked: Asked) -> Check:
    """Whether the one who is stood in for could do it, and lets this person do it."""
    if stead.because_not or stead.other is None:
        return _no(stead.because_not)
    if not asked.whatever_value:
        value = value_of(asked.submission.proposal)
        over = [_above(value, limits) for limits in stead.limits]
        if "" not in over:
            return _no(over[0])
    check, _ = _of(stead.other, asked)
    if not check.passed:
        return check
    text = f"{person.person} may approve it for {stead.name} ({', '.join(stead.other.roles)})"
    return Check(clause=check.clause, passed=True, text=text)


def _above(value: Money | None, limits: tuple[Money, ...]) -> str:
    for limit in limits:
        if not within(value, limit):
            return compared(value, limit, of="what a stand-in may approve, ")
    return ""


def _no(text: str) -> Check:
    return Check(clause=STANDING_IN, passed=False, text=text)
