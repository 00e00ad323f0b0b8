"""A large record: balance look-up, stock of a bin as of a moment, bytes a movement, memory.

Protocol: a database of SQLite is filled by the fast lane, as connectors fill it: receipts that make
every balance, then moves of the same material between bins, each with its key, journal leaf and
outbox row. The background work makes the history meanwhile, as it does in a plant. Then random
balances are looked up, and random bins as of random moments; the peer is what one would do without
the history: read the journal's movements of the bin that came after. Both must give the same.

Size: 10,000,000 movements over 1,000,000 balances; ``BENCH_SIZE=1000000`` makes it smaller (a tenth
as many balances). ``BENCH_FOLDER`` keeps the database for the next run.
"""

from __future__ import annotations

import os
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from chargehand.record.ledger import SUPPLIER, BalanceKey, storage, transfer
from chargehand.runtime.clock import now
from chargehand.storage import outbox
from chargehand.storage.balances import Chosen, balances
from chargehand.storage.docket import Docket
from chargehand.storage.history import History
from chargehand.storage.looking_back import cut, holds_text
from chargehand.storage.posting import Posted, Posting
from chargehand.storage.segment import legs_of, placed, segments
from chargehand.storage.store import Store
from chargehand.vocabulary.identifier import LocationId, LotId, MaterialId, SiteId
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.quantity import SCALE, Unit

