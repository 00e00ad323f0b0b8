"""Two open plants on one record, as two servers have them: each thing is done once, by either."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest

from chargehand.execution.order import Order, Sent
from chargehand.plant.plant import Plant
from chargehand.signals import kinds
from chargehand.signals.signal import Signal
from chargehand.vocabulary.identifier import MaterialId
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.work import Action
from tests.behind import behind_the_back
from tests.plant.conftest import AS_OF, BULK, FACE, SITE, VALVE, Teller, count, master

pytestmark = pytest.mark.engines("sqlite", "postgres")
PARTS = [MaterialId(f"PART-{n}") for n in range(6)]
LONG_AGO = "2020-01-01T00:00:00.000000Z"


class Warehouse:
    """A system that notes what it is sent, and knows what it has."""

    name = "wms"

    def __init__(self) -> None:
        self.sent: Counter[str] = Counter()
        self._lock = threading.Lock()

    def accepts(self, action: Action) -> bool:
        return True

    def send(self, order: Order) -> Sent:
        with self._lock:
            self.sent[order.key] += 1
        return Sent(reference=f"T-{order.key}")

    def find(self, key: str) -> Sent | None:
        with self._lock:
            return Sent(reference=f"T-{key}", repeated=True) if key in self.sent else None


def about(body: kinds.Body, part: MaterialId) -> kinds.Body:
    """The same definition for another material, where it speaks of one."""
    if isinstance(body, kinds.MaterialDefined | kinds.StockingDefined | kinds.SupplierItemDefined):
        return replace(body, definition=replace(body.definition, material=part))
    return body


@pytest.fixture
def two(make_plant) -> Iterator[tuple[Plant, Plant]]:
    """The same plant, opened twice; six parts are low at their pick face."""
    first = make_plant()
    tell = Teller(first)
    for part in PARTS:
        tell(*(about(body, part) for body in master()))
        tell(*(replace(count(place, n), material=part) for place, n in ((BULK, 40), (FACE, 2))))
    second = Plant.open(first.folder)
    yield first, second
    second.close()


def waiting(plant: Plant) -> Counter[str]:
    """How many refills are proposed of each part, by whichever hearing."""
    with plant.store.snapshot() as sql:
        rows = sql.execute(
            "SELECT subject FROM proposal WHERE decision = 'mro_replenishment'"
            " AND state = 'waiting'"
        ).fetchall()
    return Counter(row["subject"] for row in rows)


def together(*works) -> list:
    """Run each in a thread of its own, all from one moment on."""
    start = threading.Barrier(len(works))

    def run(work):
        start.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(run, works))


def test_hearings_of_both_propose_each_thing_once(two):
    first, second = two
    together(
        lambda: first.decide(decision="mro_replenishment", as_of=AS_OF),
        lambda: second.decide(decision="mro_replenishment", as_of=AS_OF),
        lambda: first.work(until_idle=True),
        lambda: second.work(until_idle=True),
    )
    first.work(until_idle=True)
    assert waiting(first) == Counter(PARTS)
    assert first.verify().faults == ()


def test_workers_of_both_send_each_order_once(two):
    first, second = two
    system = Warehouse()
    for plant in two:
        plant.targets[system.name] = system
        plant.owners["replenishment"] = system.name
    report = first.decide(decision="mro_replenishment", as_of=AS_OF)
    names = [row.id for row in report.proposals]
    assert len(names) == len(PARTS)
    approved = together(
        *(lambda name=name, plant=two[n % 2]: plant.approve(name, by="ada")
          for n, name in enumerate(names)),
        *(lambda plant=plant: plant.work(until_idle=True) for plant in two),
    )[: len(names)]  # fmt: skip
    together(*(lambda plant=plant: plant.work(until_idle=True) for plant in two))
    assert system.sent == Counter({one.orders[0]: 1 for one in approved})
    assert {one.state for one in first.inbox(state="all", limit=1000).rows
            if one.id in names} == {"sent"}  # fmt: skip
    assert second.verify().faults == ()


def test_only_one_of_two_approvals_counts(two):
    first, second = two
    name = first.decide(decision="mro_replenishment", as_of=AS_OF).proposals[0].id
    answers = together(
        lambda: first.approve(name, by="ada"), lambda: second.approve(name, by="ben")
    )
    assert sorted(hasattr(one, "orders") for one in answers) == [False, True]
    assert len(first.proposal(name).orders) == 1


def test_signals_told_to_both_count_once(two):
    move = kinds.StockMoved(
        site=SITE, material=PARTS[0], quantity=Quantity.pieces(1), from_location=BULK
    )
    told = [Signal(source="wms", key=f"m{n}", body=move, occurred_at=AS_OF) for n in range(30)]
    first, second = two
    statuses = Counter(
        receipt.status
        for receipts in together(lambda: first.take(told), lambda: second.take(told[::-1]))
        for receipt in receipts
    )
    assert statuses == {"accepted": 30, "repeated": 30}
    (row,) = (one for one in second.stock(location=BULK, limit=100).rows
              if one.material == PARTS[0])  # fmt: skip
    assert row.on_hand == 10
    assert first.verify().faults == ()


CHILD = """
import sys
from pathlib import Path
from chargehand.execution.order import Sent
from chargehand.plant import working
from chargehand.plant.plant import Plant

