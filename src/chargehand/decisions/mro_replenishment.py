"""Keep spare parts where they are needed: refill the pick face, send from another site, or buy.

Asked of each maintenance, repair and operations (MRO) part that a site stocks, every night and when
something happened to it. A shortage is due when the position (free and on order, less what planned
maintenance lacks) has reached the reorder point: the exact quantile of demand in the lead time, at
the service level that criticality and downtime cost are worth.

``confidence`` is the chance that, without action, stock is used and falls to its safety stock by
``measure_after`` (a pick face: that it is at its minimum); ``measure`` checks the same.
``cost_of_inaction`` is the shortage expected by then, times `Stakes.missing_cost`. The static rule
knows no chances: it says `FALLBACK_CONFIDENCE`, and counts one unit missing with that chance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
from chargehand.optimization import wording
from chargehand.optimization.basis import basis_text
from chargehand.optimization.chosen import chosen_plan
from chargehand.optimization.fallback import with_model
from chargehand.optimization.hindsight import fall_expected, fall_seen
from chargehand.optimization.part_reader import SiteReader, all_sites
from chargehand.optimization.plan import FLOOR, HOLDING_COST, MISSING_COST, STOCK, plan_of
from chargehand.optimization.refill import OtherSite, best_refill
from chargehand.optimization.replenishment import (
    Cover,
    PartCase,
    Study,
    best_cover,
    is_ever_needed,
    study,
)
from chargehand.optimization.sourcing import OfferReader
from chargehand.record.view import RecordView
from chargehand.vocabulary.identifier import MaterialId, SiteId
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from chargehand.vocabulary.work import Action, MoveTask, TransactionType

NAME: Final = "mro_replenishment"
CRITICAL_FROM: Final = 0.8
"""A part this critical is stocked even if it was never used (fraction)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One part at one site: does it need moving or buying."""

    site: SiteId
    case: PartCase
    forecast: DemandForecast | None
    doubt: str = ""


def ask(view: RecordView) -> Iterator[Question]:
    """Ask of each stocked MRO part in question, site by site."""
    sites = {site: SiteReader(view, site) for site in sorted(all_sites(view))}
    definitions = view.materials()
    forecasts = {site: view.estimates(DemandForecast, site) for site in sites}
    for site in view.sites():
        reader = sites[site]
        sourcing = OfferReader(view, site, view.estimates(SupplierPerformance, site))
        for material in reader.in_question("MRO"):
            definition = definitions[material]
            forecast = forecasts[site].get(material)
            case = PartCase(
                as_of=view.as_of,
                material=definition,
                levels=reader.levels(material),
                part=reader.part(material),
                stoppage=reader.stoppage(material),
                demand=forecast.demand if forecast else None,
                offers=sourcing.offers(definition),
            )
            if study(case).is_short:
                case = replace(case, others=_others(site, material, sites, forecasts))
            yield Question(site=site, case=case, forecast=forecast)


def _others(
    site: SiteId,
    material: MaterialId,
    sites: Mapping[SiteId, SiteReader],
    forecasts: Mapping[SiteId, Mapping[str, DemandForecast]],
) -> tuple[OtherSite, ...]:
    """The part at the other sites: read only for a part that is short."""
    stocking = [key for key in sites if sites[key].stocks(material)]
    found = []
    for key in stocking:
        if key != site:
            forecast = forecasts[key].get(material)
            other = OtherSite(
                part=sites[key].part(material),
                levels=sites[key].levels(material),
                demand=forecast.demand if forecast else None,
                shared_by=len(stocking) - 1,
            )
            found.append(other)
    return tuple(found)


def subject(question: Question) -> Subject:
    """The part at its site."""
    material = question.case.material
    return Subject(
        site=question.site,
        zone=question.case.part.zone,
        key=material.material,
        label=wording.label(material),
    )


def propose(question: Question) -> Proposal | Refusal:
    """Propose the moves and the order that a part needs, or say why none."""
    return changed(question, None)


def changed(question: Question, action: Action | None) -> Proposal | Refusal:
    """Propose as much to be carried, sent or bought first as an action says; None: as computed."""
    case = question.case
    figures = study(case)
    promised = case.part.planned_until(figures.until)
    refill = best_refill(case.part, case.levels, case.demand, promised)
    cover = _cover(case, figures)
    if isinstance(cover, Refusal) and refill is None:
        return cover
    plan = plan_of(case, figures, refill, cover if isinstance(cover, Cover) else None)
    chosen = plan if action is None else chosen_plan(plan, action)
    if isinstance(chosen, Refusal):
        return chosen
    actions, outlook, money = tuple(chosen.actions()), chosen.outlook, figures.stakes.money
    not_bought = (cover.because,) if isinstance(cover, Refusal) else ()
    return Proposal(
        subject=subject(question),
        headline=chosen.steps(),
        actions=actions,
        priority=chosen.priority,
        reasons=(*chosen.reasons(), *not_bought),
        confidence=outlook.confidence,
        cost=sum((action.cost for action in actions), money(0)),
        cost_of_inaction=money(outlook.cost),
        inaction=wording.inaction(case, outlook),
        decide_before=outlook.decide_before,
        measure_after=case.as_of + timedelta(days=outlook.days),
        basis="model" if question.forecast else "fallback",
        basis_note=basis_text(question.forecast),
        alternatives=tuple(
            Alternative(what=w, cost=c, why_not=y) for w, c, y in chosen.alternatives()
        ),
        would_flip=chosen.flips(),
        changes=tuple(Change(what=w, now=n, after=a) for w, n, a in chosen.changes()),
        expectations=tuple(Expectation(name=n, value=v, unit=u) for n, v, u in chosen.expected()),
        series=outlook.series,
    )


def _cover(case: PartCase, figures: Study) -> Cover | Refusal:
    """What covers the shortage, or why there is none to cover."""
    what = f"{wording.label(case.material)} at {case.part.site}"
    if figures.reorder_point is None:
        because = f"{what} has no forecast and no reorder point: import levels or a year of use."
        return Refusal(code=RefusalCode.NO_STOCKING_PARAMETERS, because=because)
    if not is_ever_needed(case, CRITICAL_FROM):
        return Refusal(
            code=RefusalCode.NO_DEMAND,
            because=f"{what} was never used, no maintenance order lists it, and its criticality is"
            f" below {CRITICAL_FROM}.",
        )
    if not figures.is_short:
        return Refusal(
            code=RefusalCode.STOCK_SUFFICIENT,
            because=f"{what}: {wording.position_text(case.part, figures)} is above"
            f" {wording.reorder_text(figures)}.",
        )
    cover = best_cover(case, figures)
    if cover.spare is None and cover.offer is None:
        return Refusal(
            code=RefusalCode.NO_SUPPLIER,
            because=f"{what}: {wording.position_text(case.part, figures)} has reached"
            f" {wording.reorder_text(figures)}, but no supplier is approved and no other site can"
            " spare any: approve a supplier for it.",
        )
    return cover


def measure(proposal: Proposal, made_at: datetime, view: RecordView) -> Hindsight | Refusal:
    """Whether stock would have fallen to its floor without the action, and what that was worth.

    Worth is the shortage that was avoided, or the expected one where stock was merely down to its
    floor, less what holding the addition cost. Where stock was down to its floor already and
    nothing was used since, buying could have waited: it was not right. A pick face at its minimum
    is refilled by the plant's own rule, used or not.
    """
    if view.as_of < proposal.measure_after:
        because = f"It can be seen from {proposal.measure_after:%Y-%m-%d %H:%M} UTC on."
        return Refusal(code=RefusalCode.TOO_EARLY, because=because, transient=True)
    figure = {e.name: e.value for e in proposal.expectations}
    used = view.used(proposal.subject.site, made_at.date(), proposal.measure_after.date())
    amount = float(used.get(MaterialId(proposal.subject.key), 0))
    left = figure[STOCK] - amount
    is_refill = all(isinstance(action, MoveTask) for action in proposal.actions)
    right = left <= figure[FLOOR] and (amount > 0 or is_refill)
    money = proposal.cost_of_inaction
    avoided = max(float(money.amount), -left * figure[MISSING_COST]) if right else 0.0
    return Hindsight(
        right=right,
        worth=Money.of(f"{avoided - figure[HOLDING_COST]:.2f}", money.currency),
        because=fall_seen(left, figure[FLOOR], is_used=amount > 0 or is_refill),
        expected=fall_expected(
            figure[STOCK], figure[FLOOR], proposal.confidence, is_refill=is_refill
        ),
        actual=f"{amount:g} {'was' if amount == 1 else 'were'} used.",
    )


DECISION: Final = Decision(
    name=NAME,
    title="Replenish spare",
    question=Question,
    transactions=(
        TransactionType.REPLENISHMENT,
        TransactionType.TRANSFER,
        TransactionType.REQUISITION,
    ),
    ask=ask,
    propose=propose,
    measure=measure,
    subject=subject,
    fallback="Without a forecast it follows the imported reorder point and pick-face minimum.",
    fallbacks=with_model("It follows the imported reorder point and pick-face minimum."),
    changeable=("quantity",),
    changed=changed,
    needs=("materials", "stock"),
)