SIZE = int(os.environ.get("BENCH_SIZE", "10000000"))
BALANCES = max(1000, SIZE // 10)
IN_A_BIN = 20
"""Balances of one bin."""
BATCH = 4096
START, STEP = datetime(2025, 1, 1, tzinfo=UTC), timedelta(seconds=3)
SITE = SiteId("KENT")
LOOKUP_MS, AS_OF_MS, BYTES, MEBIBYTES = 2.0, 20.0, 700.0, 600.0


def key_of(number: int) -> BalanceKey:
    """One of the balances; those of one material stand in many bins."""
    bins = BALANCES // IN_A_BIN
    place, material = number % bins, number // 1000
    account = storage(SITE, LocationId(f"A-{place:05}"))
    return BalanceKey(account, MaterialId(f"PART-{material:05}"), LotId(f"L{material % 97:02}"))


def postings(chance: random.Random) -> Iterator[Posting]:
    """Receipts for every balance, then moves between two of the same material."""
    for n in range(SIZE):
        if n < BALANCES:
            target = key_of(n)
            source = BalanceKey(SUPPLIER, target.material, target.lot)
            pieces, step = 1000, "receiving"
        else:
            group, one, other = chance.randrange(BALANCES // 1000), *chance.sample(range(1000), 2)
            source, target = key_of(group * 1000 + one), key_of(group * 1000 + other)
            pieces, step = 1, "storing"
        movement = transfer(
            f"wms/{n:09}", step, source=source, target=target, scaled=pieces * SCALE,
            unit=Unit.PIECE,
        )  # fmt: skip
        moment = written(START + n * STEP)
        yield Posting(
            source="wms", key=f"{n:09}", movement=movement, actor="wms", recorded_at=moment,
            occurred_at=moment,
        )  # fmt: skip


def fill(store: Store) -> None:
    """Post all movements, and make the history."""
    history, source = History(store), postings(random.Random(7))
    spent = Counter[str]()
    for at in range(0, SIZE, BATCH):
        batch = [next(source) for _ in range(min(BATCH, SIZE - at))]
        started = time.monotonic()
        answers = store.post(batch)
        spent["post"] += time.monotonic() - started  # type: ignore[assignment]
        assert all(isinstance(one, Posted) for one in answers)
        store.write(acted_on)
        started, busy = time.monotonic(), time.process_time()
        history.catch_up()
        spent["history"] += time.monotonic() - started  # type: ignore[assignment]
        spent["busy"] += time.process_time() - busy  # type: ignore[assignment]
        if at // BATCH % 64 == 0:
            store.rest()
        if at // BATCH % 256 == 255:
            print(f"  {at + BATCH:,} movements", flush=True)
    print(f"posted {SIZE / spent['post']:,.0f}/s in batches of {BATCH}")
    print(
        f"history made {SIZE / spent['history']:,.0f} entries/s, {SIZE / spent['busy']:,.0f} in a"
        " second of the processor (goal 60,000)"
    )


def acted_on(docket: Docket) -> None:
    """Take what happened out of the outbox, as the background work does."""
    outbox.take(docket, outbox.CONSUMERS[0], BATCH)
    outbox.prune(docket)


def timed(work: Callable[[], object], times: int) -> tuple[float, float]:
    """Median and 99th percentile of some calls (ms)."""
    found = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        found.append((time.perf_counter() - started) * 1000)
    found.sort()
    return found[len(found) // 2], found[int(len(found) * 0.99)]


def as_of_bin(store: Store, place: str, moment: datetime) -> dict[tuple[str, ...], int]:
    """Stock of a bin as the product tells it."""
    with store.snapshot() as sql:
        back = cut(sql, occurred=moment, known=None)
        chosen = Chosen(site=SITE, location=place)
        return {tuple(row[:6]): n for row, n in balances(sql, chosen, cut=back)}


def naive(store: Store, place: str, moment: datetime) -> dict[tuple[str, ...], int]:
    """The same by reading the journal from its beginning."""
    found: Counter[tuple[str, ...]] = Counter()
    account = f"{SITE}/{place}"
    with store.snapshot() as sql:
        rows = sql.stream(
            "SELECT body FROM journal WHERE kind = 'movement' AND occurred_at <= ?"
            " AND body LIKE ? ESCAPE '!'",
            (written(moment), holds_text("account", account)),
        )
        for (body,) in rows:
            for key, scaled in legs_of(body):
                if key[0] == account:
                    found[key] += scaled
    return {key: n for key, n in found.items() if n}


def measure(store: Store, file: Path) -> bool:
    """Print each figure beside its limit; whether all are kept."""
    chance = random.Random(11)

    def look_up() -> None:
        key = key_of(chance.randrange(BALANCES))
        chosen = Chosen(
            site=SITE, location=key.account.partition("/")[2], material=key.material, lot=key.lot
        )
        with store.snapshot() as sql:
            assert len(list(balances(sql, chosen, empty=True))) == 1

    def some_bin() -> tuple[str, datetime]:
        place = f"A-{chance.randrange(BALANCES // IN_A_BIN):05}"
        return place, START + STEP * chance.randrange(BALANCES, SIZE)

    kept = True

    def tell(what: str, figure: float, limit: float, unit: str, more: str = "") -> None:
        nonlocal kept
        kept = kept and figure <= limit
        verdict = "kept" if figure <= limit else "MISSED"
        print(f"{what}: {figure:,.2f} {unit} (limit {limit:g}): {verdict}{more}")

    timed(look_up, 1000)
    half, most = timed(look_up, 10_000)
    tell("balance lookup, p99 of 10,000", most, LOOKUP_MS, "ms", f"; median {half:.2f}")
    half, most = timed(lambda: as_of_bin(store, *some_bin()), 500)
    tell("bin as of a moment, p99 of 500", most, AS_OF_MS, "ms", f"; median {half:.2f}")
    asked = some_bin()
    started = time.perf_counter()
    plain = naive(store, *asked)
    slow = (time.perf_counter() - started) * 1000
    assert plain == as_of_bin(store, *asked), "the history and the journal tell different things"
    print(
        f"  peer, the journal read through: {slow:,.0f} ms ({slow / half:,.0f} times), same stock"
    )
    store.close()  # what is in the log goes into the file
    tell("bytes a movement, all tables", file.stat().st_size / SIZE, BYTES, "bytes")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    tell("peak memory of the process", peak, MEBIBYTES, "MiB")
    return kept


def main() -> int:
    """Make the record, print the figures."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(os.environ.get("BENCH_FOLDER") or made)
        file = folder / f"record-{SIZE}.db"
        store = Store(file, now)
        with store.snapshot() as sql:
            is_filled = placed(sql) >= SIZE
        if not is_filled:
            fill(store)
        store.rest()
        with store.snapshot() as sql:
            count = sql.execute("SELECT count(*) AS n FROM balance").fetchone()[0]
            sizes = [one.legs for one in segments(sql)]
        print(f"{SIZE:,} movements, {count:,} balances, {len(sizes)} segments")
        kept = measure(store, file)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
