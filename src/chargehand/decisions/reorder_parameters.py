"""Set reorder point and order-up-to level where others would cost much less in a year.

Asked of each part of a site that has a forecast. The levels follow from the exact quantile of
demand in the lead time and the economic order quantity; a year with them is compared with a year
with the present ones (`yearly_cost`). A change is proposed where it saves `SAVING_MIN` and
`SAVING_SHARE`; levels that a person approved need `APPROVED_FACTOR` times that: they do not flap.

``confidence`` is the chance that demand in a lead time lies between its 5 % and 95 % quantiles, and
``measure`` checks the same. ``cost_of_inaction`` is the saving until ``measure_after``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
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
from chargehand.forecast.demand import DemandForecast
from chargehand.forecast.lead_time import SupplierPerformance
from chargehand.optimization import fallback, wording
from chargehand.optimization.basis import basis_text
from chargehand.optimization.chosen import chosen_levels
from chargehand.optimization.levels import DAYS_PER_YEAR, HOLDING_RATE
from chargehand.optimization.part_reader import SiteReader
from chargehand.optimization.plan import HOLDING_COST, MISSING_COST
from chargehand.optimization.position import PartPosition
from chargehand.optimization.position import plain_amount as plain
from chargehand.optimization.replenishment import PartCase
from chargehand.optimization.sourcing import OfferReader
from chargehand.optimization.yearly import LevelChange, compare_levels
from chargehand.record.view import RecordView
from chargehand.vocabulary.identifier import MaterialId
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from chargehand.vocabulary.work import Action, ParameterChange, Priority, TransactionType

NAME: Final = "reorder_parameters"
SAVING_MIN: Final = 50.0
"""Least saving that is worth a person's look (money per year)."""
SAVING_SHARE: Final = 0.1
"""Least saving, as a share of what the present levels cost (fraction)."""
APPROVED_FACTOR: Final = 2.0
"""So many times as much has to be saved where a person approved the present levels."""
DECIDE_DAYS: Final = 14
OPEN_MAX: Final = 40
"""Changes that wait at a site at a time: about a shift of a planner's questions."""
LEAST, MOST = "low demand (5 %)", "high demand (95 %)"
BEFORE, AFTER = "reorder point before", "reorder point after"
UNSAFE_LEVEL: Final = 0.8
"""Service level of the present reorder point below which a change is urgent (fraction)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A part's levels at a site: are they right."""

    case: PartCase
    """Without its stock: levels do not depend on it."""
    forecast: DemandForecast
    doubt: str = ""


def ask(view: RecordView) -> Iterator[Question]:
    """Ask of each MRO part in question that has a forecast."""
    definitions = view.materials()
    for site in view.sites():
        reader = SiteReader(view, site)
        forecasts = view.estimates(DemandForecast, site)
        sourcing = OfferReader(view, site, view.estimates(SupplierPerformance, site))
        for material in reader.in_question("MRO"):
            forecast = forecasts.get(material)
            if forecast is None:
                continue
            definition, levels = definitions[material], reader.levels(material)
            zone = levels.zone if levels else reader.part(material).zone
            case = PartCase(
                as_of=view.as_of,
                material=definition,
                levels=levels,
                part=PartPosition(site=site, zone=zone, places=(), supply=(), planned=()),
                stoppage=reader.stoppage(material),
                demand=forecast.demand,
                offers=sourcing.offers(definition),
            )
            yield Question(case=case, forecast=forecast)


def subject(question: Question) -> Subject:
    """The part at its site."""
    case = question.case
    return Subject(
        site=case.part.site,
        zone=case.part.zone,
        key=case.material.material,
        label=wording.label(case.material),
    )


def propose(question: Question) -> Proposal | Refusal:
    """Propose other levels, or say that the present ones are right."""
    change = compare_levels(question.case)
    return _proposal(question, change) if _is_material(change) else _no_change(change)


def changed(question: Question, action: Action) -> Proposal | Refusal:
    """The proposal with levels that a person chose, and what a year with those costs."""
    assert isinstance(action, ParameterChange)
    change = chosen_levels(compare_levels(question.case), action)
    if isinstance(change, Refusal):
        return change
    if change.saving > 0:
        return _proposal(question, change)
    money = change.figures.stakes.money
    lost, even = f"{money(-change.saving)} a year", replace(change.after, total=change.now.total)
    proposal = _proposal(question, replace(change, after=even))
    return replace(
        proposal,
        reasons=(f"It costs {lost} more than the present levels.", *proposal.reasons[1:]),
        cost_of_inaction=money(0),
        inaction=f"The present levels cost {lost} less.",
        alternatives=(replace(proposal.alternatives[0], why_not="A person chose other levels."),),
        would_flip=(),
    )


