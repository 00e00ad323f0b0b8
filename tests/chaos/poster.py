"""A process that posts to a plant from several threads and says of each answer that it came.

What it posts is decided by a seed alone, so that whoever has read its acknowledgements knows what
was posted, and what may have been under way when it was killed. All of it is accepted, in any
order: there is enough stock, and each thread takes its own reservations and holds.
"""

from __future__ import annotations

import os
import random
import threading
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from chargehand.plant.plant import Plant
from chargehand.signals import kinds
from chargehand.signals.signal import Signal
from chargehand.signals.stock_kinds import (
    HoldPlaced,
    HoldReleased,
    LegReported,
    MovementReported,
    ReservationPicked,
    ReservationPlaced,
)
from chargehand.vocabulary.identifier import HoldId, LocationId, LotId, MaterialId, PersonId, SiteId
from chargehand.vocabulary.location import OperationalLocation
from chargehand.vocabulary.material import MaterialDefinition
from chargehand.vocabulary.quantity import Quantity

SITE, BULK, PART = SiteId("KENT"), LocationId("BULK"), MaterialId("SEAL")
FACES = [LocationId(f"FACE-{n}") for n in range(4)]
PERSON = PersonId("ada")
THREADS = 4
AT = datetime(2026, 1, 5, 6, tzinfo=UTC)
START = 10_000_000


def beginning() -> list[Signal]:
    """Definitions, and stock that nothing here can use up."""
    places = [OperationalLocation(site=SITE, location=place) for place in (BULK, *FACES)]
    bodies: list[Any] = [
        kinds.MaterialDefined(definition=MaterialDefinition(material=PART)),
        *(kinds.LocationDefined(definition=place) for place in places),
        received(BULK, START),
    ]
    return [Signal(source="wms", key=f"b{n}", body=body) for n, body in enumerate(bodies)]


def received(place: LocationId, pieces: int) -> kinds.GoodsReceived:
    """So much came from a supplier."""
    return kinds.GoodsReceived(
        site=SITE, location=place, material=PART, quantity=Quantity.pieces(pieces)
    )


def moved(rng: random.Random) -> MovementReported:
    """A movement that the lane can take."""
    n, face = rng.randint(1, 9), rng.choice(FACES)
    legs = tuple(
        LegReported(material=PART, quantity=Quantity.pieces(sign * n), location=place)
        for sign, place in ((-1, BULK), (1, face))
    )
    return MovementReported(site=SITE, business_step="storing", legs=legs)


def posts(life: int, thread: int, n: int) -> list[Signal]:
    """What a thread of a life posts as its ``n``-th: one batch."""
    rng = random.Random(f"{life}/{thread}/{n // 5}")
    name = f"{life}.{thread}.{n // 5}"
    source, bodies = "wms", []
    match n % 5:
        case 0:
            rng = random.Random(f"{life}/{thread}/{n}")
            bodies = [moved(rng) for _ in range(rng.randint(1, 12))]
        case 1:
            bodies = [
                received(rng.choice(FACES), rng.randint(1, 9)),
                ReservationPlaced(
                    reservation=f"R{name}", site=SITE, material=PART, location=BULK,
                    quantity=Quantity.pieces(3), to_location=FACES[0],
                ),
            ]  # fmt: skip
        case 2:
            bodies = [
                HoldPlaced(
                    hold=HoldId(f"H{name}"), site=SITE, reason="dented", material=PART,
                    lot=LotId(f"L{name}"),
                ),
                ReservationPicked(reservation=f"R{name}", quantity=Quantity.pieces(1)),
            ]  # fmt: skip
        case 3:
            bodies = [
                ReservationPicked(
                    reservation=f"R{name}", quantity=Quantity.pieces(1), is_last=True
                ),
                moved(rng),
            ]
        case 4:
            source = f"person:{PERSON}"
            bodies = [
                HoldReleased(
                    hold=HoldId(f"H{name}"), reason="inspected", person=PERSON,
                    signature="I have seen it",
                )
            ]  # fmt: skip
    return [
        Signal(source=source, key=f"{life}.{thread}.{n}.{at}", body=body, occurred_at=AT)
        for at, body in enumerate(bodies)
    ]


def take(plant: Plant, signals: list[Signal]) -> list[tuple[str, int | None]]:
    """Post a batch; what was answered to each."""
    is_signed = signals[0].source != "wms"
    receipts = plant.take(signals, sender=PERSON if is_signed else "")
    return [(str(one.status), one.entry) for one in receipts]


def run(folder: Path, life: int, pipe: Connection) -> None:
    """Post until killed; a line for each batch that was answered."""
    plant = Plant.open(folder)
    plant.start()

    def post(thread: int) -> None:
        for n in range(1_000_000):
            answers = take(plant, posts(life, thread, n))
            words = " ".join(f"{status}:{entry}" for status, entry in answers)
            os.write(pipe.fileno(), f"{thread} {n} {words}\n".encode())

    threads = [threading.Thread(target=post, args=(n,)) for n in range(THREADS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
