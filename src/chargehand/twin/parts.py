"""The spare parts of the made-up plant: real designations, invented makers and prices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Literal

from chargehand.vocabulary.identifier import MaterialId
from chargehand.vocabulary.quantity import Unit

Pattern = Literal["smooth", "intermittent", "lumpy", "seasonal", "slow", "new"]
SLOW_MAX = 1.5
"""Most that a slow mover is used (units a year)."""
PIECE, METRE, LITRE, KILOGRAM = Unit.PIECE, Unit.METRE, Unit.LITRE, Unit.KILOGRAM


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A group of alike parts: who makes them, how they are used and what they cost."""

    code: str
    maker: str
    suppliers: tuple[str, ...]
    cost: tuple[float, float]
    """Cheapest and dearest (EUR a unit)."""
    yearly: tuple[float, float]
    """Least and most used (units a year)."""
    patterns: tuple[Pattern, ...]
    criticality: tuple[float, float]
    pack: int = 1
    unit: Unit = PIECE
    shelf_life_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One spare part, and how the plant uses it."""

    material: MaterialId
    description: str
    family: Family
    part_number: str
    cost: Decimal
    criticality: float
    yearly: float
    pattern: Pattern


_BEARING = Family(
    code="BRG", maker="Nordlager", suppliers=("SUP-NORDLAGER", "SUP-TECHBEDARF"), cost=(3, 60),
    yearly=(2, 40), patterns=("intermittent", "intermittent", "lumpy", "slow"),
    criticality=(0.3, 0.8),
)  # fmt: skip
_ROLLER = Family(
    code="BRG", maker="Nordlager", suppliers=("SUP-NORDLAGER",), cost=(25, 240), yearly=(0.5, 6),
    patterns=("slow", "intermittent"), criticality=(0.5, 0.9),
)  # fmt: skip
_BELT = Family(
    code="BELT", maker="Rheinkeil", suppliers=("SUP-RHEINKEIL", "SUP-TECHBEDARF"), cost=(6, 48),
    yearly=(2, 24), patterns=("intermittent", "lumpy", "seasonal"), criticality=(0.3, 0.8),
)  # fmt: skip
_SEAL = Family(
    code="SEAL", maker="Dichtmann", suppliers=("SUP-TECHBEDARF",), cost=(1, 28), yearly=(4, 60),
    patterns=("intermittent", "lumpy"), criticality=(0.2, 0.8), pack=5, shelf_life_days=1825,
)  # fmt: skip
_VALVE = Family(
    code="VALVE", maker="Festner Pneumatik", suppliers=("SUP-FESTNER", "SUP-TECHBEDARF"),
    cost=(48, 190), yearly=(2, 30), patterns=("intermittent", "smooth", "slow"),
    criticality=(0.5, 0.95),
)  # fmt: skip
_PNEUMATIC = Family(
    code="PNEU", maker="Festner Pneumatik", suppliers=("SUP-FESTNER",), cost=(4, 140),
    yearly=(2, 40), patterns=("intermittent", "lumpy", "smooth"), criticality=(0.2, 0.7), pack=2,
)  # fmt: skip
_SENSOR = Family(
    code="SENS", maker="Sensorik Ahlers", suppliers=("SUP-AHLERS", "SUP-ELMA"), cost=(32, 310),
    yearly=(1, 16), patterns=("intermittent", "slow"), criticality=(0.4, 0.9),
)  # fmt: skip
_ELECTRIC = Family(
    code="ELEC", maker="Elma Schaltgeräte", suppliers=("SUP-ELMA",), cost=(9, 220),
    yearly=(1, 20), patterns=("intermittent", "slow", "lumpy"), criticality=(0.3, 0.9),
)  # fmt: skip
_DRIVE = Family(
    code="MOTOR", maker="Antriebswerk Kassel", suppliers=("SUP-KASSEL",), cost=(180, 1900),
    yearly=(0.3, 2.5), patterns=("slow",), criticality=(0.6, 1.0),
)  # fmt: skip
_FILTER = Family(
    code="FILTER", maker="Hydrafluid", suppliers=("SUP-HYDRAFLUID", "SUP-TECHBEDARF"),
    cost=(9, 95), yearly=(8, 60), patterns=("seasonal", "smooth", "lumpy"),
    criticality=(0.2, 0.7), pack=2,
)  # fmt: skip
_HOSE = Family(
    code="HOSE", maker="Hydrafluid", suppliers=("SUP-HYDRAFLUID",), cost=(18, 130),
    yearly=(2, 14), patterns=("intermittent", "slow"), criticality=(0.4, 0.9),
    shelf_life_days=2190,
)  # fmt: skip
_MECHANIC = Family(
    code="MECH", maker="Kettner Antriebstechnik", suppliers=("SUP-KASSEL", "SUP-TECHBEDARF"),
    cost=(12, 260), yearly=(1, 12), patterns=("intermittent", "slow", "lumpy"),
    criticality=(0.3, 0.8),
)  # fmt: skip
_LUBRICANT = Family(
    code="LUBE", maker="Schmierstoffe Emden", suppliers=("SUP-EMDEN",), cost=(6, 24),
    yearly=(40, 160), patterns=("smooth", "seasonal"), criticality=(0.2, 0.5), pack=5,
    unit=LITRE, shelf_life_days=1095,
)  # fmt: skip
_GREASE = Family(
    code="LUBE", maker="Schmierstoffe Emden", suppliers=("SUP-EMDEN",), cost=(11, 38),
    yearly=(10, 40), patterns=("smooth",), criticality=(0.2, 0.5), unit=KILOGRAM,
    shelf_life_days=1095,
)  # fmt: skip
_TUBE = Family(
    code="PNEU", maker="Festner Pneumatik", suppliers=("SUP-FESTNER",), cost=(1, 3),
    yearly=(80, 300), patterns=("lumpy",), criticality=(0.1, 0.3), pack=25, unit=METRE,
)  # fmt: skip

_CYLINDERS = (
    (25, 50), (25, 100), (32, 50), (32, 100), (40, 100), (40, 160), (50, 100), (50, 200), (63, 150),
    (80, 250),
)  # fmt: skip
_SHAFTS = (15, 18, 20, 22, 25, 28, 30, 35, 38, 40, 45, 50, 55, 60, 70, 80)
_RINGS = (6, 8, 10, 12, 14, 16, 18, 20, 22, 25, 28, 32, 36, 40, 45, 50, 63, 80, 100)
_FRAMES = ((71, "0.37"), (80, "0.75"), (90, "1.5"), (100, "3"), (112, "4"), (132, "7.5"))
_ROLLERS = (
    "NU204-E", "NU205-E", "NU206-E", "NU207-E", "NU208-E", "NU210-E", "NU212-E", "NU214-E",
    "22206-E1", "22208-E1", "22210-E1", "22212-E1",
)  # fmt: skip
_BORES = (10, 12, 15, 17, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70)


def _bearings() -> Iterator[tuple[Family, str, str]]:
    outside = {60: 1.85, 62: 2.15, 63: 2.55}
    for series, factor in outside.items():
        for place, bore in enumerate(_BORES[:13]):
            size = f"{bore}×{round(bore * factor + 9)} mm"
            for seal in ("2RS", "2Z-C3")[: 1 + place % 2]:
                name = f"{series}{place:02d}-{seal}"
                yield _BEARING, name, f"Deep groove ball bearing {name}, {size}"
    for name in _ROLLERS:
        yield _ROLLER, name, f"Roller bearing {name}"
    for name in ("7203-B", "7204-B", "7205-B", "7206-B", "7207-B", "7208-B", "7210-B"):
        yield _ROLLER, name, f"Angular contact ball bearing {name}"
    for unit in (204, 205, 206, 207, 208, 210):
        yield _BEARING, f"UCP{unit}", f"Pillow block bearing unit UCP {unit}"


def _belts_and_seals() -> Iterator[tuple[Family, str, str]]:
    for profile, lengths in {
        "SPZ": (800, 1000, 1120, 1250, 1400, 1600),
        "SPA": (1000, 1250, 1450, 1600, 1800, 2000, 2240),
        "SPB": (1600, 2000, 2500, 2800, 3150),
    }.items():
        for length in lengths:
            yield _BELT, f"{profile}-{length}", f"V-belt {profile} {length} Lw, DIN 7753"
    for pitch, lengths in {"5M": (450, 600, 755, 900), "8M": (800, 1040, 1200, 1440, 1760)}.items():
        for length in lengths:
            yield _BELT, f"HTD-{length}-{pitch}", f"Timing belt HTD {length}-{pitch}, 30 mm wide"
    for bore, width in (*((b, 7) for b in _SHAFTS[:9]), *((b, 10) for b in _SHAFTS[9:])):
        size = f"{bore}x{bore + 15}x{width}"
        yield _SEAL, f"BASL-{size}", f"Radial shaft seal BASL {size}, NBR"
    for bore, cord in (*((b, "2") for b in _RINGS[:9]), *((b, "3.5") for b in _RINGS[9:])):
        yield _SEAL, f"OR-{bore}x{cord}", f"O-ring {bore}×{cord} mm, NBR 70"
    for bore in (25, 32, 40, 50, 63, 80):
        yield _SEAL, f"KIT-CYL-{bore}", f"Seal kit for cylinder ISO 15552, {bore} mm"


def _pneumatics() -> Iterator[tuple[Family, str, str]]:
    kinds = ("5/2, G1/4, 24 V DC", "5/2, G1/8, 24 V DC", "5/3 closed, G1/4, 24 V DC", "3/2, G1/8")
    for number in range(1, 25):
        kind = kinds[(number - 1) % 4]
        yield _VALVE, f"{number:03d}", f"Pneumatic solenoid valve {kind}"
    for bore, stroke in _CYLINDERS:
        name = f"CYL-{bore}-{stroke}"
        yield _PNEUMATIC, name, f"Pneumatic cylinder ISO 15552, {bore}×{stroke} mm"
    for name in ("QS-G1/8-6", "QS-G1/8-8", "QS-G1/4-8", "QS-G1/4-10", "QS-G3/8-12"):
        yield _PNEUMATIC, name.replace("/", ""), f"Push-in fitting {name}"
    for name in ("FR-G1/4", "FR-G1/2", "SILENCER-G1/4", "SILENCER-G1/2", "GRLA-G1/8", "GRLA-G1/4"):
        what = {"FR": "Filter regulator", "SI": "Silencer", "GR": "Flow control valve"}[name[:2]]
        yield _PNEUMATIC, name.replace("/", ""), f"{what} {name.split('-')[1]}"
    for size in (6, 8, 10):
        yield _TUBE, f"TUBE-PUN-{size}", f"Polyurethane tubing {size} mm, blue"


def _electrics() -> Iterator[tuple[Family, str, str]]:
    for size in ("M8", "M12", "M18", "M30"):
        for reach in ("flush", "non-flush"):
            name = f"IND-{size}-{reach[:1].upper()}"
            yield _SENSOR, name, f"Inductive sensor {size}, PNP, {reach}, plug"
    for name, what in {
        "PE-RETRO": "Retro-reflective light barrier, 4 m", "PE-DIFFUSE": "Diffuse light sensor",
        "PE-FORK": "Fork light barrier 50 mm", "PE-FIBER": "Fiber-optic amplifier",
        "PRESS-10": "Pressure switch 0-10 bar", "PRESS-250": "Pressure transmitter 0-250 bar",
        "PT100-50": "Temperature probe Pt100 50 mm", "PT100-150": "Temperature probe Pt100 150 mm",
        "ENC-1024": "Incremental encoder 1024 pulses", "FLOW-DN15": "Flow sensor DN15",
        "CABLE-M12-5": "Sensor cable M12, 5 m", "CABLE-M12-10": "Sensor cable M12, 10 m",
    }.items():  # fmt: skip
        yield _SENSOR, name, what
    for amps in (9, 12, 18, 25, 32, 40, 65, 95):
        yield _ELECTRIC, f"CONT-{amps}A", f"Contactor {amps} A, coil 24 V DC"
    for span in ("1.6-2.5", "2.5-4", "4-6.3", "6.3-10", "10-16", "20-25"):
        yield _ELECTRIC, f"MSP-{span}A", f"Motor protection switch {span} A"
    for name, what in {
        "RELAY-24-2CO": "Relay 24 V DC, 2 CO", "RELAY-24-4CO": "Relay 24 V DC, 4 CO",
        "RELAY-SAFE-1": "Safety relay, E-stop", "RELAY-SAFE-2": "Safety relay, light curtain",
        "FUSE-NH00-63": "Fuse NH00 63 A gG", "FUSE-NH00-100": "Fuse NH00 100 A gG",
        "FUSE-10x38-16": "Fuse 10×38 16 A", "PSU-24-5": "Power supply 24 V DC, 5 A",
        "PSU-24-10": "Power supply 24 V DC, 10 A", "ESTOP": "Emergency stop button, 2 NC",
        "AUX-11": "Auxiliary contacts 1 NO + 1 NC", "AUX-22": "Auxiliary contacts 2 NO + 2 NC",
        "DOOR-SW-1": "Safety door switch with locking", "DOOR-SW-2": "Safety door switch, coded",
        "TIMER-24": "Time relay 24 V DC", "SOFT-30": "Soft starter 30 A",
        "LIMIT-1": "Limit switch, roller lever", "BEACON-R": "Signal lamp element, red",
    }.items():  # fmt: skip
        yield _ELECTRIC, name, what


def _drives() -> Iterator[tuple[Family, str, str]]:
    for frame, power in _FRAMES:
        yield _DRIVE, f"IE3-{frame}", f"Three-phase motor IE3, size {frame}, {power} kW, B3"
    for ratio in (15, 30, 60):
        yield _DRIVE, f"GEAR-{ratio}", f"Worm gear motor i={ratio}, 0.55 kW"
    for power in ("0.75", "2.2", "5.5", "11"):
        yield _DRIVE, f"VFD-{power}", f"Frequency inverter {power} kW, 400 V"
    for size in (19, 24, 28, 38):
        yield _MECHANIC, f"COUP-{size}", f"Jaw coupling size {size}"
        yield _MECHANIC, f"SPIDER-{size}", f"Coupling spider size {size}, 98 Shore A"
    for chain in ("08B-1", "10B-1", "12B-1", "16B-1"):
        yield _MECHANIC, f"CHAIN-{chain}", f"Roller chain {chain}, 5 m box"
    for size in (15, 20, 25, 30):
        yield _MECHANIC, f"GUIDE-{size}", f"Linear guide carriage size {size}"
    for name in ("KNIFE-L3", "GRIPPER-60", "SUCTION-40", "SUCTION-60", "ROLLER-50"):
        yield _MECHANIC, name, f"Wear part {name.title().replace('-', ' ')}"


def _fluids() -> Iterator[tuple[Family, str, str]]:
    for micron in (3, 6, 10, 25):
        yield _FILTER, f"HYD-{micron}", f"Hydraulic filter element {micron} µm"
        yield _FILTER, f"AIR-{micron}", f"Air filter cartridge {micron} µm"
    for bore in (8, 10, 12, 16, 20):
        for length in (600, 1000, 1500):
            name = f"DN{bore}-{length}"
            yield _HOSE, name, f"Hydraulic hose 2SN DN{bore}, {length} mm"
    for name, what in {"HLP46": "Hydraulic oil HLP 46", "CLP220": "Gear oil CLP 220",
                       "COOLANT": "Cooling lubricant concentrate"}.items():  # fmt: skip
        yield _LUBRICANT, name, what
    for name, what in {"KP2K": "Bearing grease KP2K-30", "FOOD-2": "Food-grade grease H1"}.items():
        yield _GREASE, name, what


def catalogue(seed: int) -> tuple[Part, ...]:
    """Every part, the same for the same seed; order does not matter to any of them."""
    groups = (_bearings, _belts_and_seals, _pneumatics, _electrics, _drives, _fluids)
    rows = [row for group in groups for row in group()]
    kin = Counter(family for family, _, _ in rows)
    seen: Counter[Family] = Counter()
    parts = []
    for family, name, description in rows:
        parts.append(_part(seed, family, name, description, place=seen[family] / kin[family]))
        seen[family] += 1
    return tuple(parts)


def _part(seed: int, family: Family, name: str, description: str, *, place: float) -> Part:
    """One part; ``place`` says how far up it stands among its kin, which list by size."""
    material = MaterialId(f"MRO-{family.code}-{name}")
    chance = Random(f"{seed}/{material}")  # noqa: S311 - a rehearsal plant, not a secret
    low, high = family.cost
    place = 0.7 * place**1.5 + 0.3 * chance.random() ** 2
    least, most = family.yearly
    rarity = 1 - place  # dear parts are used less
    pattern = chance.choice(family.patterns)
    yearly = least + (most - least) * rarity * chance.random()
    if pattern == "slow":
        yearly = SLOW_MAX * chance.random()
    return Part(
        material=material,
        description=description,
        family=family,
        part_number=f"{family.maker[:2].upper()}{chance.randrange(10_000, 99_999)}-{name}",
        cost=Decimal(str(round(low + (high - low) * place, 2))),
        criticality=round(chance.uniform(*family.criticality), 2),
        yearly=round(yearly, 1),
        pattern=pattern,
    )
