"""Count stock where another system's list differs from the record and nobody knows why.

Asked of each place of a material on which lists differ by more than the plant's tolerance. Two
records disagree and nothing explains it, so one of them is wrong; only a count says which. What
a movement, a task under way or another lot explains is not asked about. The count is blind.

``confidence`` is the chance that the record is the wrong one, and ``measure`` compares the count
with what the record held.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from chargehand.decisions.decision import (
    Alternative,
    Change,
    Decision,
    Expectation,
    Hindsight,
    Proposal,
    Subject,
    found_by_count,
)
from chargehand.optimization.fallback import WITHOUT_MODEL
from chargehand.optimization.grammar import counted
from chargehand.optimization.position import plain_amount as plain
from chargehand.record.view import RecordView, StockDifference
from chargehand.vocabulary.identifier import LocationId, MaterialId, SiteId, ZoneId
from chargehand.vocabulary.material import MaterialDefinition
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from chargehand.vocabulary.work import CountTask, Priority, TransactionType

NAME: Final = "stock_difference"
COUNT_COST: Final = 6.0
"""Of counting one place (money)."""
WRONG: Final = 0.5
"""Chance that the record is the wrong one of two that disagree (fraction)."""
WRONG_WITH_CANDIDATE: Final = 0.3
"""The same where the difference equals a movement that the other system may have missed."""
SEARCH_COST: Final = 250.0
"""Of finding the shelf empty, for a part of criticality 1 (money)."""
DECIDE_DAYS: Final = 1
MEASURE_DAYS: Final = 7
CRITICALITY_DEFAULT, UNIT_COST_DEFAULT = 0.5, 50.0
OPEN_MAX: Final = 30
ON_HAND: Final = "on hand by the record"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One material at one place, where lists differ."""

    as_of: datetime
    site: SiteId
    zone: ZoneId
    location: LocationId
    material: MaterialDefinition
    on_hand: Decimal
    counted_at: datetime | None
    differences: tuple[StockDifference, ...]
    doubt: str = ""

    @property
    def amount(self) -> Decimal:
        """The largest that one system differs by (of the material's unit, without sign)."""
        by_system: dict[str, Decimal] = {}
        for one in self.differences:
            by_system[one.system] = by_system.get(one.system, Decimal(0)) + abs(one.unexplained)
        return max(by_system.values())

    @property
    def chance(self) -> float:
        """That the record is the wrong one (fraction)."""
        has_candidate = all("perhaps" in one.because for one in self.differences)
        return WRONG_WITH_CANDIDATE if has_candidate else WRONG

    @property
    def risk(self) -> float:
        """Expected cost of leaving it (money)."""
        cost, criticality = self.material.unit_cost, self.material.criticality
        value = float(self.amount) * (float(cost.amount) if cost else UNIT_COST_DEFAULT)
        empty = SEARCH_COST * (CRITICALITY_DEFAULT if criticality is None else criticality)
        return self.chance * (value + empty)


def ask(view: RecordView) -> Iterator[Question]:
    """Ask of each place where a difference is open."""
    for site in view.sites():
        differing, subjects = view.differences(site), view.subjects(site)
        for name in sorted(differing):
            if (
                subjects is None
                or name in subjects
                or any(f"{name}@{one.location}" in subjects for one in differing[name])
            ):
                yield from _questions(view, site, name, differing[name])


def _questions(
    view: RecordView, site: SiteId, name: MaterialId, found: tuple[StockDifference, ...]
) -> Iterator[Question]:
    materials, stock = view.materials(), view.stock(site)
    if name not in materials:
        return
    for location in sorted({one.location for one in found}):
        here = tuple(one for one in found if one.location == location)
        lots = [at for at in stock.get(name, ()) if at.location == location]
        counts = [at.counted_at for at in lots if at.counted_at is not None]
        yield Question(
            as_of=view.as_of,
            site=site,
            zone=lots[0].zone if lots else here[0].zone,
            location=location,
            material=materials[name],
            on_hand=sum((at.on_hand for at in lots), Decimal(0)),
            counted_at=max(counts) if counts else None,
            differences=here,
        )


