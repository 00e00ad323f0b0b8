"""A small production line for tests: housings and bolts become pumps, by order."""

from __future__ import annotations

from datetime import timedelta

from chargehand.plant.plant import Plant
from chargehand.signals import kinds
from chargehand.signals.signal import Receipt, Signal, Status
from chargehand.signals.stock_kinds import (
    HandlingUnitMoved,
    HandlingUnitPacked,
    HandlingUnitUnpacked,
    LegReported,
    Made,
    ProductionReported,
    Used,
)
from chargehand.vocabulary.identifier import (
    HandlingUnitId,
    LocationId,
    LotId,
    MaterialId,
    OrderId,
    SerialId,
)
from chargehand.vocabulary.location import LocationKind, OperationalLocation
from chargehand.vocabulary.lot import Disposition
from chargehand.vocabulary.material import MaterialDefinition
from chargehand.vocabulary.quantity import Quantity, Unit
from chargehand.vocabulary.refusal import Refusal
from tests.plant.conftest import AS_OF, SITE

STORE, LINE, WIP, DOCK, TRUCK = (
    LocationId(name) for name in ("STORE-1", "LINE-1", "WIP-1", "DOCK-1", "TRUCK-1")
)
HOUSING, BOLT, OIL, PUMP, SKID = (
    MaterialId(name) for name in ("HOUSING", "BOLT", "OIL", "PUMP", "SKID")
)
KINDS = {
    STORE: LocationKind.BULK,
    LINE: LocationKind.LINE_SIDE,
    WIP: LocationKind.WIP_BUFFER,
    DOCK: LocationKind.SHIPPING,
    TRUCK: LocationKind.IN_TRANSIT,
}
SCAN = "195212345678900006"
"""An SSCC whose check digit fits."""


class Line:
    """Tells a plant of production, each thing under a key of its own, one minute after another."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self._count = 0
        for material in (HOUSING, BOLT, OIL, PUMP, SKID):
            unit = Unit.LITRE if material == OIL else Unit.PIECE
            self.told(
                kinds.MaterialDefined(definition=MaterialDefinition(material=material, unit=unit))
            )
        for place, kind in KINDS.items():
            where = OperationalLocation(location=place, site=SITE, kind=kind)
            self.told(kinds.LocationDefined(definition=where))

    def tell(self, body: kinds.Body, *, key: str | None = None) -> Receipt:
        """Tell one thing; returns the receipt."""
        self._count += 1
        at = AS_OF + timedelta(minutes=self._count)
        name = key or f"n{self._count}"
        return self.plant.take([Signal(source="mes", key=name, body=body, occurred_at=at)])[0]

    def told(self, body: kinds.Body, *, key: str | None = None) -> str:
        """Tell one thing that must be taken; returns its key as others name it."""
        receipt = self.tell(body, key=key)
        assert receipt.status is Status.ACCEPTED, receipt.refusal
        return f"{receipt.source}/{receipt.key}"

    def refusal(self, body: kinds.Body) -> Refusal:
        """Tell one thing that must be refused; returns the refusal."""
        refusal = self.tell(body).refusal
        assert refusal is not None
        return refusal

    def receive(self, material: MaterialId, lot: str, amount: int, at: LocationId = LINE) -> None:
        """Receive a lot from a supplier."""
        unit = Unit.LITRE if material == OIL else Unit.PIECE
        self.told(
            kinds.GoodsReceived(
                site=SITE,
                location=at,
                material=material,
                lot=LotId(lot),
                quantity=Quantity(Quantity.pieces(amount).amount, unit),
            )
        )

    def on_hand(self, material: MaterialId, lot: str | None = None) -> dict[str, int]:
        """What stands where, in whole units."""
        rows = self.plant.stock(material=material, limit=1000).rows
        found: dict[str, int] = {}
        for row in rows:
            if lot in {None, row.lot} and row.on_hand:
                found[row.location] = found.get(row.location, 0) + int(row.on_hand)
        return found


def used(
    material: MaterialId,
    lot: str,
    amount: int,
    at: LocationId = LINE,
    *,
    serial: str = "",
    backflushed: bool = False,
    disposition: Disposition = Disposition.AVAILABLE,
) -> Used:
    """A line of a report: so much went in."""
    unit = Unit.LITRE if material == OIL else Unit.PIECE
    return Used(
        material=material, lot=LotId(lot), location=at, serial=SerialId(serial),
        quantity=Quantity(Quantity.pieces(amount).amount, unit), is_backflushed=backflushed,
        disposition=disposition,
    )  # fmt: skip


def made(
    material: MaterialId,
    lot: str,
    amount: int,
    at: LocationId = WIP,
    *,
    serial: str = "",
    disposition: Disposition = Disposition.AVAILABLE,
) -> Made:
    """A line of a report: so much came out."""
    return Made(
        material=material, lot=LotId(lot), location=at, serial=SerialId(serial),
        quantity=Quantity.pieces(amount), disposition=disposition,
    )  # fmt: skip


def report(
    *lines: Used | Made, order: str = "O1", step: str = "production", corrects: str | None = None
) -> ProductionReported:
    """A report of what went in and what came out."""
    return ProductionReported(
        site=SITE, order=OrderId(order), step=step, corrects=corrects,
        used=tuple(one for one in lines if isinstance(one, Used)),
        made=tuple(one for one in lines if isinstance(one, Made)),
    )  # fmt: skip


def pack(
    unit: str,
    *contents: LegReported,
    at: LocationId = WIP,
    units: tuple[str, ...] = (),
) -> HandlingUnitPacked:
    """Stock of a place, or other units, are put into a unit."""
    return HandlingUnitPacked(
        site=SITE, location=at, handling_unit=HandlingUnitId(unit), contents=contents,
        units=tuple(HandlingUnitId(one) for one in units),
    )  # fmt: skip


def some(material: MaterialId, lot: str, amount: int, unit: str = "") -> LegReported:
    """So much of a lot, loose or in a unit."""
    return LegReported(
        material=material, lot=LotId(lot), quantity=Quantity.pieces(amount),
        handling_unit=HandlingUnitId(unit),
    )  # fmt: skip


def unpack(unit: str, *contents: LegReported, units: tuple[str, ...] = ()) -> HandlingUnitUnpacked:
    """Stock, or units, are taken out of a unit; without any, all of it."""
    return HandlingUnitUnpacked(
        handling_unit=HandlingUnitId(unit), contents=contents,
        units=tuple(HandlingUnitId(one) for one in units),
    )  # fmt: skip


def move(
    unit: str, to: LocationId | None, document: str | None = None, under_hold: str | None = None
) -> HandlingUnitMoved:
    """A unit goes to another place, or out."""
    return HandlingUnitMoved(
        handling_unit=HandlingUnitId(unit), to_location=to, document=document,
        under_hold=under_hold,
    )  # fmt: skip
