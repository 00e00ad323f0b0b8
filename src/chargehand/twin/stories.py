"""Which part of the made-up plant plays which role: the inbox shall have some of everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Literal

from chargehand.twin.machines import STAR
from chargehand.twin.parts import Part, catalogue
from chargehand.vocabulary.identifier import MaterialId

Role = Literal[
    "star",  # pick face nearly empty, plenty in bulk: the refill that the demo tells of
    "face_low",  # the same, less famous
    "transfer",  # short here, plenty in the second store
    "short",  # at the reorder point everywhere, nothing on order
    "on_order",  # below the reorder point, but a purchase order is under way
    "late",  # the same, and the purchase order is late
    "growing",  # used far more than when its levels were set
    "overstocked",  # levels from times when it was used far more
    "unplanned",  # stocked without levels
    "no_source",  # short, and nobody is approved to deliver it
    "new",  # no history: the declared static rule has to do
    "miscounted",  # not counted for a year, and the record is off
    "usual",
]
CAST: dict[Role, int] = {
    "face_low": 7,
    "transfer": 3,
    "short": 6,
    "on_order": 9,
    "late": 1,
    "growing": 4,
    "overstocked": 3,
    "unplanned": 2,
    "no_source": 1,
    "miscounted": 4,
}
SECOND_STORE, KEPT_ONCE = 45, 300
"""Parts that the second store keeps too; those of so many EUR and more it leaves to the first."""
DEAR = 90
"""EUR a unit from which on too much of it costs more than it is worth."""
OFTEN = 14.0
"""Units a year from which on a part has a pick face."""

_NEW = (
    ("SENS", "LIDAR-S1", "Safety laser scanner S1, 5 m", "1480.00", 0.9),
    ("PNEU", "VAC-EJ-20", "Vacuum ejector with controller, 20 mm", "236.00", 0.75),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A part in its role."""

    part: Part
    role: Role
    second_store: bool

    @property
    def has_face(self) -> bool:
        """Whether it is used often enough for a pick face."""
        return self.part.yearly >= OFTEN


def cast(seed: int) -> tuple[Actor, ...]:
    """Every part with its role, the same for the same seed."""
    parts = [*(_star(part) for part in catalogue(seed)), *_newcomers(catalogue(seed))]
    chance = Random(f"{seed}/cast")  # noqa: S311 - a rehearsal plant
    roles: dict[MaterialId, Role] = {
        part.material: "new" for part in parts if part.pattern == "new"
    }
    roles[STAR] = "star"
    for role, count in CAST.items():
        able = [part for part in parts if part.material not in roles and _suits(part, role)]
        roles |= {part.material: role for part in chance.sample(able, count)}
    free = [p.material for p in parts if p.material not in roles and p.cost < KEPT_ONCE]
    shared = {m for m, role in roles.items() if role == "transfer"}
    shared |= {STAR, *chance.sample(free, SECOND_STORE - len(shared) - 1)}
    return tuple(
        Actor(
            part=part,
            role=roles.get(part.material, "usual"),
            second_store=part.material in shared,
        )
        for part in parts
    )


def _suits(part: Part, role: Role) -> bool:
    if role == "face_low":
        return part.yearly >= OFTEN
    if role == "overstocked":
        return part.cost > DEAR and part.pattern in {"intermittent", "slow"}
    if role in {"miscounted", "unplanned"}:
        return part.pattern != "slow"
    return part.pattern in {"intermittent", "smooth", "seasonal", "lumpy"} and part.yearly > 4  # noqa: PLR2004 - a use each quarter


def _star(part: Part) -> Part:
    if part.material != STAR:
        return part
    return Part(
        material=part.material,
        description=part.description,
        family=part.family,
        part_number="FE73120-VUVS-L25",
        cost=Decimal("64.50"),
        criticality=0.92,
        yearly=84.0,
        pattern="smooth",
    )


def _newcomers(parts: Sequence[Part]) -> list[Part]:
    families = {part.family.code: part.family for part in reversed(parts)}  # the first of each
    return [
        Part(
            material=MaterialId(f"MRO-{code}-{name}"),
            description=description,
            family=families[code],
            part_number=f"{name}-2026",
            cost=Decimal(cost),
            criticality=criticality,
            yearly=4.0,
            pattern="new",
        )
        for code, name, description, cost, criticality in _NEW
    ]
