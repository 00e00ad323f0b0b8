"""Tryton 8.2, the open peer: its rate of stock moves, and how it stands several clients at once.

`tools/peer.sh tryton` installs it in `.bench-tryton`; `_tryton_worker.py` runs there, one for each
client, on a database of the same PostgreSQL server as ours. What Tryton does for a move and we do
not: access rules of its administrator, history of who wrote, costing, an ORM's records. What we do
and it does not: idempotency by key, an outbox, a journal that proves itself, holds.

    with tryton(server) as peer:
        print(peer.rate(batch=1, seconds=5).moves_per_second)
"""

from __future__ import annotations

import itertools
import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from chargehand.testing.postgres import PostgresServer, postgres_server

ROOT = Path(__file__).resolve().parents[1]
PYTHON = ROOT / ".bench-tryton/bin/python"
WORKER = Path(__file__).with_name("_tryton_worker.py")
ROUNDS_MAX, LOTS, UNITS = 20, 4, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Moves that were created, assigned by `assign_try` and done, by one client."""

    moves_per_second: float
    seconds_median: float
    """Of a transaction, as is `seconds_p99`."""
    seconds_p99: float
    transactions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """What several clients were told, against what the database holds afterwards."""

    rounds: int
    clients: int
    granted: int
    """Assignments that were acknowledged; `denied` for want of stock, `failed` with an error
    after all of Tryton's own retries."""
    denied: int
    failed: int
    retries: int
    seconds_mean: float
    """Of an assignment that was answered."""
    lots_over_reserved: int
    units_over_reserved: int
    lost_updates: int
    """Acknowledged assignments that the database does not hold."""
    units_left: int
    """Of all lots, what is not assigned nor done, by adding up moves; `units_in_stock` is what
    Tryton says once everything assigned is done."""
    units_in_stock: int
    negative_lots: int
    """After everything assigned is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A database of Tryton's with stock in it, and how to start clients of it."""

    address: tuple[str, str]
    clients: ExitStack = field(repr=False)
    rounds: Iterator[int] = field(default_factory=itertools.count, repr=False)
    running: list[subprocess.Popen[str]] = field(default_factory=list, repr=False)

    def rate(self, *, batch: int, seconds: float) -> Rate:
        """Measure one client that puts `batch` moves of 100 products into a transaction."""
        return Rate(**self._ask(0, do="rate", batch=batch, seconds=seconds))

    def race(
        self, *, rounds: int = 6, clients: int = 4, seconds: float = 20, together: bool = False
    ) -> Race:
        """Let clients reserve the same few lots until they are gone, over and over.

        Each round has 4 lots of 10 units, of which a client wants 1 to 3 at a time. A round ends
        after `seconds`, or before, when every client was denied twelve times in a row.

        Args:
            rounds: At most 20 in the life of a peer: each takes lots of its own.
            clients: Processes.
            seconds: How long a round may take.
            together: Whether a move is drafted in the transaction that assigns it, as a script
                might; else in one before, as Tryton's own client does. The difference matters:
                its lock holds the moves that its snapshot sees, and no draft of another
                transaction, so that together two clients can be given the same units.
        """
        told: list[dict[str, Any]] = []
        self._start(clients)
        for _ in range(rounds):
            number = next(self.rounds)
            lots = list(range(number * LOTS, (number + 1) * LOTS))
            for client in range(clients):
                self._send(
                    client, do="race", lots=lots, seconds=seconds, together=together,
                    seed=number * clients + client,
                )  # fmt: skip
            told += [self._answer(client) for client in range(clients)]
        acknowledged = [grant for one in told for grant in one["acknowledged"]]
        counted = self._ask(0, do="count", acknowledged=acknowledged)
        answered = len(acknowledged) + sum(one["denied"] for one in told)
        return Race(
            rounds=rounds,
            clients=clients,
            granted=len(acknowledged),
            denied=answered - len(acknowledged),
            failed=sum(one["failed"] for one in told),
            retries=sum(one["retries"] for one in told),
            seconds_mean=sum(one["seconds"] for one in told) / max(answered, 1),
            **counted,
        )

    def _start(self, count: int) -> None:
        """Have so many clients that have opened the database."""
        while len(self.running) < count:
            self.running.append(
                self.clients.enter_context(
                    subprocess.Popen(
                        [str(PYTHON), str(WORKER), *self.address],
                        stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE,
                        text=True,
                    )
                )
            )
            if len(self.running) > 1:
                self._ask(-1, do="open")

    def _ask(self, client: int, **question: object) -> dict[str, Any]:
        self._send(client, **question)
        return self._answer(client)

    def _send(self, client: int, **question: object) -> None:
        pipe = self.running[client].stdin
        assert pipe, "a pipe"
        pipe.write(json.dumps(question) + "\n")
        pipe.flush()

    def _answer(self, client: int) -> dict[str, Any]:
        pipe = self.running[client].stdout
        assert pipe, "a pipe"
        line = pipe.readline()
        if not line:
            raise SystemExit("tryton: a client ended; what it said is above")
        return json.loads(line)


@contextmanager
def tryton(server: PostgresServer) -> Iterator[Peer]:
    """Yield Tryton with a database of its own on a server; installs it where it is not."""
    subprocess.run(["/bin/sh", str(ROOT / "tools/peer.sh"), "tryton"], check=True)
    with server.database() as url, ExitStack() as clients:
        parts = urlsplit(url)
        address = (urlunsplit(parts._replace(path="/")), parts.path.removeprefix("/"))
        peer = Peer(address=address, clients=clients)
        peer._start(1)  # noqa: SLF001 - of this module
        peer._ask(0, do="prepare", lots=ROUNDS_MAX * LOTS, quantity=UNITS)  # noqa: SLF001
        yield peer


def main() -> None:
    """Print Tryton's figures alone."""
    with postgres_server() as server, tryton(server) as peer:
        for batch in (1, 100):
            print(f"batch {batch}: {peer.rate(batch=batch, seconds=8)}")
        for together in (False, True):
            print(f"together {together}: {peer.race(together=together)}")


if __name__ == "__main__":
    main()
