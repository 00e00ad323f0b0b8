"""The machines, places and suppliers of the made-up plant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from chargehand.twin.parts import Family, Part
from chargehand.vocabulary.equipment import PhysicalAsset
from chargehand.vocabulary.identifier import (
    AssetId,
    LineId,
    LocationId,
    MaterialId,
    SiteId,
    SupplierId,
    ZoneId,
)
from chargehand.vocabulary.location import LocationKind, OperationalLocation
from chargehand.vocabulary.material import Supplier
from chargehand.vocabulary.money import Money

ENTERPRISE = "Werk Nord"
MAIN, SECOND = SiteId("HALLE3"), SiteId("HALLE5")
ZONE, LINE_ZONE = ZoneId("MRO"), ZoneId("MRO-LINE")
"""The spares store, and the cabinets beside the lines for what stops them: valves."""
RACKS, PICK_FACES, LINE_FACES = 24, 40, 8
"""Racks in each of two aisles, and pick faces, of the main store; the first faces at the lines."""
STAR = MaterialId("MRO-VALVE-001")
"""The part whose story the demo tells."""
STAR_BULK, STAR_FACE = LocationId("BULK-RACK-A12"), LocationId("MRO-PICKFACE-05")


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A machine, the families of parts that fit it, and what an hour of its standstill costs."""

    asset: str
    what: str
    model: str
    downtime: int
    """EUR an hour."""
    families: tuple[str, ...]


def _m(asset: str, what: str, model: str, downtime: int, *families: str) -> Machine:
    return Machine(asset=asset, what=what, model=model, downtime=downtime, families=families)


