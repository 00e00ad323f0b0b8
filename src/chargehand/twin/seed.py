"""A made-up plant as signals: what its ERP, WMS and CMMS would report, and a few rows gone wrong.

It comes through the same door as the reports of real systems, and is the same for the same seed
and day.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

from chargehand.signals.kinds import (
    AssetDefined,
    Body,
    LocationDefined,
    MaintenanceOrderReported,
    MaterialDefined,
    StockCounted,
    StockingDefined,
    SupplierDefined,
    SupplierItemDefined,
    SupplyPlaced,
    Unreadable,
    UsageReported,
)
from chargehand.signals.signal import Signal
from chargehand.twin.calendar import at, deliveries, failures, orders
from chargehand.twin.genealogy import pump_line, pump_masters
from chargehand.twin.levels import DECLARED, Plan, plan
from chargehand.twin.machines import MAIN, SECOND, STAR_BULK, assets, locations, suppliers
from chargehand.twin.rival_lists import stock_lists
from chargehand.twin.stories import Actor, cast
from chargehand.vocabulary.identifier import LocationId, MaterialId, SupplierId
from chargehand.vocabulary.material import MaterialDefinition, SupplierItem
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.quantity import Quantity, Unit

ERP, WMS, CMMS, SHEET = "erp", "wms", "cmms", "spreadsheet"
SECOND_SOURCE_PRICE = Decimal("1.12")
"""The second supplier's price as a multiple of the first one's."""
COUNT_DAYS_MAX = {MAIN: 14, SECOND: 7}
"""Days since the last count of most places, at most."""
MISCOUNT_DAYS = 420


def seed_signals(*, as_of: datetime, seed: int = 7) -> Iterator[Signal]:
    """Everything that the plant's systems would have told by a moment, in a sensible order."""
    today = as_of.astimezone(UTC).date()
    actors = cast(seed)
    plans = [plan(actor, site=MAIN, today=today, seed=seed) for actor in actors]
    plans += [
        plan(actor, site=SECOND, today=today, seed=seed) for actor in actors if actor.second_store
    ]
    yield from _master(actors, plans, today=today, seed=seed)
    yield from pump_masters(today=today)
    yield from _past(actors, plans, today=today, seed=seed)
    present = list(_present(plans, today=today, seed=seed))
    yield from present
    yield from pump_line(today=today)
    yield from stock_lists(present, today=today)
    yield from _gone_wrong(actors, today=today)


def _signal(source: str, key: str, body: Body, occurred_at: datetime | None = None) -> Signal:
    return Signal(source=source, key=key, body=body, occurred_at=occurred_at)


def _master(
    actors: Sequence[Actor], plans: Sequence[Plan], *, today: date, seed: int
) -> Iterator[Signal]:
    for place in locations():
        yield _signal(
            WMS, f"location/{place.site}/{place.location}", LocationDefined(definition=place)
        )
    for seller in suppliers():
        yield _signal(ERP, f"supplier/{seller.supplier}", SupplierDefined(definition=seller))
    for actor in actors:
        definition = _definition(actor)
        yield _signal(
            ERP, f"material/{definition.material}", MaterialDefined(definition=definition)
        )
        for item in _sources(actor):
            key = f"source/{item.material}/{item.supplier}"
            yield _signal(ERP, key, SupplierItemDefined(definition=item))
    for asset in assets([actor.part for actor in actors], seed):
        yield _signal(CMMS, f"asset/{asset.asset}", AssetDefined(definition=asset))
    for each in plans:
        key = f"stocking/{each.site}/{each.actor.part.material}"
        yield _signal(ERP, key, StockingDefined(definition=each.levels))
    for order in orders(actors, today=today, seed=seed):
        key = f"order/{order.order}/{order.state}"
        yield _signal(CMMS, key, MaintenanceOrderReported(definition=order))


def _definition(actor: Actor) -> MaterialDefinition:
    part = actor.part
    return MaterialDefinition(
        material=part.material,
        description=part.description,
        unit=part.family.unit,
        criticality=part.criticality,
        unit_cost=Money.of(part.cost),
        manufacturer=part.family.maker,
        manufacturer_part_number=part.part_number,
        shelf_life_days=part.family.shelf_life_days,
    )


