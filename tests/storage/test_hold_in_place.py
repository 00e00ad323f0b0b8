"""Frozen stock may not be picked even where it would be put back at the very place it stands."""

from __future__ import annotations

from chargehand.record.hold import Hold
from chargehand.record.ledger import SUPPLIER, BalanceKey, Leg, Movement, storage
from chargehand.storage.docket import Docket
from chargehand.vocabulary.identifier import HoldId, LocationId, LotId, MaterialId, SiteId
from chargehand.vocabulary.quantity import Unit
from chargehand.vocabulary.refusal import Refusal, RefusalCode

SITE = SiteId("S1")
HERE = BalanceKey(storage(SITE, LocationId("BIN")), MaterialId("SEAL"), LotId("L7"))
THERE = BalanceKey(SUPPLIER, MaterialId("SEAL"), LotId("L7"))


def move(key: str, source: BalanceKey, target: BalanceKey) -> Movement:
    legs = (Leg(source, -5), Leg(target, 5))
    return Movement(key=key, business_step="picking", unit=Unit.PIECE, legs=legs)


def post(docket: Docket, movement: Movement) -> Refusal | int:
    return docket.post(movement, actor="wms", cause=None, occurred_at=None)


def freeze(docket: Docket) -> None:
    docket.put_hold(
        Hold(
            key=HoldId("H-1"), site=SITE, material="SEAL", lot="L7", serial="", handling_unit="",
            location="", reason="dented", state="active", review_by=None, placed_by="quality",
        )
    )  # fmt: skip


def test_held_stock_is_not_picked_to_where_it_stands(both):
    both.write(lambda docket: post(docket, move("in", THERE, HERE)))
    free = both.write(lambda docket: post(docket, move("free", HERE, HERE)))
    both.write(freeze)
    held = both.write(lambda docket: post(docket, move("held", HERE, HERE)))
    assert isinstance(free, int)
    assert isinstance(held, Refusal)
    assert held.code is RefusalCode.ON_HOLD
