"""The task sheet: open tasks in a file, for the floor to go on from where Chargehand is stopped."""

from __future__ import annotations

import csv
import io
import os
from typing import TYPE_CHECKING

from chargehand.plant.pacing import Paced

if TYPE_CHECKING:
    from chargehand.plant.plant import Plant
    from chargehand.plant.reading import TaskRow

FILE = "floor-tasks.csv"
COLUMNS = ("task", "priority", "kind", "site", "zone", "material", "quantity", "unit", "from", "to",
           "placed_at")  # fmt: skip
PAGE = 1000


def keep_sheet(plant: Plant) -> int:
    """Write the open tasks into the plant's folder where they are others than those in the file.

    Never a sign of work done: a sheet that was written anew leaves nothing else to do.
    """
    text = sheet(plant)
    file = plant.folder / FILE
    if not file.is_file() or file.read_text("utf-8") != text:
        half = file.with_name(f"{FILE}.part")
        half.write_text(text, "utf-8")
        os.replace(half, file)  # noqa: PTH105 - whole or not at all, on every system
    return 0


tend = Paced(keep_sheet)
"""What the worker calls each round."""


def sheet(plant: Plant) -> str:
    """The open tasks as CSV, the most pressing first."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    after = None
    while True:
        page = plant.tasks(state="open", after=after, limit=PAGE)
        writer.writerows(_line(row) for row in page.rows)
        if (after := page.next) is None:
            return text.getvalue()


def _line(row: TaskRow) -> tuple[object, ...]:
    return (
        row.key, row.priority, row.kind, row.site, row.zone, row.material,
        "" if row.quantity is None else row.quantity, row.unit, row.from_location,
        row.to_location or "", f"{row.created_at:%Y-%m-%dT%H:%M:%SZ}",
    )  # fmt: skip
