"""Line 2 of the made-up plant builds coolant pumps: lots, production, pallets, and a bad sealant.

The story: a supplier warns of one batch of sealant. It is in pumps of one lot, which are in sets,
of which some have left on a pallet and some still stand.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from chargehand.signals.kinds import (
    Body,
    GoodsReceived,
    LocationDefined,
    MaterialDefined,
    StockMoved,
)
from chargehand.signals.signal import Signal
from chargehand.signals.stock_kinds import (
    HandlingUnitMoved,
    HandlingUnitPacked,
    HoldPlaced,
    LegReported,
    LotDefined,
    Made,
    MovementReported,
    ProductionReported,
    ReservationPlaced,
    Used,
)
from chargehand.twin.calendar import at
from chargehand.twin.machines import MAIN
from chargehand.vocabulary.gs1 import build_sscc
from chargehand.vocabulary.identifier import (
    HandlingUnitId,
    HoldId,
    LocationId,
    LotId,
    MaterialId,
    OrderId,
    SupplierId,
    ZoneId,
)
from chargehand.vocabulary.location import LocationKind, OperationalLocation
from chargehand.vocabulary.lot import MaterialLot
from chargehand.vocabulary.material import MaterialDefinition
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.quantity import Quantity, Unit

MES, QMS, ERP, WMS = "mes", "qms", "erp", "wms"
LINE = ZoneId("L2")
RECEIVING, SIDE = LocationId("RECEIVING-01"), LocationId("LINE-2-SIDE")
MACHINED, ASSEMBLED = LocationId("WIP-L2-01"), LocationId("WIP-L2-02")
PACKING, SHIPPING = LocationId("PACKING-01"), LocationId("SHIP-01")
PLACES = {
    SIDE: LocationKind.LINE_SIDE,
    MACHINED: LocationKind.WIP_BUFFER,
    ASSEMBLED: LocationKind.WIP_BUFFER,
    PACKING: LocationKind.STAGING,
    SHIPPING: LocationKind.SHIPPING,
}
CASTING, IMPELLER = MaterialId("RAW-CAST-H210"), MaterialId("RAW-IMPELLER-80")
SEALANT, HOUSING = MaterialId("RAW-SEALANT-577"), MaterialId("WIP-HOUSING-H210")
PUMP, PUMP_SET = MaterialId("FG-PUMP-P40"), MaterialId("FG-SET-P40")
MATERIALS = (
    (CASTING, "Housing casting H-210", Unit.PIECE, 38, None),
    (IMPELLER, "Impeller 80 mm, brass", Unit.PIECE, 12, None),
    (SEALANT, "Thread sealant 577", Unit.KILOGRAM, 96, 365),
    (HOUSING, "Machined housing H-210", Unit.PIECE, 64, None),
    (PUMP, "Coolant pump P40", Unit.PIECE, 148, None),
    (PUMP_SET, "Coolant pump set P40 with hoses", Unit.PIECE, 190, None),
)
BAD_SEALANT = LotId("S-0907")
"""The lot that the supplier warns of."""
BOUGHT = (
    # material, lot, amount, supplier, the supplier's own number
    (CASTING, LotId("C-2411"), "60", "SUP-KASSEL", "KS-88120"),
    (CASTING, LotId("C-2412"), "40", "SUP-KASSEL", "KS-88131"),
    (IMPELLER, LotId("I-338"), "120", "SUP-TECHBEDARF", "TB-4471"),
    (SEALANT, BAD_SEALANT, "6", "SUP-EMDEN", "E577-0907"),
    (SEALANT, LotId("S-0911"), "6", "SUP-EMDEN", "E577-0911"),
)
MADE = (
    (HOUSING, "HS-301", -9), (HOUSING, "HS-302", -8), (PUMP, "PU-4401", -7),
    (PUMP, "PU-4402", -6), (PUMP, "PU-4401-R", -5), (PUMP, "PU-4409", -5),
    (PUMP_SET, "ST-7001", -4), (PUMP_SET, "ST-7002", -4),
)  # fmt: skip
GONE, STAYS = (HandlingUnitId(build_sscc("4012345", number)) for number in (90211, 90212))
"""The pallet that has left, and the one that still stands."""
HOLD, UNIT_HOLD = HoldId("QN-10077"), HoldId("QN-10081")


def pump_masters(*, today: date) -> Iterator[Signal]:
    """Places, materials and lots of the pump line."""
    for place, kind in PLACES.items():
        location = OperationalLocation(location=place, site=MAIN, zone=LINE, kind=kind)
        yield _told(WMS, f"location/{MAIN}/{place}", LocationDefined(definition=location))
    for material, description, unit, cost, days in MATERIALS:
        definition = MaterialDefinition(
            material=material, description=description, unit=unit, unit_cost=Money.of(cost),
            shelf_life_days=days, material_class=material.partition("-")[0],
        )  # fmt: skip
        yield _told(ERP, f"material/{material}", MaterialDefined(definition=definition))
    for material, lot, _, supplier, number in BOUGHT:
        made = today - timedelta(days=40) if material == SEALANT else None
        bought = MaterialLot(
            material=material, lot=lot, supplier=SupplierId(supplier), supplier_lot=number,
            received_on=today - timedelta(days=12), manufactured_on=made, country="DE",
            expires_on=made and made + timedelta(days=365),
        )  # fmt: skip
        yield Signal(
            source=ERP, key=f"lot/{material}/{lot}", body=LotDefined(definition=bought),
            occurred_at=at(today - timedelta(days=12), hour=8),
        )  # fmt: skip
    for material, name, days in MADE:
        own = MaterialLot(
            material=material, lot=LotId(name), manufactured_on=today + timedelta(days=days),
            parent_lot=LotId("PU-4401") if name == "PU-4401-R" else None,
        )  # fmt: skip
        moment = at(today + timedelta(days=days), hour=8)
        yield Signal(
            source=MES, key=f"lot/{material}/{name}", body=LotDefined(definition=own),
            occurred_at=moment,
        )  # fmt: skip


def pump_line(*, today: date) -> Iterator[Signal]:
    """What happened on the pump line in the last twelve days, in its order."""

    def on(days: int, hour: int, source: str, key: str, body: Body) -> Signal:
        moment = at(today + timedelta(days=days), hour=hour)
        return Signal(source=source, key=key, body=body, occurred_at=moment)

    for material, lot, amount, _, number in BOUGHT:
        quantity = Quantity(Decimal(amount), _unit(material))
        came = GoodsReceived(
            site=MAIN, location=RECEIVING, material=material, quantity=quantity, lot=lot,
            purchase_order=f"4500{number[-4:]}",
        )  # fmt: skip
        yield on(-12, 9, WMS, f"receipt/{number}", came)
        carried = StockMoved(
            site=MAIN, material=material, quantity=quantity, lot=lot, from_location=RECEIVING,
            to_location=SIDE,
        )  # fmt: skip
        yield on(-11, 7, WMS, f"putaway/{number}", carried)
    for days, hour, order, step, used, made in _REPORTS:
        report = ProductionReported(
            site=MAIN, order=OrderId(order), step=step, used=used, made=made,  # type: ignore[arg-type]
        )  # fmt: skip
        yield on(days, hour, MES, f"report/{order}", report)
    yield on(-5, 11, WMS, "move/7781", _carried(20))
    yield on(-5, 12, WMS, "move/7781-back", _carried(-20, corrects=f"{WMS}/move/7781"))
    yield from (on(*told) for told in _dispatch())
    reason = "Sealant batch E577-0907 may not cure below 15 degrees (supplier notice 26-114)"
    review = at(today + timedelta(days=2), hour=10)
    bad = HoldPlaced(
        hold=HOLD, site=MAIN, reason=reason, material=SEALANT, lot=BAD_SEALANT, review_by=review
    )
    yield on(-1, 10, QMS, f"hold/{HOLD}", bad)
    pallet = HoldPlaced(
        hold=UNIT_HOLD, site=MAIN, handling_unit=STAYS, review_by=review,
        reason="Sets with pumps of lot PU-4401 are on this pallet; sealed with batch E577-0907",
    )  # fmt: skip
    yield on(-1, 11, QMS, f"hold/{UNIT_HOLD}", pallet)


def _told(source: str, key: str, body: Body) -> Signal:
    return Signal(source=source, key=key, body=body)


def _unit(material: MaterialId) -> Unit:
    return Unit.KILOGRAM if material == SEALANT else Unit.PIECE


def _used(material: MaterialId, lot: str, amount: str, location: LocationId) -> Used:
    quantity = Quantity(Decimal(amount), _unit(material))
    return Used(material=material, lot=LotId(lot), quantity=quantity, location=location)


def _reckoned(material: MaterialId, lot: str, amount: str, location: LocationId) -> Used:
    quantity = Quantity(Decimal(amount), _unit(material))
    return Used(
        material=material, lot=LotId(lot), quantity=quantity, location=location, is_backflushed=True
    )


def _made(material: MaterialId, lot: str, amount: str, location: LocationId) -> Made:
    quantity = Quantity(Decimal(amount), _unit(material))
    return Made(material=material, lot=LotId(lot), quantity=quantity, location=location)


_REPORTS = (
    # days from now, hour, order, step, used, made
    (-9, 10, "WO-5101", "production", (_used(CASTING, "C-2411", "40", SIDE),),
     (_made(HOUSING, "HS-301", "38", MACHINED),)),
    (-8, 14, "WO-5102", "production", (_used(CASTING, "C-2412", "30", SIDE),),
     (_made(HOUSING, "HS-302", "30", MACHINED),)),
    (-7, 12, "WO-5110", "production",
     (_used(HOUSING, "HS-301", "24", MACHINED), _used(IMPELLER, "I-338", "24", SIDE),
      _used(SEALANT, BAD_SEALANT, "0.48", SIDE)),
     (_made(PUMP, "PU-4401", "24", ASSEMBLED),)),
    (-6, 12, "WO-5111", "production",
     (_used(HOUSING, "HS-301", "10", MACHINED), _used(HOUSING, "HS-302", "14", MACHINED),
      _used(IMPELLER, "I-338", "24", SIDE), _reckoned(SEALANT, "S-0911", "0.5", SIDE)),
     (_made(PUMP, "PU-4402", "24", ASSEMBLED),)),
    (-5, 9, "WO-5115", "split", (_used(PUMP, "PU-4401", "4", ASSEMBLED),),
     (_made(PUMP, "PU-4401-R", "4", ASSEMBLED),)),
    (-5, 14, "WO-5116", "rework", (_used(PUMP, "PU-4401-R", "4", ASSEMBLED),),
     (_made(PUMP, "PU-4409", "4", ASSEMBLED),)),
    (-4, 10, "WO-5120", "production", (_used(PUMP, "PU-4401", "16", ASSEMBLED),),
     (_made(PUMP_SET, "ST-7001", "16", PACKING),)),
    (-4, 15, "WO-5121", "production", (_used(PUMP, "PU-4402", "12", ASSEMBLED),),
     (_made(PUMP_SET, "ST-7002", "12", PACKING),)),
)  # fmt: skip


def _carried(amount: int, corrects: str | None = None) -> MovementReported:
    """Impellers from the line's side into the buffer, or back as a correction."""
    legs = tuple(
        LegReported(
            material=IMPELLER, lot=LotId("I-338"), location=place, quantity=Quantity.pieces(pieces)
        )
        for place, pieces in ((SIDE, -amount), (MACHINED, amount))
    )
    return MovementReported(site=MAIN, business_step="storing", legs=legs, corrects=corrects)