def _proposal(question: Question, change: LevelChange) -> Proposal:
    case = question.case
    action, money = change.action(), change.figures.stakes.money
    is_unsafe = change.now.service_level < min(UNSAFE_LEVEL, change.after.service_level)
    return Proposal(
        subject=subject(question),
        headline=f"Reorder {wording.label(case.material)} at {plain(action.reorder_point)} up to"
        f" {plain(action.order_up_to)} at {case.part.site}.",
        actions=(action,),
        priority=Priority.HIGH if is_unsafe else Priority.LOW,
        reasons=tuple(change.reasons()),
        confidence=change.chance,
        cost=action.cost,
        cost_of_inaction=money(change.saving * change.days / DAYS_PER_YEAR),
        inaction=change.inaction(),
        decide_before=case.as_of + timedelta(days=min(DECIDE_DAYS, change.days)),
        measure_after=case.as_of + timedelta(days=change.days),
        basis="model",
        basis_note=basis_text(question.forecast),
        alternatives=tuple(
            Alternative(what=w, cost=c, why_not=y) for w, c, y in change.alternatives()
        ),
        would_flip=(
            *change.flips(),
            f"If it saved less than {money(_least_saving(change))} a year.",
        ),
        changes=tuple(Change(what=w, now=n, after=a) for w, n, a in change.changes()),
        expectations=tuple(_expected(change)),
    )


def _is_material(change: LevelChange) -> bool:
    if change.point is None:
        return change.levels.demand.mean > 0
    return change.saving >= _least_saving(change)


def _least_saving(change: LevelChange) -> float:
    levels = change.case.levels
    factor = APPROVED_FACTOR if levels is not None and levels.origin == "approved" else 1.0
    return factor * max(SAVING_MIN, SAVING_SHARE * change.now.total)


def _no_change(change: LevelChange) -> Refusal:
    levels, what = (
        change.levels,
        f"{wording.label(change.case.material)} at {change.case.part.site}",
    )
    if change.point is None or change.up_to is None:
        because = f"{what} has no levels, and its forecast expects no demand."
        return Refusal(code=RefusalCode.NO_DEMAND, because=because)
    return Refusal(
        code=RefusalCode.PARAMETERS_RIGHT,
        because=f"{what}: {levels.reorder_point} up to {levels.order_up_to} would save"
        f" {change.saving:.2f} of {change.now.total:.2f} a year against {plain(change.point)} up to"
        f" {plain(change.up_to)}: too little to change them.",
    )


def _expected(change: LevelChange) -> Iterator[Expectation]:
    action, stakes = change.action(), change.figures.stakes
    held = float(action.cost.amount) * HOLDING_RATE * change.days / DAYS_PER_YEAR
    unit = str(change.case.material.unit)
    for name, value, of in (
        ("expected demand until measured", change.levels.demand.mean, unit),
        (LEAST, change.low, unit),
        (MOST, change.high, unit),
        (BEFORE, float(change.point or 0), unit),
        (AFTER, float(action.reorder_point), unit),
        (MISSING_COST, stakes.missing_cost, stakes.currency),
        (HOLDING_COST, held, stakes.currency),
    ):
        yield Expectation(name=name, value=round(float(value), 3), unit=of)


def measure(proposal: Proposal, made_at: datetime, view: RecordView) -> Hindsight | Refusal:
    """Whether demand was what the levels were set for, and what the new reorder point was worth.

    Worth is what the present reorder point would have let run out and the new one not, in one lead
    time from each, less what holding the addition cost.
    """
    if view.as_of < proposal.measure_after:
        because = f"It can be seen from {proposal.measure_after:%Y-%m-%d %H:%M} UTC on."
        return Refusal(code=RefusalCode.TOO_EARLY, because=because, transient=True)
    figure = {e.name: e.value for e in proposal.expectations}
    usage = view.used(proposal.subject.site, made_at.date(), proposal.measure_after.date())
    used = float(usage.get(MaterialId(proposal.subject.key), 0))
    fewer = max(0.0, used - figure[BEFORE]) - max(0.0, used - figure[AFTER])
    worth = fewer * figure[MISSING_COST] - figure[HOLDING_COST]
    right = figure[LEAST] <= used <= figure[MOST]
    return Hindsight(
        right=right,
        worth=Money.of(f"{worth:.2f}", proposal.cost.currency),
        because=f"Demand in one lead time was {'' if right else 'not '}as the levels assume.",
        expected=f"Between {figure[LEAST]:g} and {figure[MOST]:g} used.",
        actual=f"{used:g} used.",
    )


DECISION: Final = Decision(
    name=NAME,
    title="Change stock levels",
    question=Question,
    transactions=(TransactionType.PARAMETER_CHANGE,),
    ask=ask,
    propose=propose,
    measure=measure,
    subject=subject,
    open_max=OPEN_MAX,
    fallback="Without a forecast it asks nothing: the imported levels stay as they are.",
    fallbacks=fallback.with_model("It asks nothing: the levels stay.", "no proposal at all"),
    changeable=("reorder_point", "order_up_to"),
    changed=changed,
    needs=("materials", "issues"),
)
