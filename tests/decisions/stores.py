"""Small plants for the tests of decisions: one part, its places, machines and suppliers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from chargehand.decisions.decision import Decision, Proposal, hear
from chargehand.forecast.demand import DemandForecast
from chargehand.forecast.lead_time import SupplierPerformance
from chargehand.record.view import OpenSupply, Reservation, StockAt, StockDifference
from chargehand.testing.record import FakeRecord
from chargehand.vocabulary.distribution import CountDistribution, LeadTimeDistribution
from chargehand.vocabulary.equipment import (
    MaintenanceOrder,
    PartRequirement,
    PhysicalAsset,
    RequestState,
)
from chargehand.vocabulary.identifier import (
    AssetId,
    LineId,
    LocationId,
    LotId,
    MaterialId,
    OrderId,
    SiteId,
    SupplierId,
    ZoneId,
)
from chargehand.vocabulary.location import LocationKind
from chargehand.vocabulary.material import (
    MaterialDefinition,
    StockingParameters,
    Supplier,
    SupplierItem,
)
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import Refusal

NOW = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
HALLE, ULM = SiteId("HALLE3"), SiteId("ULM1")
SEAL = MaterialId("SEAL-7")
SKF, ERIKS = SupplierId("SKF"), SupplierId("ERIKS")


def part(**changes):
    """A seal of EUR 100, criticality one half."""
    known = {"material": SEAL, "description": "Shaft seal", "criticality": 0.5}
    return MaterialDefinition(**{**known, "unit_cost": Money.of(100), **changes})


def stocked(site=HALLE, **levels):
    given = {name: Decimal(v) if isinstance(v, int) else v for name, v in levels.items()}
    return StockingParameters(**{"site": site, "material": SEAL, **given})


def at(location, on_hand, *, reserved=0, incoming=0, site=HALLE, kind=None, material=SEAL, **more):
    """So many at a place; names that begin with PF are pick faces, with ST staging, else bulk."""
    kinds = {"PF": LocationKind.PICK_FACE, "ST": LocationKind.STAGING}
    stock = StockAt(
        location=LocationId(location),
        zone=ZoneId("MRO"),
        location_kind=kind or kinds.get(location[:2], LocationKind.BULK),
        on_hand=Decimal(on_hand),
        reserved=Decimal(reserved),
        incoming=Decimal(incoming),
        **more,
    )
    return (site, material, stock)


def monthly(mean, *, site=HALLE, material=SEAL, variance=None):
    """A forecast by months of 30 days: Poisson, unless a larger variance is given."""
    family = "poisson" if variance is None else "negative_binomial"
    demand = CountDistribution(
        family=family, mean=mean, variance=mean if variance is None else variance, period_days=30
    )
    forecast = DemandForecast(
        method="static",
        version="demand-1",
        segment="lumpy/low",
        demand=demand,
        periods=36,
        cost_ratio=0.8,
        coverage=0.95,
    )
    return (site, material, forecast)


def lead(*days, supplier=SKF, site=HALLE):
    """Lead times that are equally likely."""
    learned = LeadTimeDistribution(
        days=days,
        probabilities=(1 / len(days),) * len(days),
        basis="supplier",
        observations=20,
        q90_days=days[-1],
    )
    return (site, supplier, learned)


def lateness(fraction, days, *, supplier=SKF, site=HALLE):
    known = SupplierPerformance(
        supplier=supplier,
        deliveries=20,
        late_fraction=fraction,
        late_days_mean=days,
        late_fraction_upper=fraction,
    )
    return (site, supplier, known)


def sold_by(supplier=SKF, price=100, *, order_quantity_min=1, pack_size=1, lead_time_days=None):
    return SupplierItem(
        supplier=supplier,
        material=SEAL,
        price=Money.of(price),
        order_quantity_min=Decimal(order_quantity_min),
        pack_size=Decimal(pack_size),
        lead_time_days=lead_time_days,
    )


def order(
    name="WO-1", *, needs=1, due=10, state=RequestState.RELEASED, parts=None, asset="PRESS-2"
):
    """A maintenance order that is due in so many days."""
    lines = {SEAL: needs} if parts is None else parts
    return MaintenanceOrder(
        order=OrderId(name),
        site=HALLE,
        asset=AssetId(asset),
        state=state,
        due_at=NOW.replace(day=1 + due) if due < 30 else NOW.replace(month=7, day=due - 29),
        parts=tuple(PartRequirement(material=m, quantity=Decimal(q)) for m, q in lines.items()),
    )


def coming(quantity, *, state="ordered", decision=None, order=None, promised=None, key="PO-1"):
    supply = OpenSupply(
        key=key,
        state=state,
        decision=decision,
        quantity=Decimal(quantity),
        promised_on=promised,
        order=order,
    )
    return (HALLE, SEAL, supply)


def held_for(name, quantity, location="BULK-1"):
    held = Reservation(
        order=OrderId(name),
        material=SEAL,
        location=LocationId(location),
        quantity=Decimal(quantity),
    )
    return (HALLE, held)


def press(cost=None, **changes):
    return PhysicalAsset(
        asset=AssetId("PRESS-2"),
        site=HALLE,
        line=LineId("L2"),
        downtime_cost_per_hour=None if cost is None else Money.of(cost),
        **{"parts": (SEAL,), **changes},
    )


def record(**values):
    """A plant with the seal, and SKF, which delivers in 29 days, where nothing else is given."""
    given = {
        "as_of": NOW,
        "definitions": [part()],
        "levels": [stocked()],
        "partners": [Supplier(supplier=SKF, name="SKF Distribution", lead_time_days=29)],
        "items": [sold_by()],
    }
    return FakeRecord(**{**given, **values})


def answers(decision: Decision, plant: FakeRecord) -> list[Proposal | Refusal]:
    return [heard.answer for heard in hear(decision, plant)]


def answer(decision: Decision, plant: FakeRecord) -> Proposal | Refusal:
    (only,) = answers(decision, plant)
    return only


def differs(unexplained, *, place="PF-1", system="wms", because="", days=2, hours=4, material=SEAL):
    """A list of some hours ago that says so much more than the record of 7."""
    ours = Decimal(7)
    found = StockDifference(
        system=system, taken_at=NOW - timedelta(hours=hours), since=NOW - timedelta(days=days),
        location=LocationId(place), zone=ZoneId("MRO"), lot=LotId(""), disposition="available",
        ours=ours, theirs=ours + unexplained, unexplained=Decimal(unexplained),
        because=because or f"{unexplained:+} unexplained",
    )  # fmt: skip
    return (HALLE, material, found)
