"""Complete posts a second, beside the plain script that does the least a complete post can be.

A post: its key claimed, a movement of two legs as a journal leaf, balances with no-negative and
reservation checks, an outbox row; durable (SQLite synchronous FULL, PostgreSQL synchronous_commit).
Rounds of the plain script and ours take turns, each with the same batch, and the median counts:
the machine is shared. Bars of rates are for a quiet machine of two cores; the fraction of the plain
script in the same run holds on any.

    make bench ONLY=posts
    BENCH_PARTS="small callers size postgres" BENCH_ROUNDS=5 BENCH_SECONDS=3
    BENCH_FOLDER=/tmp/x          keeps the large files of SQLite for the next run
"""

from __future__ import annotations

import itertools
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import _callers
import _ours
import _plain_postgres
import _plain_sqlite
from _plain import AT_SIZE, POSTGRES_SETTINGS, SMALL, Rate

from chargehand.testing.postgres import postgres_server

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "3"))
PARTS = os.environ.get("BENCH_PARTS", "small callers size postgres").split()
BATCHES = (1000, 4000)
FRACTION_MIN = 0.6
SMALL_MIN, AT_SIZE_MIN, POSTGRES_MIN, POSTGRES_TWO_MIN = 60_000, 25_000, 20_000, 35_000
CALLERS_MIN, P99_MAX_MS = 12_000, 10.0


class Verdict:
    """What was missed."""

    def __init__(self) -> None:
        self.missed: list[str] = []

    def least(self, what: str, figure: float, limit: float) -> str:
        """Note a figure that may not be below its limit; how it is told."""
        return self._tell(what, figure, limit, is_kept=figure >= limit)

    def most(self, what: str, figure: float, limit: float) -> str:
        """Note a figure that may not be above its limit; how it is told."""
        return self._tell(what, figure, limit, is_kept=figure <= limit)

    def _tell(self, what: str, figure: float, limit: float, *, is_kept: bool) -> str:
        digits = 0 if limit > 100 else 2
        if not is_kept:
            self.missed.append(f"{what} {figure:,.{digits}f} (limit {limit:,g})")
        return f"{figure:,.{digits}f} ({'kept' if is_kept else 'MISSED'}: {limit:,g})"


def beside(
    what: str,
    plain: Callable[[int], Rate],
    ours: Callable[[int, int], Rate],
    runs: Iterator[int],
    bar: tuple[Verdict, float],
) -> None:
    """Measure both in turns for each batch, and print the medians; the better batch counts."""
    verdict, least = bar
    found: dict[int, tuple[float, float]] = {}
    for batch in BATCHES:
        pairs = [
            (plain(batch).posts_per_second, ours(batch, next(runs)).posts_per_second)
            for _ in range(ROUNDS)
        ]
        limit, rate = (median(side) for side in zip(*pairs, strict=True))
        fraction = median(mine / theirs for theirs, mine in pairs)
        best = max(mine for _, mine in pairs)
        found[batch] = rate, fraction
        print(
            f"{what}, {batch} a batch: ours {rate:,.0f}/s (best {best:,.0f}), plain script"
            f" {limit:,.0f}/s, fraction {fraction:.2f}; load {os.getloadavg()[0]:.1f}",
            flush=True,
        )
    rate, fraction = (max(side) for side in zip(*found.values(), strict=True))
    print(
        f"  -> {verdict.least(f'{what}: posts/s', rate, least)}, fraction"
        f" {verdict.least(f'{what}: fraction', fraction, FRACTION_MIN)}"
    )


def sqlite(folder: Path, size: tuple[int, int], what: str, bar: tuple[Verdict, float]) -> None:
    """Both on SQLite."""
    ours, plain, runs = folder / f"ours-{what}.db", folder / f"plain-{what}.db", _runs()
    if not ours.exists():
        _ours.build(ours, *size)
        _plain_sqlite.build(plain, *size)
    beside(
        f"SQLite, {what}",
        lambda batch: _plain_sqlite.rate(plain, seconds=SECONDS, batch=batch),
        lambda batch, run: _ours.rate(ours, run, seconds=SECONDS, batch=batch),
        runs,
        bar,
    )


def postgres(verdict: Verdict) -> None:
    """Both on PostgreSQL, from one process and from two."""
    with (
        postgres_server(POSTGRES_SETTINGS) as server, server.database() as ours,
        server.database() as plain,
    ):  # fmt: skip
        _ours.build(ours, *AT_SIZE)
        _plain_postgres.build(plain, *AT_SIZE)
        for connections, least in ((1, POSTGRES_MIN), (2, POSTGRES_TWO_MIN)):
            beside(
                f"PostgreSQL at size, {connections} process{'es' * (connections > 1)}",
                lambda batch, n=connections: _plain_postgres.rate(
                    plain, seconds=SECONDS, batch=batch, connections=n
                ),
                lambda batch, run, n=connections: _ours.rate(
                    ours, run, seconds=SECONDS, batch=batch, connections=n
                ),
                _runs(connections * 100),
                (verdict, least),
            )


def callers(folder: Path, verdict: Verdict) -> None:
    """64 callers of single posts on a small SQLite."""
    file, runs = folder / "callers.db", _runs()
    _ours.build(file, *SMALL)
    rates = [_callers.closed(file, next(runs), posts=30_000) for _ in range(ROUNDS)]
    rate = median(each.posts_per_second for each in rates)
    half = CALLERS_MIN / 2
    opened = [
        _callers.open_loop(file, next(runs), per_second=half, seconds=SECONDS)
        for _ in range(ROUNDS)
    ]
    p50, p99 = (
        median(each) * 1000
        for each in zip(*((one.seconds_median, one.seconds_p99) for one in opened), strict=True)
    )
    print(
        f"SQLite, {_callers.CALLERS} callers of one post:"
        f" {verdict.least('64 callers: posts/s', rate, CALLERS_MIN)}/s; coming at {half:,.0f}/s:"
        f" p50 {p50:.1f} ms, p99 {verdict.most('64 callers: p99 ms', p99, P99_MAX_MS)} ms;"
        f" load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


def _runs(first: int = 1) -> Iterator[int]:
    """Numbers of runs, each far enough from the next for several processes."""
    return itertools.count(first + int(os.environ.get("BENCH_RUN", "0")), 4)


def main() -> int:
    """Print the figures of all parts; 1 where a limit is missed."""
    verdict = Verdict()
    with tempfile.TemporaryDirectory(prefix="chargehand-posts-") as made:
        large = Path(os.environ.get("BENCH_FOLDER") or made)
        if "small" in PARTS:
            sqlite(Path(made), SMALL, "small", (verdict, SMALL_MIN))
        if "callers" in PARTS:
            callers(Path(made), verdict)
        if "size" in PARTS:
            sqlite(large, AT_SIZE, "at size", (verdict, AT_SIZE_MIN))
    if "postgres" in PARTS:
        postgres(verdict)
    print(f"POSTS: MISSED {'; '.join(verdict.missed)}" if verdict.missed else "POSTS: KEPT")
    return bool(verdict.missed)


if __name__ == "__main__":
    sys.exit(main())
