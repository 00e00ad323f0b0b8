"""Movements out as EPCIS 2.0 events, and captured events in, under the names of the plant.

The feed of events goes by the places of the journal's tree, not by moments: a movement may be
stamped before another and be kept after it, but never gets a place before one that was read.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from chargehand.connectors.epcis.capture import Returned, read_events
from chargehand.connectors.epcis.emit import emit_document
from chargehand.connectors.epcis.names import Names
from chargehand.connectors.epcis.names_file import read_names
from chargehand.governance.access import KeyScope
from chargehand.plant.events_out import MovementsOut
from chargehand.plant.fault import PlantFault
from chargehand.plant.intake import take_once
from chargehand.plant.reporting_rights import UNLIMITED
from chargehand.runtime import clock
from chargehand.signals.signal import Receipt, Signal, Status
from chargehand.storage.looking_back import place_at
from chargehand.storage.lot_movements import posted_as, told_elsewhere
from chargehand.storage.segment import placed
from chargehand.vocabulary.instant import written

if TYPE_CHECKING:
    from chargehand.plant.plant import Plant
    from chargehand.storage.docket import Docket
    from chargehand.storage.session import Session

FILE = "epcis-names.toml"
EVENTS_MAX = 10_000
"""Movements in one document; its ``chargehand:next`` says where the next one begins."""
CLOCKS_APART = timedelta(hours=1)
"""By how much moments of recording may go back from one place of the tree to the next."""
IDENTITY = "ni:///sha-256;"
"""How the hash of an event begins."""
MOVED = (
    "SELECT place, body, occurred_at, recorded_at FROM sequenced WHERE kind = 'movement'"
    " AND place >= ? AND recorded_at >= ? ORDER BY place LIMIT ?"
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


def capture(
    plant: Plant, text: str, *, source: str, sender: str = "", scope: KeyScope = UNLIMITED
) -> list[Receipt]:
    """Take an EPCIS document in: each event counts once, by its event hash, whoever hands it in.

    An event of our own that comes back is known by its hash too, and books nothing. What cannot be
    read, be it the whole document, is kept with its reason.
    """
    names = names_of(plant)
    with plant.store.snapshot() as sql:
        found = read_events(text, names=names, source=source, ours=MovementsOut(sql).named)
        back = [_returned(one, source, sql) for one in found.returned]
    receipts = take_once(plant.store, found.signals, sender=sender, known=_known, scope=scope)
    plant.wake()
    return receipts + back


def _known(docket: Docket, signal: Signal) -> int | None:
    """The entry by which another source told the same line of the same event."""
    if not signal.key.startswith(IDENTITY):
        return None
    return told_elsewhere(docket.transaction.session, signal.source, signal.key)


def _returned(one: Returned, source: str, sql: Session) -> Receipt:
    row = posted_as(sql, one.movement)
    entry = None if row is None else row["number"]
    return Receipt(source=source, key=one.key, status=Status.REPEATED, entry=entry)


def emit(
    plant: Plant, *, since: datetime | None = None, start: int = 0, limit: int = EVENTS_MAX
) -> dict[str, Any]:
    """Movements as one EPCIS document, in the order of the journal's tree.

    Its ``chargehand:next`` is the ``start`` of the document that follows it. Who goes on from there
    misses no movement and gets none twice.

    Parameters
    ----------
    plant
        The plant.
    since
        Only movements recorded from this moment on: to begin with.
    start
        The place of the tree to begin at.
    limit
        Movements in the document, at most.
    """
    plant.store.sequence()
    names, moment = names_of(plant), clock.now()
    with plant.store.snapshot() as sql:
        if since is not None:
            start = max(start, place_at(sql, since - CLOCKS_APART) + 1)
        after = "" if since is None else written(since)
        rows = sql.execute(MOVED, (start, after, limit)).fetchall()
        end = max(start, placed(sql))
        following = rows[-1]["place"] + 1 if len(rows) == limit else end
        movements = list(MovementsOut(sql).of(rows))
    return emit_document(movements, names=names, created_at=moment, following=following)
