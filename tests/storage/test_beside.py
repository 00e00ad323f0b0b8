"""What goes on beside the commits: housekeeping that nobody waits for, and both ways of a batch."""

from __future__ import annotations

import threading

import pytest

from chargehand.record.ledger import SUPPLIER, Account, BalanceKey, Leg, Movement
from chargehand.runtime.clock import now
from chargehand.storage.engines import engine
from chargehand.storage.lane_text import movement_text
from chargehand.storage.postgres_lane import FEW
from chargehand.storage.posting import Posted, Posting
from chargehand.storage.store import Store
from chargehand.storage.writer import Writer
from chargehand.vocabulary.quantity import Unit

MOMENT = "2026-11-20T08:00:00.000000Z"
PATIENCE_S = 20
ODD = 'tab\t, quote ", backslash \\, line\n, brace {}, umlaut ü, \\N, NULL'


class SlowHouse:
    """A real door whose housekeeping takes as long as the test wants."""

    def __init__(self, door) -> None:
        self.door = door
        self.begun, self.may_end = threading.Event(), threading.Event()
        self.begin, self.commit, self.abandon = door.begin, door.commit, door.abandon
        self.close = door.close

    def rest(self):
        self.begun.set()
        assert self.may_end.wait(PATIENCE_S)
        self.door.rest()


def posting(number: int, odd: str, cause: str | None) -> Posting:
    legs = (
        Leg(BalanceKey(SUPPLIER, odd, "L"), -1_000_000),
        Leg(BalanceKey(Account("S/A"), odd, "L"), 1_000_000),
    )
    movement = Movement(
        key=f"wms/{odd}{number}", business_step="receiving", unit=Unit.PIECE, legs=legs
    )
    return Posting(
        source="wms", key=f"{odd}{number}", movement=movement, actor=odd, recorded_at=MOMENT,
        occurred_at=MOMENT if number % 2 else None, cause=cause,
    )  # fmt: skip


def test_who_writes_does_not_wait_for_housekeeping(tmp_path):
    made = engine(tmp_path / "t.db")
    made.migrate()
    house = SlowHouse(made.door())
    writer = Writer(house)
    resting = threading.Thread(target=writer.rest)
    resting.start()
    assert house.begun.wait(PATIENCE_S)
    assert writer.run(lambda transaction: transaction.is_open)
    assert resting.is_alive()
    house.may_end.set()
    resting.join()
    writer.close()


def test_housekeeping_moves_the_log_into_the_file_while_the_writer_is_open(tmp_path):
    file = tmp_path / "t.db"
    store = Store(file, now)
    store.post([posting(n, "M", None) for n in range(500)])
    before = file.stat().st_size
    store.rest()
    assert file.stat().st_size > before + 500 * 200
    store.close()


@pytest.mark.parametrize("count", [1, FEW, FEW + 1])
def test_small_and_large_batches_write_the_same_rows(both, count):
    postings = [posting(n, ODD, ODD if n % 3 else None) for n in range(count)]
    assert all(isinstance(answer, Posted) for answer in both.post(postings))
    with both.snapshot() as sql:
        journal = sql.execute(
            "SELECT key, occurred_at, cause, actor, body FROM journal ORDER BY number"
        ).fetchall()
        inbox = sql.execute("SELECT key, entry FROM inbox ORDER BY entry").fetchall()
        outbox = sql.execute("SELECT count(*) FROM outbox").fetchone()
        stock = sql.execute("SELECT scaled FROM balance WHERE site = 'S'").fetchall()
    assert [tuple(row) for row in journal] == [
        (one.movement.key, one.occurred_at, one.cause, ODD, movement_text(one.movement))
        for one in postings
    ]
    assert [row["key"] for row in inbox] == [one.key for one in postings]
    assert outbox[0] == count
    assert [row["scaled"] for row in stock] == [count * 1_000_000]


def test_a_repeated_key_in_a_small_batch_leaves_the_others_posted(both):
    first = [posting(n, "M", None) for n in range(3)]
    both.post(first)
    answers = both.post([*first[1:], posting(9, "M", None)])
    assert [answer.is_repeated for answer in answers] == [True, True, False]
    with both.snapshot() as sql:
        assert sql.execute("SELECT scaled FROM balance WHERE site = 'S'").fetchone()[0] == 4_000_000
