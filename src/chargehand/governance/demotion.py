"""Demotion: a decision goes back to an earlier phase at once, whatever the policy text says.

Lowering takes one press or none at all; raising again takes a promotion that people sign.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from chargehand.governance.phase import RANK, Phase
from chargehand.governance.submission import ANY, Place

Cause = Literal["person", "breaker", "review_overdue", "drill"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demotion:
    """The highest phase that a scope has at present (``*`` is any)."""

    number: int
    """Of its journal entry."""
    decision: str
    site: str
    zone: str
    phase: Phase
    cause: Cause
    because: str

    def covers(self, decision: str, place: Place) -> bool:
        """Whether it speaks of a decision at a place (an unknown zone may be any)."""
        return (
            self.decision in (ANY, decision)
            and self.site in (ANY, place.site)
            and (place.zone is None or self.zone in (ANY, place.zone))
        )


def lowering(
    demotions: Iterable[Demotion],
    decision: str,
    places: Iterable[Place],
    phase: Phase,
    lifted: Callable[[Place], int] = lambda _: 0,
) -> Demotion | None:
    """The demotion that lowers a phase most; None where none does.

    ``lifted`` tells up to which number the policy text lifts demotions at a place. A review that
    is overdue is not lifted by any text: it is done by being done.
    """
    places = tuple(places)
    found = [
        one
        for one in demotions
        if RANK[one.phase] < RANK[phase]
        and any(
            one.covers(decision, place) and not _is_lifted(one, lifted(place)) for place in places
        )
    ]
    return min(found, key=lambda one: RANK[one.phase], default=None)


def _is_lifted(demotion: Demotion, up_to: int) -> bool:
    return demotion.cause != "review_overdue" and demotion.number <= up_to
