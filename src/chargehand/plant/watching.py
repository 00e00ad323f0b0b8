"""Breakers looked at while nothing is being decided, and a stop that the database has yet to note.

A source that falls silent is noticed by nobody's act: the worker looks every minute.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from chargehand.plant import breaking, policies
from chargehand.plant.standing import read_breakers
from chargehand.plant.telling import tell_due
from chargehand.plant.withdrawing import void_due
from chargehand.runtime import clock
from chargehand.storage.docket import Docket
from chargehand.vocabulary.instant import written

if TYPE_CHECKING:
    from chargehand.plant.plant import Plant

EVERY = timedelta(minutes=1)
JOB = "breakers"


def tend(plant: Plant) -> int:
    """Note a stop that stands in a file, read the breakers where it is time, and tell people."""
    done = breaking.take_over(plant.store, plant.folder)
    with plant.store.snapshot() as sql:
        row = sql.execute("SELECT run_at FROM job WHERE kind = ?", (JOB,)).fetchone()
    if row is None or row["run_at"] <= written(clock.now()):
        done += plant.store.write(_read)
    return done + void_due(plant) + tell_due(plant)


def _read(docket: Docket) -> int:
    docket.sql("DELETE FROM job WHERE kind = ?", (JOB,))
    docket.job(JOB, "", "", docket.now() + EVERY)
    return len(read_breakers(docket, policies.within(docket)))
