"""Many callers of one post each: how many a second, and how long one waits at half the load."""

from __future__ import annotations

import gc
import itertools
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import _ours
from _plain import Rate

from chargehand.runtime.clock import now
from chargehand.storage.store import Store

CALLERS = 64


def closed(place: Path | str, run: int, *, posts: int) -> Rate:
    """Callers that post again as soon as they are answered."""
    return _measured(place, run, [0.0] * posts)


def open_loop(place: Path | str, run: int, *, per_second: float, seconds: float) -> Rate:
    """Posts that come when they come, however long others take: waits count from their coming."""
    chance = random.Random(run)
    gaps = (chance.expovariate(per_second) for _ in range(int(per_second * seconds)))
    return _measured(place, run, list(itertools.accumulate(gaps)))


def _measured(place: Path | str, run: int, due: list[float]) -> Rate:
    """Post each at its time (seconds from the start; 0: at once) by any caller that is free."""
    before = _ours.standing(place)
    with closing(Store(place, now)) as store:
        post = _ours.poster(store)
        source = _ours.wanted(before["balances"], run)
        post([next(source)])  # plans and caches
        work = list(zip(due, itertools.islice(source, len(due)), strict=True))
        gc.collect()
        gc.freeze()
        with _ours.resting(store):
            waits, took = _run(post, iter(work))
        gc.unfreeze()
    _ours.check(place, before, run, 1, len(due) + 1)
    waits.sort()
    return Rate(
        posts_per_second=len(due) / took, seconds_median=waits[len(waits) // 2],
        seconds_p99=waits[int(len(waits) * 0.99)], posts=len(due),
    )  # fmt: skip


def _run(
    post: Callable[[list[object]], None], work: Iterator[tuple[float, object]]
) -> tuple[list[float], float]:
    lock, waits = threading.Lock(), []
    clock = time.perf_counter
    start = clock() + 0.05

    def call() -> None:
        while True:
            with lock:
                due, one = next(work, (0.0, None))
            if one is None:
                return
            came = start + due if due else clock()
            while (early := came - clock()) > 0:
                time.sleep(early)
            post([one])
            waits.append(clock() - came)

    threads = [threading.Thread(target=call) for _ in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return waits, clock() - start
