"""A server that is killed while eight clients post to it, and clients that do not give up."""

from __future__ import annotations

import json
import random
import select
import signal
import subprocess
import sys
import threading
from collections import Counter, deque
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

SERVE = """
import sys
from pathlib import Path
from typing import Self
from chargehand.cli.server import serve
folder, root_path = sys.argv[1:]
serve(
    Path(folder), "127.0.0.1", 0, root_path=root_path, console=False,
    ready=lambda url: print(url, flush=True),
)
"""
PATIENCE_S = 60
SITE = "KENT"
MATERIALS = [f"PART-{number:02}" for number in range(20)]
BULK = [f"BULK-{number:02}" for number in range(8)]
FACES = [f"FACE-{number:02}" for number in range(8)]


def signal_of(key: str, kind: str, **facts: object) -> dict[str, object]:
    return {
        "source": "person:storm",
        "key": key,
        "occurred_at": "2026-01-05T06:10:00+00:00",
        "body": {"kind": kind, **facts},
    }


def beginnings() -> list[dict[str, object]]:
    """The master records, and stock that no order of the later moves can use up."""
    made = [
        signal_of(f"m-{m}", "material_defined", definition={"material": m, "description": m})
        for m in MATERIALS
    ]
    for kind, places in (("bulk", BULK), ("pick_face", FACES)):
        made += [
            signal_of(
                f"l-{place}",
                "location_defined",
                definition={"location": place, "site": SITE, "kind": kind},
            )
            for place in places
        ]
    made += [
        signal_of(
            f"s-{m}-{place}", "goods_received", site=SITE, location=place, material=m,
            quantity={"amount": "1000000"},
        )
        for m in MATERIALS
        for place in BULK
    ]  # fmt: skip
    return made


def happenings(seed: int, count: int) -> list[dict[str, object]]:
    """Moves, receipts, consumption and usage that come to the same in any order."""
    rng = random.Random(seed)
    return [_happening(rng, f"t-{number:05}") for number in range(count)]


def _happening(rng: random.Random, key: str) -> dict[str, object]:
    facts: dict[str, object] = {
        "site": SITE,
        "material": rng.choice(MATERIALS),
        "quantity": {"amount": str(rng.randint(1, 400) / 4)},
    }
    match rng.randrange(4):
        case 0:
            places = {"from_location": rng.choice(BULK), "to_location": rng.choice(FACES)}
            return signal_of(key, "stock_moved", **facts, **places)
        case 1:
            return signal_of(key, "stock_moved", **facts, from_location=rng.choice(BULK))
        case 2:
            return signal_of(key, "goods_received", **facts, location=rng.choice(FACES + BULK))
        case _:
            day = f"2025-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
            return signal_of(key, "usage_reported", **facts, used_on=day)


def batches(seed: int, signals: list[dict[str, object]]) -> deque[list[dict[str, object]]]:
    """Every signal at least twice, in random order, in batches of 1 to 50."""
    rng = random.Random(seed)
    posts = [*signals, *signals, *rng.sample(signals, len(signals) // 20)]
    rng.shuffle(posts)
    cut: deque[list[dict[str, object]]] = deque()
    while posts:
        size = rng.randint(1, 50)
        cut.append(posts[:size])
        del posts[:size]
    return cut


class Server:
    """The server as a process of its own, which can be killed at any instant."""

    def __init__(self, folder: Path, root_path: str = "") -> None:
        self._arguments = [str(folder), root_path]
        self.lives = 0
        self.start()

    def start(self) -> None:
        self.run = subprocess.Popen(
            [sys.executable, "-c", SERVE, *self._arguments], stdout=subprocess.PIPE, text=True
        )
        assert self.run.stdout is not None
        ready, _, _ = select.select([self.run.stdout], [], [], PATIENCE_S)
        line = self.run.stdout.readline().strip() if ready else ""
        assert line.startswith("http://"), "the server did not come up"
        self.url = line
        self.address = urlsplit(line).netloc
        self.lives += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.run.poll() is None:
            self.kill()

    def kill(self) -> None:
        self.run.kill()
        self._gone()

    def stop(self) -> int:
        """Ask it to end, and return its exit code."""
        self.run.send_signal(signal.SIGTERM)
        return self._gone()

    def _gone(self) -> int:
        code = self.run.wait(timeout=PATIENCE_S)
        assert self.run.stdout is not None
        self.run.stdout.close()
        return code


class Storm:
    """Clients that post batches until each is acknowledged, over all of the server's lives."""

    def __init__(self, server: Server, key: str, posts: deque[list[dict[str, object]]]) -> None:
        self.statuses: dict[str, Counter[str]] = {}
        self.lost = 0
        self.faults: list[str] = []
        self._server = server
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._posts = posts
        self._changed = threading.Condition()
        self._acknowledged = 0

    def rage(self, clients: int, kill_at: list[int]) -> None:
        """Post everything; kill and restart the server when so many signals were acknowledged."""
        threads = [threading.Thread(target=self._client) for _ in range(clients)]
        for thread in threads:
            thread.start()
        for count in kill_at:
            with self._changed:
                reached = self._changed.wait_for(
                    lambda at=count: self._acknowledged >= at or self.faults, PATIENCE_S
                )
            if not reached:
                self.faults.append(f"{count} acknowledgements were not reached in time")
            self._server.kill()
            self._server.start()
            with self._changed:
                self._changed.notify_all()
        for thread in threads:
            thread.join(PATIENCE_S)

    def _client(self) -> None:
        life = 0
        connection: HTTPConnection | None = None
        while True:
            with self._changed:
                if not self._posts or self.faults:
                    break
                batch = self._posts.popleft()
            while not self._post(connection, batch):
                if connection is not None:
                    connection.close()
                with self._changed:
                    if not self._changed.wait_for(
                        lambda before=life: self._server.lives > before, PATIENCE_S
                    ):
                        self.faults.append("a connection broke though the server was not killed")
                        return
                    life = self._server.lives
                    connection = HTTPConnection(self._server.address, timeout=PATIENCE_S)
        if connection is not None:
            connection.close()

    def _post(self, connection: HTTPConnection | None, batch: list[dict[str, object]]) -> bool:
        if connection is None:
            return False
        try:
            connection.request("POST", "/v1/signals", json.dumps(batch), self._headers)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, HTTPException):
            with self._changed:
                self.lost += 1
            return False
        with self._changed:
            if answer.status != 200:
                self.faults.append(f"{answer.status}: {text[:300]!r}")
                return True
            for receipt in json.loads(text)["receipts"]:
                self.statuses.setdefault(receipt["key"], Counter())[receipt["status"]] += 1
            self._acknowledged += len(batch)
            self._changed.notify_all()
        return True
