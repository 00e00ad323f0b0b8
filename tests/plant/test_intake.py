"""Each source transaction counts once; what cannot be used is kept, with its reason."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chargehand.signals import kinds
from chargehand.signals.signal import Signal, Status
from chargehand.vocabulary.identifier import LocationId, MaterialId
from chargehand.vocabulary.quantity import Quantity, Unit
from chargehand.vocabulary.refusal import RefusalCode
from tests.plant.conftest import AS_OF, BULK, FACE, SITE, VALVE, Teller, count, master

NAMES = itertools.count()


def on_hand(plant, location=BULK) -> Decimal:
    rows = plant.stock(location=location).rows
    return rows[0].on_hand if rows else Decimal(0)


def moved(pieces: int, source=BULK, target=FACE) -> kinds.StockMoved:
    return kinds.StockMoved(
        site=SITE, material=VALVE, quantity=Quantity.pieces(pieces),
        from_location=source, to_location=target,
    )  # fmt: skip


def test_the_same_transaction_twice_is_once(plant):
    signal = Signal(source="wms", key="T1", body=moved(3), occurred_at=AS_OF)
    assert [one.status for one in plant.take([signal, signal])] == [
        Status.ACCEPTED,
        Status.REPEATED,
    ]
    assert plant.take([signal])[0].status is Status.REPEATED
    assert on_hand(plant) == 37


def test_a_key_with_another_content_is_refused_and_kept(plant):
    first = Signal(source="wms", key="T1", body=moved(3), occurred_at=AS_OF)
    plant.take([first])
    receipt = plant.take([replace(first, body=moved(5))])[0]
    assert receipt.status is Status.REFUSED
    assert receipt.refusal.code is RefusalCode.KEY_REUSED
    assert on_hand(plant) == 37
    assert plant.journal(kind="conflict").rows


def test_the_same_key_of_two_sources_is_two_transactions(plant):
    for source in ("wms", "mes"):
        plant.take([Signal(source=source, key="T1", body=moved(3), occurred_at=AS_OF)])
    assert on_hand(plant) == 34


def test_what_was_refused_is_taken_when_it_comes_again_and_fits(make_plant):
    plant = make_plant()
    signal = Signal(source="wms", key="T1", body=count(BULK, 5), occurred_at=AS_OF)
    refused = plant.take([signal])[0]
    assert refused.refusal.code is RefusalCode.UNKNOWN_MATERIAL
    assert plant.faults().rows[0].because == refused.refusal.because
    Teller(plant)(*master())
    assert plant.take([signal])[0].status is Status.ACCEPTED
    assert on_hand(plant) == 5
    assert plant.faults().rows == ()


def test_more_than_is_there_cannot_be_moved_and_nothing_is_clamped(plant):
    receipt = Teller(plant)(moved(41), key="big")[0]
    assert receipt.refusal.code is RefusalCode.INSUFFICIENT_STOCK
    assert "40 H87 free, 41 wanted" in receipt.refusal.because
    assert on_hand(plant) == 40
    assert plant.verify().holds


def test_a_refusal_in_a_batch_does_not_stop_the_others(plant):
    receipts = Teller(plant)(moved(1), moved(99), moved(2))
    assert [one.status for one in receipts] == [Status.ACCEPTED, Status.REFUSED, Status.ACCEPTED]
    assert on_hand(plant) == 37


def test_bad_facts_are_refused_by_name(plant):
    tell = Teller(plant)
    cases = [
        (
            replace(moved(1), quantity=Quantity(Decimal(1), Unit.KILOGRAM)),
            RefusalCode.UNIT_MISMATCH,
        ),
        (replace(moved(1), material=MaterialId("NONE")), RefusalCode.UNKNOWN_MATERIAL),
        (replace(moved(1), to_location=LocationId("NOWHERE")), RefusalCode.UNKNOWN_LOCATION),
        (replace(moved(1), quantity=Quantity.pieces(0)), RefusalCode.QUANTITY_INVALID),
        (replace(moved(1), quantity=Quantity(Decimal("0.0000001"))), RefusalCode.QUANTITY_INVALID),
        (replace(moved(1), to_location=BULK), RefusalCode.QUANTITY_INVALID),
        (replace(count(BULK, 0), counted=Quantity.pieces(-1)), RefusalCode.QUANTITY_INVALID),
    ]
    for body, code in cases:
        assert tell(body)[0].refusal.code is code
    assert len(plant.faults().rows) == len(cases)


def test_a_definition_that_holds_already_changes_nothing(plant):
    before = plant.verify().entries
    assert {one.status for one in Teller(plant)(*master())} == {Status.REPEATED}
    assert plant.verify().entries == before


def test_a_definition_may_change_and_change_back(plant):
    tell = Teller(plant)
    for point in (12, 10, 12):
        levels = [
            one for one in master(reorder_point=point) if isinstance(one, kinds.StockingDefined)
        ]
        assert tell(*levels)[0].status is Status.ACCEPTED
        with plant.view() as view:
            assert view.stocking(SITE)[VALVE].reorder_point == point


def test_a_count_corrects_by_a_movement_and_is_not_forgotten(plant):
    Teller(plant)(count(BULK, 38))
    assert on_hand(plant) == 38
    movement = plant.journal(kind="movement").rows[0].body
    assert movement["business_step"] == "cycle_counting"
    assert sorted(leg["scaled"] for leg in movement["legs"]) == [-2_000_000, 2_000_000]
    with plant.view() as view:
        assert [one.counted_at for one in view.stock(SITE)[VALVE] if one.location == BULK] == [
            AS_OF
        ]


def test_goods_receipts_complete_their_purchase_order(plant):
    tell = Teller(plant)
    tell(
        kinds.SupplyPlaced(
            purchase_order="PO1", site=SITE, material=VALVE, quantity=Quantity.pieces(5)
        )
    )
    received = kinds.GoodsReceived(
        site=SITE, location=BULK, material=VALVE, quantity=Quantity.pieces(3), purchase_order="PO1"
    )
    tell(received)
    with plant.view() as view:
        assert view.supply(SITE)[VALVE][0].quantity == 2
    tell(replace(received, quantity=Quantity.pieces(2)))
    with plant.view() as view:
        assert VALVE not in view.supply(SITE)
    assert on_hand(plant) == 45


def test_consumption_is_demand_and_history_moves_no_stock(plant):
    tell = Teller(plant)
    tell(replace(moved(4), to_location=None))
    used = kinds.UsageReported(
        site=SITE, material=VALVE, quantity=Quantity.pieces(7), used_on=AS_OF.date()
    )
    tell(used)
    assert on_hand(plant) == 36
    assert plant.usage(SITE)[VALVE] == [(AS_OF.date(), Decimal(11))]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["in", "out", "put", "back", "count"]), st.integers(1, 30)),
        max_size=25,
    ),
    chance=st.randoms(),
)
def test_any_history_told_again_in_any_order_leaves_the_record_as_it_was(make_plant, steps, chance):
    plant = make_plant(name=f"p{next(NAMES)}")
    Teller(plant)(*master())
    made = {
        "in": lambda n: moved(n, None, BULK),
        "out": lambda n: moved(n, BULK, None),
        "put": lambda n: moved(n, BULK, FACE),
        "back": lambda n: moved(n, FACE, BULK),
        "count": lambda n: count(BULK, n),
    }
    signals = [
        Signal(source="wms", key=f"T{n}", body=made[step](pieces), occurred_at=AS_OF)
        for n, (step, pieces) in enumerate(steps)
    ]
    told = plant.take(signals)
    accepted = [s for s, r in zip(signals, told, strict=True) if r.status is Status.ACCEPTED]
    stock = plant.stock().rows
    again = [*accepted, *accepted]
    chance.shuffle(again)
    assert {one.status for one in plant.take(again)} <= {Status.REPEATED}
    assert plant.stock().rows == stock
    assert plant.verify().holds


def test_many_clients_with_the_same_transactions_count_each_once(plant):
    signals = [
        Signal(source="wms", key=f"T{n}", body=moved(1), occurred_at=AS_OF) for n in range(30)
    ]

    def tell(offset: int) -> int:
        mine = signals[offset:] + signals[:offset]
        return sum(one.status is Status.ACCEPTED for one in (plant.take([s])[0] for s in mine))

    with ThreadPoolExecutor(6) as threads:
        assert sum(threads.map(tell, range(0, 30, 5))) == 30
    assert on_hand(plant) == 10
    assert plant.verify().holds
