"""Turn what covers a part's shortage into the actions that carry it out, and their alternatives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

from chargehand.optimization import wording
from chargehand.optimization.grammar import counted
from chargehand.optimization.levels import HOLDING_RATE
from chargehand.optimization.outlook import FETCH_COST, Outlook, refill_outlook, supply_outlook
from chargehand.optimization.position import NOTHING, plain_amount, receiving_place
from chargehand.optimization.refill import Refill
from chargehand.optimization.replenishment import (
    TRANSFER_COST,
    TRANSFER_DAYS,
    Cover,
    PartCase,
    Study,
)
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.work import (
    Action,
    MoveTask,
    Priority,
    ReasonCode,
    Requisition,
    TransactionType,
    Transfer,
)

STOCK, FLOOR = "stock and open orders", "floor"
MISSING_COST, HOLDING_COST = "cost of a missing unit", "cost of holding the addition"
"""Names of the expectations that hindsight needs."""

MOVE_COST: Final = 4.0
"""Cost of carrying a part from bulk to its pick face (money)."""

UNCRITICAL_TO: Final = 0.3
"""Criticality below which a part without a stock-out in sight can wait (fraction)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What should be done about a part: a refill, a cover of its shortage, or both."""

    case: PartCase
    figures: Study
    refill: Refill | None
    cover: Cover | None
    outlook: Outlook

    @property
    def priority(self) -> Priority:
        """High where stock is used up before help comes; low where it lasts longer than a year."""
        day, criticality = self.outlook.stockout_day, self.case.material.criticality
        if day is None and self.outlook.mean is not None:
            return Priority.LOW
        if day is not None and day <= self.outlook.days:
            return Priority.HIGH
        is_minor = criticality is not None and criticality < UNCRITICAL_TO
        return Priority.LOW if is_minor else Priority.MEDIUM

    def actions(self) -> Iterator[Action]:
        """The refill first: it is done within the hour."""
        if self.refill is not None:
            yield self._move(self.refill)
        if self.cover is not None and self.cover.spare is not None:
            yield self._transfer(self.cover)
        elif self.cover is not None:
            yield self._requisition(self.cover)

    def steps(self) -> str:
        """The actions in one sentence, such as that 12 are ordered from a supplier for a site."""
        what = wording.label(self.case.material)
        phrases: list[str] = []
        for action in self.actions():
            of = "" if phrases else f" of {what}"
            if isinstance(action, MoveTask):
                amount = plain_amount(action.quantity.amount)
                way = f"from {action.from_location} to {action.to_location}"
                phrases.append(f"carry {amount}{of} {way}")
            elif isinstance(action, Transfer):
                amount = plain_amount(action.quantity.amount)
                phrases.append(f"send {amount}{of} from {action.from_site}")
            elif isinstance(action, Requisition) and self.cover and self.cover.offer:
                amount = plain_amount(action.quantity.amount)
                phrases.append(f"order {amount}{of} from {self.cover.offer.name}")
        text = " and ".join(phrases)
        return f"{text[0].upper()}{text[1:]} for {self.case.part.site}."

    def reasons(self) -> tuple[str, ...]:
        """Why, as sentences, the decisive one first."""
        sentences = []
        if self.refill is not None:
            sentences.append(wording.refill_text(self.refill, self.case))
        if self.cover is not None:
            short, *more = wording.reasons(self.case, self.figures, self.outlook)
            sentences.append(short)
            if self.cover.spare is not None:
                sentences.append(wording.spare_text(self.cover.spare))
            sentences.extend(more)
        return tuple(sentences)

    def flips(self) -> tuple[str, ...]:
        """What would have to be different for nothing to be due, as sentences."""
        if self.cover is not None:
            return wording.flips(self.case, self.figures)
        assert self.refill is not None
        return wording.refill_flips(self.refill.there, self.refill.minimum)

    def expected(self) -> Iterator[tuple[str, float, str]]:
        """Predicted figures, kept for hindsight: name, value and unit."""
        outlook, levels, currency = self.outlook, self.figures.levels, self.figures.stakes.currency
        unit = str(self.case.material.unit)
        missing = self.figures.stakes.missing_cost if self.cover else FETCH_COST
        yield STOCK, float(outlook.stock), unit
        yield FLOOR, float(outlook.floor), unit
        if outlook.stockout_day is not None:
            yield "predicted stock-out", float(outlook.stockout_day), "days from now"
        if outlook.mean is not None:
            yield "expected demand until measured", round(outlook.mean, 3), unit
        if levels is not None:
            yield "reorder point", float(levels.reorder_point), unit
        if self.figures.reorder_point is not None and not self.figures.is_bound:
            yield "position", float(self.figures.position), unit
        yield MISSING_COST, missing, currency
        added = sum(float(action.cost.amount) for action in self.actions())
        yield HOLDING_COST, round(added * HOLDING_RATE * outlook.days / 365.25, 2), currency

    def _move(self, refill: Refill) -> MoveTask:
        case, day = self.case, refill.stockout_day
        is_model = case.demand is not None
        needs = [n for n in case.part.planned if n.due_at <= self.figures.until]
        return MoveTask(
            transaction=TransactionType.REPLENISHMENT,
            site=case.part.site,
            zone=case.part.zone,
            material=case.material.material,
            quantity=Quantity(refill.quantity, case.material.unit),
            from_location=refill.source,
            to_location=refill.target,
            priority=self.priority,
            reason=ReasonCode.AI_PREDICTED_STOCKOUT
            if is_model
            else ReasonCode.STATIC_MINIMUM_REACHED,
            predicted_stockout_on=None
            if day is None
            else (case.as_of + timedelta(days=day)).date(),
            order=needs[0].order if needs else None,
            criticality=case.material.criticality,
            cost=self.figures.stakes.money(MOVE_COST),
        )

    def _transfer(self, cover: Cover) -> Transfer:
        assert cover.spare is not None
        return Transfer(
            site=self.case.part.site,
            zone=self.case.part.zone,
            material=self.case.material.material,
            quantity=Quantity(cover.quantity, self.case.material.unit),
            from_site=cover.spare.site,
            from_location=cover.spare.location,
            to_location=receiving_place(self.case.part, self.case.levels),
            priority=self.priority,
            cost=self.figures.stakes.money(TRANSFER_COST),
        )

    def _requisition(self, cover: Cover) -> Requisition:
        assert cover.offer is not None
        case, day = self.case, self.outlook.stockout_day
        need_by = self.figures.until if day is None else case.as_of + timedelta(days=max(1, day))
        return Requisition(
            site=case.part.site,
            zone=case.part.zone,
            material=case.material.material,
            quantity=Quantity(cover.bought, case.material.unit),
            supplier=cover.offer.supplier,
            need_by=need_by.date(),
            justification=wording.justification(case, self.figures, day),
            cost=cover.offer.cost(cover.bought),
        )

    def alternatives(self) -> Iterator[tuple[str, Money, str]]:
        """What else could be done: what, at what cost, and why it was not proposed."""
        money, cover = self.figures.stakes.money, self.cover
        yield "Do nothing.", money(self.outlook.cost), wording.inaction(self.case, self.outlook)
        if cover is None:
            assert self.refill is not None
            some = plain_amount(min(self.refill.quantity, Decimal(1)))
            yield (
                f"Fetch {some} from {self.refill.source} whenever one is needed.",
                money(self.outlook.cost + MOVE_COST),
                "A technician waits each time.",
            )
            return
        best = self.figures.offers[0] if self.figures.offers else None
        wanted = self.figures.wanted
        if cover.spare is not None and best is not None:
            amount = best.rounded(wanted)
            wait = counted(best.waiting_days(), "day")
            why = f"It takes {wait}, the transfer {TRANSFER_DAYS}."
            yield wording.order_text(amount, best), best.cost(amount), why
        elif best is not None:
            yield from wording.other_amounts(self.figures, best, cover.bought)
            for other in self.figures.offers[1:3]:
                yield wording.offer_against(other, best, wanted)
            if cover.unused is not None:
                yield (
                    f"Send {plain_amount(cover.unused.quantity)} from {cover.unused.site}.",
                    money(TRANSFER_COST),
                    "It does not lift the position above the reorder point, or costs more.",
                )
        elif cover.spare is not None:
            half = max(Decimal(1), cover.quantity // 2)
            yield (
                f"Send only {plain_amount(half)} from {cover.spare.site}.",
                money(TRANSFER_COST),
                "A transfer costs the same for fewer, and the next would be due sooner.",
            )

    def changes(self) -> Iterator[tuple[str, str, str]]:
        """Lines of the record: what, now, and after."""
        part, refill = self.case.part, self.refill
        if refill is not None:
            bulk = sum((p.free for p in part.places if p.location == refill.source), NOTHING)
            yield _line(f"Pick face {refill.target}", refill.there, refill.quantity)
            yield _line(f"Bulk {refill.source}", bulk, -refill.quantity)
        if self.cover is not None:
            yield _line(f"Free at {part.site}", part.free, NOTHING)
            more = self.cover.quantity if self.cover.spare else self.cover.bought
            yield _line("On order", part.on_order, more)
            yield _line("Position", self.figures.position, more)


def _line(what: str, now: Decimal, more: Decimal) -> tuple[str, str, str]:
    return what, plain_amount(now), plain_amount(now + more)


def plan_of(case: PartCase, figures: Study, refill: Refill | None, cover: Cover | None) -> Plan:
    """Return the plan; a refill or a cover must be there."""
    if cover is not None:
        days = TRANSFER_DAYS if cover.spare else figures.lead_time.q90_days
        outlook = supply_outlook(case, figures, days)
    else:
        assert refill is not None
        outlook = refill_outlook(case, refill, figures.stakes)
    return Plan(case=case, figures=figures, refill=refill, cover=cover, outlook=outlook)
