"""Count stock where the record is most likely wrong and a wrong record costs most.

Asked of each pick face and bulk place of a material. The chance that the record is wrong grows with
the days since the last count and with what was used since, each unit of which could be booked
wrongly. At most `COUNTS_PER_DAY` are proposed for a site, the costliest risk first; the others are
not due. The count is blind: the task does not say what the record holds. No forecast is needed.

``confidence`` is that chance, and ``measure`` compares the count with what the record should hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import exp
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
from chargehand.record.view import RecordView
from chargehand.vocabulary.identifier import LocationId, MaterialId, SiteId, ZoneId
from chargehand.vocabulary.location import PICKABLE
from chargehand.vocabulary.material import MaterialDefinition
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from chargehand.vocabulary.work import CountTask, Priority, TransactionType

NAME: Final = "cycle_count"
COUNTS_PER_DAY: Final = 10
"""Counts that are proposed for a site at a time."""
COUNT_COST: Final = 6.0
"""Of counting one place (money)."""
WRONG_PER_DAY: Final = 0.0005
"""Chance that a place goes wrong on a day, moved or not (fraction)."""
WRONG_PER_UNIT: Final = 0.01
"""Chance that a unit that is used is booked wrongly (fraction)."""
NEVER_COUNTED_DAYS: Final = 730
ERROR_SHARE: Final = 0.1
"""Share of a place's value that a wrong record is wrong by (fraction)."""
SEARCH_COST: Final = 250.0
"""Of finding the shelf empty, for a part of criticality 1 (money)."""
MEASURE_DAYS: Final = 7
CRITICALITY_DEFAULT, UNIT_COST_DEFAULT = 0.5, 50.0
ON_HAND: Final = "on hand by the record"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One material at one place: is it time to count it."""

    as_of: datetime
    site: SiteId
    zone: ZoneId
    location: LocationId
    material: MaterialDefinition
    on_hand: Decimal
    counted_at: datetime | None
    used: Decimal
    """Of the material at the site since that count."""
    riskier: int = 0
    """Places of the site whose risk is higher."""
    doubt: str = ""

    @property
    def days(self) -> int:
        """Since the last count."""
        return (self.as_of - self.counted_at).days if self.counted_at else NEVER_COUNTED_DAYS

    @property
    def chance(self) -> float:
        """That the record is wrong (fraction)."""
        return 1 - exp(-WRONG_PER_DAY * self.days - WRONG_PER_UNIT * float(self.used))

    @property
    def risk(self) -> float:
        """Expected cost of leaving a wrong record (money)."""
        cost, criticality = self.material.unit_cost, self.material.criticality
        value = float(self.on_hand) * (float(cost.amount) if cost else UNIT_COST_DEFAULT)
        empty = SEARCH_COST * (CRITICALITY_DEFAULT if criticality is None else criticality)
        return self.chance * (ERROR_SHARE * value + empty)


class _Site:
    """Reads one site's places; usage is read once for each day on which something was counted."""

    def __init__(self, view: RecordView, site: SiteId) -> None:
        self._view, self._site = view, site
        self._stock, self._materials = view.stock(site), view.materials()
        self._used: dict[date, Mapping[MaterialId, Decimal]] = {}

    def places(self) -> list[tuple[MaterialId, LocationId]]:
        """Every place of every material that the item master knows."""
        return sorted(
            {
                (material, place.location)
                for material in self._stock
                if material in self._materials
                for place in self._stock[material]
                if place.location_kind in PICKABLE
            }
        )

    def question(self, material: MaterialId, location: LocationId, riskier: int = 0) -> Question:
        """All lots of a material at a place; it was counted when the last of them was."""
        lots = [place for place in self._stock[material] if place.location == location]
        counts = [place.counted_at for place in lots if place.counted_at is not None]
        counted_at = min(counts) if len(counts) == len(lots) else None
        now = self._view.as_of
        since = (counted_at or now - timedelta(days=NEVER_COUNTED_DAYS)).date()
        if since not in self._used:
            self._used[since] = self._view.used(self._site, since, now.date())
        return Question(
            as_of=now,
            site=self._site,
            zone=lots[0].zone,
            location=location,
            material=self._materials[material],
            on_hand=sum((place.on_hand for place in lots), Decimal(0)),
            counted_at=counted_at,
            used=self._used[since].get(material, Decimal(0)),
            riskier=riskier,
        )


