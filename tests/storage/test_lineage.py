"""Genealogy, units and release on both engines, by the same signals; and no lot is searched for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from chargehand.plant import boundary, finished, intake, recalling, tracing, unit_detail
from chargehand.record.lineage import LotKey, trace
from chargehand.runtime.clock import now
from chargehand.signals.signal import Status
from chargehand.signals.stock_kinds import StagingConfirmed
from chargehand.storage.genealogy import SqlLineage
from chargehand.storage.store import Store
from chargehand.vocabulary.identifier import LotId, OrderId
from chargehand.vocabulary.refusal import RefusalCode
from tests.plant.conftest import SITE
from tests.plant.line import (
    BOLT,
    HOUSING,
    LINE,
    PUMP,
    SKID,
    STORE,
    WIP,
    Line,
    made,
    move,
    pack,
    report,
    some,
    used,
)


@dataclass(frozen=True)
class Door:
    """As much of a plant as telling it things takes."""

    store: Store

    def take(self, signals):
        return intake.take(self.store, signals)


@pytest.fixture(params=["sqlite", "postgres"])
def line(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Line]:
    place: Path | str = tmp_path / "chargehand.db"
    if request.param == "postgres":
        place = request.getfixturevalue("postgres_url")
    store = Store(place, now)
    yield Line(Door(store))
    store.close()


def test_a_story_from_receipt_to_customer_is_told_the_same(line):
    line.receive(HOUSING, "H1", 20)
    line.receive(BOLT, "", 100)
    key = line.told(report(used(HOUSING, "H1", 8), used(BOLT, "", 32), made(PUMP, "P1", 8)))
    line.told(report(used(HOUSING, "H1", 1), corrects=key))
    line.told(report(used(PUMP, "P1", 4, WIP), made(PUMP, "P2", 4), step="split"))
    line.told(report(used(PUMP, "P2", 4, WIP), order="O2"))
    line.told(report(made(SKID, "K1", 2), order="O2"))
    line.told(pack("CAR-1", some(SKID, "K1", 2)))
    line.told(pack("PAL-1", units=("CAR-1",)))
    line.told(move("PAL-1", STORE))
    line.told(move("PAL-1", None, "DN-1"))
    line.told(StagingConfirmed(site=SITE, order=OrderId("O3"), location=LINE))
    with line.plant.store.snapshot() as sql:
        found = trace(LotKey(HOUSING, LotId("H1")), SqlLineage(sql), forward=True)
        levels = {(key.material, key.lot): level for key, level in found.levels.items()}
        assert levels == {(HOUSING, "H1"): 0, (PUMP, "P1"): 1, (PUMP, "P2"): 2, (SKID, "K1"): 3}
        amounts = {(e.used.lot, e.made.lot): (e.used_scaled, e.made_scaled) for e in found.edges}
        assert amounts["H1", "P1"] == (7_000_000, 8_000_000)
        recalled = recalling.recall(sql, LotKey(HOUSING, LotId("H1")))
        assert {(one.lot, one.state, int(one.quantity)) for one in recalled.lines} == {
            ("H1", "stands", 13), ("H1", "used", 7), ("P1", "used", 4), ("P1", "stands", 4),
            ("P2", "used", 4), ("K1", "shipped", 2),
        }  # fmt: skip
        (shipped,) = [one for one in recalled.lines if one.state == "shipped"]
        assert shipped.document == "DN-1"
        order = boundary.order_detail(sql, SITE, "O1")
        assert [(one.material, int(one.made)) for one in order.finished] == [(PUMP, 8)]
        assert {one.lot: int(one.on_hand) for one in finished.buffers(sql)} == {"P1": 4}
        assert unit_detail.unit_detail(sql, "PAL-1").units[0].state == "shipped"
        assert tracing.lot_detail(sql, PUMP, "P1").flow.relabeled == -4
        topics = [row[0] for row in sql.execute("SELECT topic FROM outbox ORDER BY number")]
    assert topics.count("material_released") == 1


def test_what_is_refused_leaves_neither_genealogy_nor_units(line):
    line.receive(HOUSING, "H1", 5)
    line.told(pack("CAR-1", some(HOUSING, "H1", 2), at=LINE))
    for body in (
        report(used(HOUSING, "H1", 9), made(PUMP, "P1", 1)),
        pack("CAR-2", some(HOUSING, "H1", 9), at=LINE, units=("CAR-1",)),
    ):
        receipt = line.tell(body)
        assert receipt.status is Status.REFUSED
        assert receipt.refusal.code is RefusalCode.INSUFFICIENT_STOCK
    with line.plant.store.snapshot() as sql:
        assert sql.execute("SELECT count(*) FROM genealogy").fetchone()[0] == 0
        rows = sql.execute("SELECT unit, parent, location FROM handling_unit").fetchall()
        assert [tuple(row) for row in rows] == [("CAR-1", None, LINE)]


def test_lots_are_found_by_index_however_many_there_are(tmp_path):
    store = Store(tmp_path / "chargehand.db", now)
    seen: list[str] = []

    class Watched:
        """A connection that asks how each statement would be carried out."""

        def __init__(self, sql) -> None:
            self._sql = sql

        def execute(self, statement, parameters=()):
            plan = self._sql.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
            seen.extend(str(row["detail"]) for row in plan)
            return self._sql.execute(statement, parameters)

    keys = [LotKey(HOUSING, LotId(f"H{n}")) for n in range(700)]
    with store.snapshot() as sql:
        links = SqlLineage(Watched(sql))
        assert list(links.of_used(keys)) == []
        assert list(links.of_made(keys)) == []
        assert list(links.of_orders({(SITE, "O1")}, only_apart=True)) == []
    store.close()
    steps = [one for one in seen if "genealogy" in one]
    assert len(steps) >= 7
    assert all("SEARCH genealogy USING INDEX" in one for one in steps), steps
