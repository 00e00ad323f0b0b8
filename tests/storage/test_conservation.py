"""The database creates no material and promises none that is not free, whoever asks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chargehand.record.books import Promise
from chargehand.record.ledger import SUPPLIER, BalanceKey, Leg, Movement, storage, transfer
from chargehand.runtime.clock import now
from chargehand.storage.store import Store
from chargehand.vocabulary.identifier import LocationId, MaterialId, SiteId
from chargehand.vocabulary.quantity import Unit
from chargehand.vocabulary.refusal import Refusal, RefusalCode

SITE, BIN, FACE, PART = SiteId("S"), LocationId("BIN"), LocationId("FACE"), MaterialId("M")
HERE = BalanceKey(storage(SITE, BIN), PART)
OUTSIDE = BalanceKey(SUPPLIER, PART)
PIECE = 1_000_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Five pieces in a bin."""
    store = Store(tmp_path / "t.db", now)
    received = transfer(
        "in", "receiving", source=OUTSIDE, target=HERE, scaled=5 * PIECE, unit=Unit.PIECE
    )
    assert not isinstance(post(store, received), Refusal)
    yield store
    store.close()


def post(store: Store, movement: Movement) -> Refusal | int:
    return store.write(
        lambda docket: docket.post(movement, actor="t", cause=None, occurred_at=None)
    )


def promise(store: Store, key: str, pieces: int) -> Refusal | None:
    aside = Promise(
        key=key, legs=((HERE, pieces * PIECE),), site=SITE, location=BIN, to_site=SITE,
        to_location=FACE,
    )  # fmt: skip
    return store.write(lambda docket: docket.promise(aside, actor="t"))


def balance(store: Store) -> tuple[int, int]:
    on_hand, reserved = store.write(lambda docket: docket.balance(HERE))
    return on_hand // PIECE, reserved // PIECE


def test_a_movement_that_creates_material_is_refused_and_leaves_nothing(store):
    made = Movement(
        key="made", business_step="receiving", unit=Unit.PIECE,
        legs=(Leg(OUTSIDE, -2 * PIECE), Leg(HERE, 3 * PIECE)),
    )  # fmt: skip
    refusal = post(store, made)
    assert isinstance(refusal, Refusal)
    assert refusal.code is RefusalCode.UNBALANCED
    assert balance(store) == (5, 0)


def test_no_more_is_promised_than_is_free(store):
    assert promise(store, "P-1.1/0", 4) is None
    refusal = promise(store, "P-2.1/0", 2)
    assert isinstance(refusal, Refusal)
    assert refusal.code is RefusalCode.INSUFFICIENT_STOCK
    assert "1 H87 free, 2 wanted" in refusal.because
    assert balance(store) == (5, 4)
