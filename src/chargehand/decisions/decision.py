"""What a decision is, and the hearing that puts its questions to it.

A decision asks its questions of the record in ``ask``; its ``propose`` is pure: no clock, chance,
file or network, so that any past answer can be derived again from its recorded question, bit for
bit.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, Literal, TypeVar

from chargehand.optimization.fallback import Doubts, Fallback, marked
from chargehand.optimization.position import plain_amount
from chargehand.record.view import RecordView
from chargehand.vocabulary import wire
from chargehand.vocabulary.identifier import SiteId, ZoneId
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from chargehand.vocabulary.work import Action, CountTask, Priority, TransactionType

Question = TypeVar("Question")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a question is about: at most one open proposal of a decision per site and subject."""

    site: SiteId
    zone: ZoneId
    key: str
    """Stable key within the decision and site, such as a material or order number."""
    label: str
    """How people call it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """Another thing that could be done, and why it was not proposed."""

    what: str
    cost: Money
    why_not: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of the record now and after, as an approver would check it."""

    what: str
    now: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """One predicted figure, kept for the comparison in hindsight."""

    name: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What should be done, and why. Nothing has happened yet."""

    subject: Subject
    headline: str
    """One sentence in plain words: what will be done."""
    actions: tuple[Action, ...]
    priority: Priority
    reasons: tuple[str, ...]
    """Sentences for the approver, the decisive one first."""
    confidence: float
    """Chance that the proposal is right (fraction)."""
    cost: Money
    cost_of_inaction: Money
    """Expected cost of doing nothing until ``measure_after``."""
    inaction: str
    """What doing nothing leads to, in one sentence."""
    decide_before: datetime
    measure_after: datetime
    """When it can be seen whether it was right."""
    basis: Literal["model", "fallback"]
    """``fallback``: made by the declared static rule because data or model are missing."""
    basis_note: str
    """Method and version of the model, or why there is none."""
    alternatives: tuple[Alternative, ...] = ()
    would_flip: tuple[str, ...] = ()
    """What would have to be different for another answer."""
    changes: tuple[Change, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    series: tuple[tuple[float, ...], ...] = ()
    """Curves for the approver's chart, by day from now: expected, low and high stock."""


SUM_MAX = 10**12  # all that a proposal speaks of; to the cent it can still be summed and listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Hindsight:
    """What a proposal was worth, seen after the fact."""

    right: bool
    worth: Money
    """Positive: following it was (or would have been) worth that much."""
    because: str
    expected: str
    actual: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision(Generic[Question]):
    """One kind of decision: MRO replenishment, kitting, putaway and so on."""

    name: str
    title: str
    """What people call one of its proposals, such as ``Replenish spare``."""
    question: type[Question]
    transactions: tuple[TransactionType, ...]
    ask: Callable[[RecordView], Iterable[Question]]
    propose: Callable[[Question], Proposal | Refusal]
    measure: Callable[[Proposal, datetime, RecordView], Hindsight | Refusal]
    """Given a proposal, when it was made, and the record now: what was it worth?"""
    subject: Callable[[Question], Subject]
    fallback: str
    """What happens when its model or source is missing, in one sentence."""
    changeable: tuple[str, ...] = ()
    """Fields of its first action that an approver may change, such as ``quantity``."""
    changed: Callable[[Question, Action], Proposal | Refusal] | None = None
    """Given the question and its first action as a person changed it: the proposal with what that
    costs, or why it cannot be so. None: the action's cost follows its quantity."""
    open_max: int | None = None
    """So many of its proposals wait at a site at most, the most valuable first; None: all do."""
    fallbacks: tuple[Fallback, ...] = ()
    """What it does in each condition of ``optimization.fallback``."""
    needs: tuple[str, ...] = ()
    """Kinds of imported records without which it cannot answer, such as ``stock``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Generic[Question]):
    """One question, its answer, and the journal entries the question was read from."""

    decision: str
    subject: Subject
    question: Question
    answer: Proposal | Refusal
    evidence: tuple[str, ...]


def hear(decision: Decision[Any], record: RecordView) -> Iterator[Answer[Any]]:
    """Put each question of a decision to it, one after the other.

    A decision that raises answers with a refusal that holds the traceback: a mistake in one
    plug-in must not stop the others, and its breaker counts it.
    """
    record.take_evidence()
    doubts = Doubts(record)
    for asked in decision.ask(record):
        evidence = record.take_evidence()
        subject = decision.subject(asked)
        if not isinstance(subject, Subject):
            raise TypeError(f"{decision.name} names {subject!r} as a subject")
        question = doubts.doubted(asked, subject.site, subject.key)
        yield Answer(
            decision=decision.name, subject=subject, question=question, evidence=evidence,
            answer=answered(decision, question),
        )  # fmt: skip


def answered(decision: Decision[Any], question: Any) -> Proposal | Refusal:
    """The decision's answer; an exception inside it, or a faulty answer, becomes a refusal."""
    return _guarded(decision, question, lambda: decision.propose(question))


