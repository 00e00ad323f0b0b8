"""Lots leave the shelf oldest first, and what is blocked does not leave at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chargehand.record.ledger import BalanceKey, storage, transfer
from chargehand.storage.posting import Posted, Posting
from chargehand.vocabulary.identifier import LotId
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.quantity import Unit
from tests.plant.conftest import AS_OF, BULK, FACE, SITE, VALVE, Teller, count, master

OLD, YOUNG = LotId("2024-11"), LotId("2025-03")


@pytest.fixture
def plant(make_plant):
    """Five old and forty young valves in the bulk; the pick face wants eight."""
    plant = make_plant()
    lots = [replace(count(BULK, n), lot=lot) for lot, n in ((YOUNG, 40), (OLD, 5))]
    Teller(plant)(*master(), *lots, count(FACE, 2))
    return plant


def propose(plant) -> str:
    return plant.decide(decision="mro_replenishment", as_of=AS_OF).proposals[0].id


def test_a_refill_takes_the_oldest_lot_first_and_the_rest_from_the_next(plant):
    name = propose(plant)
    plant.confirm(plant.approve(name, by="ada").orders[0], by="ben")
    left = {row.lot: row.on_hand for row in plant.stock(location=BULK).rows}
    assert (left.get(OLD, 0), left[YOUNG]) == (0, 37)
    assert {row.lot for row in plant.stock(location=FACE).rows if row.on_hand} == {"", OLD, YOUNG}
    assert plant.verify().holds


def test_blocked_stock_does_not_leave_and_does_not_stand_in_the_way(plant):
    name = propose(plant)
    here = BalanceKey(storage(SITE, BULK), VALVE, OLD)
    blocked = transfer(
        "test/block", "inspecting", source=here, target=replace(here, disposition="damaged"),
        scaled=5_000_000, unit=Unit.PIECE,
    )  # fmt: skip
    now = written(AS_OF)
    posting = Posting(source="test", key="block", movement=blocked, actor="ben", recorded_at=now)
    assert all(isinstance(answer, Posted) for answer in plant.store.post([posting]))
    plant.confirm(plant.approve(name, by="ada").orders[0], by="ben")
    left = {row.lot: row.on_hand for row in plant.stock(location=BULK).rows if row.on_hand}
    assert left == {OLD: 5, YOUNG: 32}
    assert {row.lot for row in plant.stock(location=FACE).rows if row.on_hand} == {"", YOUNG}
    assert plant.verify().holds