folder, when = sys.argv[1:]
plant = Plant.open(Path(folder))

def halt(*_):
    print("here", flush=True)
    sys.stdin.read()

class Warehouse:
    name = "wms"
    def accepts(self, action): return True
    def find(self, key): return None
    def send(self, order):
        halt()
        return Sent(reference="T1")

if when == "in a hearing":
    plant.hear_about = halt
    plant.work()
elif when == "while it sends":
    plant.targets["wms"] = Warehouse()
    plant.work(until_idle=True)
else:
    plant.store.write(lambda docket: (docket.trigger("S1", "GONE"), halt()))
"""


@contextmanager
def killed(plant: Plant, when: str) -> Iterator[None]:
    """Another process at work on the plant, ended by ``kill -9`` while it is there."""
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(plant.folder), when],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as child:  # fmt: skip
        assert child.stdout is not None
        assert child.stdout.readline() == "here\n"
        yield
        os.kill(child.pid, signal.SIGKILL)
        child.wait()


def jobs(plant: Plant) -> set[str]:
    with plant.store.snapshot() as sql:
        return {row[0] for row in sql.execute("SELECT subject FROM job WHERE kind = 'hearing'")}


def test_the_hearing_of_a_killed_process_is_held_by_another(plant):
    assert jobs(plant) == {VALVE}
    with killed(plant, "in a hearing"):
        plant.work(until_idle=True)
        assert jobs(plant) == {VALVE}, "it is the other's"
    plant.work(until_idle=True)
    assert jobs(plant) == {VALVE}, "its lease goes on"
    with behind_the_back(plant.folder) as sql:
        sql.execute("UPDATE job SET lease_until = ? WHERE kind = 'hearing'", (LONG_AGO,))
    plant.work(until_idle=True)
    assert jobs(plant) == set()
    assert waiting(plant)[VALVE] == 1
    assert plant.verify().faults == ()


def test_the_order_of_a_killed_process_is_looked_for_before_it_is_sent_again(plant):
    system = Warehouse()
    plant.owners["replenishment"] = system.name
    plant.targets[system.name] = system
    name = plant.decide(decision="mro_replenishment", as_of=AS_OF).proposals[0].id
    key = plant.approve(name, by="ada").orders[0]
    with killed(plant, "while it sends"):
        plant.work(until_idle=True)
        assert not system.sent, "the other is sending it"
    with behind_the_back(plant.folder) as sql:
        sql.execute("UPDATE orders SET next_at = ?", (LONG_AGO,))
    system.sent[key] = 1  # it had arrived
    plant.work(until_idle=True)
    assert system.sent == {key: 1}
    assert plant.proposal(name).orders[0].state == "sent"
    assert plant.verify().faults == ()


def test_a_process_killed_while_it_writes_leaves_nothing_and_holds_up_nobody(plant):
    with killed(plant, "while it writes"):
        with plant.store.snapshot() as sql:
            seen = sql.execute("SELECT 1 FROM job WHERE subject = 'GONE'").fetchone()
        assert seen is None
    (receipt,) = Teller(plant)(count(FACE, 3))
    assert receipt.status == "accepted"
    assert "GONE" not in jobs(plant)
    assert plant.verify().faults == ()
