"""What a plant tells of stock beyond counts and moves: holds, reservations, production."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from chargehand.vocabulary.identifier import (
    HandlingUnitId,
    HoldId,
    LocationId,
    LotId,
    MaterialId,
    OrderId,
    PersonId,
    SerialId,
    SiteId,
)
from chargehand.vocabulary.lot import Disposition, HandlingUnitKind, MaterialLot
from chargehand.vocabulary.quantity import Quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class LotDefined:
    """A lot of a material exists, or what is known of it changed."""

    kind: Literal["lot_defined"] = "lot_defined"
    definition: MaterialLot


@dataclass(frozen=True, slots=True, kw_only=True)
class LegReported:
    """One side of a reported movement; negative is taken away.

    ``location`` None: outside the plant, and ``outside`` says where.
    """

    material: MaterialId
    quantity: Quantity
    location: LocationId | None = None
    outside: Literal["supplier", "consumed", "adjustment", "customer", "produced", "scrapped"] = (
        "adjustment"
    )
    lot: LotId = LotId("")
    serial: SerialId = SerialId("")
    handling_unit: HandlingUnitId = HandlingUnitId("")
    disposition: Disposition = Disposition.AVAILABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementReported:
    """Material changed place, status, lot or unit, in any number of legs that cancel out."""

    kind: Literal["movement_reported"] = "movement_reported"
    site: SiteId
    business_step: str
    """In the words of CBV: receiving, storing, picking, packing, repackaging ..."""
    legs: tuple[LegReported, ...]
    corrects: str | None = None
    """Key of the movement that it takes back (``source/key``), whole or in part."""
    under_hold: HoldId | None = None
    """The hold that lets it take frozen stock, to quarantine or to scrap."""
    document: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationPlaced:
    """Somebody sets stock aside for an order."""

    kind: Literal["reservation_placed"] = "reservation_placed"
    reservation: str
    site: SiteId
    material: MaterialId
    quantity: Quantity
    location: LocationId | None = None
    """None: anywhere in the site."""
    lot: LotId | None = None
    """None: chosen by ``selection``."""
    serial: SerialId | None = None
    handling_unit: HandlingUnitId | None = None
    selection: Literal["fefo", "fifo", "lifo", "specific"] = "fefo"
    min_remaining_days: int = 0
    for_order: OrderId | None = None
    to_location: LocationId | None = None
    """Where it will go; None: it will be consumed."""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationPicked:
    """Part or all of a reservation was taken from where it stood."""

    kind: Literal["reservation_picked"] = "reservation_picked"
    reservation: str
    quantity: Quantity
    is_last: bool = False
    """Nothing more will be picked: the rest is free again."""
    person: PersonId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationVoided:
    """A reservation will not be used: what is left of it is free again."""

    kind: Literal["reservation_voided"] = "reservation_voided"
    reservation: str
    reason: str
    person: PersonId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldPlaced:
    """Stock may not be used until somebody entitled says so: all that fits the scope."""

    kind: Literal["hold_placed"] = "hold_placed"
    hold: HoldId
    site: SiteId
    reason: str
    material: MaterialId | None = None
    lot: LotId | None = None
    serial: SerialId | None = None
    handling_unit: HandlingUnitId | None = None
    location: LocationId | None = None
    review_by: datetime | None = None
    """When somebody has to look at it again; it stays on hold until released all the same."""
    person: PersonId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldReleased:
    """A hold ends, or lets some of its stock go, on the word and signature of a person."""

    kind: Literal["hold_released"] = "hold_released"
    hold: HoldId
    reason: str
    person: PersonId
    signature: str
    """What the person signed by: the meaning of the signature, in their words."""
    location: LocationId | None = None
    """With ``quantity``: only so much at this place is let go."""
    material: MaterialId | None = None
    lot: LotId | None = None
    quantity: Quantity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlingUnitPacked:
    """Stock of a place, or other units, now stand in or on a handling unit."""

    kind: Literal["handling_unit_packed"] = "handling_unit_packed"
    site: SiteId
    location: LocationId
    handling_unit: HandlingUnitId
    unit_kind: HandlingUnitKind = HandlingUnitKind.PALLET
    contents: tuple[LegReported, ...] = ()
    """What is put in, taken from ``location``; quantities above 0."""
    units: tuple[HandlingUnitId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlingUnitUnpacked:
    """What stood in a handling unit stands at the place by itself; empty contents: all of it."""

    kind: Literal["handling_unit_unpacked"] = "handling_unit_unpacked"
    handling_unit: HandlingUnitId
    contents: tuple[LegReported, ...] = ()
    units: tuple[HandlingUnitId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlingUnitMoved:
    """A handling unit, with all that is in it, went to another place, or out to a customer."""

    kind: Literal["handling_unit_moved"] = "handling_unit_moved"
    handling_unit: HandlingUnitId
    to_location: LocationId | None = None
    document: str | None = None
    under_hold: HoldId | None = None
    """The hold that lets it take frozen stock along, to quarantine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """Material that went into a product."""

    material: MaterialId
    quantity: Quantity
    location: LocationId
    lot: LotId = LotId("")
    serial: SerialId = SerialId("")
    handling_unit: HandlingUnitId = HandlingUnitId("")
    is_backflushed: bool = False
    """Reckoned from the bill of material, not seen."""
    disposition: Disposition = Disposition.AVAILABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Material that came out."""

    material: MaterialId
    quantity: Quantity
    location: LocationId
    lot: LotId = LotId("")
    serial: SerialId = SerialId("")
    handling_unit: HandlingUnitId = HandlingUnitId("")
    disposition: Disposition = Disposition.AVAILABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductionReported:
    """An order used material and made material: the genealogy of lots.

    ``step``: production, rework, split and merge of lots, scrap (nothing is made).
    """

    kind: Literal["production_reported"] = "production_reported"
    site: SiteId
    order: OrderId
    step: Literal["production", "rework", "split", "merge", "scrap"] = "production"
    used: tuple[Used, ...] = ()
    made: tuple[Made, ...] = ()
    person: PersonId | None = None
    corrects: str | None = None
    """Key (``source/key``) of the report that it takes back: the lines named here, or all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StagingConfirmed:
    """Material of an order stands ready at the line: production may begin."""

    kind: Literal["staging_confirmed"] = "staging_confirmed"
    site: SiteId
    order: OrderId
    location: LocationId
    person: PersonId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotLine:
    """What another system says is at one place."""

    location: LocationId
    material: MaterialId
    quantity: Quantity
    lot: LotId = LotId("")
    disposition: Disposition = Disposition.AVAILABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotReported:
    """Another system's whole stock list of a site, or of some places of it: for reconciliation.

    Nothing is booked from it.
    """

    kind: Literal["snapshot_reported"] = "snapshot_reported"
    site: SiteId
    system: str
    taken_at: datetime
    """Transactions up to here are in the list."""
    lines: tuple[SnapshotLine, ...]
    locations: tuple[LocationId, ...] = ()
    """Places that the list is about; empty: all of the site."""
    seen_keys: tuple[str, ...] = field(default=())
    """Keys of our orders and movements that the system says it has booked, where it tells."""


StockBody = (
    LotDefined
    | MovementReported
    | ReservationPlaced
    | ReservationPicked
    | ReservationVoided
    | HoldPlaced
    | HoldReleased
    | HandlingUnitPacked
    | HandlingUnitUnpacked
    | HandlingUnitMoved
    | ProductionReported
    | StagingConfirmed
    | SnapshotReported
)
