"""Write the tables that the ERP of a made-up store would export today, the same in every run.

Usage: python docs/how-to/first_month.py exports

The store goes on from day to day by its old rules: a face at its minimum is refilled next morning,
a part at its reorder point is ordered up to its maximum. Today is the computer's day, or that of
SOURCE_DATE_EPOCH where it is set.
"""  # noqa: INP001 - a script of the guide

from __future__ import annotations

import csv
import os
import random
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

SEED: Final = 1926
PARTS: Final = 48
HISTORY_DAYS, NEW_DAYS = 730, 4
BEGINS: Final = date(2024, 10, 1)
"""First day of the store's books."""

SUPPLIERS: Final = (("NORDSEAL", "Nordseal GmbH", 4), ("KESTREL", "Kestrel Bearings Ltd", 6))
"""Id, name, and days from order to delivery."""
NAMES: Final = ("Shaft seal", "Ball bearing", "Filter cartridge", "V-belt", "Relay", "Gripper pad")


@dataclass(slots=True)
class Part:
    """One part of the store, with what is in its two places and on order (pieces)."""

    material: str
    name: str
    cost: float
    criticality: float
    per_day: float
    supplier: int
    face_min: int
    face_max: int
    low: int
    high: int
    bulk: int = 0
    face: int = 0
    coming: list[tuple[date, int]] = field(default_factory=list)
    used: list[tuple[date, int]] = field(default_factory=list)

    def lives(self, day: date, chance: random.Random) -> None:
        """Live through one day: deliveries and the refill in the morning, then what is used."""
        self.bulk += sum(amount for due, amount in self.coming if due == day)
        self.coming = [(due, amount) for due, amount in self.coming if due > day]
        if self.face <= self.face_min:
            carried = min(self.face_max - self.face, self.bulk)
            self.bulk, self.face = self.bulk - carried, self.face + carried
        asked = sum(chance.random() < self.per_day / 4 for _ in range(4))
        taken = min(asked, self.face + self.bulk)
        if taken:
            self.used.append((day, taken))
        from_face = min(taken, self.face)
        self.face, self.bulk = self.face - from_face, self.bulk - taken + from_face
        there = self.bulk + self.face + sum(amount for _, amount in self.coming)
        if there <= self.low:
            due = day + timedelta(days=SUPPLIERS[self.supplier][2] + chance.randint(0, 2))
            self.coming.append((due, self.high - there))


def store() -> list[Part]:
    """The parts at the beginning of the books."""
    chance = random.Random(SEED)  # noqa: S311 - a made-up store
    parts = []
    for number in range(1, PARTS + 1):
        per_day = round(chance.uniform(0.04, 0.5), 2)
        face_min = max(1, round(2 * per_day))
        low = round(10 * per_day) + 2
        parts.append(
            Part(
                material=f"SP-{number:03}", name=f"{NAMES[number % len(NAMES)]} {number:02}",
                cost=round(chance.uniform(3, 90), 2), criticality=chance.choice((0.1, 0.3, 0.9)),
                per_day=per_day, supplier=number % 2, face_min=face_min,
                face_max=face_min + max(2, round(6 * per_day)), low=low,
                high=low + max(4, round(20 * per_day)), bulk=low + 6, face=face_min + 1,
            )
        )  # fmt: skip
    return parts


def today() -> datetime:
    """The present moment, or that of SOURCE_DATE_EPOCH."""
    said = os.environ.get("SOURCE_DATE_EPOCH")
    return datetime.fromtimestamp(int(said), UTC) if said else datetime.now(UTC)


def write(folder: Path, name: str, header: str, rows: Iterable[Sequence[object]]) -> None:
    """Write one table."""
    with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(header.split())
        out.writerows(rows)


def export(parts: list[Part], folder: Path, now: datetime) -> None:
    """Write every table."""
    counted = now.replace(minute=0, second=0, microsecond=0).isoformat()
    places = [("HALL1", "BULK", "MRO", "bulk")]
    places += [("HALL1", f"FACE-{p.material[3:]}", "MRO", "pick_face") for p in parts]
    write(folder, "locations", "site location zone kind", places)
    write(
        folder, "materials", "material description unit_cost criticality",
        [(p.material, p.name, p.cost, p.criticality) for p in parts],
    )  # fmt: skip
    write(folder, "suppliers", "supplier name lead_time_days", SUPPLIERS)
    write(
        folder, "sources", "supplier material price",
        [(SUPPLIERS[p.supplier][0], p.material, p.cost) for p in parts],
    )  # fmt: skip
    write(
        folder, "stocking",
        "site material pick_face pick_face_min pick_face_max bulk reorder_point order_up_to",
        [("HALL1", p.material, f"FACE-{p.material[3:]}", p.face_min, p.face_max, "BULK", p.low,
          p.high) for p in parts],
    )  # fmt: skip
    places_of = [("BULK", p.material, p.bulk) for p in parts]
    places_of += [(f"FACE-{p.material[3:]}", p.material, p.face) for p in parts]
    write(
        folder, "stock", "site location material quantity counted_at",
        [("HALL1", *line, counted) for line in places_of],
    )  # fmt: skip
    issues = [
        (f"{p.material}-{day}", "HALL1", p.material, amount, day)
        for p in parts
        for day, amount in p.used
    ]
    for name, days in (("issues", HISTORY_DAYS), ("issues-new", NEW_DAYS)):
        since = now.date() - timedelta(days=days)
        recent = [row for row in issues if row[-1] >= since]
        write(folder, name, "id site material quantity used_on", recent)


def main() -> None:
    """Write all tables as they are this morning."""
    folder, now = Path(sys.argv[1]), today()
    folder.mkdir(parents=True, exist_ok=True)
    parts = store()
    for number, part in enumerate(parts):
        chance = random.Random(f"{SEED}/{number}")  # noqa: S311 - a made-up store
        for days in range((now.date() - BEGINS).days):
            part.lives(BEGINS + timedelta(days=days), chance)
    export(parts, folder, now)


if __name__ == "__main__":
    main()
