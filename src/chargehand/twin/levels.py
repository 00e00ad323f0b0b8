"""The levels and the stock of each part of the made-up plant, as its planner keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from math import ceil
from random import Random

from chargehand.optimization.lead_time_demand import lead_time_demand
from chargehand.optimization.stocking import order_quantity, reorder_point
from chargehand.twin.machines import (
    LINE_FACES,
    LINE_ZONE,
    MAIN,
    PICK_FACES,
    RACKS,
    SECOND,
    SELLERS,
    STAR,
    STAR_BULK,
    STAR_FACE,
    zone_of,
)
from chargehand.twin.stories import Actor
from chargehand.twin.usage import Use, history, monthly
from chargehand.vocabulary.distribution import CountDistribution, LeadTimeDistribution
from chargehand.vocabulary.identifier import LocationId, SiteId, SupplierId
from chargehand.vocabulary.material import StockingParameters

ORDER_COST = 45.0
"""What one purchase order costs to place (EUR)."""
HOLDING_RATE = 0.2
"""Holding cost a year as a fraction of the price."""
SERVICE_LEVEL = 0.998
"""Chance of no stock-out until an order arrives that the planner wants (fraction)."""
CARE = 1.3
"""How much more usage than before the planner allows for (factor)."""
GROWTH = 2.6
STAR_FACE_MAX, STAR_FACE_HOLDS = 20, 4
SECOND_SHARE = 0.25
"""Usage of the second store as a fraction of the main one's."""
DECLARED = {seller.supplier: seller.declared_days or 7 for seller in SELLERS}
SHORT_ROLES = frozenset({"short", "on_order", "late", "transfer", "no_source"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One part at one site: its usage, its levels, and what stands where."""

    actor: Actor
    site: SiteId
    uses: tuple[Use, ...]
    levels: StockingParameters
    stock: tuple[tuple[LocationId, Decimal], ...]
    ordered: Decimal
    """On order at the supplier; 0 where nothing is."""


def plan(actor: Actor, *, site: SiteId, today: date, seed: int) -> Plan:
    """Usage, levels and stock of a part at a site."""
    chance = Random(f"{seed}/{site}/{actor.part.material}/levels")  # noqa: S311 - a rehearsal plant
    growth = GROWTH if actor.role == "growing" and site == MAIN else 1.0
    share = 1.0 if site == MAIN else SECOND_SHARE
    uses = history(actor.part, site=site, today=today, seed=seed, share=share, growth=growth)
    right, lot = _right_levels(actor, uses, today=today)
    face = LocationId(_face(actor, chance)) if site == MAIN and actor.has_face else None
    bulk = LocationId(_rack(actor, site, chance))
    position = _position(actor, site, right, lot, chance)
    pack = actor.part.family.pack
    is_ordered = site == MAIN and actor.role in {"on_order", "late"}
    ordered = Decimal(ceil((right + lot - position) / pack) * pack if is_ordered else 0)
    face_max = _face_max(actor) if face else 0
    levels = _levels(actor, site, right, lot, face=face, bulk=bulk, face_max=face_max)
    on_face = _on_face(actor, face_max, position, chance)
    stock = [(bulk, Decimal(position - on_face))]
    if face is not None:
        stock.append((face, Decimal(on_face)))
    return Plan(
        actor=actor, site=site, uses=uses, levels=levels, stock=tuple(stock), ordered=ordered
    )


def _right_levels(actor: Actor, uses: tuple[Use, ...], *, today: date) -> tuple[int, int]:
    """Reorder point and order quantity that a careful planner would set (units)."""
    part = actor.part
    if part.pattern == "new":
        return 1, 1
    mean, variance = monthly(uses, today=today)
    if actor.role == "growing":  # the levels were set before it grew
        mean, variance = mean / GROWTH, variance / GROWTH
    demand = CountDistribution(
        family="negative_binomial",
        mean=mean * CARE,
        variance=max(variance, mean) * CARE**2,
        period_days=30,
    )
    over_lead_time = lead_time_demand(demand, _lead_time(_supplier(actor)), review_days=1)
    point = reorder_point(over_lead_time, SERVICE_LEVEL)
    pack = part.family.pack
    lot = order_quantity(
        demand_per_day=mean / 30,
        order_cost=ORDER_COST,
        unit_cost=float(part.cost),
        holding_rate_per_year=HOLDING_RATE,
        minimum=pack,
        pack=pack,
    )
    half_year = ceil(mean * 6 / pack) * pack
    return max(point, 1), max(pack, min(lot, half_year))


@cache
def _lead_time(supplier: SupplierId) -> LeadTimeDistribution:
    """What the planner knows from experience: three in four come as usual, one comes late."""
    seller = next(seller for seller in SELLERS if seller.supplier == supplier)
    usual = round(seller.actual_days + seller.spread_days)
    late = usual + 7
    return LeadTimeDistribution(
        days=(usual, late),
        probabilities=(0.75, 0.25),
        basis="declared",
        observations=0,
        q90_days=late,
    )


def _supplier(actor: Actor) -> SupplierId:
    return SupplierId(actor.part.family.suppliers[0])


def _position(actor: Actor, site: SiteId, right: int, lot: int, chance: Random) -> int:
    """What the store holds, by the part's role (units)."""
    if site == SECOND:
        surplus = 3 * right + 2 * lot if actor.role == "transfer" else lot
        return right + max(1, surplus)
    if actor.role == "new":
        return 0 if actor.part.criticality > 0.8 else 1  # noqa: PLR2004 - the first of the two is out
    if actor.role in SHORT_ROLES:
        return chance.randint(0, right // 4)
    if actor.role == "overstocked":
        return 2 * (right + lot) + 4
    if actor.role in {"star", "face_low"}:
        return right + max(4, ceil(actor.part.yearly / 3)) + lot
    return right + max(2, round(lot * chance.uniform(0.35, 0.95)))


def _face_max(actor: Actor) -> int:
    """About six weeks of usage; the part of the demo has a big box."""
    return STAR_FACE_MAX if actor.role == "star" else max(2, ceil(actor.part.yearly / 8))


def _on_face(actor: Actor, face_max: int, position: int, chance: Random) -> int:
    if not face_max:
        return 0
    if actor.role == "star":
        return STAR_FACE_HOLDS
    if actor.role == "face_low":
        return min(position, max(0, face_max // 5))
    return min(position, chance.randint((face_max * 2 + 2) // 3, face_max))


def _levels(
    actor: Actor,
    site: SiteId,
    right: int,
    lot: int,
    *,
    face: LocationId | None,
    bulk: LocationId,
    face_max: int,
) -> StockingParameters:
    point, upper = Decimal(right), Decimal(right + lot)
    if actor.role == "overstocked" and site == MAIN:
        point, upper = point * 2 + 3, upper * 2 + 4
    unplanned = actor.role == "unplanned" and site == MAIN
    return StockingParameters(
        site=site,
        material=actor.part.material,
        zone=zone_of(actor.part.family, site),
        pick_face=face,
        pick_face_min=Decimal(max(1, face_max // 3)) if face else None,
        pick_face_max=Decimal(face_max) if face else None,
        bulk=bulk,
        reorder_point=None if unplanned else point,
        order_up_to=None if unplanned else upper,
    )


def _face(actor: Actor, chance: Random) -> str:
    if actor.part.material == STAR:
        return STAR_FACE
    if zone_of(actor.part.family, MAIN) == LINE_ZONE:
        return f"MRO-PICKFACE-{chance.randint(1, LINE_FACES):02d}"
    return f"MRO-PICKFACE-{chance.randint(LINE_FACES + 1, PICK_FACES):02d}"


def _rack(actor: Actor, site: SiteId, chance: Random) -> str:
    if site == SECOND:
        return f"BULK-RACK-H{chance.randint(1, 12):02d}"
    if actor.part.material == STAR:
        return STAR_BULK
    return f"BULK-RACK-{chance.choice('AB')}{chance.randint(1, RACKS):02d}"
