"""A plant that goes from ruling to confirmation, and dies at whichever step it is told to.

A step is each side of every commit that writes something, and each side of every question that is
put to the outside system. What that system does is lines in a file: it survives the plant.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from chargehand.execution.order import Order, Sent, Voided
from chargehand.plant.batching import Pick
from chargehand.plant.plant import Plant
from chargehand.runtime import clock

WHY = "the store runs empty"
DECISION = "mro_replenishment"
AGAIN = timedelta(minutes=3)
"""So much later the plant is there again: no lease is left, and an undo window is still open."""
LATER = timedelta(hours=1)


class Steps:
    """Counts steps, and kills its process at one of them (0: at none)."""

    def __init__(self, fatal: int) -> None:
        self.count = 0
        self._fatal = fatal

    def __call__(self) -> None:
        """One more step."""
        self.count += 1
        if self.count == self._fatal:
            os.kill(os.getpid(), signal.SIGKILL)


class System:
    """An outside system; one that honors keys cannot be asked, the other can only be asked."""

    name = "wms"

    def __init__(self, file: Path, *, honors_keys: bool, step: Callable[[], None]) -> None:
        self._file, self._honors_keys, self._step = file, honors_keys, step

    def accepts(self, action: object) -> bool:
        """It takes everything."""
        return True

    def send(self, order: Order) -> Sent:
        """Do it, again wherever it does not know keys."""
        self._step()
        known = self._honors_keys and order.key in did(self._file)
        if not known:
            self._note("do", order.key)
        self._step()
        return Sent(reference=f"T-{order.key}", repeated=known)

    def find(self, key: str) -> Sent | None:
        """Whether it has done it, where it can be asked."""
        self._step()
        has = not self._honors_keys and key in did(self._file)
        return Sent(reference=f"T-{key}", repeated=True) if has else None

    def void(self, key: str) -> Voided:
        """Take it back."""
        self._step()
        if key not in undid(self._file):
            self._note("void", key)
        self._step()
        return Voided(key=key)

    def _note(self, what: str, key: str) -> None:
        with self._file.open("a", encoding="utf-8") as file:
            file.write(f"{what} {key}\n")


def did(file: Path) -> list[str]:
    """The keys of what the system has done, once for each time."""
    return _lines(file, "do ")


def undid(file: Path) -> list[str]:
    """The keys of what it has taken back."""
    return _lines(file, "void ")


def _lines(file: Path, what: str) -> list[str]:
    lines = file.read_text("utf-8").splitlines() if file.is_file() else []
    return [line.removeprefix(what) for line in lines if line.startswith(what)]


def opened(folder: Path, at: datetime, *, honors_keys: bool, step: Callable[[], None]) -> Plant:
    """The plant of a folder, at a time that stands still, beside the outside system."""
    clock.now = lambda: at
    plant = Plant.open(folder)
    plant.owners["replenishment"] = "wms"
    plant.targets["wms"] = System(folder / "wms.txt", honors_keys=honors_keys, step=step)
    _count_commits(plant, step)
    return plant


def _count_commits(plant: Plant, step: Callable[[], None]) -> None:
    """Let each commit that writes something be a step before, and one after."""
    door: Any = plant.store._writer._door
    begin, commit = door.begin, door.commit
    wrote = [False]

    def watched(*, alone: bool) -> Any:
        transaction = begin(alone=alone)
        wrote[0] = False
        run, many = transaction.execute, transaction.executemany

        def execute(statement: str, *arguments: Any) -> Any:
            found = run(statement, *arguments)
            if statement.startswith(("INSERT", "UPDATE", "DELETE")):
                wrote[0] = wrote[0] or found.rowcount != 0
            return found

        def executemany(*arguments: Any) -> Any:
            wrote[0] = True
            return many(*arguments)

        transaction.execute, transaction.executemany = execute, executemany
        return transaction

    def counted(transaction: Any) -> None:
        if not wrote[0]:
            commit(transaction)
            return
        step()
        commit(transaction)
        step()

    door.begin, door.commit = watched, counted


def run(folder: Path, scenario: str, at: datetime, *, honors_keys: bool, fatal: int) -> None:
    """Go through a scenario; die at a step (0: at none, and write down how many there were)."""
    steps = Steps(fatal)
    plant = opened(folder, at, honors_keys=honors_keys, step=steps)
    SCENARIOS[scenario](plant)
    plant.close()
    (folder / "steps.txt").write_text(str(steps.count), "utf-8")


def recover(folder: Path, scenario: str, at: datetime, *, honors_keys: bool) -> None:
    """Come back, ask again for what was not answered, and let all that follows be done."""
    for moment in (at + AGAIN, at + LATER):
        plant = opened(folder, moment, honors_keys=honors_keys, step=lambda: None)
        SCENARIOS[scenario](plant)
        plant.close()


def _waiting(plant: Plant, version: int = 1) -> list[str]:
    return [row.id for row in plant.inbox(limit=50).rows if row.version == version]


def _done(plant: Plant) -> None:
    """Everything is sent, and what was sent is confirmed."""
    plant.work(until_idle=True)
    with plant.store.snapshot() as sql:
        rows = sql.execute("SELECT key FROM orders WHERE state = 'sent' ORDER BY key").fetchall()
    for row in rows:
        plant.confirm(row["key"], by="ben")
    plant.work(until_idle=True)


def cleared(plant: Plant) -> None:
    """The policy itself clears it."""
    plant.decide(decision=DECISION, as_of=clock.now())
    _done(plant)


def approved(plant: Plant) -> None:
    """One person approves it."""
    for name in _waiting(plant):
        plant.approve(name, by="ada", justification=WHY)
    _done(plant)


def two(plant: Plant) -> None:
    """Two people approve it."""
    for name in _waiting(plant):
        plant.approve(name, by="ada", justification=WHY)
        plant.approve(name, by="ben", justification=WHY)
    _done(plant)


def batch(plant: Plant) -> None:
    """Several are approved together."""
    picks = [Pick(id=name, version=1) for name in _waiting(plant)]
    if picks:
        seen = plant.preview_batch(picks, by="ada", justification=WHY)
        plant.approve_many(picks, by="ada", total=seen.total, justification=WHY)
    _done(plant)


def windowed(plant: Plant) -> None:
    """One person approves it, and it is sent when it cannot be taken back any more."""
    approved(plant)
    here = clock.now()
    clock.now = lambda: here + LATER
    plant.store._clock = clock.now
    _done(plant)


def undone(plant: Plant) -> None:
    """It is taken back within its window, or from the system that has it."""
    for name in _waiting(plant):
        plant.approve(name, by="ada", justification=WHY)
    plant.work(until_idle=True)
    with plant.store.snapshot() as sql:
        rows = sql.execute(
            "SELECT number FROM proposal WHERE version = 1 AND state IN ('cleared', 'sent')"
        ).fetchall()
    for row in rows:
        plant.undo(f"P-{row['number']}", by="ben", because="another plan is under way")
    plant.work(until_idle=True)


SCENARIOS: dict[str, Callable[[Plant], None]] = {
    "cleared by policy": cleared, "approved": approved, "by two": two, "in a batch": batch,
    "after its window": windowed, "undone": undone, "voided": undone,
}  # fmt: skip
