"""Parts of maintenance orders: the worked example of the issue, and what must not go wrong."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from chargehand.decisions.part_reservation import DECISION
from chargehand.vocabulary.equipment import RequestState
from chargehand.vocabulary.identifier import LocationId, ZoneId
from chargehand.vocabulary.location import LocationKind, OperationalLocation
from chargehand.vocabulary.material import Supplier
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import RefusalCode
from chargehand.vocabulary.work import MoveTask, Priority, ReasonCode, Requisition, task_message
from tests.decisions.stores import (
    ERIKS,
    HALLE,
    NOW,
    SEAL,
    SKF,
    answer,
    answers,
    at,
    coming,
    held_for,
    order,
    part,
    press,
    record,
    sold_by,
    stocked,
)

STAGE = OperationalLocation(
    location=LocationId("STAGE-2"), site=HALLE, zone=ZoneId("MRO"), kind=LocationKind.STAGING
)


def plant(**values):
    given = {"machines": [press(1200)], "places": [STAGE], "orders": [order(needs=4, due=20)]}
    return record(**{**given, **values})


def tasks(proposal):
    return [action for action in proposal.actions if isinstance(action, MoveTask)]


def requisitions(proposal):
    return [action for action in proposal.actions if isinstance(action, Requisition)]


def test_stages_what_is_there_and_orders_exactly_what_is_missing():
    items = [sold_by(lead_time_days=9)]
    proposal = answer(DECISION, plant(balances=[at("BULK-1", 3)], items=items))
    (task,), (requisition,) = tasks(proposal), requisitions(proposal)
    assert task_message(task) == {
        "taskType": "STAGING",
        "priority": "MEDIUM",
        "itemId": "SEAL-7",
        "fromLocation": "BULK-1",
        "toLocation": "STAGE-2",
        "quantity": 3,
        "reasonCode": "MAINTENANCE_ORDER",
        "metadata": {"associatedWorkOrder": "WO-1", "criticalityScore": 0.5},
    }
    assert requisition.quantity.amount == 1
    assert requisition.order == "WO-1"
    assert requisition.need_by == date(2026, 6, 20)
    for named in ("PRESS-2 on line L2", "2026-06-21", "1 missing"):
        assert named in requisition.justification
    assert proposal.headline == (
        "Stage 3 of SEAL-7, order 1 of SEAL-7 for WO-1 on PRESS-2 on line L2, due on 2026-06-21."
    )
    # a search, a courier, and 45 + .5 (150 + 24 * 1200) for the machine
    assert proposal.cost_of_inaction == Money.of(25 + 150 + 14520)


def test_a_minimum_of_the_supplier_is_said():
    items = [sold_by(order_quantity_min=10, pack_size=5)]
    (requisition,) = requisitions(answer(DECISION, plant(items=items)))
    assert requisition.quantity.amount == 10
    assert "sells at least 10, in packs of 5" in requisition.justification


def test_bulk_goes_before_the_pick_face():
    stock = [at("PF-1", 9), at("BULK-1", 1), at("BULK-2", 2)]
    moves = tasks(answer(DECISION, plant(balances=stock)))
    assert [(m.from_location, m.quantity.amount) for m in moves] == [
        ("BULK-2", 2),
        ("BULK-1", 1),
        ("PF-1", 1),
    ]


def test_safety_stock_stays_for_breakdowns_unless_the_part_is_critical():
    levels, stock = [stocked(safety_stock=2)], [at("BULK-1", 4)]
    ordinary = answer(DECISION, plant(balances=stock, levels=levels))
    assert tasks(ordinary)[0].quantity.amount == 2
    critical = [part(criticality=0.8)]
    urgent = answer(DECISION, plant(balances=stock, levels=levels, definitions=critical))
    assert tasks(urgent)[0].quantity.amount == 4


def test_what_is_reserved_staged_or_ordered_for_it_is_not_asked_again():
    stock = [at("BULK-1", 9, reserved=2), at("STAGE-2", 1)]
    asked = plant(balances=stock, promised=[held_for("WO-1", 2)], coming=[coming(1, order="WO-1")])
    refusal = answer(DECISION, asked)
    assert refusal.code is RefusalCode.PARTS_COMPLETE


def test_the_order_that_is_due_first_gets_the_stock():
    orders = [order("WO-LATE", needs=3, due=12), order("WO-SOON", needs=3, due=5)]
    soon, late = answers(DECISION, plant(balances=[at("BULK-1", 4)], orders=orders))
    assert soon.subject.key == "WO-SOON"
    assert [a.quantity.amount for a in tasks(soon)] == [3]
    assert not requisitions(soon)
    assert [a.quantity.amount for a in tasks(late)] == [1]
    assert [a.quantity.amount for a in requisitions(late)] == [2]


@pytest.mark.parametrize(("promised", "missing"), [(date(2026, 6, 21), 0), (date(2026, 6, 22), 4)])
def test_supply_counts_that_comes_before_the_order_is_due(promised, missing):
    found = answer(DECISION, plant(coming=[coming(9, promised=promised)]))
    if missing:
        assert [a.quantity.amount for a in requisitions(found)] == [missing]
    else:
        assert found.code is RefusalCode.PARTS_COMPLETE


def test_the_supplier_in_time_is_taken_though_it_costs_more():
    items = [sold_by(SKF, 10), sold_by(ERIKS, 30)]
    partners = [
        Supplier(supplier=SKF, name="SKF Distribution", lead_time_days=60),
        Supplier(supplier=ERIKS, name="Eriks", lead_time_days=5),
    ]
    proposal = answer(DECISION, plant(items=items, partners=partners))
    assert requisitions(proposal)[0].supplier == ERIKS
    assert proposal.decide_before == order(due=20).due_at - timedelta(days=6)


def test_an_order_that_no_supplier_serves_is_still_requested():
    (requisition,) = requisitions(answer(DECISION, plant(items=[])))
    assert requisition.supplier is None
    assert "No supplier is approved" in requisition.justification


def test_an_unknown_part_is_said_and_not_dropped():
    orders = [order(parts={SEAL: 1, "WHAT-9": 2}, due=20)]
    proposal = answer(DECISION, plant(orders=orders, balances=[at("BULK-1", 5)]))
    assert any("WHAT-9" in reason for reason in proposal.reasons)
    only = answer(DECISION, plant(orders=[order(parts={"WHAT-9": 2})]))
    assert only.code is RefusalCode.UNKNOWN_MATERIAL
    assert "WHAT-9" in only.because


@pytest.mark.parametrize(
    ("state", "is_asked"),
    [
        (RequestState.FORECAST, False),
        (RequestState.RELEASED, True),
        (RequestState.WAITING, True),
        (RequestState.READY, True),
        (RequestState.RUNNING, False),
        (RequestState.HELD, False),
    ],
)
def test_asks_of_orders_that_are_released_and_not_begun(state, is_asked):
    asked = list(DECISION.ask(plant(orders=[order(state=state)])))
    assert bool(asked) is is_asked


def test_asks_of_the_orders_whose_part_something_happened_to():
    orders = [order("WO-1"), order("WO-2", parts={"OTHER": 1})]
    (question,) = DECISION.ask(plant(orders=orders, triggered={HALLE: frozenset({SEAL})}))
    assert question.order.order == "WO-1"


def test_an_order_that_is_due_soon_is_urgent():
    found = answer(DECISION, plant(balances=[at("BULK-1", 9)], orders=[order(due=7)]))
    assert found.priority is Priority.HIGH
    assert tasks(found)[0].reason is ReasonCode.MAINTENANCE_ORDER
    assert len(found.alternatives) >= 2


def test_stages_to_the_place_that_staged_before_where_places_are_not_listed():
    stock = [at("BULK-1", 9), at("STAGE-9", 0)]
    assert tasks(answer(DECISION, plant(places=[], balances=stock)))[0].to_location == "STAGING"


@pytest.mark.parametrize(("used", "right"), [(4, True), (3, False)])
def test_hindsight_says_whether_the_parts_were_used(used, right):
    proposal = answer(DECISION, plant(balances=[at("BULK-1", 9)]))
    early = DECISION.measure(proposal, NOW, record(as_of=NOW))
    assert early.code is RefusalCode.TOO_EARLY
    usage = [(HALLE, SEAL, date(2026, 6, 22), Decimal(used))]
    later = record(as_of=proposal.measure_after, usage=usage)
    hindsight = DECISION.measure(proposal, NOW, later)
    assert hindsight.right is right
    assert hindsight.worth == (Money.of(25) if right else Money.of(-4))


def test_parts_staged_for_one_order_do_not_serve_another():
    """The record keeps a reservation after its task is confirmed, and the stock has moved."""
    stock = [at("STAGE-2", 3), at("BULK-1", 5)]
    orders = [order("WO-1", needs=3, due=5), order("WO-2", needs=2, due=6)]
    first, second = answers(
        DECISION, plant(balances=stock, orders=orders, promised=[held_for("WO-1", 3)])
    )
    assert first.code is RefusalCode.PARTS_COMPLETE
    assert [a.quantity.amount for a in tasks(second)] == [2]
