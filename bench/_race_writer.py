"""A process of writers for the race: it posts over HTTP or in its own process until told to end.

    python bench/_race_writer.py '{"way": "http", "writers": [0, 1], ...}'

It says `ready`, waits for a line with the end's moment and the keys, and then each writer acts,
waits for the answer, puts it on the disk and acts again. An act that is not answered is done again
under its own key, be it after the server or this process was killed.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from contextlib import ExitStack
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Protocol

from _race_acts import Log, next_act

PAUSE_S = 0.05
TIMEOUT_S = 60


class Way(Protocol):
    """How a signal gets to the plant."""

    def tell(self, text: str, account: str) -> dict[str, Any] | None:
        """Its receipt; None where there was no answer, so that nobody knows what became of it."""
        ...


class Inside:
    """The plant opened in this process, beside all others that have it open."""

    def __init__(self, folder: Path) -> None:
        from chargehand.api.envelopes import envelopes
        from chargehand.plant.plant import Plant
        from chargehand.storage.session import CommitFailed, StorageFault

        self._unanswered = (CommitFailed, StorageFault)
        self._plant, self._read = Plant.open(folder), envelopes

    def tell(self, text: str, account: str) -> dict[str, Any] | None:
        """Take a signal in."""
        try:
            [receipt] = self._plant.take(self._read(text.encode()), sender=account)
        except self._unanswered as fault:
            sys.stderr.write(f"again, after {type(fault).__name__}: {fault}\n")
            return None
        code = receipt.refusal.code if receipt.refusal else None
        return {"status": str(receipt.status), "code": code and str(code)}


class Http:
    """The server, by a connection of each writer's own."""

    def __init__(self, address: str, keys: dict[str, str]) -> None:
        self._address, self._keys = address, keys
        self._connections = threading.local()

    def tell(self, text: str, account: str) -> dict[str, Any] | None:
        """Post a signal."""
        connection = getattr(self._connections, "one", None)
        if connection is None:
            connection = self._connections.one = HTTPConnection(self._address, timeout=TIMEOUT_S)
        headers = {
            "Authorization": f"Bearer {self._keys[account]}", "Content-Type": "application/json",
        }  # fmt: skip
        try:
            connection.request("POST", "/v1/signals", text, headers)
            answer = connection.getresponse()
            said = answer.read()
        except (OSError, HTTPException):
            connection.close()
            self._connections.one = None
            return None
        if answer.status >= 500 or answer.status == 429:
            return None
        if answer.status != 200:
            raise SystemExit(f"the server answered {answer.status}: {said!r} to {text}")
        [receipt] = json.loads(said)["receipts"]
        refusal = receipt["refusal"]
        return {"status": receipt["status"], "code": refusal and refusal["code"]}


class Failures:
    """What went wrong in a writer's thread, for the process to end with."""

    def __init__(self) -> None:
        self.told: list[str] = []


def write(way: Way, writer: int, asked: dict[str, Any], until: float, failures: Failures) -> None:
    """Act until the end; at least once, for the act that a kill left in doubt."""
    start = datetime.fromisoformat(asked["start"])
    log = Log(Path(asked["logs"], f"{writer:02}.jsonl"))
    try:
        while True:
            signal, account, is_again = next_act(asked["seed"], writer, log.mine, start)
            text = json.dumps(signal)
            began = time.time()
            while (answer := way.tell(text, account)) is None:
                time.sleep(PAUSE_S)
            log.write({
                "at": round(time.time(), 3), "seconds": round(time.time() - began, 4),
                "way": asked["way"], "is_again": is_again, "signal": signal, **answer,
            })  # fmt: skip
            if time.time() >= until:
                break
    except (SystemExit, Exception) as fault:  # noqa: BLE001 - told when the process ends
        failures.told.append(f"writer {writer}: {type(fault).__name__}: {fault}")
    finally:
        log.close()


def main() -> None:
    """Run the writers."""
    asked = json.loads(sys.argv[1])
    inside = Inside(Path(asked["plant"])) if asked["way"] == "inside" else None
    print("ready", flush=True)
    given = json.loads(sys.stdin.readline())
    way: Way = inside or Http(asked["address"], given["keys"])
    until, failures = given["until"], Failures()
    with ExitStack() as ending:
        for writer in asked["writers"]:
            thread = threading.Thread(target=write, args=(way, writer, asked, until, failures))
            thread.start()
            ending.callback(thread.join)
    if failures.told:
        raise SystemExit("\n".join(failures.told))


if __name__ == "__main__":
    main()
