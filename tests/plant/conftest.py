"""A small plant in a folder of its own: one valve, two places, a supplier, people with roles."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

from chargehand.plant import policies
from chargehand.plant.database import with_database
from chargehand.plant.folder import create_plant
from chargehand.plant.plant import Plant
from chargehand.runtime.clock import now
from chargehand.settings import FILE as SETTINGS
from chargehand.signals import kinds
from chargehand.signals.signal import Receipt, Signal
from chargehand.storage.store import FILE as STORED
from chargehand.storage.store import Store
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

SITE = SiteId("S1")
VALVE = MaterialId("VALVE")
BULK, FACE = LocationId("BULK-1"), LocationId("FACE-1")
AS_OF = datetime(2026, 1, 10, tzinfo=UTC)

POLICY = """
version = {version}
title = "Test policy"
roles = ["admin", "planner", "clerk"]

[administration]
policy = ["admin"]
breakers = ["admin"]

[[people]]
id = "ada"
name = "Ada"
roles = ["admin", "planner"]

[[people]]
id = "ben"
name = "Ben"
roles = ["planner"]

[[people]]
id = "cleo"
name = "Cleo"
roles = ["clerk"]

[[grants]]
role = "planner"
transactions = ["*"]
decisions = ["*"]
sites = ["*"]
zones = ["*"]
value_max = "unlimited"

[[grants]]
role = "clerk"
transactions = ["replenishment"]
decisions = ["*"]
sites = ["*"]
zones = ["*"]
value_max = "EUR 50.00"

[[phases]]
decision = "*"
site = "*"
zone = "*"
phase = "{phase}"
{limits}

[[approvals]]
decisions = ["*"]
transactions = ["*"]
justification_above = "EUR 500.00"
second_person_above = "EUR 5000.00"
expires_after = "3 days"
"""

AUTOMATION = """
transactions = ["replenishment"]
cost_max = "EUR 100.00"
confidence_min = 0.5
spend_per_day_max = "EUR 1000.00"
bases = ["model", "fallback"]

[[breakers]]
decision = "*"
site = "*"
zone = "*"
window_days = 30
rejection_rate_max = 0.5
rejection_count_min = 3
outcome_error_max = 0.2
outcome_count_min = 3
failure_count_max = 2
spend_per_day_max = "EUR 1000.00"
"""


def policy_text(*, version: int = 1, phase: str = "assist") -> str:
    """The policy of the test plant."""
    limits = AUTOMATION if phase == "automate" else ""
    return POLICY.format(version=version, phase=phase, limits=limits)


class Teller:
    """Tells a plant things, each under a key of its own."""

    numbers = itertools.count(1)

    def __init__(self, plant: Plant) -> None:
        self.plant = plant

    def __call__(self, *bodies: kinds.Body, key: str | None = None) -> list[Receipt]:
        """Tell the plant; returns its receipts."""
        signals = []
        for body in bodies:
            name = key or f"k{next(self.numbers)}"
            signals.append(Signal(source="test", key=name, body=body, occurred_at=AS_OF))
        return self.plant.take(signals)


def master(*, reorder_point: int = 10, face_min: int = 4) -> list[kinds.Body]:
    """Definitions of the small plant."""
    places = [(BULK, LocationKind.BULK), (FACE, LocationKind.PICK_FACE)]
    locations = [
        OperationalLocation(location=place, site=SITE, kind=kind) for place, kind in places
    ]
    levels = StockingParameters(
        site=SITE, material=VALVE, pick_face=FACE, pick_face_min=Decimal(face_min),
        pick_face_max=Decimal(10), bulk=BULK, reorder_point=Decimal(reorder_point),
        order_up_to=Decimal(reorder_point * 2),
    )  # fmt: skip
    cost = Money.of(30)
    valve = MaterialDefinition(material=VALVE, unit_cost=cost, criticality=0.9)
    source = SupplierItem(supplier=SupplierId("SUP"), material=VALVE, price=cost)
    return [
        kinds.MaterialDefined(definition=valve),
        *(kinds.LocationDefined(definition=place) for place in locations),
        kinds.SupplierDefined(definition=Supplier(supplier=SupplierId("SUP"), lead_time_days=10)),
        kinds.SupplierItemDefined(definition=source),
        kinds.StockingDefined(definition=levels),
    ]


def count(location: LocationId, pieces: int) -> kinds.StockCounted:
    """So many valves are at a place."""
    return kinds.StockCounted(
        site=SITE, location=location, material=VALVE, counted=Quantity.pieces(pieces)
    )


def used(month: int, pieces: int, year: int = 2025) -> kinds.UsageReported:
    """So many valves were used in a month."""
    return kinds.UsageReported(
        site=SITE, material=VALVE, quantity=Quantity.pieces(pieces), used_on=date(year, month, 5)
    )


Copy = Callable[[str, Path], Path]
"""Makes a new plant of a phase in a folder, which it returns."""


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One empty plant of each phase, to be copied."""
    made = {}
    for phase in ("observe", "assist", "automate"):
        made[phase] = tmp_path_factory.mktemp("templates") / phase
        text = policy_text(phase=phase)
        found = create_plant(made[phase], enterprise="Test", policy_text=text)
        assert isinstance(found, list), found
    return made


@pytest.fixture
def copy_plant(engine: str, request: pytest.FixtureRequest) -> Iterator[Copy]:
    """Makes copies of the empty plants, each with a record of its own on the engine of this run."""
    templates = request.getfixturevalue("templates")
    with ExitStack() as databases:

        def copy(phase: str, folder: Path) -> Path:
            shutil.copytree(templates[phase], folder)
            if engine == "postgres":
                server = request.getfixturevalue("postgres_server")
                text = policy_text(phase=phase)
                template = server.template(f"plant {phase}", partial(_prepare, text))
                url = databases.enter_context(server.database(template))
                (folder / STORED).unlink()
                settings = folder / SETTINGS
                settings.write_text(with_database(settings.read_text("utf-8"), url), "utf-8")
            return folder

        yield copy


def _prepare(text: str, url: str) -> None:
    with closing(Store(url, now)) as store:
        assert not policies.first(store, text)
        store.rest()


@pytest.fixture
def make_plant(tmp_path: Path, copy_plant: Copy) -> Iterator[Callable[..., Plant]]:
    """Makes a plant of its own for each call."""
    opened: list[Plant] = []

    def make(*, phase: str = "assist", name: str = "plant") -> Plant:
        opened.append(Plant.open(copy_plant(phase, tmp_path / name)))
        return opened[-1]

    yield make
    for plant in opened:
        plant.close()


@pytest.fixture
def plant(make_plant: Callable[..., Plant]) -> Plant:
    """A plant in the assist phase, with a full bulk and a low pick face."""
    plant = make_plant()
    Teller(plant)(*master(), count(BULK, 40), count(FACE, 2))
    return plant
