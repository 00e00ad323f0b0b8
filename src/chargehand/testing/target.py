"""What every `OrderTarget` promises, as tests for the authors of connectors to inherit.

A test class inherits `OrderTargetContract` and gives the fixtures: a target, and the system behind
it with its ways to misbehave (`TargetSystem`).
"""

from __future__ import annotations

from datetime import date
from typing import Protocol

import pytest

from chargehand.execution.order import (
    Misconfigured,
    NotAuthorized,
    Order,
    OrderTarget,
    Sent,
    TooLate,
    Unavailable,
    Voided,
    VoidingTarget,
)
from chargehand.vocabulary.identifier import LocationId, MaterialId, OrderId, SiteId, ZoneId
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.work import MoveTask, Priority, ReasonCode, TransactionType


class TargetSystem(Protocol):
    """The system behind a target, or a fake of it, that can be told to misbehave."""

    def effects(self) -> list[str]:
        """Return the keys of the orders it carries out, once for each time it does."""
        ...

    def lose_next_reply(self) -> None:
        """Carry out the next order and break the connection before answering."""
        ...

    def be_down(self) -> None:
        """Carry out nothing and answer with a fault from now on."""
        ...

    def be_up(self) -> None:
        """Work again."""
        ...

    def expire_credentials(self) -> None:
        """Refuse our credentials from now on."""
        ...

    def understand_nothing(self) -> None:
        """Refuse every order as malformed from now on."""
        ...


def replenishment(key: str) -> Order:
    """Make an order to refill a pick face, the same for the same key."""
    return Order(
        key=key,
        proposal=key.partition(".")[0],
        ruling=1,
        target="under test",
        action=MoveTask(
            transaction=TransactionType.REPLENISHMENT,
            site=SiteId("KENT"),
            zone=ZoneId("MRO"),
            material=MaterialId("MRO-VALVE-001"),
            quantity=Quantity.pieces(4),
            from_location=LocationId("BULK-RACK-A12"),
            to_location=LocationId("MRO-PICKFACE-05"),
            priority=Priority.HIGH,
            reason=ReasonCode.AI_PREDICTED_STOCKOUT,
            predicted_stockout_on=date(2024, 6, 15),
            order=OrderId("WO-78432"),
            criticality=0.92,
        ),
    )


