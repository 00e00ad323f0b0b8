"""What a site was like before anything was switched on, to compare with later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from chargehand.outcomes.shares import quantile
from chargehand.record.view import StockAt
from chargehand.vocabulary.identifier import MaterialId
from chargehand.vocabulary.material import MaterialDefinition, StockingParameters

DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A site's stores on one day."""

    site: str
    at: datetime
    parts: int
    """Materials that the site stocks: they have levels, or stand there."""
    out: int
    """Of those with levels: nothing is there."""
    below: int
    """Of those with a reorder point: at or below it, what is out included."""
    faces: int
    """Pick faces with a minimum."""
    faces_empty: int
    values: Mapping[str, str]
    """Value of the stock at unit cost, by currency."""
    unpriced: int
    """Materials in stock whose unit cost is not known: they are not in the values."""
    places: int
    """Places of materials that hold stock."""
    never_counted: int
    """Of those, places without a count."""
    count_age_median_d: float | None
    """Days since the last count of those that were counted, the median."""


def baseline(
    site: str,
    at: datetime,
    definitions: Mapping[MaterialId, MaterialDefinition],
    levels: Mapping[MaterialId, StockingParameters],
    stock: Mapping[MaterialId, Sequence[StockAt]],
) -> Baseline:
    """Return the figures of a site from its record."""
    there = {material: _sum(stock[material]) for material in stock}
    pointed = [m for m in levels if levels[m].reorder_point is not None]
    faced = [m for m in levels if levels[m].pick_face is not None and levels[m].pick_face_min]
    values: dict[str, Decimal] = {}
    unpriced = 0
    for material, amount in there.items():
        cost = definitions[material].unit_cost if material in definitions else None
        if amount <= 0:
            continue
        if cost is None:
            unpriced += 1
            continue
        values[cost.currency] = values.get(cost.currency, Decimal(0)) + cost.amount * amount
    held = [place for material in stock for place in stock[material] if place.on_hand > 0]
    ages = [(at - place.counted_at) / DAY for place in held if place.counted_at is not None]
    return Baseline(
        site=site,
        at=at,
        parts=len({*levels, *there}),
        out=sum(there.get(material, Decimal(0)) <= 0 for material in levels),
        below=sum(there.get(m, Decimal(0)) <= (levels[m].reorder_point or 0) for m in pointed),
        faces=len(faced),
        faces_empty=sum(_at_face(levels[m], stock.get(m, ())) <= 0 for m in faced),
        values={currency: f"{values[currency]:.2f}" for currency in sorted(values)},
        unpriced=unpriced,
        places=len(held),
        never_counted=len(held) - len(ages),
        count_age_median_d=quantile(ages, 0.5),
    )


def _sum(places: Sequence[StockAt]) -> Decimal:
    return sum((place.on_hand for place in places), Decimal(0))


def _at_face(levels: StockingParameters, places: Sequence[StockAt]) -> Decimal:
    return _sum([place for place in places if place.location == levels.pick_face])