def changed(decision: Decision[Any], question: Any, action: Action) -> Proposal | Refusal:
    """The proposal with its first action as a person changed it, for decisions that say so."""
    assert decision.changed is not None
    make = decision.changed
    return _guarded(decision, question, lambda: make(question, action))


def _guarded(
    decision: Decision[Any], question: Any, make: Callable[[], object]
) -> Proposal | Refusal:
    try:
        answer = marked(make(), question)
        if isinstance(answer, Refusal) and isinstance(answer.code, RefusalCode):
            return answer
        if isinstance(answer, Proposal):
            wire.write(question, decision.question).encode()
            # What is ruled on is what its text says: foreign code keeps no hold on this one.
            kept = wire.read(Proposal, wire.write(answer, Proposal).encode())
            if not (fault := _fault(decision, kept)):
                return kept
        else:
            fault = f"its answer is neither a proposal nor a refusal: {answer!r:.80}"
    except Exception:  # noqa: BLE001 - foreign code may fail in any way; the others go on
        fault = traceback.format_exc(limit=-2)
    because = f"{decision.name} failed: {fault}"
    return Refusal(code=RefusalCode.DECISION_FAILED, because=because)


def _fault(decision: Decision[Any], proposal: Proposal) -> str:
    """What is wrong with a proposal; empty where nothing is."""
    others = sorted({one.transaction for one in proposal.actions} - set(decision.transactions))
    sums = (proposal.cost, proposal.cost_of_inaction, *(one.cost for one in proposal.actions))
    if others:
        return f"it proposed {', '.join(others)}, which it does not declare among its transactions"
    if not 0 <= proposal.confidence <= 1:  # not a number fails as well
        return f"its confidence is {proposal.confidence}, not within 0 and 1"
    if None in {proposal.decide_before.tzinfo, proposal.measure_after.tzinfo}:
        return "a moment in it does not say its offset from UTC"
    too_much = sum(abs(one.amount) for one in sums) > SUM_MAX
    return f"it speaks of sums beyond {SUM_MAX:,}" if too_much else ""


def found_by_count(
    proposal: Proposal, made_at: datetime, view: RecordView, *, otherwise: str
) -> Hindsight | None:
    """What came of a proposal to count: whether another amount was there, less what was used.

    None where it was not counted since, or too short a time ago. ``otherwise`` is said where the
    count found what the record held; receipts blur it.
    """
    task = proposal.actions[0]
    assert isinstance(task, CountTask)
    stock = view.stock(task.site).get(task.material, ())
    lots = [place for place in stock if place.location == task.location]
    is_counted = any(place.counted_at and place.counted_at > made_at for place in lots)
    if view.as_of < proposal.measure_after or not is_counted:
        return None
    used = view.used(task.site, made_at.date(), view.as_of.date()).get(task.material, Decimal(0))
    found = float(sum((place.on_hand for place in lots), Decimal(0)))
    recorded = proposal.expectations[0].value
    right = found not in {recorded, recorded - float(used)}
    worth = proposal.cost_of_inaction * (1 / proposal.confidence) if right else Money.of(0)
    return Hindsight(
        right=right,
        worth=Money(worth.amount - proposal.cost.amount, proposal.cost.currency),
        because="The record was wrong." if right else otherwise,
        expected=f"{recorded:g}, less {plain_amount(used)} used.",
        actual=f"{found:g} there.",
    )
