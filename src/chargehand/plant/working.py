"""The background work of a plant: hearings asked for, orders to send, what has expired."""

from __future__ import annotations

import sys
import threading
import traceback
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chargehand.plant import escalating
from chargehand.plant.checkpointing import keep_checkpoints
from chargehand.plant.dispatching import send_due
from chargehand.plant.history import keep_history
from chargehand.plant.holding import review
from chargehand.plant.reconciling import look_again
from chargehand.plant.reserving import expire
from chargehand.plant.stock_events import follow_movements
from chargehand.plant.tending import TENDING
from chargehand.vocabulary.instant import instant, written

if TYPE_CHECKING:
    from chargehand.plant.plant import Plant
    from chargehand.storage.docket import Docket

PAUSE_S = 0.5
PAUSE_AFTER_FAULT_S = 10.0
LEASE = timedelta(minutes=10)
NIGHT_LEASE = timedelta(hours=1)
NIGHT_RETRY = timedelta(minutes=10)
CLAIM_MAX = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A piece of work that was taken, and how one knows it again."""

    kind: str
    site: str
    subject: str
    lease: str
    attempts: int


def work_once(plant: Plant) -> int:
    """Do everything that is due now; returns how many things were done.

    A fault in one kind of work does not keep the others from being done; it is raised at the end.
    """
    done = 0
    faults: list[Exception] = []
    for work in (
        follow_movements,
        look_again,
        _hear,
        _send,
        _expire_due,
        _nightly,
        *TENDING,
        keep_history,
        keep_checkpoints,
    ):
        try:
            done += work(plant)
        except Exception as fault:  # noqa: BLE001 - raised below
            faults.append(fault)
            if work is _nightly:
                plant.store.write(_retry_night)
    if len(faults) > 1:
        raise ExceptionGroup("several kinds of work failed", faults)
    if faults:
        raise faults[0]
    return done


def is_held_up(plant: Plant) -> bool:
    """Whether some work was begun and is not done, such as a hearing that failed."""
    with plant.store.snapshot() as sql:
        row = sql.execute(
            "SELECT 1 FROM job WHERE kind IN ('hearing', 'hearing_later', 'nightly')"
            " AND attempts > 0 LIMIT 1"
        ).fetchone()
    return row is not None


def _send(plant: Plant) -> int:
    return send_due(plant.store, plant.targets)


def _expire_due(plant: Plant) -> int:
    return plant.store.write(
        lambda docket: escalating.expire(docket) + expire(docket) + review(docket)
    )


def _hear(plant: Plant) -> int:
    """Hold the hearings that signals asked for, all of a site together."""
    claimed = plant.store.write(_claim)
    subjects: dict[str, set[str]] = defaultdict(set)
    for job in claimed:
        subjects[job.site].add(job.subject)
    if not subjects:
        return 0
    plant.hear_about({site: frozenset(found) for site, found in subjects.items()})
    plant.store.write(lambda docket: _finish(docket, claimed))
    return len(claimed)


def _claim(docket: Docket) -> list[Job]:
    now = docket.now()
    rows = docket.sql(
        "SELECT kind, site, subject, attempts FROM job WHERE kind IN ('hearing', 'hearing_later')"
        " AND run_at <= ? AND (lease_until IS NULL OR lease_until < ?) ORDER BY run_at LIMIT ?",
        (written(now), written(now), CLAIM_MAX),
    ).fetchall()
    lease = written(now + LEASE)
    for row in rows:
        docket.sql(
            "UPDATE job SET lease_until = ?, attempts = attempts + 1"
            " WHERE kind = ? AND site = ? AND subject = ?",
            (lease, row["kind"], row["site"], row["subject"]),
        )
    return [
        Job(
            kind=row["kind"], site=row["site"], subject=row["subject"], lease=lease,
            attempts=row["attempts"] + 1,
        )
        for row in rows
    ]  # fmt: skip


def _finish(docket: Docket, claimed: list[Job]) -> None:
    """Strike out what was heard under our lease; what was asked for again meanwhile stays."""
    for job in claimed:
        docket.sql(
            "DELETE FROM job WHERE kind = ? AND site = ? AND subject = ?"
            " AND lease_until = ? AND attempts = ?",
            (job.kind, job.site, job.subject, job.lease, job.attempts),
        )


def _nightly(plant: Plant) -> int:
    """Hold the nightly hearing when its time has come; a night that was cut off is held again."""
    at = plant.settings.run.nightly_at
    if not plant.store.write(lambda docket: _claim_night(docket, at)):
        return 0
    plant.measure()  # first: what is decided anew takes the place of what was due
    plant.decide()
    plant.store.write(lambda docket: _end_night(docket, at))
    plant.store.rest()
    return 1


def _claim_night(docket: Docket, at: str) -> bool:
    now = docket.now()
    row = docket.sql("SELECT run_at, lease_until FROM job WHERE kind = 'nightly'").fetchone()
    if row is None:
        docket.job("nightly", "", "", next_night(now, at))
        return False
    if instant(row["run_at"]) > now or (row["lease_until"] or "") > written(now):
        return False
    docket.sql(
        "UPDATE job SET lease_until = ?, attempts = attempts + 1 WHERE kind = 'nightly'",
        (written(now + NIGHT_LEASE),),
    )
    return True


def _retry_night(docket: Docket) -> None:
    """Let a night that failed be tried again: at once the first time, then less and less often."""
    row = docket.sql("SELECT attempts FROM job WHERE kind = 'nightly'").fetchone()
    failed = 1 if row is None else row["attempts"]
    again = docket.now() + min((failed - 1) * NIGHT_RETRY, NIGHT_LEASE)
    docket.sql("UPDATE job SET lease_until = ? WHERE kind = 'nightly'", (written(again),))


def _end_night(docket: Docket, at: str) -> None:
    docket.sql("DELETE FROM job WHERE kind = 'nightly'")
    docket.job("nightly", "", "", next_night(docket.now(), at))


def next_night(now: datetime, at: str) -> datetime:
    """The next moment of a time of day (``HH:MM``) after now."""
    hour, minute = (int(part) for part in at.split(":"))
    tonight = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return tonight if tonight > now else tonight + timedelta(days=1)


class Worker:
    """A thread that works while the plant is open."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._ended = threading.Event()
        self._woken = threading.Event()
        self._thread = threading.Thread(target=self._run, name="chargehand-worker", daemon=True)
        self.fault = ""
        """The last fault, for those who look after the plant; empty while all is well."""

    def start(self) -> None:
        """Start working."""
        self._thread.start()

    def wake(self) -> None:
        """Something has come in: look at once."""
        self._woken.set()

    def stop(self) -> None:
        """Stop after the present piece of work."""
        self._ended.set()
        self._woken.set()
        self._thread.join()

    def round(self) -> int:
        """Do what is due once; a fault is told until what failed has been done."""
        done = work_once(self._plant)
        if self.fault and not is_held_up(self._plant):
            self.fault = ""
        return done

    def _run(self) -> None:
        while not self._ended.is_set():
            self._woken.clear()
            try:
                idle = self.round() == 0
            except Exception:  # noqa: BLE001 - one bad piece of work must not end all work
                self.fault = traceback.format_exc()
                sys.stderr.write(self.fault)
                self._ended.wait(PAUSE_AFTER_FAULT_S)
                continue
            self._plant.store.rest()
            if idle:
                self._woken.wait(PAUSE_S)