def ask(view: RecordView) -> Iterator[Question]:
    """Ask of each place in question; the rank among all places of the site is part of it."""
    for name in view.sites():
        site, triggered = _Site(view, name), view.subjects(name)
        risks = {place: site.question(*place).risk for place in site.places()}
        view.take_evidence()
        ranked = sorted(risks, key=lambda place: (-risks[place], place))
        for rank, (material, location) in enumerate(ranked):
            if triggered is None or material in triggered:
                yield site.question(material, location, rank)


def subject(question: Question) -> Subject:
    """The material at its place."""
    key = f"{question.material.material}@{question.location}"
    return Subject(site=question.site, zone=question.zone, key=key, label=key)


def propose(question: Question) -> Proposal | Refusal:
    """Propose a blind count, or say that others come first or the risk is small."""
    q, key = question, subject(question).key
    cost = q.material.unit_cost
    currency = cost.currency if cost else "EUR"
    risk, price = Money.of(f"{q.risk:.2f}", currency), Money.of(f"{COUNT_COST}", currency)
    figures = f"chance of a wrong record {q.chance:.0%}, expected cost {risk}"
    if q.risk <= COUNT_COST or q.riskier >= COUNTS_PER_DAY:
        because = f"a count costs {price}" if q.risk <= COUNT_COST else f"{q.riskier} come first"
        return Refusal(code=RefusalCode.COUNT_NOT_DUE, because=f"{key}: {figures}; {because}.")
    last = f"{counted(q.days, 'day')} ago" if q.counted_at else "never"
    task = CountTask(
        site=q.site,
        zone=q.zone,
        material=q.material.material,
        location=q.location,
        priority=Priority.LOW,
        cost=price,
    )
    return Proposal(
        subject=subject(q),
        headline=f"Count {q.material.material} at {q.location} in {q.site}.",
        actions=(task,),
        priority=Priority.LOW,
        reasons=(f"Last counted: {last}; {plain(q.used)} were used since: {figures}.",),
        confidence=round(q.chance, 4),
        cost=price,
        cost_of_inaction=risk,
        inaction=f"A wrong record stays, at an expected cost of {risk}.",
        decide_before=q.as_of + timedelta(days=1),
        measure_after=q.as_of + timedelta(days=MEASURE_DAYS),
        basis="model",
        basis_note="The confidence is the chance that the record is wrong, from stated error rates"
        " by day and by unit used; no forecast is used.",
        alternatives=(
            Alternative(what="Do nothing.", cost=risk, why_not="It costs more than the count."),
            Alternative(
                what="Count it when it is next picked.",
                cost=risk,
                why_not="Until then the shelf may be found empty.",
            ),
        ),
        would_flip=(f"If it had been counted in the last {counted(_quiet_days(q), 'day')}.",),
        changes=(Change(what="Last counted", now=last, after="now"),),
        expectations=(Expectation(name=ON_HAND, value=float(q.on_hand), unit="of its unit"),),
    )


def _quiet_days(question: Question) -> int:
    """Days without use in which the risk reaches the cost of a count."""
    share = min(0.99, COUNT_COST / (question.risk / question.chance))
    days = range(question.days + 1)
    return next((d for d in days if 1 - exp(-WRONG_PER_DAY * d) >= share), question.days)


def measure(proposal: Proposal, made_at: datetime, view: RecordView) -> Hindsight | Refusal:
    """Whether the count found another amount than recorded, less use; receipts blur it."""
    seen = found_by_count(proposal, made_at, view, otherwise="The record was right.")
    if seen is not None:
        return seen
    because = f"{proposal.subject.key} was not counted since, or less than a week ago."
    return Refusal(code=RefusalCode.TOO_EARLY, because=because, transient=True)


DECISION: Final = Decision(
    name=NAME,
    title="Count stock",
    question=Question,
    transactions=(TransactionType.COUNT,),
    ask=ask,
    propose=propose,
    measure=measure,
    subject=subject,
    fallback="It needs no forecast: the error rates are stated.",
    fallbacks=WITHOUT_MODEL,
    needs=("materials", "stock"),
)
