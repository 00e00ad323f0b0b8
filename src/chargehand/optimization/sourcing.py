"""Choose the supplier of a part: price, waiting and lateness in one sum of money."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Final, Protocol

from chargehand.record.view import RecordView
from chargehand.vocabulary.distribution import LeadTimeDistribution
from chargehand.vocabulary.identifier import SiteId, SupplierId
from chargehand.vocabulary.material import MaterialDefinition, Supplier, SupplierItem
from chargehand.vocabulary.money import Money

ORDER_COST: Final = Decimal(45)
"""Cost of one purchase order: requesting, ordering, receiving, paying (money)."""

LEAD_TIME_DEFAULT_DAYS: Final = 28
"""Lead time where neither deliveries nor master data say one (days)."""

UNIT_COST_DEFAULT: Final = Decimal(50)
"""Price where neither the material nor its suppliers say one (money per unit)."""


class Lateness(Protocol):
    """A supplier's past performance."""

    @property
    def late_fraction_upper(self) -> float:
        """Careful estimate of the share of late deliveries (fraction)."""
        ...

    @property
    def late_days_mean(self) -> float:
        """Mean delay of those (days)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What one approved supplier would deliver, and how surely."""

    supplier: SupplierId
    name: str
    price: Money
    """Of one unit."""
    minimum: Decimal
    pack: Decimal
    lead_time: LeadTimeDistribution
    late_fraction: float
    late_days: float

    def rounded(self, quantity: Decimal) -> Decimal:
        """The least that covers the quantity in whole packs and reaches the minimum."""
        wanted = max(quantity, self.minimum)
        return (wanted / self.pack).to_integral_value(ROUND_CEILING) * self.pack

    def cost(self, quantity: Decimal) -> Money:
        """Price and cost of ordering."""
        return self.price * quantity + Money.of(ORDER_COST, self.price.currency)

    def waiting_days(self) -> float:
        """Days until the goods are there, delays beyond the lead time included."""
        return self.lead_time.mean_days() + self.late_fraction * self.late_days


def declared_lead_time(days: int | None) -> LeadTimeDistribution:
    """A lead time that somebody states and no delivery has shown yet."""
    known = LEAD_TIME_DEFAULT_DAYS if days is None else days
    return LeadTimeDistribution(
        days=(known,), probabilities=(1.0,), basis="declared", observations=0, q90_days=known
    )


class OfferReader:
    """Reads the offers of approved suppliers for a site, with what was learned of them."""

    def __init__(self, view: RecordView, site: SiteId, performance: Mapping[str, Lateness]) -> None:
        self._performance = performance
        self._learned = view.estimates(LeadTimeDistribution, site)
        self._suppliers = view.suppliers()
        self._sources = view.sources()

    def offers(self, material: MaterialDefinition) -> tuple[Offer, ...]:
        """The offers for a part, by supplier."""
        items = self._sources.get(material.material, ())
        return tuple(
            _offer(
                item,
                self._suppliers.get(item.supplier),
                material,
                self._learned.get(item.supplier),
                self._performance.get(item.supplier),
            )
            for item in sorted(items, key=lambda item: item.supplier)
        )


def _offer(
    item: SupplierItem,
    supplier: Supplier | None,
    material: MaterialDefinition,
    learned: LeadTimeDistribution | None,
    lateness: Lateness | None,
) -> Offer:
    declared = item.lead_time_days
    if declared is None and supplier is not None:
        declared = supplier.lead_time_days
    return Offer(
        supplier=item.supplier,
        name=(supplier.name if supplier else "") or item.supplier,
        price=item.price or material.unit_cost or Money(UNIT_COST_DEFAULT),
        minimum=item.order_quantity_min,
        pack=item.pack_size,
        lead_time=learned or declared_lead_time(declared),
        late_fraction=lateness.late_fraction_upper if lateness else 0.0,
        late_days=lateness.late_days_mean if lateness else 0.0,
    )


def total_cost(offer: Offer, quantity: Decimal, waiting_cost_per_day: float) -> float:
    r"""Return what an order really costs: price, ordering, and the risk of waiting for it (money).

    .. math:: K + c\, q + w\, (\bar L + f\, \bar d)

    with waiting cost :math:`w` per day, mean lead time :math:`\bar L`, share of late deliveries
    :math:`f` (its careful estimate) and their mean delay :math:`\bar d`.
    """
    paid = offer.cost(offer.rounded(quantity))
    return float(paid.amount) + waiting_cost_per_day * offer.waiting_days()


def ranked(
    offers: Iterable[Offer], quantity: Decimal, waiting_cost_per_day: float
) -> tuple[Offer, ...]:
    """Return the offers, best first.

    Prices in another currency than most offers' are not compared: such an offer comes last.
    """
    known = tuple(offers)
    currencies = [offer.price.currency for offer in known]
    main = max(sorted(set(currencies)), key=currencies.count, default="")
    return tuple(
        sorted(
            known,
            key=lambda offer: (
                offer.price.currency != main,
                total_cost(offer, quantity, waiting_cost_per_day),
                offer.supplier,
            ),
        )
    )
