"""Laws of holds and reservations, whatever happens in whatever order, on either engine."""

from __future__ import annotations

import itertools
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chargehand.record import checking, holding, intake
from chargehand.record.hold import fits
from chargehand.record.ledger import BalanceKey
from chargehand.record.told import Told
from chargehand.runtime.clock import now
from chargehand.signals import kinds
from chargehand.signals.signal import Signal
from chargehand.signals.stock_kinds import (
    HoldPlaced,
    HoldReleased,
    LegReported,
    MovementReported,
    ReservationPicked,
    ReservationPlaced,
    ReservationVoided,
)
from chargehand.storage.docket import Docket
from chargehand.storage.holds import hold_of
from chargehand.storage.store import Store
from chargehand.vocabulary.identifier import (
    HandlingUnitId,
    HoldId,
    LocationId,
    LotId,
    MaterialId,
    PersonId,
    SiteId,
)
from chargehand.vocabulary.location import OperationalLocation
from chargehand.vocabulary.material import MaterialDefinition
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.refusal import Refusal, RefusalCode

SITE, PART = SiteId("S"), MaterialId("M")
A, B = LocationId("A"), LocationId("B")
KEYS = itertools.count()
SIGNED = "I have seen the report"
FREE = "account, material, lot, serial, handling_unit, disposition"


def told(body: kinds.Body) -> Told:
    return Told(Signal(source="t", key=f"k{next(KEYS)}", body=body), "t", 0)


def tell(store: Store, body: kinds.Body) -> Refusal | None:
    """Take a body in as a plant does, without asking who tells it."""
    one = told(body)

    def effect(docket: Docket) -> Refusal | None:
        if isinstance(body, HoldReleased):
            return holding.release(one, body, docket)
        return intake.apply(one, docket)

    return store.write(
        lambda docket: checking.check(one.signal, docket) or docket.attempt(lambda: effect(docket))
    )


def prepare(store: Store) -> None:
    """One material, and two places with five of each of two lots."""
    material = kinds.MaterialDefined(definition=MaterialDefinition(material=PART))
    places = [
        kinds.LocationDefined(definition=OperationalLocation(site=SITE, location=place))
        for place in (A, B)
    ]
    for body in (material, *places):
        assert tell(store, body) is None
    for place, lot in itertools.product((A, B), ("", "L")):
        assert tell(store, received(place, 5, lot)) is None


def received(place: LocationId, pieces: int, lot: str = "", **more: Any) -> kinds.GoodsReceived:
    return kinds.GoodsReceived(
        site=SITE, location=place, material=PART, quantity=Quantity.pieces(pieces),
        lot=LotId(lot), **more,
    )  # fmt: skip


def moved(
    source: LocationId | None, target: LocationId | None, pieces: int, lot: str = "", **more: Any
) -> MovementReported:
    leg = LegReported(
        material=PART, quantity=Quantity.pieces(-pieces), location=source, lot=LotId(lot),
        outside="scrapped",
    )  # fmt: skip
    legs = (leg, replace(leg, quantity=Quantity.pieces(pieces), location=target))
    return MovementReported(site=SITE, business_step="storing", legs=legs, **more)


def hold(name: str, **scope: Any) -> HoldPlaced:
    return HoldPlaced(hold=HoldId(name), site=SITE, reason="because", **scope)


def release(name: str, **part: Any) -> HoldReleased:
    return HoldReleased(
        hold=HoldId(name), reason="seen", person=PersonId("p"), signature=SIGNED, **part
    )


def rows(store: Store) -> list[tuple[Any, ...]]:
    with store.snapshot() as sql:
        found = sql.execute(
            f"SELECT {FREE}, scaled, reserved, frozen, released FROM balance WHERE site <> ''"
            f" ORDER BY {FREE}"
        )
        return [tuple(row) for row in found]


