"""Policy tests: a table of questions beside the policy, each with the answer that it must give.

They are written by people in the plant's words, and run on every text before it may hold.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from chargehand.governance.access import Act, may
from chargehand.governance.authority import Person
from chargehand.governance.mistakes import Mistakes
from chargehand.governance.permission import permission
from chargehand.governance.policy import Awaiting, Cleared, Standing, approve, rule
from chargehand.governance.question import Question, submission_of
from chargehand.governance.releasing import may_release
from chargehand.governance.sections import TRANSACTIONS
from chargehand.governance.sections_autonomy import BASES
from chargehand.governance.submission import ANY, Check, Submission
from chargehand.governance.table import SENTENCE_LENGTH_MAX, Table
from chargehand.governance.terms import Policy, PolicyMistake
from chargehand.vocabulary.identifier import PersonId
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import Refusal, RefusalCode

DECIDING = ("approve", "reject", "change")
ACTS = ("automate", *DECIDING, "release", *(str(act) for act in Act))
CLEARED, WAITS, REFUSED = "cleared", "waits", "refused"
TWO_PEOPLE, MAY, MAY_NOT = "needs two people", "may", "may not"
ANSWERS = (CLEARED, WAITS, REFUSED, TWO_PEOPLE, MAY, MAY_NOT)
TEST_KEYS = (
    "what", "who", "role", "act", "decision", "transaction", "site", "zone", "value", "confidence",
    "basis", "expect", "clause",
)  # fmt: skip
STRANGER = PersonId("(somebody)")
"""Who is asked about where a test names a role alone."""
JUSTIFICATION = "asked by a policy test"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyTest:
    """One line of the table."""

    what: str
    act: str
    who: str
    role: str
    question: Question
    expect: frozenset[str]
    """Any of these answers is right."""
    clause: str
    """What the name of the deciding clause begins with; empty: any."""
    line: int | None
    """Of the table in the tests' text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What a policy answered to one test."""

    what: str
    line: int | None
    expected: str
    found: str
    clause: str
    because: str
    passed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    found: str
    check: Check


def parse_tests(text: str, policy: Policy) -> tuple[PolicyTest, ...] | tuple[PolicyMistake, ...]:
    """Read a table of policy tests for a policy: the tests, or every mistake in the text."""
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        cure = "Mend this; the tests could not be read."
        what = f"this is not TOML: {error}."
        return (PolicyMistake(line=None, where="text", what=what, cure=cure),)
    mistakes = Mistakes(text)
    tables = Table(content, "", mistakes, ("tests",)).tables("tests", TEST_KEYS)
    tests = tuple(_test(table, policy, mistakes) for table in tables)
    return mistakes.in_order() if mistakes.found else tests


def _test(table: Table, policy: Policy, mistakes: Mistakes) -> PolicyTest:
    act = table.choice("act", ACTS) or ACTS[0]
    who, role = _who(table, policy, act)
    expect = _expected(table)
    about = act in ("automate", *DECIDING)
    question = Question(
        decision=table.text("decision", default=None if about else ANY),
        transaction=table.choice("transaction", TRANSACTIONS, default=None if about else "count")
        or TRANSACTIONS[0],
        site=table.text("site", default=ANY),
        zone=table.text("zone", default=ANY),
        value=table.money("value") or Money(Decimal("0.00")),
        confidence=1.0 if (sure := table.fraction("confidence")) is None else sure,
        basis="fallback"
        if table.choice("basis", BASES, default="model") == "fallback"
        else "model",
    )
    return PolicyTest(
        what=table.text("what", longest=SENTENCE_LENGTH_MAX),
        act=act,
        who=who,
        role=role,
        question=question,
        expect=frozenset(expect),
        clause=table.text("clause", default=""),
        line=mistakes.told(table.where, "", "").line,
    )


def _who(table: Table, policy: Policy, act: str) -> tuple[str, str]:
    who, role = table.text("who", default=""), table.text("role", default="")
    if act != "automate" and bool(who) == bool(role):
        table.note("who", "it does not say who does it.", "Give either who or role.")
    if role and role not in policy.roles:
        table.note("role", f"there is no role {role}.", f"Known: {', '.join(policy.roles)}.")
    if who and policy.person(who) is None:
        table.note("who", f"{who} is not among the people.", "Name somebody of the policy.")
    return who, role


