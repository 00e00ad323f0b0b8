"""Lets time pass for the commands of a page: a `chargehand` whose clock is put forward.

Only the clock is another one: every command is a process of its own, and in the nights between,
what `chargehand up` does is done by its own worker.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

NIGHTLY_JOB = Path("nightly.sh")
JOB_AT = timedelta(hours=1, minutes=30)
EVERY_DAY = (timedelta(minutes=1), JOB_AT, timedelta(hours=2, minutes=5))
"""When the day turns, when the job is run, and when the nightly run is due (after midnight UTC)."""
ROUNDS_MAX = 20
NOW = "TEST_NOW"

COMMAND = f"""#!{sys.executable}
import os, sys, time
from datetime import datetime, timedelta
from chargehand.runtime import clock
at, began = datetime.fromisoformat(os.environ["{NOW}"]), time.monotonic()
clock.now = lambda: at + timedelta(milliseconds=time.monotonic() - began)
from chargehand.cli.main import run
sys.exit(run())
"""
"""However slow the machine is, a command takes less than a second of that time."""


def environment_at(moment: datetime) -> dict[str, str]:
    """What makes it that moment for the next commands."""
    return {NOW: moment.isoformat(), "SOURCE_DATE_EPOCH": str(int(moment.timestamp()))}


def put_command(folder: Path) -> None:
    """Put the command into a folder."""
    folder.mkdir()
    script = folder / "chargehand"
    script.write_text(COMMAND, encoding="utf-8")
    script.chmod(0o755)


def midnight(moment: datetime) -> datetime:
    """The beginning of its day."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def moments(since: datetime, until: datetime) -> list[datetime]:
    """When something happens by itself between two moments, and the second of them."""
    day, found = midnight(since), []
    while day <= until:
        found += [at for at in (day + time for time in EVERY_DAY) if since < at < until]
        day += timedelta(days=1)
    return [*found, until]


def live_on(folder: Path, since: datetime, until: datetime) -> None:
    """Do what the plant's own job and `chargehand up` do from one moment to another."""
    from chargehand.runtime import clock

    at = since
    clock.now = lambda: at

    from chargehand.plant.plant import Plant
    from chargehand.plant.working import work_once

    for at in moments(since, until):
        if at - midnight(at) == JOB_AT and NIGHTLY_JOB.exists():
            environment = os.environ | environment_at(at)
            subprocess.run(["sh", NIGHTLY_JOB], env=environment, check=True)
            continue
        with closing(Plant.open(folder)) as plant:  # anew: some work is paced by the real time
            assert any(work_once(plant) == 0 for _ in range(ROUNDS_MAX)), "the worker never rests"


if __name__ == "__main__":
    live_on(Path(sys.argv[1]), *map(datetime.fromisoformat, sys.argv[2:]))
