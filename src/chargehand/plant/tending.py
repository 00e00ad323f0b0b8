"""The work of governance that nobody has to ask for, done by the worker each round."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chargehand.plant.plant import Plant

TENDING: tuple[Callable[[Plant], int], ...] = ()
"""Each looks for what is due (escalations, reviews, requests out of time, probes, breakers), does it
and returns how many things it did; a fault in one does not keep the others from being done."""
