"""Where MES and WMS meet: use reconciled with picks and counts, output and its way, release."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from chargehand.signals import kinds
from chargehand.signals.stock_kinds import (
    HoldPlaced,
    ReservationPlaced,
    StagingConfirmed,
)
from chargehand.vocabulary.equipment import MaintenanceOrder, PartRequirement, RequestState
from chargehand.vocabulary.identifier import AssetId, HoldId, LotId, OrderId
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.refusal import RefusalCode
from tests.plant.conftest import AS_OF, SITE
from tests.plant.line import (
    BOLT,
    HOUSING,
    LINE,
    PUMP,
    STORE,
    WIP,
    Line,
    made,
    report,
    used,
)


@pytest.fixture
def line(make_plant) -> Line:
    line = Line(make_plant())
    line.receive(HOUSING, "H1", 50, STORE)
    line.receive(BOLT, "", 400, STORE)
    return line


def move(line: Line, material, lot: str, pieces: int, way, order: str | None = "O1") -> None:
    line.told(
        kinds.StockMoved(
            site=SITE,
            material=material,
            lot=LotId(lot),
            quantity=Quantity.pieces(pieces),
            from_location=way[0],
            to_location=way[1],
            order=None if order is None else OrderId(order),
        )
    )


def count(line: Line, material, lot: str, pieces: int) -> None:
    line.told(
        kinds.StockCounted(
            site=SITE, location=LINE, material=material, lot=LotId(lot),
            counted=Quantity.pieces(pieces),
        )
    )  # fmt: skip


def use(line: Line, material, order: str = "O1") -> dict[str, int]:
    """One line of an order's reconciliation; only what is not zero."""
    found = line.plant.order(SITE, order)
    (one,) = [row for row in found.consumption if row.material == material]
    names = (
        "opening", "picked", "reported", "backflushed", "scrapped", "returned", "others",
        "standing", "unexplained",
    )  # fmt: skip
    return {name: int(value) for name in names if (value := getattr(one, name))}


def test_what_was_picked_is_told_apart_by_what_became_of_it(line):
    move(line, BOLT, "", 100, (STORE, LINE))
    line.told(report(used(BOLT, "", 40), made(PUMP, "P1", 10)))
    line.told(report(used(BOLT, "", 20, backflushed=True), made(PUMP, "P1", 5)))
    line.told(report(used(BOLT, "", 5), step="scrap"))
    move(line, BOLT, "", 10, (LINE, STORE))
    assert use(line, BOLT) == {
        "picked": 100, "reported": 40, "backflushed": 20, "scrapped": 5, "returned": 10,
        "standing": 25,
    }  # fmt: skip
    count(line, BOLT, "", 22)
    found = use(line, BOLT)
    assert (found["standing"], found["unexplained"]) == (22, 3)


def test_only_a_count_since_the_order_began_says_that_nothing_is_missing(line):
    count(line, BOLT, "", 0)
    move(line, BOLT, "", 100, (STORE, LINE))
    line.told(report(used(BOLT, "", 40), made(PUMP, "P1", 10)))
    assert line.plant.order(SITE, "O1").consumption[0].counted_at is None
    count(line, BOLT, "", 60)
    assert line.plant.order(SITE, "O1").consumption[0].counted_at > AS_OF


def test_what_another_order_did_at_the_same_place_is_kept_apart(line):
    move(line, BOLT, "", 30, (STORE, LINE), order=None)
    move(line, BOLT, "", 100, (STORE, LINE), order="O1")
    move(line, BOLT, "", 50, (STORE, LINE), order="O2")
    line.told(report(used(BOLT, "", 45), made(PUMP, "P2", 9), order="O2"))
    line.told(report(used(BOLT, "", 60), made(PUMP, "P1", 12), order="O1"))
    assert use(line, BOLT) == {
        "opening": 30, "picked": 100, "reported": 60, "others": 5, "standing": 75,
    }  # fmt: skip


def test_a_correction_is_taken_off_and_plain_consumption_counts_as_reported(line):
    move(line, BOLT, "", 100, (STORE, LINE))
    key = line.told(report(used(BOLT, "", 40, backflushed=True), made(PUMP, "P1", 10)))
    line.told(report(used(BOLT, "", 4), corrects=key))
    move(line, BOLT, "", 6, (LINE, None))
    assert use(line, BOLT) == {"picked": 100, "backflushed": 36, "reported": 6, "standing": 58}


@pytest.mark.engines("sqlite", "postgres")
def test_every_line_adds_up(line):
    move(line, HOUSING, "H1", 20, (STORE, LINE))
    line.told(report(used(HOUSING, "H1", 8), made(PUMP, "P1", 8)))
    line.told(report(used(HOUSING, "H1", 2), made(HOUSING, "H2", 2, LINE), step="rework"))
    count(line, HOUSING, "H1", 9)
    for row in line.plant.order(SITE, "O1").consumption:
        came = row.opening + row.picked + row.others
        went = row.reported + row.backflushed + row.scrapped + row.returned + row.unexplained
        assert came - went == row.standing


