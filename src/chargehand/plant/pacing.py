"""Looking for due work now and then only: the worker comes round twice in a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from chargehand.plant.plant import Plant

PAUSE_S = 30.0


class Paced:
    """Work that is looked for at once, and again after a pause, for each open plant.

    What it does has to find out by itself whether it is due: other processes look as well.
    """

    def __init__(self, work: Callable[[Plant], int], pause_s: float = PAUSE_S) -> None:
        self._work = work
        self._pause_s = pause_s
        self._next: WeakKeyDictionary[Plant, float] = WeakKeyDictionary()

    def __call__(self, plant: Plant) -> int:
        """Do what is due; 0 where it was looked for just now. Done work is followed up at once."""
        now = time.monotonic()
        if now < self._next.get(plant, 0.0):
            return 0
        self._next[plant] = now + self._pause_s
        done = self._work(plant)
        if done:
            del self._next[plant]
        return done