def _sources(actor: Actor) -> Iterator[SupplierItem]:
    if actor.role == "no_source":
        return
    price = actor.part.cost
    pack = Decimal(actor.part.family.pack)
    for supplier in actor.part.family.suppliers:
        yield SupplierItem(
            supplier=SupplierId(supplier),
            material=actor.part.material,
            price=Money.of(price),
            order_quantity_min=pack,
            pack_size=pack,
            lead_time_days=DECLARED[SupplierId(supplier)],
        )
        price = price * SECOND_SOURCE_PRICE


def _past(
    actors: Sequence[Actor], plans: Sequence[Plan], *, today: date, seed: int
) -> Iterator[Signal]:
    for each in plans:
        part = each.actor.part
        for use in each.uses:
            body = UsageReported(
                site=each.site,
                material=part.material,
                quantity=Quantity(Decimal(use.units), part.family.unit),
                used_on=use.day,
            )
            key = f"issue/{each.site}/{part.material}/{use.day}"
            yield _signal(CMMS, key, body, at(use.day, hour=12))
    for number, delivery in enumerate(deliveries(today=today, seed=seed)):
        moment = at(delivery.delivered_on, hour=9)
        yield _signal(ERP, f"delivery/{number:04d}", delivery, moment)
    for number, failure in enumerate(failures(actors, today=today, seed=seed)):
        yield _signal(CMMS, f"failure/{number:04d}", failure, failure.failed_at)


def _present(plans: Sequence[Plan], *, today: date, seed: int) -> Iterator[Signal]:
    for number, each in enumerate(plans):
        part = each.actor.part
        chance = Random(f"{seed}/{each.site}/{part.material}/count")  # noqa: S311 - a rehearsal plant
        if each.ordered:
            late = each.actor.role == "late"
            days = -9 if late else chance.randint(2, 9)
            body = SupplyPlaced(
                purchase_order=f"45001{number:05d}",
                site=each.site,
                material=part.material,
                quantity=Quantity(each.ordered, part.family.unit),
                supplier=SupplierId(part.family.suppliers[0]),
                promised_on=today + timedelta(days=days),
            )
            yield _signal(ERP, f"po/{body.purchase_order}", body, at(today, hour=4))
        back = chance.randint(3, COUNT_DAYS_MAX[each.site])
        if each.actor.role == "miscounted":
            back = MISCOUNT_DAYS
        for location, amount in each.stock:
            counted = StockCounted(
                site=each.site,
                location=location,
                material=part.material,
                counted=Quantity(amount, part.family.unit),
            )
            key = f"count/{each.site}/{location}/{part.material}"
            yield _signal(WMS, key, counted, at(today - timedelta(days=back), hour=7))


def _gone_wrong(actors: Sequence[Actor], *, today: date) -> Iterator[Signal]:
    """Rows as every plant has them: refused or unreadable, and kept for somebody to mend."""
    part = actors[0].part.material
    noon = at(today - timedelta(days=1), hour=12)
    for row, raw, because, cure, column in (
        (212, "MRO-SEAL-OR-25x3.5;1O;2026-03-14", "'1O' is not a number: it ends in the letter O",
         "Write 10.", "quantity"),
        (318, "MRO-BELT-SPA-1250;2;31.02.2026", "31.02.2026 is not a day of the calendar",
         "Look up the day of the issue.", "used_on"),
        (401, "MRO-FILTER-AIR-6;;2026-07-02", "the quantity is empty",
         "Write how many were taken.", "quantity"),
    ):  # fmt: skip
        body = Unreadable(
            raw=raw, because=because, cure=cure, file="usage_2026.csv", row=row, column=column
        )
        yield _signal(SHEET, f"usage_2026.csv:{row}", body)
    loose = UsageReported(
        site=MAIN, material=MaterialId("Bearing 6205 2RS (old)"), quantity=Quantity.pieces(2),
        used_on=today - timedelta(days=40),
    )  # fmt: skip
    yield _signal(SHEET, "usage_2026.csv:77", loose, noon)
    heavy = StockCounted(
        site=MAIN, location=STAR_BULK, material=part, counted=Quantity(Decimal(3), Unit.KILOGRAM)
    )
    yield _signal(WMS, "count/odd-unit", heavy, noon)
    nowhere = StockCounted(
        site=MAIN, location=LocationId("BULK-RACK-Z99"), material=part, counted=Quantity.pieces(4)
    )
    yield _signal(WMS, "count/odd-place", nowhere, noon)