def test_an_order_that_nobody_knows_is_refused(line):
    assert line.plant.order(SITE, "O9").code is RefusalCode.UNKNOWN_ORDER


def test_finished_goods_are_followed_from_the_buffer_to_the_store(line):
    line.told(report(made(PUMP, "P1", 10)))
    move(line, PUMP, "P1", 4, (WIP, STORE), order=None)
    (row,) = line.plant.order(SITE, "O1").finished
    assert (row.made, row.in_buffer, row.put_away, row.location) == (10, 6, 4, WIP)


def test_a_buffer_is_told_apart_by_the_orders_that_filled_it(line):
    line.told(report(made(PUMP, "P1", 10), order="O1"))
    key = line.told(report(made(PUMP, "P1", 6), order="O2"))
    line.told(report(made(PUMP, "P1", 1), order="O2", corrects=key))
    move(line, PUMP, "P1", 7, (WIP, STORE), order=None)
    rows = line.plant.buffers(site=SITE)
    assert {(one.order, one.lot, int(one.on_hand)) for one in rows} == {
        ("O1", "P1", 3), ("O2", "P1", 5),
    }  # fmt: skip
    count_at_buffer = kinds.StockCounted(
        site=SITE, location=WIP, material=PUMP, lot=LotId("P1"), counted=Quantity.pieces(18)
    )
    line.told(count_at_buffer)
    rows = line.plant.buffers(site=SITE)
    assert {(one.order, int(one.on_hand)) for one in rows} == {("O1", 10), ("O2", 5), ("", 3)}
    assert line.plant.buffers(site="S9") == ()


def staging(order: str = "O1", at=LINE) -> StagingConfirmed:
    return StagingConfirmed(site=SITE, order=OrderId(order), location=at)


def needs(line: Line, pieces: int) -> None:
    line.told(
        kinds.MaintenanceOrderReported(
            definition=MaintenanceOrder(
                order=OrderId("O1"), site=SITE, asset=AssetId("M1"), state=RequestState.READY,
                due_at=AS_OF + timedelta(days=3),
                parts=(PartRequirement(material=BOLT, quantity=Decimal(pieces)),),
            )
        )
    )  # fmt: skip


def releases(line: Line) -> list[dict]:
    with line.plant.store.snapshot() as sql:
        rows = sql.execute(
            "SELECT j.body FROM outbox o JOIN journal j USING (number)"
            " WHERE o.topic = 'material_released' ORDER BY o.number"
        ).fetchall()
    return [json.loads(row["body"]) for row in rows]


def test_staged_material_is_released_once_and_named(line):
    needs(line, 10)
    move(line, BOLT, "", 12, (STORE, LINE))
    line.told(staging())
    line.told(staging())
    (message,) = releases(line)
    assert (message["order"], message["location"]) == ("O1", LINE)
    assert [(one["material"], one["quantity"]) for one in message["materials"]] == [
        (BOLT, {"amount": "12", "unit": "H87"})
    ]
    assert line.plant.order(SITE, "O1").released_at is not None
    assert line.plant.verify().holds


def test_nothing_is_released_while_parts_are_short(line):
    needs(line, 10)
    refusal = line.refusal(staging())
    assert refusal.code is RefusalCode.INSUFFICIENT_STOCK
    assert "BOLT: 0 of 10 stand ready" in refusal.because
    move(line, BOLT, "", 4, (STORE, LINE))
    assert "BOLT: 4 of 10" in line.refusal(staging()).because
    assert releases(line) == []


def test_nothing_is_released_while_something_is_set_aside_and_not_brought(line):
    line.told(
        ReservationPlaced(
            reservation="R1", site=SITE, material=HOUSING, quantity=Quantity.pieces(3),
            location=STORE, lot=LotId("H1"), selection="specific", for_order=OrderId("O1"),
            to_location=LINE,
        )
    )  # fmt: skip
    refusal = line.refusal(staging())
    assert "HOUSING: 3 not yet brought" in refusal.because


def test_nothing_is_released_while_any_of_it_is_on_hold(line):
    move(line, HOUSING, "H1", 5, (STORE, LINE))
    line.told(
        HoldPlaced(hold=HoldId("Q1"), site=SITE, reason="cracks", material=HOUSING, lot=LotId("H1"))
    )
    refusal = line.refusal(staging())
    assert refusal.code is RefusalCode.ON_HOLD
    assert "HOUSING lot H1: 5 on hold" in refusal.because
    assert releases(line) == []


def test_a_place_where_nothing_stands_releases_nothing(line):
    assert "nothing stands there" in line.refusal(staging()).because
    assert line.refusal(staging(at="NOWHERE")).code is RefusalCode.UNKNOWN_LOCATION