MACHINES = (
    _m("L1-CNC-01", "Machining center 1", "HMC 500", 1450, "BRG", "SENS", "MOTOR", "LUBE"),
    _m("L1-CNC-02", "Machining center 2", "HMC 500", 1450, "BRG", "SENS", "HOSE", "FILTER"),
    _m("L1-CNC-03", "Turning center", "TC 280", 980, "BRG", "BELT", "ELEC"),
    _m("L1-GRIND-01", "Grinding machine", "RS 40", 760, "BRG", "SEAL", "FILTER"),
    _m("L1-WASH-01", "Parts washer", "PW 3", 420, "SEAL", "FILTER", "PNEU"),
    _m("L1-ROB-01", "Loading robot", "R-20", 1100, "SENS", "PNEU", "MECH"),
    _m("L1-CONV-01", "Conveyor L1", "CV 12", 640, "BELT", "BRG", "MOTOR"),
    _m("L1-HYD-01", "Hydraulic power unit L1", "HP 90", 1300, "HOSE", "FILTER", "SEAL", "LUBE"),
    _m("L2-PRESS-01", "Joining press 1", "P 250", 1750, "HOSE", "SEAL", "VALVE", "SENS"),
    _m("L2-PRESS-02", "Joining press 2", "P 250", 1750, "HOSE", "SEAL", "VALVE", "ELEC"),
    _m("L2-ASM-01", "Assembly cell 1", "AC 8", 1200, "PNEU", "VALVE", "SENS"),
    _m("L2-ASM-02", "Assembly cell 2", "AC 8", 1200, "PNEU", "VALVE", "MECH"),
    _m("L2-SCREW-01", "Screwdriving station", "SD 4", 690, "SENS", "ELEC", "MECH"),
    _m("L2-TEST-01", "Leak test bench", "LT 2", 850, "VALVE", "SENS", "SEAL"),
    _m("L2-CONV-01", "Conveyor L2", "CV 12", 720, "BELT", "BRG", "MOTOR"),
    _m("L2-ROB-01", "Handling robot", "R-10", 1150, "MECH", "PNEU", "SENS"),
    _m("L3-FILL-01", "Filler 1", "FL 16", 2100, "VALVE", "SEAL", "SENS"),
    _m("L3-FILL-02", "Filler 2", "FL 16", 2100, "VALVE", "SEAL", "PNEU"),
    _m("L3-CAP-01", "Capper", "CP 12", 1650, "BRG", "MECH", "PNEU"),
    _m("L3-LABEL-01", "Labeler", "LB 2", 930, "BELT", "SENS", "MECH"),
    _m("L3-PACK-01", "Case packer", "PK 30", 1350, "VALVE", "PNEU", "BELT"),
    _m("L3-WRAP-01", "Stretch wrapper", "SW 1", 580, "MECH", "BELT", "ELEC"),
    _m("L3-PAL-01", "Palletizer", "PZ 5", 1500, "BRG", "MOTOR", "ELEC"),
    _m("L3-CONV-01", "Conveyor L3", "CV 12", 880, "BELT", "BRG", "MOTOR"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """A supplier, and how it really delivers."""

    supplier: SupplierId
    name: str
    declared_days: int | None
    actual_days: float
    spread_days: float
    late_share: float
    """Fraction of deliveries that come a week or more after their promise."""


def _s(
    key: str, name: str, declared: int | None, actual: float, spread: float, late: float
) -> Seller:
    return Seller(
        supplier=SupplierId(key), name=name, declared_days=declared, actual_days=actual,
        spread_days=spread, late_share=late,
    )  # fmt: skip


SELLERS = (
    _s("SUP-NORDLAGER", "Nordlager Handels GmbH", 5, 5.5, 1.2, 0.04),
    _s("SUP-RHEINKEIL", "Rheinkeil Antriebsriemen KG", 7, 8, 1.6, 0.06),
    _s("SUP-TECHBEDARF", "Technischer Bedarf Hansen e.K.", 4, 4.5, 1.5, 0.08),
    _s("SUP-FESTNER", "Festner Pneumatik AG", 10, 12, 2.5, 0.10),
    _s("SUP-AHLERS", "Sensorik Ahlers GmbH", 14, 19, 5.0, 0.25),
    _s("SUP-ELMA", "Elma Schaltgeräte GmbH", 8, 9, 2.0, 0.05),
    _s("SUP-KASSEL", "Antriebswerk Kassel GmbH", 28, 36, 8.0, 0.30),
    _s("SUP-HYDRAFLUID", "Hydrafluid Service GmbH", 6, 7, 1.5, 0.07),
    _s("SUP-EMDEN", "Schmierstoffe Emden OHG", None, 6, 1.5, 0.05),
)


def suppliers() -> Iterator[Supplier]:
    """The suppliers as purchasing declares them."""
    for seller in SELLERS:
        yield Supplier(
            supplier=seller.supplier, name=seller.name, lead_time_days=seller.declared_days
        )


def locations() -> Iterator[OperationalLocation]:
    """The storage units of both stores."""
    for aisle in "AB":
        for rack in range(1, RACKS + 1):
            yield _place(MAIN, f"BULK-RACK-{aisle}{rack:02d}", LocationKind.BULK)
    for face in range(1, PICK_FACES + 1):
        zone = LINE_ZONE if face <= LINE_FACES else ZONE
        yield _place(MAIN, f"MRO-PICKFACE-{face:02d}", LocationKind.PICK_FACE, zone)
    for rack in range(1, 13):
        yield _place(SECOND, f"BULK-RACK-H{rack:02d}", LocationKind.BULK)
    for site in (MAIN, SECOND):
        yield _place(site, "STAGING-01", LocationKind.STAGING)
        yield _place(site, "RECEIVING-01", LocationKind.RECEIVING)
        yield _place(site, "HOLD-01", LocationKind.HOLD)
    yield _place(MAIN, "STAGING-02", LocationKind.STAGING)


def _place(
    site: SiteId, location: str, kind: LocationKind, zone: ZoneId = ZONE
) -> OperationalLocation:
    return OperationalLocation(location=LocationId(location), site=site, zone=zone, kind=kind)


def zone_of(family: Family, site: SiteId) -> ZoneId:
    """Where a site keeps the parts of a family."""
    return LINE_ZONE if family.code == "VALVE" and site == MAIN else ZONE


def assets(parts: Sequence[Part], seed: int) -> Iterator[PhysicalAsset]:
    """The machines with the parts that fit them."""
    for machine in MACHINES:
        chance = Random(f"{seed}/{machine.asset}")  # noqa: S311 - a rehearsal plant
        fitting: set[MaterialId] = set()
        for family in machine.families:
            kin = [part.material for part in parts if part.family.code == family]
            fitting |= set(chance.sample(kin, min(8, len(kin))))
        if machine.asset in {"L3-FILL-01", "L3-FILL-02", "L3-PACK-01"}:
            fitting.add(STAR)
        yield PhysicalAsset(
            asset=AssetId(machine.asset),
            site=MAIN,
            line=LineId(machine.asset[:2]),
            description=machine.what,
            model=machine.model,
            downtime_cost_per_hour=Money.of(machine.downtime),
            parts=tuple(sorted(fitting)),
        )