def subject(question: Question) -> Subject:
    """The material at its place."""
    key = f"{question.material.material}@{question.location}"
    return Subject(site=question.site, zone=question.zone, key=key, label=key)


def propose(question: Question) -> Proposal | Refusal:
    """Propose a blind count, or say that it was counted since or would cost more than it saves."""
    q, key = question, subject(question).key
    cost = q.material.unit_cost
    currency = cost.currency if cost else "EUR"
    risk, price = Money.of(f"{q.risk:.2f}", currency), Money.of(f"{COUNT_COST}", currency)
    newest = max(one.taken_at for one in q.differences)
    if q.counted_at is not None and q.counted_at > newest:
        because = f"{key} was counted after the lists that differ; the next ones show what is left."
        return Refusal(code=RefusalCode.COUNT_NOT_DUE, because=because)
    if q.risk <= COUNT_COST:
        because = f"{key}: expected cost of the difference {risk}; a count costs {price}."
        return Refusal(code=RefusalCode.COUNT_NOT_DUE, because=because)
    return _count(q, risk, price)


def _count(q: Question, risk: Money, price: Money) -> Proposal:
    days = (q.as_of - min(one.since for one in q.differences)).days
    systems = ", ".join(sorted({one.system for one in q.differences}))
    task = CountTask(
        site=q.site,
        zone=q.zone,
        material=q.material.material,
        location=q.location,
        priority=Priority.MEDIUM,
        cost=price,
    )
    return Proposal(
        subject=subject(q),
        headline=f"Count {q.material.material} at {q.location} in {q.site}:"
        f" {systems} says otherwise.",
        actions=(task,),
        priority=Priority.MEDIUM,
        reasons=(
            *(_said(one) for one in q.differences),
            f"Nothing explains it, for {counted(days, 'day')} now." if days else
            "Nothing explains it.",
        ),
        confidence=q.chance,
        cost=price,
        cost_of_inaction=risk,
        inaction="One of the two records stays wrong, and the shelf may be found empty.",
        decide_before=q.as_of + timedelta(days=DECIDE_DAYS),
        measure_after=q.as_of + timedelta(days=MEASURE_DAYS),
        basis="model",
        basis_note="The confidence is the stated chance that of two records which disagree it is"
        " ours that is wrong; no forecast is used.",
        alternatives=(
            Alternative(
                what=f"Take what {systems} says.",
                cost=Money.of(0, price.currency),
                why_not="Nothing says that it is right, and nothing is booked without a reason.",
            ),
            Alternative(what="Wait for the next list.", cost=risk, why_not="It costs more."),
        ),
        would_flip=("If the next list is equal, or a movement that came late explains it.",),
        changes=(Change(what="Last counted", now=_last(q), after="now"),),
        expectations=(Expectation(name=ON_HAND, value=float(q.on_hand), unit="of its unit"),),
    )  # fmt: skip


def _said(one: StockDifference) -> str:
    what = f" of lot {one.lot}" if one.lot else ""
    what += f", {one.disposition}" if one.disposition != "available" else ""
    return (
        f"System {one.system} says {plain(one.theirs)}{what} on {one.taken_at:%Y-%m-%d %H:%M}, the"
        f" record {plain(one.ours)}: {one.because}."
    )


def _last(q: Question) -> str:
    return "never" if q.counted_at is None else f"{q.counted_at:%Y-%m-%d}"


def measure(proposal: Proposal, made_at: datetime, view: RecordView) -> Hindsight | Refusal:
    """Whether the count found another amount than recorded, less use; receipts blur it."""
    seen = found_by_count(proposal, made_at, view, otherwise="The other system was wrong.")
    if seen is not None:
        return seen
    because = f"{proposal.subject.key} was not counted since, or less than a week ago."
    return Refusal(code=RefusalCode.TOO_EARLY, because=because, transient=True)


DECISION: Final = Decision(
    name=NAME,
    title="Settle a difference",
    question=Question,
    transactions=(TransactionType.COUNT,),
    ask=ask,
    propose=propose,
    measure=measure,
    subject=subject,
    fallback="It needs no forecast: the chances are stated.",
    fallbacks=WITHOUT_MODEL,
    open_max=OPEN_MAX,
    needs=("materials", "stock"),
)
