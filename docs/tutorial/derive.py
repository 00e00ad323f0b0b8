"""Write what the public data sets do not hold, each by a named assumption, from one seed.

Usage: python docs/tutorial/derive.py ../shared/data derived
"""  # noqa: INP001 - a script of the tutorial

from __future__ import annotations

import csv
import random
import sys
from collections.abc import Iterable, Sequence
from math import ceil
from pathlib import Path
from typing import Final

SEED: Final = 1996

COUNTED_ON: Final = "2015-12-31"
"""Assumed day of the count of all stock."""

YEARS_STOCKED: Final = 3
"""Assumed: a part is stocked if it was used in the last three years, as an ERP review would do."""

COVER_MONTHS: Final = 12
"""Assumed levels: the minimum is the largest use of a month in the last three years, as planners
set it by hand; the maximum is so many months of average use above."""

SHORT: Final = 1 / 6
"""Assumed stock: one part in six lies at or below its minimum, the others between the levels."""

COST_MEDIAN, COST_SPREAD = 800.0, 1.5
"""Assumed unit costs (EUR): log-normal, and the lower the more units are used in a month."""

CRITICALITY: Final = ((0.9, 5), (0.3, 25), (0.05, 70))
"""Assumed criticalities, with how many of a hundred parts have them."""

RAF_SUPPLIERS: Final = (
    "Orgenics, Ltd",
    "Aurobindo Pharma Limited",
    "Trinity Biotech, Plc",
    "CIPLA LIMITED",
    "HETERO LABS LIMITED",
)
"""Assumed suppliers: five vendors with more than a hundred deliveries that say their order date.

They delivered medicine, not aircraft parts; what is borrowed is how long and how late they deliver.
"""
AZURE_SUPPLIER: Final = "Trinity Biotech, Plc"
"""Assumed supplier of the components."""

AZURE_PARTS: Final = (
    ("azure-comp1", "Component 1", 240, 0.8),
    ("azure-comp2", "Component 2", 410, 0.9),
    ("azure-comp3", "Component 3", 150, 0.6),
    ("azure-comp4", "Component 4", 320, 0.8),
)
"""Assumed costs (EUR) and criticalities."""
AZURE_LEVELS: Final = (200, 300)
"""Assumed levels: about five and seven months of average use."""
AZURE_STOCK: Final = ((160, 6), (280, 9), (22, 2), (260, 3))
"""Assumed stock of each component: in bulk, and at the pick face."""


def write(folder: Path, name: str, header: str, rows: Iterable[Sequence[object]]) -> None:
    """Write one table."""
    with (folder / name).open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(header.split())
        out.writerows(rows)


def used_parts(raf: Path) -> list[tuple[str, float, int]]:
    """Return each part with its average and largest monthly use of the last three years (units)."""
    import duckdb

    with duckdb.connect() as database:
        rows = database.execute("SELECT * FROM read_parquet($raf)", {"raf": str(raf)}).fetchall()
    months = 12 * YEARS_STOCKED
    return [(row[0], sum(row[-months:]) / months, max(row[-months:])) for row in sorted(rows)]


def derive_raf(raf: Path, folder: Path) -> None:
    """Write costs, criticalities, suppliers, levels and stock of the RAF parts."""
    chance = random.Random(SEED)  # noqa: S311 - made-up figures, the same in every run
    materials, sources, stocking, stock = [], [], [], []
    values, weights = zip(*CRITICALITY, strict=True)
    for part, monthly, low in used_parts(raf):
        drawn = COST_MEDIAN * chance.lognormvariate(0, COST_SPREAD)
        cost = max(0.5, round(drawn / (1 + 4 * monthly), 2))
        criticality = chance.choices(values, weights)[0]
        materials.append((part, f"RAF spare {part[3:]}", cost, "EUR", criticality))
        supplier, share = chance.choice(RAF_SUPPLIERS), chance.random()
        if monthly == 0:
            continue
        high = low + max(1, ceil(COVER_MONTHS * monthly))
        sources.append((supplier, part, cost, "EUR", 1, 1))
        stocking.append(("RAF", part, "RAF-BULK", low, high))
        is_short = chance.random() < SHORT
        bottom, top = (0, low) if is_short else (low + 1, high)
        stock.append(
            ("RAF", "RAF-BULK", part, bottom + int(share * (top - bottom + 1)), COUNTED_ON)
        )
    write(
        folder,
        "raf-materials.csv",
        "material description unit_cost currency criticality",
        materials,
    )
    write(folder, "raf-sources.csv", "supplier material price currency moq pack", sources)
    write(folder, "raf-stocking.csv", "site material bulk reorder_point order_up_to", stocking)
    write(folder, "raf-stock.csv", "site location material quantity counted_at", stock)


def derive_azure(folder: Path) -> None:
    """Write costs, supplier, levels and stock of the four components."""
    low, high = AZURE_LEVELS
    parts = [part for part, *_ in AZURE_PARTS]
    write(
        folder, "azure-materials.csv", "material description unit_cost currency criticality",
        [(part, name, cost, "EUR", critical) for part, name, cost, critical in AZURE_PARTS],
    )  # fmt: skip
    write(
        folder, "azure-sources.csv", "supplier material price currency moq pack",
        [(AZURE_SUPPLIER, part, cost, "EUR", 10, 5) for part, _, cost, _ in AZURE_PARTS],
    )  # fmt: skip
    write(
        folder, "azure-stocking.csv",
        "site material bulk pick_face pick_face_min pick_face_max reorder_point order_up_to",
        [("AZURE", part, "AZ-BULK", "AZ-PICK", 5, 20, low, high) for part in parts],
    )  # fmt: skip
    write(
        folder, "azure-stock.csv", "site location material quantity counted_at",
        [
            ("AZURE", place, part, amount, COUNTED_ON)
            for part, amounts in zip(parts, AZURE_STOCK, strict=True)
            for place, amount in zip(("AZ-BULK", "AZ-PICK"), amounts, strict=True)
        ],
    )  # fmt: skip


def main() -> None:
    """Write all tables."""
    shared, folder = Path(sys.argv[1]), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    derive_raf(shared / "intermittent/raf.parquet", folder)
    derive_azure(folder)
    places = [
        ("RAF", "RAF-BULK", "MRO", "bulk"),
        ("AZURE", "AZ-BULK", "MRO", "bulk"),
        ("AZURE", "AZ-PICK", "MRO", "pick_face"),
        ("AZURE", "AZ-STAGE", "MRO", "staging"),
    ]
    write(folder, "locations.csv", "site location zone kind", places)


if __name__ == "__main__":
    main()
