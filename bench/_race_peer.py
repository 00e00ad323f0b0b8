"""The race's peer: Tryton 8.2 assigns and does moves on the same PostgreSQL server as we post.

Ours is one caller that posts one movement in a commit of its own, again and again; Tryton's is one
client that creates, assigns (`assign_try`) and does one move in a transaction, in its own process
and without its RPC layer. Rounds take turns, because the machine is shared.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from statistics import median

import _ours
from _plain import Rate
from _tryton import Race, tryton

from chargehand.testing.postgres import PostgresServer

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SECONDS = 4.0
BALANCES = 20_000
WORK = """\
  What Tryton does for a move and we do not: an ORM's records, access rules, units of measure
  converted, costs, who wrote what and when, its views' computed fields. What we do and it does not:
  a key by which a repetition is found out, a journal leaf of a tree that proves itself, an outbox,
  holds checked, a balance row (it adds up moves). Neither goes over a network here."""


def compare(server: PostgresServer, ratio_min: float) -> list[str]:
    """Print both sides' rates and what a race makes of Tryton; what is short of the bar."""
    print(f"== peer: Tryton 8.2.1 on the same PostgreSQL, {ROUNDS} rounds in turns", flush=True)
    singles: list[float] = []
    theirs: list[float] = []
    embedded: list[float] = []
    with (
        tryton(server) as peer, server.database() as url, tempfile.TemporaryDirectory() as folder,
    ):  # fmt: skip
        file = Path(folder, "ours.db")
        _ours.build(url, BALANCES, 0)
        _ours.build(file, BALANCES, 0)
        for run in range(1, ROUNDS + 1):
            singles.append(_single(url, run).posts_per_second)
            theirs.append(peer.rate(batch=1, seconds=SECONDS).moves_per_second)
            embedded.append(_single(file, run).posts_per_second)
        batched = peer.rate(batch=100, seconds=SECONDS).moves_per_second
        ours, tryton_s = median(singles), median(theirs)
        ratio, load = ours / tryton_s, os.getloadavg()[0]
        print(f"  single durable posts, PostgreSQL: ours {ours:,.0f}/s, Tryton {tryton_s:.1f}/s")
        print(f"  ours on SQLite {median(embedded):,.0f}/s; Tryton, 100 at once, {batched:.0f}/s")
        print(f"  ratio {ratio:,.0f} (bar {ratio_min:g}); load {load:.1f}")
        print(f"  ratio on SQLite {median(embedded) / tryton_s:,.0f}", flush=True)
        _tell("its client's way", peer.race())
        _tell("drafted and assigned in one transaction", peer.race(together=True))
    print(WORK)
    return [] if ratio >= ratio_min else [f"{ratio:.0f} times Tryton's rate, not {ratio_min:g}"]


def _single(place: Path | str, run: int) -> Rate:
    return _ours.rate(place, run, seconds=SECONDS, batch=1)


def _tell(name: str, race: Race) -> None:
    print(
        f"  Tryton raced, {name}: {race.rounds} rounds of {race.clients} clients, {race.granted}"
        f" granted in {race.seconds_mean:.2f} s each, {race.retries} retries, {race.failed} failed;"
        f" over-reserved lots {race.lots_over_reserved} (units {race.units_over_reserved}),"
        f" lost {race.lost_updates}, negative lots {race.negative_lots}"
    )
