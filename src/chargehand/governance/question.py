"""A question about a proposal that nobody has made: what would be ruled if there were one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from chargehand.decisions.decision import Proposal, Subject
from chargehand.governance.submission import Submission, submit
from chargehand.vocabulary.identifier import LocationId, MaterialId, SiteId, ZoneId
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.work import (
    MOVE_TRANSACTIONS,
    Action,
    CountTask,
    MoveTask,
    ParameterChange,
    Priority,
    ReasonCode,
    Requisition,
    TransactionType,
    Transfer,
)

NAME = "(asked about)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A proposal of one action, as far as a policy looks at it (``*``: what it does not name)."""

    decision: str
    transaction: str
    site: str
    zone: str
    value: Money
    confidence: float = 1.0
    """Fraction."""
    basis: Literal["model", "fallback"] = "model"


def submission_of(question: Question, now: datetime) -> Submission:
    """The proposal that a question is about, as governance would see it."""
    action = _action(question)
    proposal = Proposal(
        subject=Subject(site=action.site, zone=action.zone, key=NAME, label=NAME),
        headline=NAME,
        actions=(action,),
        priority=Priority.LOW,
        reasons=(),
        confidence=question.confidence,
        cost=question.value,
        cost_of_inaction=Money.of(0, question.value.currency),
        inaction="",
        decide_before=now + timedelta(days=1),
        measure_after=now + timedelta(days=1),
        basis=question.basis,
        basis_note="",
    )
    return submit(
        proposal, proposal_id=NAME, version=1, decision=question.decision, proposer="chargehand"
    )


def _action(question: Question) -> Action:
    kind = TransactionType(question.transaction)
    site, zone = SiteId(question.site), ZoneId(question.zone)
    material, place, one = MaterialId(NAME), LocationId(NAME), Quantity.pieces(1)
    cost, priority = question.value, Priority.LOW
    if kind in MOVE_TRANSACTIONS:
        return MoveTask(
            transaction=kind, site=site, zone=zone, material=material, quantity=one,
            from_location=place, to_location=place, priority=priority,
            reason=ReasonCode.STATIC_MINIMUM_REACHED, cost=cost,
        )  # fmt: skip
    if kind is TransactionType.TRANSFER:
        return Transfer(
            site=site, zone=zone, material=material, quantity=one, from_site=site,
            from_location=place, to_location=place, priority=priority, cost=cost,
        )  # fmt: skip
    if kind is TransactionType.REQUISITION:
        return Requisition(
            site=site, zone=zone, material=material, quantity=one, supplier=None, need_by=None,
            justification="", cost=cost,
        )  # fmt: skip
    if kind is TransactionType.COUNT:
        return CountTask(
            site=site, zone=zone, material=material, location=place, priority=priority, cost=cost
        )
    return ParameterChange(
        site=site, zone=zone, material=material, reorder_point=Decimal(1), order_up_to=Decimal(1),
        reorder_point_before=None, order_up_to_before=None, cost=cost,
    )  # fmt: skip
