"""The work of governance that nobody has to ask for, done by the worker each round."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from chargehand.plant import (
    baselines,
    change_requests,
    escalating,
    floor_sheet,
    planting,
    releasing_orders,
    reviewing,
    watching,
)

if TYPE_CHECKING:
    from chargehand.plant.plant import Plant

TENDING: tuple[Callable[[Plant], int], ...] = (
    watching.tend,
    planting.tend,
    reviewing.tend,
    floor_sheet.tend,
    baselines.tend,
    change_requests.expire_requests,
    releasing_orders.release_due,
    escalating.escalate_due,
)
"""Each looks for what is due (escalations, reviews, requests out of time, probes, breakers), does
it and returns how many things it did; a fault in one does not keep the others from being done."""
