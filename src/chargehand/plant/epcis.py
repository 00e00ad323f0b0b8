"""Movements out as EPCIS 2.0 events, and captured events in, under the names of the plant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chargehand.connectors.epcis.capture import capture_document
from chargehand.connectors.epcis.emit import emit_document
from chargehand.connectors.epcis.movements import LegOut, MovementOut
from chargehand.connectors.epcis.names import Names, Thing
from chargehand.connectors.epcis.names_file import read_names
from chargehand.plant.fault import PlantFault
from chargehand.record.ledger import Leg, Movement
from chargehand.runtime import clock
from chargehand.storage.transaction import place_of
from chargehand.vocabulary import wire
from chargehand.vocabulary.identifier import LocationId, SiteId
from chargehand.vocabulary.instant import instant, written
from chargehand.vocabulary.quantity import Quantity, Unit, amount

if TYPE_CHECKING:
    from chargehand.plant.plant import Plant
    from chargehand.signals.signal import Receipt
    from chargehand.storage.session import Row, Session

FILE = "epcis-names.toml"
EVENTS_MAX = 10_000
"""Movements in one document; ask again from the moment of the last one."""
MOVED = (
    "SELECT place, body, occurred_at, recorded_at FROM sequenced WHERE kind = 'movement'"
    " AND recorded_at >= ? AND recorded_at < ? ORDER BY place LIMIT ?"
)


def names_of(plant: Plant) -> Names:
    """What the plant's things are called outside; ``PlantFault`` names every mistake in the file.

    Without a file everything is named below ``urn:chargehand:<enterprise>:``.
    """
    file = plant.folder / FILE
    if not file.is_file():
        enterprise = re.sub(r"[^a-z0-9]+", "-", plant.settings.plant.enterprise.lower()).strip("-")
        return Names(enterprise=enterprise or "plant")
    names = read_names(file.read_text(encoding="utf-8"), where=str(file))
    if isinstance(names, list):
        said = "; ".join(f"{one.where}: {one.because}" for one in names)
        raise PlantFault(said, f"correct {file}: " + "; ".join(one.cure for one in names))
    return names


def capture(plant: Plant, text: str, *, source: str, sender: str = "") -> list[Receipt]:
    """Take an EPCIS document in: each event counts once, by its event hash.

    What cannot be read, be it the whole document, is kept with its reason.
    """
    return plant.take(capture_document(text, names=names_of(plant), source=source), sender=sender)


def emit(plant: Plant, *, since: datetime, until: datetime | None = None) -> dict[str, Any]:
    """The movements recorded from a moment on, up to ``EVENTS_MAX``, as one EPCIS document."""
    until = until or clock.now()
    plant.store.sequence()
    with plant.store.snapshot() as sql:
        rows = sql.execute(MOVED, (written(since), written(until), EVENTS_MAX)).fetchall()
        movements = list(_movements(sql, rows))
    return emit_document(movements, names=names_of(plant), created_at=until)


def _movements(sql: Session, rows: list[Row]) -> Iterator[MovementOut]:
    for row in rows:
        movement = wire.read(Movement, row["body"])
        earlier = None
        if movement.corrects is not None:
            found = sql.execute(
                "SELECT j.body, j.occurred_at, j.recorded_at FROM inbox i JOIN journal j"
                " ON j.number = i.entry WHERE i.source = ? AND i.key = ?",
                movement.corrects.split("/", 1),
            ).fetchone()
            earlier = None if found is None else _out(wire.read(Movement, found["body"]), found)
        yield _out(movement, row, earlier)


def _out(movement: Movement, row: Row, corrects: MovementOut | None = None) -> MovementOut:
    return MovementOut(
        key=movement.key,
        business_step=movement.business_step,
        occurred_at=instant(row["occurred_at"] or row["recorded_at"]),
        recorded_at=instant(row["recorded_at"]),
        legs=tuple(_leg(leg, movement.unit) for leg in movement.legs),
        corrects=corrects,
    )


def _leg(leg: Leg, unit: Unit) -> LegOut:
    key = leg.key
    site, location = place_of(key.account)
    return LegOut(
        thing=Thing(material=key.material, lot=key.lot, serial=key.serial),
        quantity=Quantity(amount(leg.scaled), unit),
        place=(SiteId(site), LocationId(location)) if site else None,
        outside="" if site else key.account.removeprefix("~"),
        disposition=key.disposition,
        handling_unit=key.handling_unit,
    )