def _dispatch() -> Iterator[tuple[int, int, str, str, Body]]:
    """Two pallets of sets: one has left, the other waits, and an order counts on it."""

    def sets(lot: str, pieces: int) -> LegReported:
        return LegReported(
            material=PUMP_SET, lot=LotId(lot), location=PACKING, quantity=Quantity.pieces(pieces)
        )

    for unit, contents in (
        (GONE, (sets("ST-7001", 12),)),
        (STAYS, (sets("ST-7001", 4), sets("ST-7002", 12))),
    ):
        packed = HandlingUnitPacked(
            site=MAIN, location=PACKING, handling_unit=unit, contents=contents
        )
        yield -3, 9, WMS, f"pack/{unit}", packed
        carried = HandlingUnitMoved(handling_unit=unit, to_location=SHIPPING)
        yield -3, 16, WMS, f"stage/{unit}", carried
    left = HandlingUnitMoved(handling_unit=GONE, document="LS-90211")
    yield -2, 8, WMS, f"ship/{GONE}", left
    promised = ReservationPlaced(
        reservation="SO-20771/1", site=MAIN, material=PUMP_SET, lot=LotId("ST-7002"),
        quantity=Quantity.pieces(6), location=SHIPPING, handling_unit=STAYS,
        selection="specific", for_order=OrderId("SO-20771"),
    )  # fmt: skip
    yield -2, 9, ERP, "reservation/SO-20771/1", promised
