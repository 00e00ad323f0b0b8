"""The race: 64 writers want the same few lots while processes are killed; then all is counted.

The record is held against what the writers were told.

Half of the writers post over HTTP to `chargehand up`, half in processes of their own that have the
plant open, on SQLite and then on PostgreSQL. They move, receive, ship, reserve, pick, void, count,
hold and release, tell things twice, and reuse keys. Each puts its answers on the disk before it
goes on. The server and the writers' processes are killed (`kill -9`) at random and come back.

Then Tryton 8.2 assigns and does moves on the same PostgreSQL server, as the peer.

    make race                 a minute on each engine, and the peer
    make race QUICK=1         ten seconds, without the peer
    RACE_SECONDS=300 RACE_SEED=7 make race

The last line is the verdict; the exit code is 1 where anything was violated.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from _plain import POSTGRES_SETTINGS
from _race_check import check
from _race_plant import Run, make_field, run, verify
from _race_read import Logs, read_logs

from chargehand.testing.postgres import PostgresServer, postgres_server

WRITERS = 64
RATIO_MIN = 100
QUICK_SECONDS, SECONDS = 10, 60
SHOWN = 5


def main() -> None:
    """Run the race and say what came of it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("RACE: FAIL it was ended"))
    quick = os.environ.get("QUICK", "0") not in {"", "0"}
    seconds = float(os.environ.get("RACE_SECONDS", QUICK_SECONDS if quick else SECONDS))
    seed = int(os.environ.get("RACE_SEED") or time.time_ns() % 1_000_000)
    writers = int(os.environ.get("RACE_WRITERS", WRITERS))
    engines = os.environ.get("RACE_ENGINES", "sqlite postgres").split()
    wrong: list[str] = []
    with ExitStack() as open_:
        server = None
        if "postgres" in engines or not quick:
            server = open_.enter_context(postgres_server(POSTGRES_SETTINGS))
        for engine in engines:
            url = ""
            if engine == "postgres":
                assert server, "started above"
                url = open_.enter_context(server.database())
            wrong += race(engine, url, seed=seed, seconds=seconds, writers=writers)
        if not quick:
            assert server, "started above"
            wrong += _peer(server)
    print(f"RACE: FAIL {'; '.join(wrong)}" if wrong else "RACE: PASS")
    sys.exit(bool(wrong))


def race(engine: str, url: str, *, seed: int, seconds: float, writers: int) -> list[str]:
    """Race on one engine and check; what was violated."""
    print(f"== {engine}: {writers} writers for {seconds:g} s, RACE_SEED={seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="chargehand-race-") as folder:
        home = Path(os.environ.get("RACE_KEEP") or folder, engine)
        ground = make_field(home, url)
        how = run(ground, seed=seed, seconds=seconds, writers=writers, say=print)
        _tell(how, read_logs(ground.logs))
        found = check(ground.place, ground.logs)
        found["audit"] = [said] if (said := verify(ground.folder)) else []
    for name, cases in found.items():
        print(f"  {name:25} {len(cases)}")
        for case in cases[:SHOWN]:
            print(f"    {case}")
    return [f"{engine}: {name} {len(cases)}" for name, cases in found.items() if cases]


def _tell(how: Run, logs: Logs) -> None:
    answered = len(logs.told) + len(logs.again)
    print(
        f"  {answered:,} acts answered in {how.seconds:.1f} s ({answered / how.seconds:,.0f}/s),"
        f" {len(logs.taken):,} accepted; {len(how.kills)} kills;"
        f" load {os.getloadavg()[0]:.1f}"
    )
    print(f"  accepted: {logs.by_kind()}")
    for way, waits in sorted(logs.seconds.items()):
        if way != "begin":
            waits.sort()
            p50, p99 = waits[len(waits) // 2], waits[int(len(waits) * 0.99)]
            print(f"  {way:7} {len(waits):,} acts, p50 {p50:.3f} s, p99 {p99:.3f} s")


def _peer(server: PostgresServer) -> list[str]:
    from _race_peer import compare

    return compare(server, RATIO_MIN)


if __name__ == "__main__":
    main()
