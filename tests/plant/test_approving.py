"""Who said yes, under which policy: read where it is written, at the moment it is written."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest

from chargehand.plant import approving, installed, policies, policy_requests
from chargehand.plant.batching import Pick
from chargehand.plant.plant import Plant
from chargehand.plant.policy_request_rows import Ask
from chargehand.plant.reading import Done
from chargehand.signals import kinds
from chargehand.vocabulary.identifier import SupplierId
from chargehand.vocabulary.material import SupplierItem
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from tests.behind import behind_the_back
from tests.plant.conftest import AS_OF, BULK, FACE, VALVE, Teller, count, master, policy_text

DECISION = "mro_replenishment"
WHY = "the store runs empty"
EVERYTHING = ("*", "*", "*")


@pytest.fixture
def automated(make_plant):
    plant = make_plant(phase="automate", name="auto")
    Teller(plant)(*master(), count(BULK, 40), count(FACE, 2))
    return plant


def proposed(plant):
    return plant.decide(decision=DECISION, as_of=AS_OF).proposals[0].id


def rejecting(plant, *counts):
    for pieces in counts:
        Teller(plant)(count(FACE, pieces))
        plant.decide(decision=DECISION, as_of=AS_OF)
        for row in plant.inbox().rows:
            plant.reject(row.id, by="ada", reason="wrong_quantity")


def causes(plant):
    return {one.cause for one in plant.overview().breakers}


def resume(plant):
    done = plant.close_breaker(*EVERYTHING, by="ada", reason="talked with those who rejected")
    assert isinstance(done, Done)


class Overtaken:
    """A store in which something else is written just before."""

    def __init__(self, store, first):
        self.store, self.first, self.snapshot = store, first, store.snapshot

    def write(self, work):
        self.first()
        return self.store.write(work)


def test_one_person_is_not_two_whatever_the_row_of_a_ruling_says(plant):
    item = SupplierItem(supplier=SupplierId("SUP"), material=VALVE, price=Money.of(3000))
    Teller(plant)(kinds.SupplierItemDefined(definition=item), count(BULK, 0), count(FACE, 2))
    name = proposed(plant)
    assert plant.approve(name, by="ada", justification=WHY).state == "waiting"
    with behind_the_back(plant.folder) as sql:
        forged = "UPDATE ruling SET cleared_by = '[\"ben\"]' WHERE cleared_by = '[\"ada\"]'"
        assert sql.execute(forged).rowcount
    again = plant.approve(name, by="ada", justification=WHY)
    assert again.code is RefusalCode.SECOND_PERSON_NEEDED


def test_an_approval_is_under_the_policy_that_holds_when_it_is_written(plant):
    act = plant._act(proposed(plant), "ben", None)
    assert isinstance(
        plant.activate_policy(policy_text(version=2, phase="observe"), by="ada"), Done
    )
    assert isinstance(approving.approve_proposal(act, WHY), Refusal)


@pytest.mark.parametrize("meanwhile", ["another administrator", "a higher version"])
def test_a_policy_is_activated_under_the_one_that_holds_at_that_moment(plant, meanwhile):
    text = policy_text(version=3)
    if meanwhile == "another administrator":
        text = text.replace('roles = ["admin", "planner"]\n\n[[people]]',
                            'roles = ["planner"]\n\n[[people]]')  # fmt: skip
        text = text.replace('roles = ["clerk"]\n\n[[grants]]', 'roles = ["admin"]\n\n[[grants]]')
    mine = policy_text(version=4 if meanwhile == "another administrator" else 2)
    store = Overtaken(plant.store, lambda: plant.activate_policy(text, by="ada"))
    ask = Ask(
        policy=policies.checked(mine), text=mine, by=plant.person("ada"), because="", tests={}
    )
    late = store.write(lambda docket: policy_requests.propose(docket, ask))
    assert isinstance(late, Refusal)
    assert plant.policy_text()[0] == 3


def test_a_policy_that_speaks_of_a_decision_that_is_gone_can_be_replaced(plant, monkeypatch):
    text = policy_text(version=2) + (
        '[[phases]]\ndecision = "palletizing"\nsite = "*"\nzone = "*"\nphase = "observe"\n'
    )
    with monkeypatch.context() as patch:
        load, names = installed.load, (*installed.names(), "palletizing")
        patch.setattr(installed, "names", lambda: names)
        patch.setattr(
            installed, "load", lambda name: load(DECISION if name == "palletizing" else name)
        )
        assert isinstance(plant.activate_policy(text, by="ada"), Done)
    assert any("palletizing is not installed" in str(one) for one in plant.policy().remarks)
    assert isinstance(plant.approve(proposed(plant), by="ada"), Done)
    assert isinstance(plant.activate_policy(policy_text(version=3), by="ada"), Done)
    assert isinstance(plant.activate_policy(text.replace("= 2", "= 4"), by="ada"), list)


@pytest.mark.engines("sqlite", "postgres")
def test_a_stop_does_not_wipe_the_rejections_before_it(automated):
    for pieces in (1, 2, 3):
        assert "rejections" not in causes(automated)
        automated.stop_automation(by="ada", reason="judging one by hand")
        rejecting(automated, pieces)
        if pieces < 3:
            resume(automated)
    assert "rejections" in causes(automated)


def test_what_was_rejected_before_a_breaker_was_closed_does_not_open_it_again(automated):
    automated.stop_automation(by="ada", reason="judging by hand")
    rejecting(automated, 1, 2, 3, 0)
    assert "rejections" in causes(automated)
    resume(automated)
    automated.stop_automation(by="ada", reason="judging one more by hand")
    Teller(automated)(count(BULK, 39))
    rejecting(automated, 4)
    assert "rejections" not in causes(automated)


@pytest.mark.engines("sqlite", "postgres")
@pytest.mark.parametrize(
    "acts", [("approve", "approve"), ("approve", "undo"), ("batch", "approve")]
)
def test_acts_at_the_same_moment_from_two_processes_execute_at_most_once(plant, acts):
    name = proposed(plant)
    if "undo" in acts:
        plant.approve(name, by="ada", justification=WHY)
    total = plant.preview_batch([Pick(id=name)], by="ada")
    other = Plant.open(plant.folder)
    together = Barrier(4)

    def act(where, what):
        together.wait(timeout=30)
        if what == "approve":
            where.approve(name, by="ada", justification=WHY)
        elif what == "undo":
            where.undo(name, by="ada")
        else:
            where.approve_many([Pick(id=name)], by="ben", total=total.total, justification=WHY)

    threads = [Thread(target=act, args=(where, what)) for where in (plant, other) for what in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    orders = plant.proposal(name).orders
    assert sum(order.state != "cancelled" for order in orders) <= 1
    held = sum(row.reserved for row in plant.stock().rows)
    assert held == (8 if any(order.state == "sent" for order in orders) else 0)
    assert plant.verify().holds, plant.verify().faults
