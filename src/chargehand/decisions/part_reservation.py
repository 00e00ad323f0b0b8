"""Have the parts of a maintenance order ready: stage what is there, order what is missing.

Asked of each order that is released, waiting or ready, and again whenever it or one of its parts
changes. Stock is allotted to the orders that are due first, net of reservations and of safety
stock (see `optimization.reservation`). What is missing is ordered in exactly that quantity, rounded
up only where the supplier sells no less; what merely waits as a proposal brings nothing. No
forecast is needed.

``confidence`` is the share of released orders that are carried out as planned, `PLAN_KEPT`;
``measure`` checks whether the order used its parts. ``cost_of_inaction`` is a technician's search
for each part, and for what is missing and not promised in time the courier and the time that the
machine stands open.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
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
)
from chargehand.forecast.lead_time import SupplierPerformance
from chargehand.optimization.chosen import cost_of, unsold
from chargehand.optimization.fallback import WITHOUT_MODEL
from chargehand.optimization.part_reader import SiteReader, staging_location
from chargehand.optimization.position import NOTHING, RELEASED_STATES, Stoppage, plain_amount
from chargehand.optimization.reservation import PartLine, allot
from chargehand.optimization.sourcing import OfferReader
from chargehand.optimization.staging import StagingPlan
from chargehand.record.view import RecordView
from chargehand.vocabulary.equipment import MaintenanceOrder
from chargehand.vocabulary.identifier import LocationId, MaterialId, ZoneId
from chargehand.vocabulary.material import MaterialDefinition
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from chargehand.vocabulary.work import Action, MoveTask, Requisition, TransactionType

NAME: Final = "part_reservation"
PLAN_KEPT: Final = 0.9
"""Share of released orders that are carried out as planned, until outcomes say (fraction)."""
USE_OF: Final = "use of "
MEASURE_DAYS: Final = 7
"""Time after the due date by which an order has booked its parts (days)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Are the parts of this order ready, and if not, what is missing."""

    as_of: datetime
    zone: ZoneId
    order: MaintenanceOrder
    machine: Stoppage
    staging: LocationId
    lines: tuple[PartLine, ...]
    doubt: str = ""


def ask(view: RecordView) -> Iterator[Question]:
    """Ask of each order in question, the earliest due first."""
    definitions = view.materials()
    for site in view.sites():
        reader = SiteReader(view, site)
        sourcing = OfferReader(view, site, view.estimates(SupplierPerformance, site))
        staging = staging_location(view, site)
        orders, assets = view.maintenance(site), view.assets(site)
        for key in reader.orders_in_question(RELEASED_STATES):
            order = orders[key]
            asset = assets.get(order.asset)
            lines = tuple(
                _line(definitions.get(material), material, order, reader, sourcing)
                for material in sorted({part.material for part in order.parts})
            )
            yield Question(
                as_of=view.as_of,
                zone=lines[0].part.zone,
                order=order,
                machine=Stoppage(
                    asset=order.asset,
                    line=asset.line if asset else None,
                    cost_per_hour=asset.downtime_cost_per_hour if asset else None,
                ),
                staging=staging,
                lines=lines,
            )


def _line(
    definition: MaterialDefinition | None,
    material: MaterialId,
    order: MaintenanceOrder,
    reader: SiteReader,
    sourcing: OfferReader,
) -> PartLine:
    levels = reader.levels(material)
    return PartLine(
        material=material,
        definition=definition,
        needed=sum((p.quantity for p in order.parts if p.material == material), NOTHING),
        part=reader.part(material),
        safety_stock=levels.safety_stock if levels else NOTHING,
        offers=sourcing.offers(definition) if definition else (),
    )


def subject(question: Question) -> Subject:
    """The order at its site."""
    order = question.order
    label = f"{order.order} on {order.asset}"
    return Subject(site=order.site, zone=question.zone, key=order.order, label=label)


def propose(question: Question) -> Proposal | Refusal:
    """Propose to stage and order what the order lacks, or say that it lacks nothing."""
    order, lines = question.order, question.lines
    plan = StagingPlan(
        as_of=question.as_of,
        zone=question.zone,
        order=order,
        machine=question.machine,
        staging=question.staging,
        allotments=tuple(allot(x, order.order, order.due_at) for x in lines if x.definition),
        unknown=tuple(line.material for line in lines if line.definition is None),
    )
    actions = tuple(plan.actions())
    if not actions:
        return _nothing_to_do(plan)
    return Proposal(
        subject=subject(question),
        headline=plan.headline(),
        actions=actions,
        priority=plan.priority,
        reasons=tuple(plan.reasons()),
        confidence=PLAN_KEPT,
        cost=_total(actions, plan.currency),
        cost_of_inaction=plan.inaction_cost,
        inaction=plan.inaction(),
        decide_before=plan.decide_before,
        measure_after=max(order.due_at, question.as_of) + timedelta(days=MEASURE_DAYS),
        basis="model",
        basis_note="Exact: the order's parts list against the record; no forecast is used.",
        alternatives=tuple(
            Alternative(what=w, cost=c, why_not=y) for w, c, y in plan.alternatives()
        ),
        would_flip=tuple(plan.flips()),
        changes=tuple(Change(what=w, now=n, after=a) for w, n, a in plan.changes()),
        expectations=tuple(
            Expectation(name=f"{USE_OF}{x.material}", value=float(x.needed), unit="of its unit")
            for x in (a.line for a in plan.allotments if a.picks or a.short > 0)
        ),
    )


def changed(question: Question, action: Action) -> Proposal | Refusal:
    """The proposal with another quantity staged or ordered first, as the supplier sells it."""
    proposal = propose(question)
    if isinstance(proposal, Refusal):
        return proposal
    before = proposal.actions[0]
    if isinstance(action, Requisition) and isinstance(before, Requisition):
        line = next(one for one in question.lines if one.material == action.material)
        if refusal := unsold(action, line.offers):
            return refusal
        action = replace(action, cost=cost_of(action, before, line.offers))
    actions: tuple[Action, ...] = (action, *proposal.actions[1:])
    cost = _total(actions, proposal.cost.currency)
    changes = tuple(_changes(proposal.changes, before, action))
    return replace(proposal, actions=actions, cost=cost, changes=changes)


def _changes(lines: tuple[Change, ...], before: Action, after: Action) -> Iterator[Change]:
    """The lines of the record, with what a changed quantity adds or takes."""
    more = after.quantity.amount - before.quantity.amount  # type: ignore[union-attr]
    bought = isinstance(after, Requisition)
    what = f"{after.material} on order" if bought else f"Free {after.material}"
    for line in lines:
        amount = Decimal(line.after) + (more if bought else -more)
        yield replace(line, after=plain_amount(amount)) if line.what == what else line


def _total(actions: tuple[Action, ...], currency: str) -> Money:
    """What the actions cost; amounts in another currency are added as they are."""
    return Money(sum((action.cost.amount for action in actions), Money.of(0).amount), currency)


def _nothing_to_do(plan: StagingPlan) -> Refusal:
    order = plan.order.order
    if plan.unknown:
        return Refusal(
            code=RefusalCode.UNKNOWN_MATERIAL,
            because=f"{order} lists {', '.join(plan.unknown)}, which the item master does not know:"
            " import it, or correct the parts list. Nothing else is missing.",
        )
    return Refusal(
        code=RefusalCode.PARTS_COMPLETE,
        because=f"All parts of {order} are staged, reserved or on order for it"
        f" ({len(plan.allotments)} materials).",
    )


def measure(proposal: Proposal, made_at: datetime, view: RecordView) -> Hindsight | Refusal:
    """Whether the order used its parts: then a wait was avoided, else the work was in vain."""
    if view.as_of < proposal.measure_after:
        because = f"It can be seen from {proposal.measure_after:%Y-%m-%d %H:%M} UTC on."
        return Refusal(code=RefusalCode.TOO_EARLY, because=because, transient=True)
    used = view.used(proposal.subject.site, made_at.date(), proposal.measure_after.date())
    expected, actual, right = [], [], True
    for figure in proposal.expectations:
        material = MaterialId(figure.name.removeprefix(USE_OF))
        amount = float(used.get(material, 0))
        right = right and amount >= figure.value
        expected.append(f"{figure.value:g} of {material}")
        actual.append(f"{amount:g} of {material}")
    moves = [action.cost for action in proposal.actions if isinstance(action, MoveTask)]
    lost = Money(sum((-cost.amount for cost in moves), Money.of(0).amount), proposal.cost.currency)
    return Hindsight(
        right=right,
        worth=proposal.cost_of_inaction if right else lost,
        because="The parts were used." if right else "Not all of the parts were used.",
        expected=f"Use of {', '.join(expected)}.",
        actual=f"Use of {', '.join(actual)}.",
    )


DECISION: Final = Decision(
    name=NAME,
    title="Prepare maintenance parts",
    question=Question,
    transactions=(TransactionType.STAGING, TransactionType.REQUISITION),
    ask=ask,
    propose=propose,
    measure=measure,
    subject=subject,
    fallback="It needs no forecast; a missing lead time is replaced by the declared one.",
    fallbacks=WITHOUT_MODEL,
    changeable=("quantity",),
    changed=changed,
    needs=("stock", "maintenance_orders"),
)
