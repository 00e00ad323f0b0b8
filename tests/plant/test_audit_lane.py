"""Movements that the fast lane took are held against the journal like all others."""

from __future__ import annotations

import pytest

from chargehand.record.ledger import SUPPLIER, BalanceKey, storage, transfer
from chargehand.storage.posting import Posted, Posting
from chargehand.vocabulary.identifier import HandlingUnitId, LotId
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.quantity import Unit
from chargehand.vocabulary.refusal import Refusal
from tests.behind import behind_the_back
from tests.plant.conftest import AS_OF, BULK, FACE, SITE, VALVE

ONE = 1_000_000
HERE = BalanceKey(storage(SITE, BULK), VALVE, LotId("L1"), handling_unit=HandlingUnitId("U-1"))
THERE = BalanceKey(storage(SITE, FACE), VALVE, LotId("L1"))


def posting(key, source, target, scaled):
    """A movement as a source tells it."""
    return Posting(
        source="wms",
        key=key,
        movement=transfer(
            f"wms/{key}", "storing", source=source, target=target, scaled=scaled, unit=Unit.PIECE
        ),
        actor="wms",
        recorded_at=written(AS_OF),
    )


@pytest.fixture
def busy(plant):
    """Two movements were posted, a third had not enough, and came again when there was."""
    outside = BalanceKey(SUPPLIER, VALVE, LotId("L1"))
    answers = plant.store.post(
        [
            posting("1", outside, HERE, 5 * ONE),
            posting("2", HERE, THERE, 2 * ONE),
            posting("3", HERE, THERE, 9 * ONE),
            posting("4", HERE, THERE, 99 * ONE),
        ]
    )
    assert [type(answer) for answer in answers] == [Posted, Posted, Refusal, Refusal]
    more = [posting("5", outside, HERE, 9 * ONE), posting("3", HERE, THERE, 9 * ONE)]
    assert all(isinstance(answer, Posted) for answer in plant.store.post(more))
    return plant


def test_what_the_lane_took_holds(busy):
    report = busy.verify()
    assert report.holds, report.faults


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        ("DELETE FROM inbox WHERE key = '1'", "signal wms/1 (entry"),
        ("DELETE FROM inbox WHERE key = '4'", "signal wms/4 (entry"),
        ("UPDATE inbox SET digest = inbox.digest || digest WHERE key = '2'", "its digest is"),
        ("UPDATE inbox SET status = 'refused' WHERE key = '2'", "its status is 'refused'"),
        ("UPDATE inbox SET status = 'accepted' WHERE key = '4'", "its status is 'accepted'"),
        ("UPDATE inbox SET because = 'x' WHERE key = '4'", "its because is 'x'"),
        ("UPDATE balance SET scaled = scaled + 1 WHERE lot = 'L1'", "not the sum of its legs"),
        ("UPDATE balance SET serial = 'S-2' WHERE handling_unit = 'U-1'", "have no balance"),
        ("UPDATE balance SET handling_unit = '' WHERE handling_unit = 'U-1'", "have no balance"),
        ("UPDATE balance SET entry = 1 WHERE handling_unit = 'U-1'", "changed it last"),
        ("DELETE FROM balance WHERE account = '~supplier'", "have no balance"),
    ],
)
def test_an_edit_of_what_the_lane_took_is_found_and_named(busy, edit, named):
    with behind_the_back(busy.folder) as sql:
        assert sql.execute(edit).rowcount, "the edit must hit something"
    report = busy.verify()
    assert any(named in fault for fault in report.faults), report.faults


def test_a_movement_that_nobody_told_is_found(plant):
    outside = BalanceKey(SUPPLIER, VALVE, LotId("L1"))
    hidden = posting("1", outside, HERE, ONE).movement
    plant.store.write(lambda docket: docket.post(hidden, actor="wms", cause=None, occurred_at=None))
    assert any("wms/1" in fault for fault in plant.verify().faults)
