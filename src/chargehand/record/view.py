"""The read-only questions that decisions may ask of the record.

One call answers for a whole site. Each answer is a ``Watched`` mapping, which notes what was
looked up, so that a proposal's evidence is what its question was really read from and cannot be
invented.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Generic, Protocol, TypeVar

from chargehand.vocabulary.equipment import MaintenanceOrder, PhysicalAsset
from chargehand.vocabulary.identifier import (
    AssetId,
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

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class StockAt:
    """What stands at one place (amounts of the material's unit)."""

    location: LocationId
    zone: ZoneId
    location_kind: LocationKind
    on_hand: Decimal
    reserved: Decimal
    incoming: Decimal
    """On its way to this place by tasks that are approved and not yet confirmed."""
    lot: LotId = LotId("")
    counted_at: datetime | None = None
    held: Decimal = Decimal(0)
    """Promised to nobody, and not to be used: kept by a hold, past its last day, or of a lot that
    is recalled, damaged or the like by its definition."""

    @property
    def free(self) -> Decimal:
        """On hand, promised to nobody and fit for use."""
        return self.on_hand - self.reserved - self.held


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSupply:
    """Material that is ordered, requested, or proposed and waiting for a person."""

    key: str
    state: str
    """``proposed``, ``requested`` or ``ordered``."""
    decision: str | None
    """Which kind of decision proposed it, where one did."""
    quantity: Decimal
    promised_on: date | None
    supplier: SupplierId | None = None
    order: OrderId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """Stock promised to an order by tasks in flight."""

    order: OrderId
    material: MaterialId
    location: LocationId
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class StockDifference:
    """Where another system's stock list differs from the record, unexplained (of the unit)."""

    system: str
    taken_at: datetime
    """The moment of its list."""
    since: datetime
    """The moment of its first list that showed it."""
    location: LocationId
    zone: ZoneId
    lot: LotId
    disposition: str
    ours: Decimal
    theirs: Decimal
    unexplained: Decimal
    """Theirs less ours, without what is known to come from something."""
    because: str


class Watched(Mapping[K, V], Generic[K, V]):
    """A mapping that notes the journal entries behind every value that is looked up."""

    def __init__(
        self, values: Mapping[K, V], references: Mapping[K, tuple[str, ...]], noted: set[str]
    ) -> None:
        self._values = values
        self._references = references
        self._noted = noted

    def __getitem__(self, key: K) -> V:
        value = self._values[key]
        self._noted.update(self._references.get(key, ()))
        return value

    def __iter__(self) -> Iterator[K]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, key: object) -> bool:
        return key in self._values


class RecordView(Protocol):
    """What decisions may ask. Everything is as of one moment and one database snapshot."""

    @property
    def as_of(self) -> datetime:
        """The moment that all answers are for (UTC)."""
        ...

    def sites(self) -> Sequence[SiteId]:
        """The sites in question, in order of their names."""
        ...

    def subjects(self, site: SiteId) -> frozenset[str] | None:
        """Materials and orders that something happened to; None: all are in question."""
        ...

    def materials(self) -> Mapping[MaterialId, MaterialDefinition]:
        """Definitions of all materials."""
        ...

    def stocking(self, site: SiteId) -> Mapping[MaterialId, StockingParameters]:
        """How the site stocks its materials."""
        ...

    def stock(self, site: SiteId) -> Mapping[MaterialId, tuple[StockAt, ...]]:
        """Where the site's stock stands; materials without any are absent."""
        ...

    def reservations(self, site: SiteId) -> Mapping[OrderId, tuple[Reservation, ...]]:
        """Stock promised to orders."""
        ...

    def supply(self, site: SiteId) -> Mapping[MaterialId, tuple[OpenSupply, ...]]:
        """What is on its way to the site, proposals that wait for a person included."""
        ...

    def differences(self, site: SiteId) -> Mapping[MaterialId, tuple[StockDifference, ...]]:
        """Where other systems' lists differ from the record, and nobody knows why."""
        ...

    def maintenance(self, site: SiteId) -> Mapping[OrderId, MaintenanceOrder]:
        """Open maintenance orders."""
        ...

    def assets(self, site: SiteId) -> Mapping[AssetId, PhysicalAsset]:
        """The site's machines."""
        ...

    def suppliers(self) -> Mapping[SupplierId, Supplier]:
        """All suppliers."""
        ...

    def sources(self) -> Mapping[MaterialId, tuple[SupplierItem, ...]]:
        """Approved suppliers of each material."""
        ...

    def estimates(self, kind: type[V], site: SiteId) -> Mapping[str, V]:
        """Recorded forecasts of a kind (such as ``DemandForecast``), by material or supplier."""
        ...

    def used(self, site: SiteId, since: date, until: date) -> Mapping[MaterialId, Decimal]:
        """Material consumed from ``since`` up to, not including, ``until``."""
        ...

    def take_evidence(self) -> tuple[str, ...]:
        """Journal entries that the answers since the last call were read from, in order."""
        ...
