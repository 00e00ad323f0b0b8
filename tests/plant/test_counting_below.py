"""The floor says what is there: a count below what is promised is taken, and promises give way."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from chargehand.signals import kinds
from chargehand.signals.signal import Status
from chargehand.vocabulary.refusal import RefusalCode
from tests.plant.conftest import AS_OF, BULK, SITE, Teller, count, master


@pytest.fixture
def promised(plant) -> str:
    """The key of a refill of eight valves that is under way."""
    row = plant.decide(decision="mro_replenishment", as_of=AS_OF).proposals[0]
    return plant.approve(row.id, by="ada", justification="the face runs empty").orders[0]


def test_the_task_is_declined_and_the_stock_is_free(plant, promised):
    assert Teller(plant)(count(BULK, 3))[0].status is Status.ACCEPTED
    row = plant.stock(location=BULK).rows[0]
    assert (row.on_hand, row.reserved) == (3, 0)
    detail = plant.proposal(promised.partition(".")[0])
    assert detail.row.state == "declined"
    assert "counted below what is promised: 3 H87" in detail.orders[0].last_error
    assert plant.verify().holds


def test_a_hearing_is_asked_for(plant, promised):
    plant.work(until_idle=True)
    Teller(plant)(count(BULK, 3))
    with plant.store.snapshot() as sql:
        asked = sql.execute("SELECT subject FROM job WHERE kind = 'hearing'").fetchall()
    assert [row["subject"] for row in asked] == ["VALVE"]


def test_a_count_that_leaves_enough_disturbs_nobody(plant, promised):
    Teller(plant)(count(BULK, 8))
    assert [task.key for task in plant.tasks().rows] == [promised]
    assert plant.confirm(promised, by="ben").status is Status.ACCEPTED
    assert plant.stock(location=BULK).rows[0].on_hand == 0


def test_a_confirmation_that_comes_after_the_count_is_refused(plant, promised):
    Teller(plant)(count(BULK, 3))
    assert plant.confirm(promised, by="ben").refusal.code is RefusalCode.TASK_CLOSED


def test_only_the_newest_promises_give_way(plant, promised):
    """The face is refilled twice: its maximum was raised in between."""
    levels = next(one for one in master() if isinstance(one, kinds.StockingDefined)).definition
    raised = replace(levels, pick_face_min=Decimal(15), pick_face_max=Decimal(20))
    Teller(plant)(kinds.StockingDefined(definition=raised))
    row = plant.decide(decision="mro_replenishment", as_of=AS_OF).proposals[0]
    second = plant.approve(row.id, by="ada", justification="the face was made larger").orders[0]
    assert {task.key for task in plant.tasks(site=SITE).rows} == {promised, second}
    Teller(plant)(count(BULK, 10))
    assert [task.key for task in plant.tasks().rows] == [promised]
    assert plant.stock(location=BULK).rows[0].reserved == 8
