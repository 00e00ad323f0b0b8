"""The fast lane takes nothing that is frozen or promised, and what it brings is frozen too."""

from __future__ import annotations

import pytest

from chargehand.record.hold import Hold
from chargehand.record.ledger import SUPPLIER, Account, BalanceKey, Leg, Movement
from chargehand.record.reservation import Reserved
from chargehand.storage import lane
from chargehand.storage.posting import Posted, Posting
from chargehand.storage.store import Store
from chargehand.vocabulary.identifier import HoldId, LocationId, LotId, MaterialId, SiteId
from chargehand.vocabulary.quantity import Unit
from chargehand.vocabulary.refusal import Refusal, RefusalCode

SITE, SEAL, BAD = SiteId("S1"), MaterialId("SEAL"), LotId("L7")
HERE = BalanceKey(Account("S1/BIN"), SEAL, BAD)
THERE = BalanceKey(Account("S1/RACK"), SEAL, BAD)
GOOD = BalanceKey(Account("S1/BIN"), SEAL)
OUT = BalanceKey(SUPPLIER, SEAL, BAD)
SIZES = [1, 2, 40]
"""Postings of a batch: PostgreSQL writes small and large ones in different ways."""


def post(store: Store, *ways: tuple[BalanceKey, BalanceKey, int], name: str) -> list[object]:
    """Post movements by the lane, in one batch; the codes of those refused."""
    postings = []
    for n, (source, target, scaled) in enumerate(ways):
        legs = (Leg(source, -scaled), Leg(target, scaled))
        key = f"{name}-{n}"
        movement = Movement(key=f"wms/{key}", business_step="storing", unit=Unit.PIECE, legs=legs)
        postings.append(
            Posting(
                source="wms", key=key, movement=movement, actor="wms",
                recorded_at="2026-11-20T08:00:00.000000Z",
            )
        )  # fmt: skip
    answers = store.post(postings)
    assert all(isinstance(one, Posted | Refusal) for one in answers)
    return [one.code if isinstance(one, Refusal) else "posted" for one in answers]


def freeze(store: Store) -> None:
    hold = Hold(
        key=HoldId("H-1"), site=SITE, material=SEAL, lot=BAD, serial="", handling_unit="",
        location="", reason="dented", state="active", review_by=None, placed_by="quality",
    )  # fmt: skip
    store.write(lambda docket: docket.put_hold(hold))


def row(store: Store, key: BalanceKey) -> tuple[int, ...]:
    """On hand, promised, and how many holds are on it."""
    with store.snapshot() as sql:
        found = sql.execute(
            "SELECT scaled, reserved, frozen FROM balance WHERE account = ? AND lot = ?",
            (key.account, key.lot),
        ).fetchone()
    return tuple(found)


@pytest.mark.parametrize("size", SIZES)
def test_nothing_frozen_is_taken_however_many_ask_at_once(both, size):
    good = BalanceKey(SUPPLIER, SEAL)
    first = [(OUT, HERE, 100), (OUT, THERE, 1), (good, GOOD, 100)]
    assert post(both, *first, name="in") == ["posted"] * 3
    freeze(both)
    frozen = post(both, *[(HERE, THERE, 1)] * size, name="frozen")
    assert frozen == [RefusalCode.ON_HOLD] * size
    mixed = post(both, *[(HERE, THERE, 1), (GOOD, good, 1)] * size, name="mixed")
    assert mixed == [RefusalCode.ON_HOLD, "posted"] * size
    assert row(both, HERE) == (100, 0, 1)
    assert row(both, GOOD) == (100 - size, 0, 0)


@pytest.mark.parametrize("size", SIZES)
def test_what_comes_to_a_new_place_under_a_hold_is_frozen_there(both, size):
    assert post(both, (OUT, HERE, 100), name="in") == ["posted"]
    freeze(both)
    assert post(both, *[(OUT, THERE, 1)] * size, name="more") == ["posted"] * size
    assert row(both, THERE) == (size, 0, 1)
    assert post(both, (THERE, OUT, 1), name="back") == [RefusalCode.ON_HOLD]


def test_a_hold_elsewhere_slows_no_batch_down(both, monkeypatch):
    """What is there is taken together, though a balance was made a moment before."""
    assert post(both, (OUT, HERE, 100), (OUT, THERE, 1), name="in") == ["posted"] * 2
    assert post(both, (BalanceKey(SUPPLIER, SEAL), GOOD, 100), name="made") == ["posted"]
    hold = Hold(
        key=HoldId("H-2"), site=SITE, material="OTHER", lot="", serial="", handling_unit="",
        location="", reason="dented", state="active", review_by=None, placed_by="quality",
    )  # fmt: skip
    both.write(lambda docket: docket.put_hold(hold))
    singly: list[Posting] = []
    monkeypatch.setattr(lane, "post_one", lambda one, _: singly.append(one) or Posted(0))
    assert post(both, *[(HERE, THERE, 1)] * 40, name="many") == ["posted"] * 40
    assert singly == []


@pytest.mark.parametrize("size", SIZES)
def test_nothing_promised_is_taken_however_many_ask_at_once(both, size):
    assert post(both, (OUT, HERE, 100), (OUT, THERE, 1), name="in") == ["posted"] * 2
    reserved = Reserved(
        key="R-1", legs=((HERE, 100),), site=SITE, location=LocationId("BIN"), to_site="",
        to_location="",
    )  # fmt: skip
    both.write(lambda docket: docket.reserve(reserved, actor="wms", cause="wms/r"))
    taken = post(both, *[(HERE, THERE, 1)] * size, name="taken")
    assert taken == [RefusalCode.INSUFFICIENT_STOCK] * size
    assert row(both, HERE) == (100, 100, 0)
