"""The plant of the race: made on either engine, served by a real server, written to by processes.

Everything here may be killed at any instant, and comes back as it would in a plant: the server by
`chargehand up` on the same port, a process of writers by its own command line.
"""

from __future__ import annotations

import json
import random
import select
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from _race_acts import PERSON, SERVICE, beginnings

WRITER = Path(__file__).with_name("_race_writer.py")
COMMAND = (sys.executable, "-c", "from chargehand.cli.main import run; run()")
PATIENCE_S = 120
ACCOUNT = f"""
[[people]]
id = "{SERVICE}"
name = "Warehouse system"
roles = ["planner"]
service = true
"""


class Process:
    """A process that can be killed at any instant and started again."""

    def __init__(self, name: str, command: Sequence[str], folder: Path) -> None:
        self.name, self.command = name, command
        self.lives = 0
        self._errors = folder / f"{name}.stderr"

    def start(self) -> str:
        """Start it, and give the first line that it says."""
        with self._errors.open("ab") as errors:
            self.run = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self.lives += 1
        out = self.run.stdout
        assert out, "a pipe"
        ready, _, _ = select.select([out], [], [], PATIENCE_S)
        line = out.readline().strip() if ready else ""
        if not line:
            raise SystemExit(f"{self.name} did not come up: {self.said()}")
        return line

    def go(self, until: float, keys: dict[str, str]) -> None:
        """Tell writers when the race ends, and the keys that others must not read."""
        pipe = self.run.stdin
        assert pipe, "a pipe"
        pipe.write(json.dumps({"until": until, "keys": keys}) + "\n")
        pipe.flush()

    def kill(self) -> None:
        """`kill -9`."""
        self.run.kill()
        self.run.wait()

    def ended(self) -> int:
        """Wait for its end; the exit code."""
        return self.run.wait(timeout=PATIENCE_S)

    def said(self) -> str:
        """The end of what it said of errors."""
        return self._errors.read_text(encoding="utf-8", errors="replace")[-2000:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A plant made for a race, and where its writers' logs are."""

    folder: Path
    place: Path | str
    """Of the record: a file, or the address of a database."""
    logs: Path
    start: datetime
    keys: dict[str, str] = field(repr=False)


def make_field(home: Path, url: str = "") -> Field:
    """Make a plant with the stock that the race begins with."""
    from chargehand.api.envelopes import envelopes
    from chargehand.governance.policy import default_policy_text
    from chargehand.plant.folder import create_plant
    from chargehand.plant.plant import Plant
    from chargehand.storage.store import FILE

    text = default_policy_text(person=PERSON, name="Quality", os_user=None) + ACCOUNT
    folder, logs, start = home / "plant", home / "logs", datetime.now(UTC)
    logs.mkdir(parents=True)
    made = create_plant(folder, enterprise="Race", policy_text=text, person=PERSON, database=url)
    assert isinstance(made, list), made
    with closing(Plant.open(folder)) as plant:
        signals = beginnings(start)
        receipts = plant.take(envelopes(json.dumps(signals).encode()), sender=SERVICE)
        with (logs / "begin.jsonl").open("w", encoding="utf-8") as log:
            for signal, receipt in zip(signals, receipts, strict=True):
                assert str(receipt.status) == "accepted", receipt
                line = {"is_again": False, "signal": signal, "status": "accepted", "code": None}
                log.write(json.dumps(line | {"way": "begin", "seconds": 0, "at": 0}) + "\n")
        keys = {who: plant.issue_key(who, label="race") for who in (SERVICE, PERSON)}
    place = url or folder / FILE
    return Field(folder=folder, place=place, logs=logs, start=start, keys=keys)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How a race went."""

    seconds: float
    kills: tuple[str, ...]
    """Seconds from the start, and who was killed."""


def run(
    ground: Field, *, seed: int, seconds: float, writers: int, say: Callable[[str], None]
) -> Run:
    """Let the writers race, half of them over HTTP, and kill at random meanwhile."""
    chance = random.Random(seed)
    with _processes(ground, seed, writers) as (server, workers):
        began = time.time()
        until = began + seconds
        for worker in workers:
            worker.go(until, ground.keys)
        kills = []
        # Nothing is killed near the end: what comes back needs the time to finish what it began.
        for n in range(max(2, int(seconds / 4))):
            pause = chance.uniform(0.5, 1.5) * seconds / (max(2, int(seconds / 4)) + 1)
            _wait(workers, pause, until)
            victim = server if n % 3 == 0 else chance.choice(workers)
            if time.time() >= until:
                break
            victim.kill()
            kills.append(f"{time.time() - began:.2f} s {victim.name}")
            say(f"  killed {kills[-1]}")
            victim.start()
            if victim is not server:
                victim.go(until, ground.keys)
        _end(workers)
        took = time.time() - began
        server.run.terminate()
        if server.ended() != 0:
            raise SystemExit(f"the server ended badly: {server.said()}")
    return Run(seconds=took, kills=tuple(kills))


@contextmanager
def _processes(ground: Field, seed: int, writers: int) -> Iterator[tuple[Process, list[Process]]]:
    """The server, and the processes of the writers: half over HTTP, half inside."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    home = ground.logs.parent
    up = ("up", "--plant", str(ground.folder), "--port", str(port), "--json")
    server = Process("server", (*COMMAND, *up), home)
    asked: dict[str, Any] = {
        "seed": seed, "plant": str(ground.folder), "logs": str(ground.logs),
        "start": ground.start.isoformat(), "address": f"127.0.0.1:{port}",
    }  # fmt: skip
    half = writers // 2
    shares = [("http", range(0, half, 2)), ("http", range(1, half, 2))]
    shares += [("inside", range(half + n, writers, 4)) for n in range(4)]
    workers = [
        Process(
            f"{way}-{n}",
            (sys.executable, str(WRITER), json.dumps(asked | {"way": way, "writers": list(share)})),
            home,
        )
        for n, (way, share) in enumerate(shares)
        if share
    ]
    with ExitStack() as ending:
        for process in (server, *workers):
            process.start()
            ending.callback(process.kill)
        yield server, workers


def _wait(workers: list[Process], seconds: float, until: float) -> None:
    """Let time pass while all is well."""
    end = min(time.time() + seconds, until)
    while (left := end - time.time()) > 0:
        time.sleep(min(left, 0.1))
        for worker in workers:
            if worker.run.poll() not in {None, 0}:
                raise SystemExit(f"{worker.name} gave up: {worker.said()}")


def _end(workers: list[Process]) -> None:
    for worker in workers:
        if worker.ended() != 0:
            raise SystemExit(f"{worker.name} gave up: {worker.said()}")


def verify(folder: Path) -> str:
    """What `chargehand audit verify` finds wrong; empty where all is well."""
    done = subprocess.run(
        [*COMMAND, "audit", "verify", "--plant", str(folder)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return (
        "" if done.returncode == 0 else f"exit code {done.returncode}: {done.stdout}{done.stderr}"
    )