class OrderTargetContract:
    """Sent is done once, whatever is lost on the way; what went wrong is said in three words."""

    @pytest.fixture
    def system(self) -> TargetSystem:
        """Give the system behind the target, working and empty."""
        raise NotImplementedError

    @pytest.fixture
    def target(self, system: TargetSystem) -> OrderTarget:
        """Give the target under test, which accepts replenishment."""
        raise NotImplementedError

    def test_says_what_it_accepts(self, target: OrderTarget) -> None:
        """It has a name and takes replenishment."""
        assert target.name
        assert target.accepts(replenishment("P-1.1/0").action)

    def test_an_order_is_carried_out(self, target: OrderTarget, system: TargetSystem) -> None:
        """One sending has one effect, and the target's name for it comes back."""
        sent = target.send(replenishment("P-1.1/0"))
        assert sent.reference
        assert not sent.repeated
        assert system.effects() == ["P-1.1/0"]

    def test_the_same_key_has_one_effect(self, target: OrderTarget, system: TargetSystem) -> None:
        """Sending again changes nothing and says so."""
        first = target.send(replenishment("P-1.1/0"))
        assert target.send(replenishment("P-1.1/0")) == Sent(
            reference=first.reference, repeated=True
        )
        assert system.effects() == ["P-1.1/0"]

    def test_other_keys_are_other_orders(self, target: OrderTarget, system: TargetSystem) -> None:
        """The same action under two keys is done twice."""
        target.send(replenishment("P-1.1/0"))
        target.send(replenishment("P-2.1/0"))
        assert sorted(system.effects()) == ["P-1.1/0", "P-2.1/0"]

    def test_what_was_sent_is_found(self, target: OrderTarget) -> None:
        """Reading back gives the reference that sending gave, of that key and no other."""
        sent = target.send(replenishment("P-1.1/0"))
        other = target.send(replenishment("P-1.1/1"))
        found = target.find("P-1.1/0")
        assert found is not None
        assert found.reference == sent.reference
        assert other.reference != sent.reference

    def test_what_was_not_sent_is_not_found(self, target: OrderTarget) -> None:
        """Reading back does not invent."""
        target.send(replenishment("P-1.1/0"))
        assert target.find("P-9.1/0") is None

    def test_a_lost_reply_is_found(self, target: OrderTarget, system: TargetSystem) -> None:
        """After a lost reply, reading back tells that it was done; sending again is harmless."""
        system.lose_next_reply()
        with pytest.raises(Unavailable):
            target.send(replenishment("P-1.1/0"))
        found = target.find("P-1.1/0")
        assert found is not None
        assert target.send(replenishment("P-1.1/0")).repeated
        assert system.effects() == ["P-1.1/0"]

    def test_down_is_unavailable(self, target: OrderTarget, system: TargetSystem) -> None:
        """An outage is worth another try, which then works."""
        system.be_down()
        with pytest.raises(Unavailable):
            target.send(replenishment("P-1.1/0"))
        with pytest.raises(Unavailable):
            target.find("P-1.1/0")
        system.be_up()
        assert target.find("P-1.1/0") is None
        assert not target.send(replenishment("P-1.1/0")).repeated
        assert system.effects() == ["P-1.1/0"]

    def test_refused_credentials_need_a_person(
        self, target: OrderTarget, system: TargetSystem
    ) -> None:
        """Trying again would not help."""
        system.expire_credentials()
        with pytest.raises(NotAuthorized):
            target.send(replenishment("P-1.1/0"))
        assert system.effects() == []

    def test_not_understood_needs_a_person(self, target: OrderTarget, system: TargetSystem) -> None:
        """Trying again would not help here either."""
        system.understand_nothing()
        with pytest.raises(Misconfigured):
            target.send(replenishment("P-1.1/0"))
        assert system.effects() == []


class VoidingSystem(TargetSystem, Protocol):
    """A system that takes orders back until somebody has begun them."""

    def begin_all(self) -> None:
        """Begin every order that it has, and those to come."""
        ...


class VoidingTargetContract:
    """The promises of a target that takes orders back, beside those of every target."""

    def test_what_is_taken_back_has_no_effect(
        self, target: VoidingTarget, system: VoidingSystem
    ) -> None:
        """An order that was sent is gone, and no other."""
        target.send(replenishment("P-1.1/0"))
        target.send(replenishment("P-2.1/0"))
        assert target.void("P-1.1/0") == Voided(key="P-1.1/0")
        assert system.effects() == ["P-2.1/0"]
        assert target.find("P-1.1/0") is None

    def test_taking_back_twice_is_taking_back_once(self, target: VoidingTarget) -> None:
        """As is taking back what never came."""
        target.send(replenishment("P-1.1/0"))
        first = target.void("P-1.1/0")
        assert first == target.void("P-1.1/0")
        assert isinstance(target.void("P-9.1/0"), Voided)

    def test_what_has_begun_stays(self, target: VoidingTarget, system: VoidingSystem) -> None:
        """It is too late then, and nothing changes."""
        target.send(replenishment("P-1.1/0"))
        system.begin_all()
        late = target.void("P-1.1/0")
        assert isinstance(late, TooLate)
        assert late.because
        assert system.effects() == ["P-1.1/0"]

    def test_a_system_that_is_down_has_taken_nothing_back(
        self, target: VoidingTarget, system: VoidingSystem
    ) -> None:
        """It can be asked again."""
        target.send(replenishment("P-1.1/0"))
        system.be_down()
        with pytest.raises(Unavailable):
            target.void("P-1.1/0")
        system.be_up()
        assert isinstance(target.void("P-1.1/0"), Voided)
