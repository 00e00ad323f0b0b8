"""Turn what a maintenance order gets and lacks into tasks and requisitions, and say why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from chargehand.optimization import wording
from chargehand.optimization.grammar import counted
from chargehand.optimization.levels import EXPEDITE_COST, stakes_of
from chargehand.optimization.outlook import FETCH_COST
from chargehand.optimization.plan import MOVE_COST
from chargehand.optimization.position import Stoppage
from chargehand.optimization.position import plain_amount as plain
from chargehand.optimization.reservation import Allotment, timely_offer
from chargehand.optimization.sourcing import ORDER_COST, UNIT_COST_DEFAULT, Offer
from chargehand.vocabulary.equipment import MaintenanceOrder
from chargehand.vocabulary.identifier import LocationId, MaterialId, ZoneId
from chargehand.vocabulary.material import MaterialDefinition
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.work import (
    Action,
    MoveTask,
    Priority,
    ReasonCode,
    Requisition,
    TransactionType,
)

URGENT_DAYS: Final = 7
"""An order that is due sooner is urgent (days)."""

STAGE_BEFORE_DAYS: Final = 1
"""Parts are staged this long before the order is due (days)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StagingPlan:
    """What has to be done so that an order finds its parts ready."""

    as_of: datetime
    zone: ZoneId
    order: MaintenanceOrder
    machine: Stoppage
    staging: LocationId
    allotments: tuple[Allotment, ...]
    unknown: tuple[MaterialId, ...]
    """On the parts list, but not in the item master."""

    @property
    def short(self) -> tuple[Allotment, ...]:
        """What has to be ordered."""
        return tuple(allotment for allotment in self.allotments if allotment.short > 0)

    @property
    def currency(self) -> str:
        """Of the machine's downtime, else of the first price that is known."""
        if self.machine.cost_per_hour is not None:
            return self.machine.cost_per_hour.currency
        costs = (_known(a).unit_cost for a in self.allotments)
        return next((cost.currency for cost in costs if cost), Money.of(0).currency)

    def actions(self) -> Iterator[Action]:
        """Tasks for what is there, requisitions for what is not."""
        for allotment in self.allotments:
            for location, amount in allotment.picks:
                if location != self.staging:
                    yield self._task(allotment, location, amount)
        for allotment in self.short:
            yield self._requisition(allotment)

    def _task(self, allotment: Allotment, location: LocationId, amount: Decimal) -> MoveTask:
        material = _known(allotment)
        return MoveTask(
            transaction=TransactionType.STAGING,
            site=self.order.site,
            zone=allotment.line.part.zone,
            material=material.material,
            quantity=Quantity(amount, material.unit),
            from_location=location,
            to_location=self.staging,
            priority=self.priority,
            reason=ReasonCode.MAINTENANCE_ORDER,
            order=self.order.order,
            criticality=material.criticality,
            cost=Money.of(f"{MOVE_COST:.2f}", self.currency),
        )

    def _requisition(self, allotment: Allotment) -> Requisition:
        material, offer = _known(allotment), self.offer(allotment)
        amount = offer.rounded(allotment.short) if offer else allotment.short
        price = material.unit_cost or Money(UNIT_COST_DEFAULT, self.currency)
        unsourced = price * amount + Money.of(ORDER_COST, price.currency)
        return Requisition(
            site=self.order.site,
            zone=allotment.line.part.zone,
            material=material.material,
            quantity=Quantity(amount, material.unit),
            supplier=offer.supplier if offer else None,
            need_by=max(self.as_of, self.staged_by).date(),
            justification=" ".join(self.why_short(allotment)),
            cost=offer.cost(amount) if offer else unsourced,
            order=self.order.order,
        )

    def offer(self, allotment: Allotment) -> Offer | None:
        """The supplier of what is short; None where none is approved."""
        offers = allotment.line.offers
        return timely_offer(offers, allotment.short, self.as_of, self.staged_by)

    @property
    def staged_by(self) -> datetime:
        """When the parts should stand ready."""
        return self.order.due_at - timedelta(days=STAGE_BEFORE_DAYS)

    @property
    def priority(self) -> Priority:
        """High for what is due soon, and where the goods may come too late."""
        if self.order.due_at <= self.as_of + timedelta(days=URGENT_DAYS):
            return Priority.HIGH
        waits = (self._wait(allotment) for allotment in self.short)
        is_late = any(self.as_of + wait > self.staged_by for wait in waits)
        return Priority.HIGH if is_late else Priority.MEDIUM

    @property
    def decide_before(self) -> datetime:
        """The last moment at which everything is still there in time, and an hour in any case."""
        longest = max((self._wait(a) for a in self.short), default=timedelta(0))
        return max(self.as_of + timedelta(hours=1), self.staged_by - longest)

    def _wait(self, allotment: Allotment) -> timedelta:
        offer = self.offer(allotment)
        return timedelta(days=offer.lead_time.q90_days if offer else 0)

    @property
    def inaction_cost(self) -> Money:
        """What is lost if nobody acts (money).

        A search for each part that is there; for what is missing and not promised for a day in
        time a courier each, and once the cost of the costliest part being missing, since all
        couriers ride at the same time.
        """
        unsure = [a for a in self.allotments if a.missing > 0 and not a.is_promised]
        searches = sum(bool(allotment.picks) for allotment in self.allotments)
        missing = [stakes_of(_known(a), self.machine, None, 0.0).missing_cost for a in unsure]
        total = FETCH_COST * searches + EXPEDITE_COST * len(missing) + max(missing, default=0.0)
        return Money.of(f"{total:.2f}", self.currency)

    def headline(self) -> str:
        """What will be done, as a sentence."""
        staged = [a for a in self.actions() if isinstance(a, MoveTask)]
        ordered = [a for a in self.actions() if isinstance(a, Requisition)]
        phrases = []
        for verb, actions in (("stage", staged), ("order", ordered)):
            amounts: dict[MaterialId, Decimal] = {}
            for action in actions:
                known = amounts.get(action.material, Decimal(0))
                amounts[action.material] = known + action.quantity.amount
            each = [f"{plain(amount)} of {material}" for material, amount in amounts.items()]
            others = len(each) - 2
            more = [counted(others, "more part")] if others > 0 else []
            if each:
                phrases.append(f"{verb} {' and '.join([*each[:2], *more])}")
        text = ", ".join(phrases)
        due = f"due on {self.order.due_at:%Y-%m-%d}"
        return f"{text[0].upper()}{text[1:]} for {self.order.order} on {self.stops}, {due}."

    def inaction(self) -> str:
        """What doing nothing leads to, as a sentence."""
        found = sum(bool(allotment.picks) for allotment in self.allotments)
        lacking = [a for a in self.allotments if a.missing > 0]
        missing = ", ".join(f"{plain(a.missing)} of {a.line.material}" for a in lacking)
        waits = f"waits for {missing}" if missing else "waits until its parts are found"
        looked = f"; a technician looks for {found} of its parts" if missing and found else ""
        return f"On {self.order.due_at:%Y-%m-%d} {self.stops} {waits}{looked}."

    @property
    def stops(self) -> str:
        """The machine and line that the order is for."""
        return wording.stoppage_text(self.machine)

    def why_short(self, allotment: Allotment) -> Iterator[str]:
        """Why something is ordered, in full sentences."""
        yield from self.why_missing(allotment)
        offer = self.offer(allotment)
        if offer is None:
            yield "No supplier is approved for it: purchasing has to find one."
            return
        amount = offer.rounded(allotment.short)
        if amount != allotment.short:
            yield (
                f"{plain(amount)} are ordered because {offer.name} sells at least"
                f" {plain(offer.minimum)}, in packs of {plain(offer.pack)}."
            )
        yield wording.wait_text(offer)

    def why_missing(self, allotment: Allotment) -> Iterator[str]:
        """How much is not there, and what is expected when, in full sentences."""
        line, missing = allotment.line, allotment.missing
        there = sum((amount for _, amount in allotment.picks), Decimal(0))
        yield (
            f"Order {self.order.order} on {self.stops}, due on {self.order.due_at:%Y-%m-%d}, needs"
            f" {wording.some(line.needed, _known(allotment))}:"
            f" {plain(line.needed - there - missing)} set aside for it, {plain(there)} free,"
            f" {plain(missing)} missing."
        )
        for supply in allotment.coming:
            day = supply.promised_on
            when = "no day is promised yet" if day is None else f"promised for {day}"
            late = ", after the order is due" if day and day > self.order.due_at.date() else ""
            yield f"{supply.key} brings {plain(supply.quantity)}: {when}{late}."
        if 0 < allotment.short < missing:
            yield f"On no order yet: {plain(allotment.short)} of the {plain(missing)}."

    def reasons(self) -> Iterator[str]:
        """Why, as sentences, what is missing first."""
        for allotment in self.short:
            yield from self.why_short(allotment)
        for allotment in self.allotments:
            if allotment.missing > 0 and not allotment.short:
                yield from self.why_missing(allotment)
        for allotment in self.allotments:
            if allotment.picks:
                where = " and ".join(f"{plain(n)} at {key}" for key, n in allotment.picks)
                yield (
                    f"{wording.label(_known(allotment))}: {plain(allotment.lacks)} of"
                    f" {plain(allotment.line.needed)} not set aside yet; free: {where}."
                )
        for material in self.unknown:
            yield f"{material} is on the parts list but not in the item master: nobody plans it."

    def alternatives(self) -> Iterator[tuple[str, Money, str]]:
        """What else could be done: what, at what cost, and why it was not proposed."""
        yield "Do nothing.", self.inaction_cost, f"On the day {self.stops} waits for its parts."
        if not self.short:
            fetch = Money.of(f"{FETCH_COST:.2f}", self.currency)
            cost = fetch * sum(bool(a.picks) for a in self.allotments)
            yield "Fetch the parts on the day.", cost, "They may be gone by then."
            return
        wait = max(self._wait(allotment) for allotment in self.short)
        day = self.as_of + wait + timedelta(days=STAGE_BEFORE_DAYS)
        if day > self.order.due_at:
            what = f"Order all the same, and postpone {self.order.order} to {day:%Y-%m-%d}."
            cost, why = Money.of(0, self.currency), "The planner of the order has to decide that."
        else:
            what = "Have what is missing brought by courier on the day."
            cost = Money.of(f"{EXPEDITE_COST * len(self.short):.2f}", self.currency)
            why = "The courier may come late, and the parts are paid for all the same."
        yield what, cost, why
        for allotment in self.short:
            best = self.offer(allotment)
            for other in allotment.line.offers:
                if best is not None and other.supplier != best.supplier:
                    yield wording.offer_against(other, best, allotment.short)

    def flips(self) -> Iterator[str]:
        """What would have to be different, as sentences."""
        for allotment in self.short:
            what = allotment.line.material
            yield f"If {plain(allotment.short)} more of {what} were free, none were ordered."
        yield f"If order {self.order.order} were cancelled, nothing were due."

    def changes(self) -> Iterator[tuple[str, str, str]]:
        """Lines of the record: what, now, and after."""
        for allotment in self.allotments:
            line, offer = allotment.line, self.offer(allotment)
            staged = sum((amount for _, amount in allotment.picks), Decimal(0))
            if staged:
                free = line.part.free
                yield f"Free {line.material}", plain(free), plain(free - staged)
            if allotment.short > 0:
                more = offer.rounded(allotment.short) if offer else allotment.short
                now = line.part.on_order
                yield f"{line.material} on order", plain(now), plain(now + more)


def _known(allotment: Allotment) -> MaterialDefinition:
    assert allotment.line.definition is not None
    return allotment.line.definition
