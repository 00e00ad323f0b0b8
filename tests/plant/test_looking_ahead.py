"""No forecast of a plant knows what came after the moment that it is made for."""

from __future__ import annotations

from datetime import date, timedelta

from chargehand.forecast.demand import DemandForecast
from chargehand.signals import kinds
from chargehand.vocabulary.distribution import LeadTimeDistribution
from chargehand.vocabulary.identifier import SupplierId
from tests.plant.conftest import AS_OF, BULK, SITE, VALVE, Teller, count, master, used

SUPPLIER = SupplierId("SUP")
LATER = AS_OF + timedelta(days=10)


def told(make_plant, name: str, *more: kinds.Body):
    """A plant with two years of use and deliveries in twenty days, and what else is told."""
    plant = make_plant(name=name)
    use = [used(month, 1 + month % 3, year) for year in (2024, 2025) for month in range(1, 13)]
    deliveries = [delivery(date(2025, month, 1), 20) for month in range(1, 11)]
    Teller(plant)(*master(), count(BULK, 40), *use, *deliveries, *more)
    plant.decide(as_of=LATER)
    return plant


def delivery(ordered_on: date, days: int) -> kinds.DeliveryReported:
    return kinds.DeliveryReported(
        supplier=SUPPLIER, ordered_on=ordered_on, delivered_on=ordered_on + timedelta(days=days)
    )


def demand(plant) -> DemandForecast:
    with plant.view() as view:
        return view.estimates(DemandForecast, SITE)[VALVE]


def lead_time(plant) -> LeadTimeDistribution:
    with plant.view() as view:
        return view.estimates(LeadTimeDistribution, SITE)[SUPPLIER]


def test_the_month_that_is_not_over_is_not_learned_from(make_plant):
    calm = told(make_plant, "calm")
    busy = told(make_plant, "busy", used(1, 500, 2026), used(2, 500, 2026))
    assert demand(calm).periods == 24
    assert demand(busy) == demand(calm)


def test_deliveries_to_come_are_not_learned_from(make_plant):
    calm = told(make_plant, "calm")
    coming = [delivery(date(2025, month, 2), 500) for month in range(1, 11)]
    assert lead_time(told(make_plant, "coming", *coming)) == lead_time(calm)
