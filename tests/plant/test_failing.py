"""When a part of the work fails: the rest goes on, and nothing that failed is forgotten."""

from __future__ import annotations

import pytest

from chargehand.execution.order import Misconfigured, NotAuthorized, Sent
from chargehand.plant import dispatching, working
from chargehand.plant.reading import Done
from chargehand.plant.working import Worker
from tests.behind import behind_the_back
from tests.plant.conftest import (
    AS_OF,
    BULK,
    FACE,
    SITE,
    VALVE,
    Teller,
    count,
    master,
    policy_text,
    used,
)

DECISION = "mro_replenishment"
LONG_AGO = "2020-01-01T00:00:00+00:00"


class System:
    """Another system: takes orders, or fails, after what a test lets happen."""

    name = "wms"

    def __init__(self, fault=None, meanwhile=lambda key: None):
        self.fault, self.meanwhile, self.sent = fault, meanwhile, []

    def accepts(self, action):
        return True

    def find(self, key):
        return None

    def send(self, order):
        self.sent.append(order.key)
        self.meanwhile(order.key)
        if self.fault is not None:
            raise self.fault
        return Sent(reference="T1")


def connect(plant, system):
    plant.owners["replenishment"] = "wms"
    plant.targets["wms"] = system
    return system


def proposed(plant):
    return plant.decide(decision=DECISION, as_of=AS_OF).proposals[0].id


def edit(plant, statement):
    with behind_the_back(plant.folder) as sql:
        assert sql.execute(statement).rowcount


def rows(plant, statement):
    with plant.store.snapshot() as sql:
        return [tuple(row) for row in sql.execute(statement)]


@pytest.fixture
def automated(make_plant):
    plant = make_plant(phase="automate", name="auto")
    Teller(plant)(*master(), count(BULK, 40), count(FACE, 2))
    return plant


def test_a_decline_that_overtakes_the_reply_closes_the_proposal(plant):
    name = proposed(plant)
    connect(plant, System())
    key = plant.approve(name, by="ada").orders[0]
    plant.decline(key, by="ben", reason="aisle blocked")
    assert plant.proposal(name).row.state == "declined"


def test_a_confirmed_order_does_not_become_a_persons_problem(plant):
    name = proposed(plant)
    connect(plant, System(Misconfigured("no JSON"), lambda key: plant.confirm(key, by="ben")))
    plant.approve(name, by="ada")
    plant.work()
    assert plant.proposal(name).row.state == "confirmed"
    assert rows(plant, "SELECT state FROM orders") == [("confirmed",)]


def test_a_target_that_breaks_is_tried_again_and_ends_with_a_person(plant):
    name = proposed(plant)
    system = connect(plant, System(RuntimeError("lost its mind")))
    plant.approve(name, by="ada")
    for _ in range(dispatching.ATTEMPTS_MAX):
        plant.work()
        edit(plant, f"UPDATE orders SET next_at = '{LONG_AGO}'")
    assert len(system.sent) == dispatching.ATTEMPTS_MAX
    order = plant.proposal(name).orders[0]
    assert order.state == "needs_person"
    assert "RuntimeError: lost its mind" in order.last_error


def test_orders_that_cannot_be_sent_open_the_breaker(automated):
    connect(automated, System(NotAuthorized("401")))
    strict = policy_text(version=2, phase="automate").replace(
        "failure_count_max = 2", "failure_count_max = 0"
    )
    assert isinstance(automated.activate_policy(strict, by="ada"), Done)
    proposed(automated)
    automated.work()
    assert [one.cause for one in automated.overview().breakers] == ["failures"]


def test_a_stop_holds_back_what_only_policy_cleared(automated):
    system = connect(automated, System())
    proposed(automated)
    automated.stop_automation(by="cleo", reason="forklift in the aisle")
    automated.work()
    assert system.sent == []
    automated.close_breaker("*", "*", "*", by="ada", reason="the aisle is free again")
    automated.work()
    assert len(system.sent) == 1


def test_a_stop_lets_pass_what_a_person_approved(plant):
    system = connect(plant, System())
    plant.approve(proposed(plant), by="ada")
    plant.stop_automation(by="cleo", reason="forklift in the aisle")
    plant.work()
    assert len(system.sent) == 1


def test_a_job_that_another_worker_has_is_not_struck_out(plant):
    plant.work(until_idle=True)
    claims = []
    for _ in range(2):  # asked for again while the first worker is at it
        plant.store.write(lambda docket: docket.trigger(SITE, VALVE))
        claims.append(plant.store.write(working._claim))
    plant.store.write(lambda docket: working._finish(docket, claims[0]))
    assert rows(plant, "SELECT subject FROM job WHERE kind = 'hearing'") == [("VALVE",)]
    plant.store.write(lambda docket: working._finish(docket, claims[1]))
    assert rows(plant, "SELECT subject FROM job WHERE kind = 'hearing'") == []


def test_a_hearing_that_fails_does_not_keep_orders_from_being_sent(plant, monkeypatch):
    def broken(subjects):
        raise OSError("disk")

    system = connect(plant, System())
    plant.approve(proposed(plant), by="ada")
    with monkeypatch.context() as patch:
        patch.setattr(plant, "hear_about", broken)
        plant.store.write(lambda docket: docket.trigger(SITE, VALVE))
        with pytest.raises(OSError, match="disk"):
            plant.work()
    assert len(system.sent) == 1
    assert working.is_held_up(plant)
    edit(plant, f"UPDATE job SET lease_until = '{LONG_AGO}' WHERE kind = 'hearing'")
    plant.work()
    assert not working.is_held_up(plant)


def test_a_worker_says_what_failed_until_it_is_done(plant):
    worker = Worker(plant)
    worker.fault = "disk"
    plant.work(until_idle=True)
    plant.store.write(lambda docket: docket.trigger(SITE, VALVE))
    plant.store.write(working._claim)  # begun, and its worker has gone
    worker.round()
    assert worker.fault == "disk"
    edit(plant, f"UPDATE job SET lease_until = '{LONG_AGO}' WHERE kind = 'hearing'")
    worker.round()
    assert worker.fault == ""


def test_a_night_that_failed_is_tried_again(plant, monkeypatch):
    def broken(**_):
        raise OSError("disk")

    plant.work(until_idle=True)
    held = len(plant.journal(kind="hearing").rows)
    edit(plant, f"UPDATE job SET run_at = '{LONG_AGO}' WHERE kind = 'nightly'")
    with monkeypatch.context() as patch:
        patch.setattr(plant, "decide", broken)
        with pytest.raises(OSError, match="disk"):
            plant.work()
    plant.work()
    assert len(plant.journal(kind="hearing").rows) > held


@pytest.mark.parametrize("fault", ["decision = 'gone'", "body = '{}'"])
def test_what_cannot_be_measured_does_not_keep_the_rest_from_it(plant, fault):
    Teller(plant)(*(used(month, 30) for month in range(1, 13)))
    assert len(plant.decide(as_of=AS_OF).proposals) > 1
    edit(plant, "UPDATE proposal SET state = 'expired'")
    edit(plant, f"UPDATE proposal SET {fault} WHERE decision = '{DECISION}'")
    assert plant.measure(as_of=AS_OF.replace(month=6))
    assert {row.proposal.decision for row in plant.outcomes().rows} == {"reorder_parameters"}
