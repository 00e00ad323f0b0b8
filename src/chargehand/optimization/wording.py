"""Say in plain sentences what the figures of a part are, and what would change the answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from chargehand.optimization.grammar import counted, sentence
from chargehand.optimization.levels import (
    DOWNTIME_COST_PER_HOUR_DEFAULT,
    EXPEDITE_HOURS,
    REVIEW_DAYS,
    Stakes,
)
from chargehand.optimization.outlook import FALLBACK_CONFIDENCE, Outlook
from chargehand.optimization.position import NOTHING, PartPosition, Stoppage, plain_amount
from chargehand.optimization.refill import Refill, Spare
from chargehand.optimization.replenishment import PartCase, Study, longest_harmless_wait
from chargehand.optimization.sourcing import Offer
from chargehand.vocabulary.material import MaterialDefinition
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.quantity import Unit


def label(material: MaterialDefinition) -> str:
    """Number and name of a part."""
    named = f" ({material.description})" if material.description else ""
    return f"{material.material}{named}"


def some(quantity: Decimal, material: MaterialDefinition) -> str:
    """So much of a part, such as ``12 of BRG-6205 (Ball bearing)`` or ``2.5 KGM of GREASE-2``."""
    unit = "" if material.unit is Unit.PIECE else f" {material.unit}"
    return f"{plain_amount(quantity)}{unit} of {label(material)}"


def order_text(amount: Decimal, offer: Offer) -> str:
    """So many are ordered from a supplier, as a sentence."""
    return sentence(f"Order {plain_amount(amount)} from {offer.name}")


def position_text(part: PartPosition, figures: Study) -> str:
    """The position and what it is made of, without an end."""
    planned = plain_amount(part.planned_until(figures.until))
    short = figures.position - (part.free + part.on_order - part.planned_until(figures.until))
    left = f", {plain_amount(short)} of them left to the orders' own proposals" if short else ""
    return (
        f"Position {plain_amount(figures.position)} at {part.site}"
        f" ({plain_amount(part.free)} free, {plain_amount(part.on_order)} on order,"
        f" {planned} planned for maintenance by {figures.until:%Y-%m-%d}{left})"
    )


def reorder_text(figures: Study) -> str:
    """What the reorder point is, without an end."""
    point = plain_amount(figures.reorder_point or Decimal(0))
    level = f"{figures.stakes.service_level:.1%}"
    if figures.is_bound:
        return f"{point}, which the reorder point cannot exceed at a service level of {level}"
    if figures.levels is None:
        return f"the static reorder point {point}"
    return f"the reorder point {point}"


def wait_text(offer: Offer) -> str:
    """How long a supplier takes, as a sentence."""
    mean, late = offer.lead_time.mean_days(), offer.lead_time.q90_days
    if offer.lead_time.basis == "declared":
        return f"{offer.name} declares a lead time of {counted(mean, 'day')}."
    return f"{offer.name} needs {counted(mean, 'day')} on average, and {late} in nine of ten cases."


def stakes_text(stakes: Stakes, stoppage: Stoppage | None, *, is_rated: bool) -> str:
    """Why the service level is what it is, as a sentence."""
    rated = "" if is_rated else " (not rated)"
    per_hour = stakes.money(stakes.downtime_cost_per_day / 24)
    stands = stoppage_text(stoppage) or "no machine lists it"
    assumed = stoppage is None or stoppage.cost_per_hour is None
    default = f", assumed: {DOWNTIME_COST_PER_HOUR_DEFAULT:.0f}" if assumed else ""
    return (
        f"Service level {stakes.service_level:.1%}: criticality {stakes.criticality:g}{rated},"
        f" downtime {per_hour} an hour ({stands}{default}),"
        f" holding {stakes.money(stakes.holding_cost_per_day * 365.25)} a unit and year."
    )


def stoppage_text(stoppage: Stoppage | None) -> str:
    """What stands still without the part, such as ``PRESS-2 on line L2``."""
    if stoppage is None:
        return ""
    return f"{stoppage.asset} on line {stoppage.line}" if stoppage.line else str(stoppage.asset)


def planned_texts(part: PartPosition, figures: Study) -> tuple[str, ...]:
    """The maintenance orders that the position has to cover, as sentences."""
    return tuple(
        f"Order {need.order} on {need.asset} lacks {plain_amount(need.quantity)},"
        f" due on {need.due_at:%Y-%m-%d}."
        for need in part.planned
        if need.due_at <= figures.until
    )


def offer_against(other: Offer, best: Offer, quantity: Decimal) -> tuple[str, Money, str]:
    """What another supplier would deliver, what it costs, and why it was not chosen."""
    amount = other.rounded(quantity)
    cost, least = other.cost(amount), best.cost(best.rounded(quantity))
    slower = other.waiting_days() - best.waiting_days()
    if cost.currency != least.currency:
        why = f"Its price in {cost.currency} is not compared with {least.currency}."
    elif least < cost:
        pace = f" and takes {counted(slower, 'day')} longer" if slower >= 1 else ""
        why = f"It costs {cost - least} more{pace}."
    else:
        late = f", late in up to {other.late_fraction:.0%} of deliveries" if slower > 0 else ""
        longer = counted(max(slower, 0.0), "day")
        why = f"It takes {longer} longer{late}; waiting is the greater risk."
    return order_text(amount, other), cost, why


def flips(case: PartCase, figures: Study) -> tuple[str, ...]:
    """What would have to be different for nothing to be due, as sentences."""
    point = figures.reorder_point or Decimal(0)
    free = case.part.free
    enough = free + point - figures.position + 1
    sentences = [f"If {plain_amount(enough)} or more were free (it is {plain_amount(free)})."]
    days = longest_harmless_wait(case, figures, figures.position)
    if days is not None:
        who = figures.offers[0].name if figures.offers else "the supplier"
        mean = figures.lead_time.mean_days()
        sentences.append(
            f"If the lead time of {who} were {counted(days, 'day')} or less"
            f" (it is {mean:.0f} on average)."
        )
    later = (figures.until + timedelta(days=REVIEW_DAYS)).date()
    sentences.extend(
        f"If order {need.order} were postponed to {later} or later."
        for need in case.part.planned
        if need.due_at <= figures.until and case.part.net(figures.until, without=need.order) > point
    )
    return tuple(sentences)


def refill_text(refill: Refill, case: PartCase) -> str:
    """Why a pick face is refilled, as a sentence."""
    there, minimum = plain_amount(refill.there), plain_amount(refill.minimum)
    if refill.there <= refill.minimum:
        reached = f"Pick face {refill.target} holds {there}, its minimum is {minimum}"
    else:
        reached = f"Pick face {refill.target} holds {there} and may run empty before the next night"
    day = refill.stockout_day
    when = ""
    if day and case.demand is not None:
        when = f"; it is empty by {case.as_of + timedelta(days=day):%Y-%m-%d}, as likely as not"
    return f"{reached}, and {refill.source} has free stock{when}."


def spare_text(spare: Spare) -> str:
    """What another site can send, as a sentence."""
    return (
        f"{spare.site} can spare {plain_amount(spare.quantity)}: it keeps its own reorder point"
        f" {plain_amount(spare.keeps)} and what its maintenance needs."
    )


def refill_flips(there: Decimal, minimum: Decimal) -> tuple[str, ...]:
    """What would have to be different for a pick face to need no refill, as sentences."""
    enough = plain_amount(max(minimum, there) + 1)
    return (f"If {enough} or more were at the pick face (it is {plain_amount(there)}).",)


def reasons(case: PartCase, figures: Study, outlook: Outlook) -> tuple[str, ...]:
    """Why a part is short and what follows, decisive first."""
    short = f"{position_text(case.part, figures)} has reached {reorder_text(figures)}."
    sentences = [short, *overdue_texts(case), inaction(case, outlook)]
    if figures.levels is not None:
        mean = figures.levels.demand.mean
        sentences.append(
            f"Demand until an order placed now would arrive is expected to be {mean:.1f};"
            f" the reorder point covers it with {figures.levels.service_level:.1%} chance."
        )
    sentences.extend(planned_texts(case.part, figures))
    if figures.offers:
        sentences.append(wait_text(figures.offers[0]))
    is_rated = case.material.criticality is not None
    sentences.append(stakes_text(figures.stakes, case.stoppage, is_rated=is_rated))
    return tuple(sentences)


def overdue_texts(case: PartCase) -> list[str]:
    """What was promised so long ago that it is not counted on, one sentence each."""
    return [
        f"{late.key} for {plain_amount(late.quantity)} was promised for {late.promised_on} and is"
        " not counted on any more: ask after it before ordering again."
        for late in case.part.overdue
    ]


def inaction(case: PartCase, outlook: Outlook) -> str:
    """What doing nothing leads to, in a sentence or two."""
    place = f"Pick face {outlook.face}" if outlook.face else "Stock"
    if outlook.mean is None and outlook.face:
        return "How soon stock runs out is not known: there is no forecast."
    if outlook.mean is None:
        return f"{_left(case, outlook) or 'There is no forecast.'} {_assumed(case, outlook)}"
    end = case.as_of + timedelta(days=outlook.days)
    missing = f"{outlook.missing:.2f} are expected to be missing by {end:%Y-%m-%d}"
    if left := _left(case, outlook):
        return f"{left} {missing}."
    day = outlook.stockout_day
    if day is None:
        return f"{place} lasts longer than a year, as likely as not; {missing}."
    counts = not outlook.face and (case.part.on_order or case.part.planned)
    what = f"{place}, with what is on order and less what is planned," if counts else place
    used_up = case.as_of + timedelta(days=day)
    return f"{what} is used up by {used_up:%Y-%m-%d}, as likely as not; {missing}."


def _left(case: PartCase, outlook: Outlook) -> str:
    """What is left where that is nothing, or all of it is planned for; else an empty text."""
    part = case.part
    free = outlook.stock if outlook.face else part.free
    if free <= 0:
        where = f" at pick face {outlook.face}" if outlook.face else ""
        coming = NOTHING if outlook.face else part.on_order
        return f"There is none left{where}{f', {plain_amount(coming)} on order' if coming else ''}."
    if outlook.face or outlook.stockout_day != 0:
        return ""
    day = outlook.empty_day
    by = "" if day is None else f", used up by {case.as_of + timedelta(days=day):%Y-%m-%d}"
    return f"What is free ({plain_amount(free)}) is all planned for maintenance{by}."


def _assumed(case: PartCase, outlook: Outlook) -> str:
    """How the cost was come by where no forecast says how soon stock runs out."""
    stakes = outlook.stakes
    chance = f"{FALLBACK_CONFIDENCE:.0%}"
    units = f"that 1 is missing, with a chance of {chance}"
    if outlook.missing > FALLBACK_CONFIDENCE:
        units = f"that {outlook.missing:g} are missing, which are planned and not there"
    stands = stoppage_text(case.stoppage) or "a machine"
    hourly = stakes.money(stakes.downtime_cost_per_day / 24)
    each = (
        f"{stands} stands for {EXPEDITE_HOURS:.0f} hours at {hourly} an hour, weighted with"
        f" criticality {stakes.criticality:g}, besides courier and order:"
        f" {stakes.money(stakes.missing_cost)} for each"
    )
    return f"How soon stock runs out is not known. The cost assumes {units}; {each}."


def justification(case: PartCase, figures: Study, day: int | None) -> str:
    """Why purchasing should order, in full sentences."""
    sentences = [f"{position_text(case.part, figures)} has reached {reorder_text(figures)}."]
    if day == 0:
        is_free = case.part.free > 0
        sentences.append(f"{'All that is free is planned for' if is_free else 'None is left'}.")
    elif day is not None:
        when = case.as_of + timedelta(days=day)
        sentences.append(f"Stock is predicted to be used up by {when:%Y-%m-%d}.")
    sentences.extend(planned_texts(case.part, figures))
    if stands := stoppage_text(case.stoppage):
        per_hour = figures.stakes.money(figures.stakes.downtime_cost_per_day / 24)
        sentences.append(f"Without it {stands} may stop, at {per_hour} an hour.")
    return " ".join(sentences)


def other_amounts(figures: Study, best: Offer, bought: Decimal) -> Iterator[tuple[str, Money, str]]:
    """A smaller and, where there is none, a larger order from the same supplier."""
    least = best.rounded(max(Decimal(1), (figures.reorder_point or bought) - figures.position + 1))
    if least < bought:
        saved = best.cost(bought) - best.cost(least)
        yield (
            sentence(f"Order only {plain_amount(least)} from {best.name}"),
            best.cost(least),
            f"It ties up {saved} less, but the next order is due at the next need.",
        )
    else:
        yield (
            order_text(2 * bought, best),
            best.cost(2 * bought),
            "It is more than the economic quantity: holding it costs more than ordering again.",
        )
