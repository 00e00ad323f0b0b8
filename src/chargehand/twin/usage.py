"""Three years of made-up usage: steady, intermittent, lumpy, seasonal and rare."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from math import cos, exp, pi
from random import Random

from chargehand.twin.parts import Part
from chargehand.vocabulary.identifier import SiteId

HISTORY_DAYS = 1096
WORKDAYS_A_YEAR = 250
SIZES = {"smooth": 2.0, "intermittent": 1.4, "lumpy": 3.0, "seasonal": 2.0, "slow": 1.0}
"""Mean units taken at once, by pattern."""
SEASON = 0.8
"""How far seasonal usage swings around its mean (fraction)."""
GROWTH_DAYS = 300
"""A part whose usage grows does so for so many days by now."""


@dataclass(frozen=True, slots=True)
class Use:
    """Units of a part taken on one day."""

    day: date
    units: int


def history(
    part: Part, *, site: SiteId, today: date, seed: int, share: float = 1.0, growth: float = 1.0
) -> tuple[Use, ...]:
    """Usage on each working day of the last three years, up to yesterday.

    ``share`` is the fraction of the plant's usage that falls to this site; ``growth`` is a factor
    on the usage of the last 300 days.
    """
    if part.pattern == "new":
        return ()
    chance = Random(f"{seed}/{site}/{part.material}/usage")  # noqa: S311 - a rehearsal plant
    pack = part.family.pack if part.family.unit != "H87" else 1
    size = SIZES[part.pattern] * pack
    daily = part.yearly * share / WORKDAYS_A_YEAR / size
    peak = chance.randrange(365)
    uses = tuple(_uses(part, chance, today=today, daily=daily, growth=growth, peak=peak))
    if uses:
        return uses
    day = today - timedelta(days=chance.randint(30, HISTORY_DAYS))
    return (Use(day=day, units=pack),)  # nothing that is stocked was never used


def _uses(
    part: Part, chance: Random, *, today: date, daily: float, growth: float, peak: int
) -> Iterator[Use]:
    pack = part.family.pack if part.family.unit != "H87" else 1
    mean = SIZES[part.pattern]
    for back in range(HISTORY_DAYS, 0, -1):
        day = today - timedelta(days=back)
        rate = daily * (growth if back <= GROWTH_DAYS else 1.0)
        if part.pattern == "seasonal":
            rate *= 1 + SEASON * cos(2 * pi * (day.timetuple().tm_yday - peak) / 365)
        drawn, sized = chance.random(), chance.random()
        if day.weekday() < 5 and drawn < 1 - exp(-rate):  # noqa: PLR2004 - Monday to Friday
            yield Use(day=day, units=_units(mean, sized) * pack)


def _units(mean: float, sized: float) -> int:
    """A geometric size of at least 1 with that mean."""
    units, tail, stop = 1, 1.0, 1 - 1 / mean
    while (tail := tail * stop) > sized and units < 4 * mean:
        units += 1
    return units


def monthly(uses: tuple[Use, ...], *, today: date) -> tuple[float, float]:
    """Mean and variance of the units used in 30 days, over the whole history."""
    months = [0] * (HISTORY_DAYS // 30)
    for use in uses:
        place = (today - use.day).days // 30
        if place < len(months):
            months[place] += use.units
    mean = sum(months) / len(months)
    return mean, sum((units - mean) ** 2 for units in months) / (len(months) - 1)
