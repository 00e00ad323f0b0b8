"""What stood where, told by every dimension and as of any moment, from the plant's own signals."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from chargehand.plant.history import Chosen, keep_history
from chargehand.signals import kinds
from chargehand.signals.signal import Signal
from chargehand.storage.history import History
from chargehand.vocabulary.quantity import Quantity
from tests.plant.conftest import AS_OF, BULK, FACE, SITE, VALVE, count


def tell(plant, key, body, *, at=AS_OF):
    (receipt,) = plant.take([Signal(source="wms", key=key, body=body, occurred_at=at)])
    assert receipt.status == "accepted", receipt
    return receipt


def moved(pieces, source=BULK, target=FACE):
    return kinds.StockMoved(
        site=SITE, material=VALVE, quantity=Quantity.pieces(pieces), from_location=source,
        to_location=target,
    )  # fmt: skip


def on_hand(plant, **asked) -> dict[str, Decimal]:
    back = {name: asked.pop(name) for name in ("as_of", "known_at", "empty") if name in asked}
    rows = plant.stock_rows(Chosen(**asked), **back).rows
    return {row.location: row.on_hand for row in rows}


def test_yesterday_is_told_although_today_much_has_moved(plant):
    tell(plant, "m1", moved(5), at=AS_OF + timedelta(hours=1))
    tell(plant, "m2", moved(30), at=AS_OF + timedelta(hours=3))
    assert on_hand(plant) == {BULK: 5, FACE: 37}
    assert on_hand(plant, as_of=AS_OF + timedelta(hours=2)) == {BULK: 35, FACE: 7}
    assert on_hand(plant, as_of=AS_OF - timedelta(hours=1)) == {}
    assert on_hand(plant, as_of=AS_OF + timedelta(hours=2), location=FACE) == {FACE: 7}


@pytest.mark.engines("sqlite", "postgres")
def test_a_count_told_late_changes_what_was_true_not_what_was_known(plant):
    with plant.store.snapshot() as sql:
        known = sql.execute("SELECT max(recorded_at) AS at FROM journal").fetchone()[0]
    from chargehand.vocabulary.instant import instant

    tell(plant, "m1", moved(4), at=AS_OF + timedelta(hours=1))
    tell(plant, "late", count(FACE, 5), at=AS_OF + timedelta(minutes=5))
    assert on_hand(plant, as_of=AS_OF + timedelta(minutes=30)) == {BULK: 40, FACE: 1}
    assert on_hand(plant, known_at=instant(known)) == {BULK: 40, FACE: 2}


def test_the_past_says_nothing_of_promises_and_now_does(plant):
    (now,) = plant.stock_rows(Chosen(location=FACE)).rows
    (then,) = plant.stock_rows(Chosen(location=FACE), as_of=AS_OF).rows
    assert (now.reserved, now.held, now.free) == (0, 0, 2)
    assert (then.on_hand, then.reserved, then.held, then.free) == (2, None, None, None)


def test_a_place_that_was_emptied_is_listed_when_asked_for(plant):
    tell(plant, "m1", moved(40), at=AS_OF + timedelta(hours=1))
    assert on_hand(plant) == {FACE: 42}
    assert on_hand(plant, empty=True) == {BULK: 0, FACE: 42}
    assert on_hand(plant, as_of=AS_OF) == {BULK: 40, FACE: 2}


def test_windows_of_the_past_hold_every_row_once(plant):
    tell(plant, "m1", moved(1), at=AS_OF + timedelta(hours=1))
    found, after = [], None
    while True:
        page = plant.stock_rows(Chosen(), as_of=AS_OF, after=after, limit=1)
        found += [row.location for row in page.rows]
        if (after := page.next) is None:
            break
    assert found == [BULK, FACE]


def test_the_background_work_makes_history_and_the_answers_stay(plant):
    plant.history = History(plant.store, run=3, fan=2, slice=4)
    for n in range(12):
        tell(plant, f"m{n}", moved(1), at=AS_OF + timedelta(hours=n + 1))
    before = on_hand(plant, as_of=AS_OF + timedelta(hours=6, minutes=1))
    listed = [row.entry for row in plant.movements(Chosen(location=FACE)).rows]
    while keep_history(plant):
        pass
    assert on_hand(plant, as_of=AS_OF + timedelta(hours=6, minutes=1)) == before
    assert before == {BULK: 34, FACE: 8}
    assert [row.entry for row in plant.movements(Chosen(location=FACE)).rows] == listed
    assert len(listed) == 13
    assert list(plant.history_faults()) == []


@pytest.mark.engines("sqlite", "postgres")
def test_a_movement_is_shown_with_its_legs_and_where_it_came_from(plant):
    receipt = tell(plant, "m/1", moved(3))
    (row,) = plant.movements(Chosen(location=FACE), limit=1).rows
    detail = plant.movement(row.entry)
    assert detail.row == row
    assert [(leg.location, leg.quantity, leg.unit) for leg in row.legs] == [
        (BULK, -3, "H87"), (FACE, 3, "H87"),
    ]  # fmt: skip
    assert (row.cause, detail.cause_entry) == ("wms/m/1", receipt.entry)
    assert detail.leaf == plant.journal_entry(row.entry).leaf
    assert plant.movement(receipt.entry) is None


def test_corrections_are_shown_beside_what_they_correct(plant):
    from chargehand.signals.stock_kinds import LegReported, MovementReported

    tell(plant, "m1", moved(3))
    (row,) = plant.movements(Chosen(location=FACE), limit=1).rows
    back = [(FACE, -1), (BULK, 1)]
    legs = tuple(
        LegReported(material=VALVE, quantity=Quantity.pieces(pieces), location=place)
        for place, pieces in back
    )
    body = MovementReported(site=SITE, business_step="storing", legs=legs, corrects=row.key)
    tell(plant, "c1", body)
    (correction,) = plant.movement(row.entry).corrected_by
    assert correction.corrects == row.key
    assert plant.movement(correction.entry).corrected_by == ()
