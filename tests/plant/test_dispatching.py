"""Orders for an outside system: sent once however often replies are lost, else a person's."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from chargehand.plant.plant import Plant
from chargehand.signals.signal import Status
from tests.behind import behind_the_back
from tests.fakes.wms import Wms
from tests.plant.conftest import AS_OF, BULK, FACE, Teller, count, master


@pytest.fixture
def wms() -> Iterator[Wms]:
    system = Wms()
    yield system
    system.close()


@pytest.fixture
def overlay(make_plant, wms, monkeypatch) -> Iterator[Plant]:
    """A plant whose refills belong to a WMS."""
    monkeypatch.setenv("WMS_TOKEN", wms.token)
    folder = make_plant().folder
    with (folder / "chargehand.toml").open("a") as file:
        file.write(f'\n[targets.wms]\nkind = "rest"\nurl = "{wms.url}"\ntoken = "env:WMS_TOKEN"\n'
                   'transactions = ["replenishment"]\ntimeout_s = 5\n')  # fmt: skip
    plant = Plant.open(folder)
    Teller(plant)(*master(), count(BULK, 40), count(FACE, 2))
    yield plant
    plant.close()


def approved(plant: Plant) -> str:
    report = plant.decide(decision="mro_replenishment", as_of=AS_OF)
    return plant.approve(report.proposals[0].id, by="ada").orders[0]


def send(plant: Plant) -> None:
    """Let the outbox try once more, as if the pause after a failure were over."""
    with behind_the_back(plant.folder) as sql:
        sql.execute(
            "UPDATE orders SET next_at = '2020-01-01T00:00:00+00:00' WHERE state = 'pending'"
        )
    plant.work()


def order(plant: Plant):
    return plant.proposal(plant.inbox(state="all").rows[0].id).orders[0]


def test_an_order_reaches_the_system_in_its_words_and_comes_back_as_a_confirmation(overlay, wms):
    key = approved(overlay)
    assert order(overlay).state == "pending"
    assert [task.target for task in overlay.tasks().rows] == ["wms"]
    send(overlay)
    assert wms.effects() == [key]
    sent = json.loads(next(asked[3] for asked in wms.asked if asked[0] == "POST"))
    assert (sent["taskType"], sent["itemId"], sent["quantity"]) == ("REPLENISHMENT", "VALVE", 8)
    assert order(overlay).state == "sent"
    assert overlay.confirm(key, by="ben").status is Status.ACCEPTED
    assert overlay.proposal(order(overlay).key.split(".")[0]).row.state == "confirmed"
    assert overlay.verify().holds


def test_a_lost_reply_is_read_back_and_nothing_is_sent_twice(overlay, wms):
    wms.lose_next_reply()
    key = approved(overlay)
    send(overlay)
    assert order(overlay).attempts == 1
    send(overlay)
    assert wms.effects() == [key]
    assert order(overlay).state == "sent"


def test_a_system_that_is_down_gets_its_order_when_it_is_back(overlay, wms):
    wms.be_down()
    key = approved(overlay)
    for _ in range(3):
        send(overlay)
    assert (order(overlay).state, order(overlay).attempts, wms.effects()) == ("pending", 3, [])
    wms.be_up()
    send(overlay)
    assert wms.effects() == [key]


def test_a_system_that_never_answers_ends_with_a_person(overlay, wms):
    wms.be_down()
    approved(overlay)
    for _ in range(12):
        send(overlay)
    assert order(overlay).state == "needs_person"
    assert "given up after 12 attempts" in order(overlay).last_error
    assert overlay.inbox(state="failed").rows


def test_wrong_credentials_are_a_persons_matter_at_once(overlay, wms):
    wms.expire_credentials()
    approved(overlay)
    send(overlay)
    assert order(overlay).state == "needs_person"
    assert wms.effects() == []


def test_a_confirmation_that_overtakes_the_reply_counts(overlay, wms):
    key = approved(overlay)
    overlay.confirm(key, by="ben")
    send(overlay)
    assert order(overlay).state == "confirmed"
    assert wms.effects() == []
    assert overlay.verify().holds


@pytest.mark.parametrize("forgery", [
    "UPDATE ruling SET verdict = 'awaiting'",
    "UPDATE orders SET action = replace(action, '\"8\"', '\"30\"')",
])  # fmt: skip
def test_an_order_whose_ruling_does_not_fit_is_never_sent(overlay, wms, forgery):
    approved(overlay)
    with behind_the_back(overlay.folder) as sql:
        assert sql.execute(forgery).rowcount
    send(overlay)
    assert wms.effects() == []
    assert order(overlay).state == "needs_person"