places, lots, amounts = st.sampled_from([A, B]), st.sampled_from(["", "L"]), st.integers(1, 6)
names = st.sampled_from(["H1", "H2", "H3"])
scopes = st.sampled_from(
    [{"material": PART}, {"material": PART, "lot": "L"}, {"location": A}, {"location": B}]
)
reservations = st.sampled_from(["R1", "R2", "R3"])
parts = st.builds(
    lambda place, n, lot: {
        "material": PART, "location": place, "quantity": Quantity.pieces(n), "lot": LotId(lot),
    },
    places, amounts, lots,
)  # fmt: skip
steps = st.one_of(
    st.builds(received, places, amounts, lots),
    st.builds(moved, places, places, amounts, lots),
    st.builds(moved, places, st.sampled_from([A, B, None]), amounts, lots, under_hold=names),
    st.builds(
        lambda place, n, lot: kinds.StockCounted(
            site=SITE, location=place, material=PART, counted=Quantity.pieces(n), lot=LotId(lot)
        ),
        places, st.integers(0, 8), lots,
    ),
    st.builds(lambda name, scope: hold(name, **scope), names, scopes),
    st.builds(release, names),
    st.builds(lambda name, part: release(name, **part), names, parts),
    st.builds(
        lambda name, n, place: ReservationPlaced(
            reservation=name, site=SITE, material=PART, quantity=Quantity.pieces(n), location=place
        ),
        reservations, amounts, st.sampled_from([A, B, None]),
    ),
    st.builds(
        lambda name, n, last: ReservationPicked(
            reservation=name, quantity=Quantity.pieces(n), is_last=last
        ),
        reservations, amounts, st.booleans(),
    ),
    st.builds(lambda name: ReservationVoided(reservation=name, reason="r"), reservations),
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A database to begin with."""
    made = tmp_path_factory.mktemp("holds")
    store = Store(made / "start.db", now)
    prepare(store)
    store.close()
    return made


def begin(folder: Path) -> Store:
    file = folder / f"{next(KEYS)}.db"
    shutil.copy(folder / "start.db", file)
    return Store(file, now)


def lawful(store: Store) -> None:
    """What has to hold of every balance at any moment."""
    with store.snapshot() as sql:
        active = [hold_of(r) for r in sql.execute("SELECT * FROM hold WHERE state = 'active'")]
        kept = {
            tuple(row)[:6]: row["kept"]
            for row in sql.execute(
                f"SELECT {FREE}, sum(scaled - posted) AS kept FROM reservation"
                f" WHERE state = 'open' GROUP BY {FREE}"
            )
        }
    for row in rows(store):
        scaled, reserved, frozen, let_go = row[6:]
        assert 0 <= reserved <= scaled
        assert reserved == kept.get(row[:6], 0)
        key = BalanceKey(row[0], row[1], row[2], row[5], row[3], row[4])
        assert frozen == sum(fits(one, key, []) for one in active)
        assert 0 <= let_go <= (scaled if frozen else 0)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(history=st.lists(steps, max_size=25))
def test_nothing_is_promised_twice_and_held_stock_stays_where_it_is(folder, history):
    store = begin(folder)
    for step in history:
        before = {row[:6]: row[6:] for row in rows(store)}
        tell(store, step)
        lawful(store)
        lets = isinstance(step, kinds.StockCounted | MovementReported) and (
            getattr(step, "under_hold", "counted") is not None
        )
        after = {row[:6]: row[6] for row in rows(store)}
        for key, (scaled, _, frozen, let_go) in before.items():
            loose = let_go if frozen == 1 else 0
            if frozen and not lets:
                assert after[key] >= scaled - loose
    store.close()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(history=st.lists(steps, max_size=12), scope=scopes)
def test_a_hold_that_is_placed_and_released_has_changed_nothing(folder, history, scope):
    store = begin(folder)
    for step in history:
        tell(store, step)
    before = rows(store)
    assert tell(store, hold("LAST", **scope)) is None
    assert tell(store, release("LAST")) is None
    assert rows(store) == before
    store.close()


def test_many_who_reserve_at_once_get_no_more_than_there_is(both):
    prepare(both)
    start = Barrier(8)

    def reserve(n: int) -> Refusal | None:
        start.wait()
        asked = ReservationPlaced(
            reservation=f"R{n}", site=SITE, material=PART, quantity=Quantity.pieces(2), location=A,
            lot=LotId("L"),
        )  # fmt: skip
        return tell(both, asked)

    with ThreadPoolExecutor(8) as pool:
        refusals = list(pool.map(reserve, range(8)))
    assert sum(one is None for one in refusals) == 2
    assert {one.code for one in refusals if one} == {RefusalCode.INSUFFICIENT_STOCK}
    lawful(both)


def test_holds_and_takers_at_once_leave_held_stock_where_it_is(both):
    prepare(both)
    start = Barrier(6)

    def act(n: int) -> Refusal | None:
        start.wait()
        if n:
            return tell(both, moved(A, B, 1, "L"))
        return tell(both, hold("H1", material=PART, lot=LotId("L")))

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(act, range(6)))
    assert answers[0] is None
    assert tell(both, moved(A, B, 1, "L")).code is RefusalCode.ON_HOLD
    lawful(both)


def test_every_step_of_a_hold_is_the_same_on_either_engine(both):
    prepare(both)
    assert tell(both, hold("H1", material=PART, lot=LotId("L"))) is None
    assert tell(both, moved(A, None, 2, "L", under_hold=HoldId("H1"))) is None
    part = release("H1", location=A, quantity=Quantity.pieces(2), lot=LotId("L"))
    assert tell(both, part) is None
    assert tell(both, moved(A, B, 2, "L")) is None
    assert tell(both, moved(A, B, 1, "L")).code is RefusalCode.ON_HOLD
    assert tell(both, release("H1")) is None
    assert tell(both, moved(B, A, 7, "L")) is None
    lawful(both)


def test_a_hold_on_a_unit_is_on_all_that_stands_in_it(both):
    """Also on what stands in a unit within, and no more once that one is taken out."""
    prepare(both)
    inside = LegReported(
        material=PART, quantity=Quantity.pieces(2), location=A, handling_unit=HandlingUnitId("BOX")
    )
    out = replace(inside, quantity=Quantity.pieces(-2), handling_unit=HandlingUnitId(""))
    packed = MovementReported(site=SITE, business_step="packing", legs=(out, inside))
    assert tell(both, packed) is None

    def stand(parent: str | None) -> None:
        def work(docket: Docket) -> None:
            docket.sql("DELETE FROM handling_unit")
            docket.sql(
                "INSERT INTO handling_unit (unit, kind, parent, site, location, state, entry)"
                " VALUES ('BOX', 'carton', ?, 'S', 'A', 'open', 0)",
                (parent,),
            )
            docket.refreeze("BOX")

        both.write(work)

    stand("PALLET")
    assert tell(both, hold("H1", handling_unit=HandlingUnitId("PALLET"))) is None
    back = replace(packed, legs=(replace(inside, quantity=Quantity.pieces(-2)),
                                 replace(out, quantity=Quantity.pieces(2))))  # fmt: skip
    assert tell(both, back).code is RefusalCode.ON_HOLD
    stand(None)
    assert tell(both, back) is None


def let_go(store: Store) -> dict[tuple[str, str], int]:
    """Pieces that were let go in spite of a hold, by place and lot."""
    return {(row[0], row[2]): row[9] // 1_000_000 for row in rows(store)}


def test_what_was_let_go_of_one_hold_is_not_let_go_of_another(both):
    prepare(both)
    assert tell(both, hold("H1", material=PART)) is None
    part = release("H1", location=A, quantity=Quantity.pieces(2), lot=LotId("L"))
    assert tell(both, part) is None
    assert tell(both, hold("H2", location=A)) is None
    assert tell(both, release("H1")) is None
    assert tell(both, moved(A, B, 1, "L")).code is RefusalCode.ON_HOLD
    lawful(both)


def test_what_a_count_misses_was_what_was_let_go(both):
    prepare(both)
    assert tell(both, hold("H1", material=PART)) is None
    part = release("H1", location=A, quantity=Quantity.pieces(4), lot=LotId("L"))
    assert tell(both, part) is None
    counted = kinds.StockCounted(
        site=SITE, location=A, material=PART, counted=Quantity.pieces(1), lot=LotId("L")
    )
    assert tell(both, counted) is None
    assert tell(both, received(A, 5, "L")) is None
    assert let_go(both)["S/A", "L"] == 0
    assert tell(both, moved(A, B, 1, "L")).code is RefusalCode.ON_HOLD
    lawful(both)
