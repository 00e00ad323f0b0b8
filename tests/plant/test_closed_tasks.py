"""A task ends once, and by its own answer: not by a later decline, not by another count."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chargehand.signals import kinds
from chargehand.signals.signal import Status
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.refusal import RefusalCode
from tests.plant.conftest import AS_OF, BULK, FACE, SITE, VALVE, Teller, count, master


@pytest.fixture
def task(plant) -> str:
    """A refill that was approved and is on the floor."""
    name = plant.decide(decision="mro_replenishment", as_of=AS_OF).proposals[0].id
    return plant.approve(name, by="ada").orders[0]


def state(plant, task: str) -> str:
    return plant.proposal(task.partition(".")[0]).orders[0].state


def test_what_was_done_cannot_be_declined(plant, task):
    assert plant.confirm(task, by="ben").status is Status.ACCEPTED
    refused = plant.decline(task, by="cleo", reason="the bin is blocked")
    assert refused.refusal.code is RefusalCode.TASK_CLOSED
    assert state(plant, task) == "confirmed"
    assert plant.stock(location=FACE).rows[0].on_hand == 10


def test_what_was_declined_keeps_its_first_reason(plant, task):
    assert plant.decline(task, by="ben", reason="the bin is blocked").status is Status.ACCEPTED
    refused = plant.decline(task, by="cleo", reason="no forklift today")
    assert refused.refusal.code is RefusalCode.TASK_CLOSED
    history = plant.proposal(task.partition(".")[0]).orders[0]
    assert (history.state, history.last_error) == ("declined", "the bin is blocked")


def test_a_count_of_another_place_does_not_answer_a_count_task(make_plant):
    plant = make_plant(name="uncounted")
    received = kinds.GoodsReceived(
        site=SITE, location=BULK, material=VALVE, quantity=Quantity.pieces(40)
    )
    Teller(plant)(*master(), received)
    [row] = plant.decide(decision="cycle_count", as_of=AS_OF).proposals
    task = plant.approve(row.id, by="ada").orders[0]
    refused = Teller(plant)(replace(count(FACE, 1), task=task))[0]
    assert refused.refusal.code is RefusalCode.UNKNOWN_TASK
    assert state(plant, task) == "sent"
    assert Teller(plant)(replace(count(BULK, 39), task=task))[0].status is Status.ACCEPTED
    assert state(plant, task) == "confirmed"
    assert plant.stock(location=BULK).rows[0].on_hand == 39
