"""The nightly run over RAF's 5,000 parts, cold: forecasts by back-test, reorder points, proposals.

Protocol: a plant is made in a temporary folder with RAF's 84 months of issues; stock, prices,
levels and suppliers are made up by seed, because RAF has none. Then ``chargehand decide --as-of
2003-01-01`` runs in a process of its own; wall time and peak memory of that process are the
figures. Limits: 15 s and 1 GiB.
"""

from __future__ import annotations

import json
import math
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from chargehand.plant.folder import create_plant
from chargehand.plant.plant import Plant
from chargehand.signals import kinds
from chargehand.signals.signal import Signal
from chargehand.vocabulary.identifier import LocationId, MaterialId, SiteId, SupplierId
from chargehand.vocabulary.location import LocationKind, OperationalLocation
from chargehand.vocabulary.material import (
    MaterialDefinition,
    StockingParameters,
    Supplier,
    SupplierItem,
)
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.quantity import Quantity

DATA = Path(__file__).parents[2] / "shared/data/intermittent/raf.parquet"
SITE, STORE = SiteId("RAF"), LocationId("STORE")
SECONDS_MAX, MEBIBYTES_MAX = 15.0, 1024.0
BATCH = 2000


def plant_signals(seed: int = 7) -> Iterator[Signal]:
    """RAF's history, and by seed what RAF does not tell."""
    chance = random.Random(seed)
    table = duckdb.sql(f"SELECT * FROM read_parquet('{DATA}')")
    months = [name for name in table.columns if name != "part"]
    place = OperationalLocation(location=STORE, site=SITE, kind=LocationKind.BULK)
    yield _signal("store", kinds.LocationDefined(definition=place))
    for n in range(8):
        supplier = Supplier(supplier=SupplierId(f"S{n}"), lead_time_days=30 + 15 * n)
        yield _signal(f"supplier{n}", kinds.SupplierDefined(definition=supplier))
    for row in table.fetchall():
        part, issues = MaterialId(f"RAF-{row[0]}"), row[1:]
        yield from _part(part, issues, chance)
        for month, count in zip(months, issues, strict=True):
            if count:
                used = date.fromisoformat(f"{month}-15")
                body = kinds.UsageReported(
                    site=SITE, material=part, quantity=Quantity.pieces(int(count)), used_on=used
                )
                yield _signal(f"{part}/{month}", body)


def _part(part: MaterialId, issues: tuple[int, ...], chance: random.Random) -> Iterator[Signal]:
    """What RAF does not tell, by the assumptions of docs/tutorial/derive.py."""
    recent = issues[-36:]
    monthly = sum(issues) / len(issues)
    price = Money.of(f"{800 * math.exp(chance.gauss(0, 1.5)) / max(1.0, monthly):.2f}")
    critical = chance.choices((0.9, 0.3, 0.05), (5, 25, 70))[0]
    definition = MaterialDefinition(material=part, unit_cost=price, criticality=critical)
    yield _signal(str(part), kinds.MaterialDefined(definition=definition))
    low = max(1, *recent)
    high = low + math.ceil(12 * sum(recent) / len(recent))
    levels = StockingParameters(
        site=SITE, material=part, bulk=STORE, reorder_point=Decimal(low), order_up_to=Decimal(high)
    )
    yield _signal(f"{part}/levels", kinds.StockingDefined(definition=levels))
    supplier = SupplierId(f"S{chance.randrange(8)}")
    source = SupplierItem(supplier=supplier, material=part, price=price)
    yield _signal(f"{part}/source", kinds.SupplierItemDefined(definition=source))
    is_short = chance.random() < 1 / 6
    stock = chance.randint(0, low) if is_short else chance.randint(low + 1, high + 1)
    counted = Quantity.pieces(stock)
    count = kinds.StockCounted(site=SITE, location=STORE, material=part, counted=counted)
    yield _signal(f"{part}/count", count)


def _signal(key: str, body: kinds.Body) -> Signal:
    return Signal(
        source="bench", key=key, body=body, occurred_at=datetime(2002, 12, 31, tzinfo=UTC)
    )


def main() -> int:
    """Make the plant, run the night, print the figures."""
    if not DATA.is_file():
        print(f"skipped: {DATA} is not here")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "raf"
        create_plant(place, enterprise="RAF")
        started = time.monotonic()
        count = _fill(place)
        filled = time.monotonic() - started
        print(f"taken in: {count:,} signals in {filled:.1f} s ({count / filled:,.0f}/s)")
        started = time.monotonic()
        program = Path(sys.executable).with_name("chargehand")
        told = subprocess.run(
            [program, "decide", "--plant", str(place), "--as-of", "2003-01-01", "--json"],
            check=True, stdout=subprocess.PIPE,
        )  # fmt: skip
        seconds = time.monotonic() - started
    mebibytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    report = json.loads(told.stdout)
    kept = seconds <= SECONDS_MAX and mebibytes <= MEBIBYTES_MAX
    figures = {
        "bench": "nightly_raf", "asked": report["asked"], "proposed": report["proposed"],
        "seconds": round(seconds, 1), "seconds_max": SECONDS_MAX,
        "mebibytes": round(mebibytes), "mebibytes_max": MEBIBYTES_MAX,
        "signals_per_second": round(count / filled), "kept": kept,
    }  # fmt: skip
    print(json.dumps(figures))
    return 0 if kept else 1


def _fill(place: Path) -> int:
    plant = Plant.open(place)
    count, batch = 0, []
    for signal in plant_signals():
        batch.append(signal)
        if len(batch) == BATCH:
            count += len(plant.take(batch))
            batch = []
    count += len(plant.take(batch))
    plant.close()
    return count


if __name__ == "__main__":
    sys.exit(main())
