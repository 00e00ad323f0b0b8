"""What the record must keep, in its plainest form: whole pieces, dictionaries, one caller.

Written from the rules, not from the code that keeps them: amounts are counted from what was
accepted, and what is reserved or frozen is looked up anew each time instead of being kept.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple


class Spot(NamedTuple):
    """What one balance is of; places outside the plant begin with ``~``."""

    place: str
    material: str
    lot: str = ""
    unit: str = ""
    status: str = "available"


@dataclass
class Aside:
    """A reservation: what it still keeps, where that goes, and when it last changed."""

    left: list[list[Any]]
    to: str | None
    expires_at: datetime | None
    changed: int
    is_open: bool = True


@dataclass
class Unit:
    """Where a handling unit stands, and in which other one."""

    place: str
    parent: str | None = None


class No(Exception):
    """It must be refused."""


def never(*reasons: object) -> None:
    """Refuse where any reason holds."""
    if any(reasons):
        raise No


class PureLedger:
    """One site: what stands, what is promised, what is frozen, and what may move."""

    def __init__(self) -> None:
        self.stock: Counter[Spot] = Counter()
        self.asides: dict[str, Aside] = {}
        self.holds: dict[str, Any] = {}
        self.ended: set[str] = set()
        self.let: Counter[tuple[str, Spot]] = Counter()
        self.units: dict[str, Unit] = {}
        self.moved: dict[str, Counter[Spot]] = {}
        self.back: dict[str, Counter[Spot]] = {}

    # what stands, is promised, is frozen

    def around(self, unit: str | None) -> list[str]:
        """A unit and those that it stands in."""
        return [unit, *self.around(self.units[unit].parent)] if unit in self.units else []

    def within(self, unit: str) -> list[str]:
        """All units in a unit."""
        return [one for one in self.units if one != unit and unit in self.around(one)]

    def covering(self, spot: Spot) -> set[str]:
        """The holds that are on a place's stock."""
        return {name for name, hold in self.holds.items() if self.fits(hold, spot)}

    def fits(self, hold: Any, spot: Spot) -> bool:
        """Whether a hold is on it."""
        pairs = ((hold.material, spot.material), (hold.lot, spot.lot), (hold.location, spot.place))
        unit_fits = not hold.handling_unit or hold.handling_unit in {
            spot.unit, *self.around(spot.unit),
        }  # fmt: skip
        inside = not spot.place.startswith("~")
        return inside and unit_fits and all(not want or want == there for want, there in pairs)

    def loose(self, spot: Spot) -> int:
        """What may be taken of it: with one hold what that let go, with more of them nothing."""
        held = self.covering(spot)
        let = self.let[next(iter(held)), spot] if len(held) == 1 else 0
        return min(let, self.stock[spot]) if held else self.stock[spot]

    def reserved(self, spot: Spot) -> int:
        """What is promised of it."""
        return sum(n for one in self.asides.values() for where, n in one.left if where == spot)

    def free(self, spot: Spot) -> int:
        """What may be promised."""
        return max(0, self.loose(spot) - self.reserved(spot))

    # movements

    def post(
        self, key: str, legs: list[tuple[Spot, int]], *, under: str | None = None,
        counting: bool = False, due: Counter[Spot] | None = None,
    ) -> None:  # fmt: skip
        """Move, whole or not at all; ``due``: what is taken by a promise that was kept so far."""
        lets, change, taken = counting or under is not None, Counter(), Counter()
        sums: Counter[str] = Counter()
        for spot, n in legs:
            sums[spot.material] += n
            change[spot] += n
            taken[spot] += min(n, 0)
        never(any(sums.values()), len(legs) < 2, any(n == 0 for _, n in legs))
        if under is not None:
            self._under(under, legs)
        self._units(change)
        for spot, delta in change.items():
            if spot.place.startswith("~"):
                continue
            frozen = bool(self.covering(spot)) and not lets
            others = self.reserved(spot) if -taken[spot] > (due or Counter())[spot] else 0
            never(taken[spot] and frozen and self.loose(spot) - others + taken[spot] < 0)
            never(delta < 0 and self.stock[spot] + delta < self.reserved(spot))
        for spot, delta in change.items():
            for name in self.covering(spot) if delta < 0 else ():
                left = self.let[name, spot] + (0 if under is not None else delta)
                self.let[name, spot] = max(0, min(left, self.stock[spot] + delta))
            self.stock[spot] += delta
        self.moved[key] = Counter({spot: n for spot, n in change.items() if n})

    def _under(self, name: str, legs: list[tuple[Spot, int]]) -> None:
        never(name not in self.holds)
        net: Counter[tuple[str, str]] = Counter()
        for spot, n in legs:
            net[spot.material, spot.lot] += n
        for spot, n in legs:
            if n > 0 or spot.place.startswith("~"):
                continue
            never(not self.fits(self.holds[name], spot))
            others = self.covering(spot) - {name}
            for target in (to for to, m in legs if m > 0 and to.material == spot.material):
                on = self.covering(target)
                if target.place in {"~scrapped", "~supplier"}:
                    never(others)
                else:
                    was, now = (net[one.material, one.lot] for one in (spot, target))
                    never(not on, others - on, was < 0 < now and name not in on)

    def _units(self, change: Counter[Spot]) -> None:
        """A unit's stock stays together, and the unit goes where its stock goes."""
        for unit in {spot.unit for spot in change if spot.unit and spot.place[0] != "~"}:
            spots = {spot for spot in {*self.stock, *change} if spot.unit == unit}
            places = {
                spot.place for spot in spots
                if spot.place[0] != "~" and self.stock[spot] + change[spot] > 0
            }  # fmt: skip
            never(len(places) > 1)
            state = self.units.get(unit)
            for place in places:
                if state is None:
                    self.units[unit] = Unit(place)
                elif state.place != place:
                    never(state.parent, self.within(unit))
                    state.place = place

    def contents(self, units: list[str]) -> list[tuple[Spot, int]]:
        """What stands directly in any of the units."""
        return [
            (spot, n) for spot, n in self.stock.items()
            if n and spot.unit in units and spot.place[0] != "~"
        ]  # fmt: skip
