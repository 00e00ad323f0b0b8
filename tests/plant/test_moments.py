"""Moments that signals tell: with an offset, and not ahead of the plant's clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chargehand.plant.plant import Plant
from chargehand.runtime import clock
from chargehand.signals.signal import Receipt, Signal, Status
from chargehand.signals.stock_kinds import (
    LegReported,
    MovementReported,
    ReservationPlaced,
    SnapshotReported,
)
from chargehand.storage.balances import Chosen
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from tests.plant.conftest import AS_OF, BULK, FACE, SITE, VALVE, Teller, count, master

NAIVE = AS_OF.replace(tzinfo=None)


@pytest.fixture
def plant(make_plant) -> Plant:
    """Forty in the bulk, and two at the face."""
    plant = make_plant()
    Teller(plant)(*master(), count(BULK, 40), count(FACE, 2))
    return plant


def moved(pieces: int) -> MovementReported:
    legs = (
        LegReported(material=VALVE, quantity=Quantity.pieces(-pieces), location=BULK),
        LegReported(material=VALVE, quantity=Quantity.pieces(pieces), location=FACE),
    )
    return MovementReported(site=SITE, business_step="storing", legs=legs)


def told(plant: Plant, moment: datetime, key: str = "F1") -> Receipt:
    return plant.take([Signal(source="wms", key=key, body=moved(1), occurred_at=moment)])[0]


def amounts(plant: Plant, as_of: datetime | None = None) -> dict:
    rows = plant.stock_rows(Chosen(), as_of=as_of).rows
    return {(row.location, row.lot): row.on_hand for row in rows if row.on_hand}


@pytest.mark.parametrize(
    "body",
    [
        ReservationPlaced(
            reservation="R1", site=SITE, material=VALVE, quantity=Quantity.pieces(1),
            expires_at=NAIVE.replace(year=2099),
        ),
        SnapshotReported(site=SITE, system="wms", taken_at=NAIVE, lines=()),
    ],
    ids=["reservation", "snapshot"],
)  # fmt: skip
def test_a_moment_without_an_offset_spoils_no_other_signal(plant, body):
    bad, good = Teller(plant)(body, moved(1))
    assert bad.refusal is not None
    assert bad.refusal.code is RefusalCode.MOMENT_INVALID
    assert good.status is Status.ACCEPTED


@pytest.mark.parametrize("size", [1, 2])
def test_a_signal_that_happened_at_a_moment_without_an_offset_is_kept_and_refused(plant, size):
    bad = Signal(source="wms", key="N1", body=moved(1), occurred_at=NAIVE)
    signals = [bad, replace(bad, key="N2", occurred_at=AS_OF)][:size]
    receipts = plant.take(signals)
    assert [one.status for one in receipts] == [Status.REFUSED, Status.ACCEPTED][:size]
    assert "offset" in receipts[0].refusal.because
    assert plant.journal_entry(receipts[0].entry).kind == "movement_reported"
    assert plant.verify().holds


@pytest.mark.engines("sqlite", "postgres")
def test_a_movement_that_says_it_happens_next_year_is_refused(plant):
    receipt = told(plant, clock.now() + timedelta(days=365))
    assert receipt.refusal is not None
    assert receipt.refusal.code is RefusalCode.MOMENT_INVALID
    assert "has not come yet" in receipt.refusal.because
    assert amounts(plant, clock.now()) == amounts(plant)
    found = plant.decide(decision="mro_replenishment", as_of=clock.now())
    assert not isinstance(found, Refusal), found


@pytest.mark.engines("sqlite", "postgres")
def test_a_source_whose_clock_is_a_little_ahead_is_believed_and_now_is_the_present(plant):
    assert told(plant, clock.now() + timedelta(minutes=5)).status is Status.ACCEPTED
    now = amounts(plant)
    assert now[FACE, ""] == 3
    assert amounts(plant, clock.now()) == now


def test_a_movement_that_was_refused_for_its_moment_is_accepted_once_it_is_mended(plant):
    assert told(plant, clock.now() + timedelta(days=1)).status is Status.REFUSED
    assert told(plant, clock.now()).status is Status.ACCEPTED
    assert amounts(plant)[FACE, ""] == 3
