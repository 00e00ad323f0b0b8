"""Making a proposal wrong on purpose, so that whoever reads it can see it, and can see it only so.

Each way takes what a decision really proposed, with its question, and returns the wrong proposal
with a sentence that says what is wrong; None where this way does not fit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from chargehand.decisions.decision import SUM_MAX, Decision, Proposal
from chargehand.decisions.decision import changed as redone
from chargehand.optimization.position import plain_amount
from chargehand.vocabulary.identifier import LocationId
from chargehand.vocabulary.quantity import AMOUNT_MAX, Quantity
from chargehand.vocabulary.work import Action, CountTask, MoveTask, ParameterChange

TIMES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Wronged:
    """A proposal that was made wrong, and how."""

    proposal: Proposal
    wrong: str
    """One sentence for whoever approved it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """What a wrong proposal is made from."""

    decision: Decision[Any]
    question: Any
    proposal: Proposal
    places: Sequence[LocationId]
    """Places of the site where its material neither stands nor belongs."""


def ten_times(pattern: Pattern) -> Wronged | None:
    """Ten times as much as is needed, or levels ten times as high."""
    action = pattern.proposal.actions[0]
    if isinstance(action, CountTask):
        return None
    wronged: Action
    if isinstance(action, ParameterChange):
        wronged = replace(
            action,
            reorder_point=action.reorder_point * TIMES,
            order_up_to=action.order_up_to * TIMES,
        )
        before, after = action.order_up_to, wronged.order_up_to
        what = "the order-up-to level"
    elif action.quantity.amount > AMOUNT_MAX / TIMES:
        return None  # there is no quantity ten times as large
    else:
        more = Quantity(action.quantity.amount * TIMES, action.quantity.unit)
        wronged = replace(action, quantity=more)
        before, after = action.quantity.amount, more.amount
        what = "the quantity"
    found = _redone(pattern, wronged)
    if found is None:
        return None
    said = f"{what} was {plain_amount(after)}, ten times the {plain_amount(before)} that is needed"
    return Wronged(proposal=found, wrong=f"{said}.")


def wrong_place(pattern: Pattern) -> Wronged | None:
    """Carried to, or counted at, a place where the material does not belong."""
    action = pattern.proposal.actions[0]
    if not pattern.places:
        return None
    other = pattern.places[0]
    wronged: Action
    if isinstance(action, MoveTask):
        before = action.to_location
        wronged = replace(action, to_location=other)
        verb = "it was to be carried to"
    elif isinstance(action, CountTask):
        before = action.location
        wronged = replace(action, location=other)
        verb = "it was to be counted at"
    else:
        return None
    proposal = pattern.proposal

    def told(text: str) -> str:
        return text.replace(before, other)

    found = replace(
        proposal,
        actions=(wronged, *proposal.actions[1:]),
        headline=told(proposal.headline),
        changes=tuple(replace(one, what=told(one.what)) for one in proposal.changes),
    )
    wrong = f"{verb} {other}, where {action.material} does not belong, and not {before}."
    return Wronged(proposal=found, wrong=wrong)


WAYS: Sequence[Callable[[Pattern], Wronged | None]] = (ten_times, wrong_place)


def made_wrong(pattern: Pattern, choice: int) -> Wronged | None:
    """Make a proposal wrong in one of the ways that fit it; which one follows from ``choice``."""
    found = [wronged for way in WAYS if (wronged := way(pattern)) is not None]
    return found[choice % len(found)] if found else None


def _redone(pattern: Pattern, action: Action) -> Proposal | None:
    """The proposal with another first action: as the decision itself words it where it can."""
    proposal = pattern.proposal
    if pattern.decision.changed is not None:
        found = redone(pattern.decision, pattern.question, action)
        return found if isinstance(found, Proposal) else None
    first = proposal.actions[0]
    share = Decimal(TIMES)
    if first.cost.currency != proposal.cost.currency:
        return None  # what it would cost then cannot be added up
    if not isinstance(action, CountTask):
        action = replace(action, cost=first.cost * share)
    cost = proposal.cost - first.cost + first.cost * share
    if abs(cost.amount) > SUM_MAX:
        return None  # no proposal may cost that
    return replace(proposal, actions=(action, *proposal.actions[1:]), cost=cost)
