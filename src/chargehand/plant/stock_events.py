"""Movements ask for hearings: what moved may need to be decided about."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from chargehand.storage import outbox
from chargehand.storage.transaction import place_of
from chargehand.vocabulary.identifier import SiteId

if TYPE_CHECKING:
    from chargehand.plant.plant import Plant
    from chargehand.storage.docket import Docket


def follow_movements(plant: Plant) -> int:
    """Ask for a hearing about all that has moved; how many movements there were."""
    plant.store.sequence()
    with plant.store.snapshot() as sql:
        if sql.execute("SELECT 1 FROM outbox LIMIT 1").fetchone() is None:
            return 0
    return plant.store.write(_follow)


def _follow(docket: Docket) -> int:
    events = outbox.take(docket, "hearing")
    moved = {
        (SiteId(site), leg["key"]["material"])
        for event in events
        if event["topic"] == "movement"
        for leg in json.loads(event["body"])["legs"]
        if (site := place_of(leg["key"]["account"])[0])
    }
    for site, material in sorted(moved):
        docket.trigger(site, material)
    outbox.prune(docket)
    return len(events)