def _expected(table: Table) -> Collection[str]:
    if table.is_list("expect"):
        return table.names("expect", ANSWERS, any_too=False)
    return (table.choice("expect", ANSWERS) or ANSWERS[0],)


def run_tests(tests: Iterable[PolicyTest], policy: Policy, now: datetime) -> tuple[Tried, ...]:
    """Put every test to a policy, as if nothing were stopped, open or demoted at a moment."""
    return tuple(_run(test, policy, now) for test in tests)


def _run(test: PolicyTest, policy: Policy, now: datetime) -> Tried:
    asked = policy
    who = test.who
    if test.role:
        somebody = Person(person=STRANGER, name="somebody", roles=(test.role,), os_user=None)
        asked, who = replace(policy, people=(*policy.people, somebody)), STRANGER
    answer = _answer(test, asked, asked.person(who), now)
    expected = {CLEARED, TWO_PEOPLE} if test.expect == {MAY} else set()
    right = answer.found in test.expect | expected
    return Tried(
        what=test.what,
        line=test.line,
        expected=" or ".join(sorted(test.expect)) + (f" by {test.clause}" if test.clause else ""),
        found=answer.found,
        clause=answer.check.clause,
        because=answer.check.text,
        passed=right and answer.check.clause.startswith(test.clause),
    )


def _answer(test: PolicyTest, policy: Policy, person: Person | None, now: datetime) -> _Answer:
    if test.act == "automate":
        return _automated(submission_of(test.question, now), policy, now)
    if person is None:
        text = f"{test.who or test.role} is not there"
        return _Answer(found=MAY_NOT, check=Check(clause="people", passed=False, text=text))
    if test.act == "release":
        refusal = may_release(policy, person.person, test.question.site, placed_by="")
        text = "may release it" if refusal is None else refusal.because
        return _granted(Check(clause="holds", passed=refusal is None, text=text))
    if test.act not in DECIDING:
        site = None if test.question.site == ANY else test.question.site
        return _granted(may(person, Act(test.act), site, policy))
    submission = submission_of(test.question, now)
    given = permission(person, policy, submission, now=now, whatever_value=test.act != "approve")
    if test.act != "approve" or not given.given:
        return _granted(given.check)
    return _approved(submission, policy, person, now)


def _granted(check: Check) -> _Answer:
    return _Answer(found=MAY if check.passed else MAY_NOT, check=check)


def _automated(submission: Submission, policy: Policy, now: datetime) -> _Answer:
    ruled = rule(submission, policy, standing=Standing(), now=now)
    check = next((one for one in ruled.checks if one.clause == ruled.clause), ruled.checks[0])
    if isinstance(ruled.ruling, Cleared):
        return _Answer(found=CLEARED, check=check)
    waits = isinstance(ruled.ruling, Awaiting)
    return _Answer(found=WAITS if waits else REFUSED, check=check)


def _approved(submission: Submission, policy: Policy, person: Person, now: datetime) -> _Answer:
    # Stopped, so that it waits for a person wherever it is not merely observed.
    ruled = rule(submission, policy, standing=Standing(stopped=True), now=now)
    waiting = ruled.ruling
    if not isinstance(waiting, Awaiting):
        text = waiting.because if isinstance(waiting, Refusal) else "it waits for nobody"
        return _Answer(found=REFUSED, check=Check(clause=ruled.clause, passed=False, text=text))
    answer = approve(waiting, person, policy, justification=JUSTIFICATION, now=now)
    if isinstance(answer, Cleared):
        return _Answer(found=CLEARED, check=answer.checks[-1])
    if isinstance(answer, Awaiting):
        check = Check(clause=answer.clause, passed=False, text=answer.because)
        return _Answer(found=TWO_PEOPLE, check=check)
    barred = answer.code in (RefusalCode.NOT_AUTHORIZED, RefusalCode.SECOND_PERSON_NEEDED)
    check = Check(clause=str(answer.code), passed=False, text=answer.because)
    return _Answer(found=MAY_NOT if barred else REFUSED, check=check)
