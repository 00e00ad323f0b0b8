"""What is on its way: requisitions, the purchase orders that answer them, and goods that come."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from chargehand.signals import kinds
from chargehand.signals.signal import Status
from chargehand.storage.view import SqlRecordView
from chargehand.vocabulary.identifier import MaterialId
from chargehand.vocabulary.material import MaterialDefinition
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.refusal import RefusalCode
from tests.plant.conftest import AS_OF, BULK, SITE, VALVE, Teller, count

SEAL = MaterialId("SEAL")


@pytest.fixture
def requisition(plant) -> str:
    """The key of an approved requisition of valves."""
    Teller(plant)(count(BULK, 0))
    row = plant.decide(decision="mro_replenishment", as_of=AS_OF).proposals[0]
    return plant.approve(row.id, by="ada", justification="the store runs empty").orders[0]


@pytest.fixture
def seal(plant) -> MaterialId:
    """Another material."""
    definition = MaterialDefinition(material=SEAL, unit_cost=Money.of(1))
    Teller(plant)(kinds.MaterialDefined(definition=definition))
    return SEAL


def ordered(number: str, pieces: int, material=VALVE, **facts) -> kinds.SupplyPlaced:
    return kinds.SupplyPlaced(
        purchase_order=number, site=SITE, material=material, quantity=Quantity.pieces(pieces),
        **facts,
    )  # fmt: skip


def received(number: str, pieces: int, material=VALVE) -> kinds.GoodsReceived:
    return kinds.GoodsReceived(
        site=SITE, location=BULK, material=material, quantity=Quantity.pieces(pieces),
        purchase_order=number,
    )  # fmt: skip


def coming(plant) -> dict[str, dict[str, Decimal]]:
    with plant.view(site=SITE) as view:
        found = view.supply(SITE)
        return {name: {one.key: one.quantity for one in found[name]} for name in found}


def test_a_purchase_order_answers_its_requisition_and_no_other_order(plant, requisition, seal):
    receipt = Teller(plant)(ordered("PO-1", 5, seal, order_key=requisition))[0]
    assert receipt.refusal.code is RefusalCode.UNKNOWN_TASK
    assert list(coming(plant)[VALVE]) == [requisition]
    Teller(plant)(ordered("PO-1", 5, order_key=requisition))
    assert coming(plant) == {VALVE: {"PO-1": 5}}


def test_a_purchase_order_cannot_confirm_a_move(plant):
    row = plant.decide(decision="mro_replenishment", as_of=AS_OF).proposals[0]
    key = plant.approve(row.id, by="ada", justification="the face runs empty").orders[0]
    assert Teller(plant)(ordered("PO-1", 1, order_key=key))[0].status is Status.REFUSED
    assert [task.key for task in plant.tasks().rows] == [key]
    assert plant.stock(location=BULK).rows[0].reserved > 0
    assert coming(plant) == {}


def test_a_purchase_order_for_an_order_that_never_was_is_refused(plant):
    receipt = Teller(plant)(ordered("PO-1", 1, order_key="P-99.1/0"))[0]
    assert "P-99.1/0" in receipt.refusal.because


def test_a_declined_requisition_is_no_longer_on_its_way(plant, requisition):
    assert plant.decline(requisition, by="ben", reason="no offer").status is Status.ACCEPTED
    assert coming(plant) == {}


def test_a_requisition_split_over_two_purchase_orders_keeps_both(plant, requisition):
    for name in ("PO-1", "PO-2"):
        Teller(plant)(ordered(name, 9, order_key=requisition))
    assert coming(plant) == {VALVE: {"PO-1": 9, "PO-2": 9}}


def test_what_purchasing_does_not_order_is_not_counted_on(plant, requisition):
    Teller(plant)(ordered("PO-1", 2, order_key=requisition))
    assert coming(plant) == {VALVE: {"PO-1": 2}}


def test_a_purchase_order_may_have_lines(plant, seal):
    Teller(plant)(ordered("4500001", 10), ordered("4500001", 4, seal))
    assert coming(plant) == {VALVE: {"4500001": 10}, SEAL: {"4500001": 4}}
    Teller(plant)(received("4500001", 10), received("4500001", 1, seal))
    assert coming(plant) == {SEAL: {"4500001": 3}}


def test_goods_of_another_material_do_not_complete_a_purchase_order(plant, seal):
    Teller(plant)(ordered("4500001", 10), received("4500001", 10, seal))
    assert coming(plant) == {VALVE: {"4500001": 10}}


def test_a_changed_promise_does_not_reopen_what_has_come(plant):
    Teller(plant)(ordered("PO-1", 10), received("PO-1", 10))
    Teller(plant)(ordered("PO-1", 10, promised_on=date(2026, 2, 1)))
    assert coming(plant) == {}


def later_hearings(plant) -> list[tuple[str, str]]:
    with plant.store.snapshot() as sql:
        rows = sql.execute("SELECT subject, run_at FROM job WHERE kind = 'hearing_later'")
        return sorted((row["subject"], row["run_at"][:10]) for row in rows)


def test_each_promise_of_delivery_is_looked_at(plant):
    days = (date(2020, 1, 10), date(2099, 1, 10), date(2099, 2, 20))
    Teller(plant)(*(ordered(f"PO-{n}", 5, promised_on=day) for n, day in enumerate(days)))
    assert [day for _, day in later_hearings(plant)] == ["2020-01-11", "2099-01-11", "2099-02-21"]
    plant.work(until_idle=True)
    assert [day for _, day in later_hearings(plant)] == ["2099-01-11", "2099-02-21"]


def test_a_later_hearing_is_about_the_material(plant):
    Teller(plant)(ordered("PO-1", 5, promised_on=date(2020, 1, 10)))
    ((subject, _),) = later_hearings(plant)
    with plant.store.snapshot() as sql:
        view = SqlRecordView(sql, AS_OF, subjects={SITE: frozenset({subject})})
        assert view.subjects(SITE) == {VALVE}
