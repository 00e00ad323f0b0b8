"""What becomes of a plan when a person chooses another quantity or other levels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from chargehand.optimization.plan import Plan
from chargehand.optimization.position import plain_amount
from chargehand.optimization.sourcing import Offer
from chargehand.optimization.yearly import LevelChange, yearly_cost
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from chargehand.vocabulary.work import Action, MoveTask, ParameterChange, Requisition, Transfer


def chosen_plan(plan: Plan, action: Action) -> Plan | Refusal:
    """Return a plan whose first action has the quantity of the given one, as its supplier sells it.

    What it costs and what the record would say afterwards follow.
    """
    refill, cover = plan.refill, plan.cover
    if refill is not None and isinstance(action, MoveTask):
        return replace(plan, refill=replace(refill, quantity=action.quantity.amount))
    if cover is not None and isinstance(action, Transfer):
        return replace(plan, cover=replace(cover, quantity=action.quantity.amount))
    if cover is not None and isinstance(action, Requisition):
        offers = (cover.offer,) if cover.offer else ()
        refusal = unsold(action, offers)
        return refusal or replace(plan, cover=replace(cover, bought=action.quantity.amount))
    because = f"the facts that it was proposed on ask for no {action.transaction}"
    return Refusal(code=RefusalCode.CHANGE_INVALID, because=because)


def unsold(action: Requisition, offers: Iterable[Offer]) -> Refusal | None:
    """Refuse a quantity that the supplier of a requisition does not sell; None where it does."""
    for offer in offers:
        amount = action.quantity.amount
        if offer.supplier == action.supplier and offer.rounded(amount) != amount:
            because = (
                f"{offer.name} sells at least {plain_amount(offer.minimum)}, in packs of"
                f" {plain_amount(offer.pack)}: not {plain_amount(amount)}, but"
                f" {plain_amount(offer.rounded(amount))}"
            )
            return Refusal(code=RefusalCode.CHANGE_INVALID, because=because)
    return None


def cost_of(action: Requisition, before: Requisition, offers: Iterable[Offer]) -> Money:
    """What a requisition of another quantity costs: as its supplier offers, else in proportion."""
    for offer in offers:
        if offer.supplier == action.supplier:
            return offer.cost(action.quantity.amount)
    return before.cost * (action.quantity.amount / before.quantity.amount)


def chosen_levels(change: LevelChange, action: ParameterChange) -> LevelChange | Refusal:
    """Return the comparison with levels that a person chose in the place of the computed ones."""
    point, up_to = action.reorder_point, action.order_up_to
    if point % 1 or up_to % 1:
        because = f"levels are whole units, not {plain_amount(point)} and {plain_amount(up_to)}"
        return Refusal(code=RefusalCode.CHANGE_INVALID, because=because)
    levels = replace(change.levels, reorder_point=int(point), quantity=int(up_to - point))
    after = yearly_cost(int(point), int(up_to), levels.demand, change.figures.stakes)
    return replace(change, levels=levels, after=after)
