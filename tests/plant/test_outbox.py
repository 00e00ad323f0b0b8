"""The outbox before a system that takes whatever it is sent, and as often as it is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from chargehand.execution.order import Order, Sent, Unavailable
from chargehand.plant.plant import Plant
from chargehand.signals import kinds
from chargehand.vocabulary.identifier import MaterialId
from chargehand.vocabulary.work import Action
from tests.behind import behind_the_back
from tests.plant.conftest import AS_OF, BULK, FACE, Teller, count, master


class Careless:
    """A system without idempotency: each sending is one more effect, and something goes wrong."""

    name = "wms"

    def __init__(self, meanwhile: Callable[[str], None]) -> None:
        self.effects: list[str] = []
        self._meanwhile = meanwhile

    def accepts(self, action: Action) -> bool:
        return True

    def send(self, order: Order) -> Sent:
        self.effects.append(order.key)
        if len(self.effects) == 1:
            self._meanwhile(order.key)
        return Sent(reference=f"T{len(self.effects)}")

    def find(self, key: str) -> Sent | None:
        return Sent(reference="T1", repeated=True) if key in self.effects else None


class Mute(Careless):
    """And it cannot be asked what it has."""

    def find(self, key: str) -> Sent | None:
        return None


def owned_by(plant: Plant, system: Careless) -> tuple[Careless, str]:
    """Give refills to such a system, and approve one."""
    plant.owners["replenishment"] = system.name
    plant.targets[system.name] = system
    name = plant.decide(decision="mro_replenishment", as_of=AS_OF).proposals[0].id
    return system, plant.approve(name, by="ada").orders[0]


def order(plant: Plant):
    return plant.proposal(plant.inbox(state="all").rows[0].id).orders[0]


@pytest.mark.engines("sqlite", "postgres")
def test_an_order_whose_reply_was_lost_is_looked_for_before_it_is_sent_again(plant):
    def lose_the_reply(_: str) -> None:
        raise Unavailable("the connection broke")

    system, key = owned_by(plant, Careless(lose_the_reply))
    plant.work()
    assert order(plant).state == "pending"
    with behind_the_back(plant.folder) as sql:
        sql.execute("UPDATE orders SET next_at = '2020-01-01T00:00:00+00:00'")
    plant.work()
    assert system.effects == [key]
    assert (order(plant).state, order(plant).reference) == ("sent", "T1")


def test_an_order_that_is_being_sent_is_not_sent_by_another_worker(plant):
    system, key = owned_by(plant, Mute(lambda _: plant.work()))
    plant.work()
    assert system.effects == [key]
    assert order(plant).state == "sent"


def test_a_reply_does_not_reopen_an_order_that_was_confirmed_before_it_came(plant):
    system, key = owned_by(plant, Careless(lambda sent: plant.confirm(sent, by="ben")))
    plant.work()
    assert system.effects == [key]
    assert order(plant).state == "confirmed"
    assert plant.tasks().rows == ()
    assert plant.verify().holds


@pytest.mark.engines("sqlite", "postgres")
def test_the_most_urgent_order_is_sent_first(plant):
    other = MaterialId("SEAL")
    Teller(plant)(
        *(one for body in master() if (one := about(body, other)) is not None),
        *(replace(count(place, n), material=other) for place, n in ((BULK, 40), (FACE, 2))),
    )
    system = Careless(lambda _: None)
    plant.owners["replenishment"] = system.name
    plant.targets[system.name] = system
    report = plant.decide(decision="mro_replenishment", as_of=AS_OF)
    later, sooner = (plant.approve(one.id, by="ada").orders[0] for one in report.proposals)
    with behind_the_back(plant.folder) as sql:
        sql.execute("UPDATE orders SET rank = CASE key WHEN ? THEN 1 ELSE 3 END", (sooner,))
    plant.work()
    assert system.effects == [sooner, later]


def about(body: kinds.Body, material: MaterialId) -> kinds.Body | None:
    """The same definition for another material; None where it speaks of none."""
    if not isinstance(body, kinds.MaterialDefined | kinds.StockingDefined):
        return None
    return replace(body, definition=replace(body.definition, material=material))
