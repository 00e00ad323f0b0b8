"""Handling units: packed, moved in one movement, unpacked; never in two places."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chargehand.signals.stock_kinds import HoldPlaced, LegReported, MovementReported
from chargehand.vocabulary.identifier import HandlingUnitId, HoldId, LotId
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.refusal import RefusalCode
from tests.plant.conftest import SITE
from tests.plant.line import (
    DOCK,
    HOUSING,
    LINE,
    PUMP,
    SCAN,
    STORE,
    WIP,
    Line,
    made,
    move,
    pack,
    report,
    some,
    unpack,
    used,
)

PALLET, CARTON, TOTE = "PAL-1", "CAR-1", "TOTE-1"


@pytest.fixture
def line(make_plant) -> Line:
    line = Line(make_plant())
    line.receive(HOUSING, "H1", 20)
    line.told(report(used(HOUSING, "H1", 10), made(PUMP, "P1", 10)))
    return line


@pytest.fixture
def stacked(line) -> Line:
    """A carton of 4 pumps on a pallet with 2 more."""
    line.told(pack(CARTON, some(PUMP, "P1", 4)))
    line.told(pack(PALLET, some(PUMP, "P1", 2), units=(CARTON,)))
    return line


def movements(line: Line) -> int:
    with line.plant.store.snapshot() as sql:
        return sql.execute("SELECT count(*) FROM journal WHERE kind = 'movement'").fetchone()[0]


def units_at(line: Line) -> dict[str, set[str]]:
    """Places where each unit has stock."""
    with line.plant.store.snapshot() as sql:
        rows = sql.execute(
            "SELECT handling_unit, account FROM balance WHERE handling_unit <> '' AND scaled <> 0"
        ).fetchall()
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row["handling_unit"], set()).add(row["account"])
    return found


@pytest.mark.engines("sqlite", "postgres")
def test_a_pallet_moves_with_all_that_is_in_it_in_one_movement(stacked):
    before = movements(stacked)
    stacked.told(move(PALLET, STORE))
    assert movements(stacked) == before + 1
    assert stacked.on_hand(PUMP) == {WIP: 4, STORE: 6}
    pallet = stacked.plant.handling_unit(PALLET)
    assert (pallet.location, [one.on_hand for one in pallet.contents]) == (STORE, [2])
    (carton,) = pallet.units
    assert (carton.handling_unit, carton.location, carton.parent) == (CARTON, STORE, PALLET)
    assert [(one.lot, one.on_hand) for one in carton.contents] == [("P1", 4)]
    assert stacked.plant.verify().holds


def test_a_unit_that_ships_takes_its_stock_to_the_customer_by_its_document(stacked):
    stacked.told(move(PALLET, None, document="DN-77"))
    assert stacked.on_hand(PUMP) == {WIP: 4}
    assert stacked.plant.handling_unit(CARTON).state == "shipped"
    assert stacked.refusal(move(PALLET, STORE)).code is RefusalCode.HANDLING_UNIT_INVALID
    assert stacked.plant.lot(PUMP, "P1").flow.shipped == 6


def test_an_own_tote_that_left_may_be_packed_again(stacked):
    stacked.told(move(PALLET, None))
    stacked.told(pack(PALLET, some(PUMP, "P1", 1)))
    pallet = stacked.plant.handling_unit(PALLET)
    assert (pallet.state, pallet.location, pallet.units) == ("present", WIP, ())


def test_unpacking_lets_part_or_all_stand_by_itself(stacked):
    stacked.told(unpack(PALLET, some(PUMP, "P1", 1)))
    assert [one.on_hand for one in stacked.plant.handling_unit(PALLET).contents] == [1]
    stacked.told(unpack(PALLET))
    assert stacked.plant.handling_unit(PALLET).contents == ()
    assert stacked.plant.handling_unit(PALLET).units == ()
    assert stacked.plant.handling_unit(CARTON).parent == ""
    assert units_at(stacked) == {CARTON: {f"{SITE}/{WIP}"}}
    stacked.told(move(CARTON, STORE))
    assert stacked.on_hand(PUMP) == {WIP: 6, STORE: 4}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (move(CARTON, STORE), "stands in PAL-1"),
        (move(PALLET, WIP), "already"),
        (pack(TOTE, units=(CARTON,)), "unpack it first"),
        (pack(CARTON, units=(PALLET,)), "cannot stand in"),
        (pack(PALLET, units=(PALLET,)), "into itself"),
        (pack(PALLET, some(HOUSING, "H1", 1), at=LINE), "move it first"),
        (unpack(PALLET, units=(TOTE,)), "does not stand in"),
        (pack("195212345678900005"), "read wrong"),
    ],
)
def test_what_a_unit_cannot_be_or_do_is_refused(stacked, body, words):
    before = units_at(stacked)
    refusal = stacked.refusal(body)
    assert refusal.code is RefusalCode.HANDLING_UNIT_INVALID
    assert words in refusal.because
    assert units_at(stacked) == before


def test_a_unit_that_nobody_told_of_cannot_move(line):
    assert line.refusal(move(SCAN, STORE)).code is RefusalCode.UNKNOWN_HANDLING_UNIT
    assert line.plant.handling_unit(SCAN).code is RefusalCode.UNKNOWN_HANDLING_UNIT
    line.told(pack(SCAN))
    line.told(move(SCAN, STORE))
    assert line.plant.handling_unit(SCAN).location == STORE


def moved_by_legs(unit: str, pieces: int, to) -> MovementReported:
    def leg(amount: int, at) -> LegReported:
        return LegReported(
            material=PUMP, lot=LotId("P1"), quantity=Quantity.pieces(amount), location=at,
            handling_unit=HandlingUnitId(unit),
        )  # fmt: skip

    return MovementReported(
        site=SITE, business_step="storing", legs=(leg(-pieces, WIP), leg(pieces, to))
    )


def test_no_movement_leaves_a_unit_in_two_places(stacked):
    refusal = stacked.refusal(moved_by_legs(CARTON, 1, STORE))
    assert refusal.code is RefusalCode.HANDLING_UNIT_INVALID
    assert "2 places" in refusal.because
    refusal = stacked.refusal(moved_by_legs(CARTON, 4, STORE))
    assert refusal.code is RefusalCode.HANDLING_UNIT_INVALID, "it would leave its pallet behind"
    stacked.told(unpack(PALLET))
    stacked.told(moved_by_legs(CARTON, 4, STORE))
    assert stacked.plant.handling_unit(CARTON).location == STORE


def test_a_unit_that_arrives_with_stock_is_known_from_then_on(line):
    arrived = LegReported(
        material=HOUSING, lot=LotId("H7"), quantity=Quantity.pieces(5), location=DOCK,
        handling_unit=HandlingUnitId(TOTE),
    )  # fmt: skip
    sent = LegReported(
        material=HOUSING, lot=LotId("H7"), quantity=Quantity.pieces(-5), outside="supplier"
    )
    line.told(MovementReported(site=SITE, business_step="receiving", legs=(sent, arrived)))
    assert line.plant.handling_unit(TOTE).location == DOCK
    line.told(move(TOTE, STORE))
    assert line.on_hand(HOUSING, "H7") == {STORE: 5}


def test_what_is_on_hold_keeps_its_unit_where_it_is(stacked):
    hold = HoldPlaced(
        hold=HoldId("Q1"), site=SITE, reason="noise", handling_unit=HandlingUnitId(PALLET)
    )
    stacked.told(hold)
    content = stacked.plant.handling_unit(PALLET).units[0].contents[0]
    assert (content.on_hand, content.held) == (4, 4)
    for body in (
        move(PALLET, STORE),
        unpack(PALLET),
        unpack(PALLET, some(PUMP, "P1", 1)),
        unpack(PALLET, units=(CARTON,)),
        move(PALLET, None),
    ):
        assert stacked.refusal(body).code is RefusalCode.ON_HOLD
    assert stacked.on_hand(PUMP) == {WIP: 10}
    stacked.told(move(PALLET, STORE, under_hold="Q1"))
    assert stacked.on_hand(PUMP) == {WIP: 4, STORE: 6}
    assert stacked.refusal(move(PALLET, None, under_hold="Q1")).code is RefusalCode.ON_HOLD


def test_what_is_packed_onto_a_held_pallet_is_held_with_it(stacked):
    stacked.told(
        HoldPlaced(
            hold=HoldId("Q1"), site=SITE, reason="noise", handling_unit=HandlingUnitId(PALLET)
        )
    )
    stacked.told(pack(TOTE, some(PUMP, "P1", 1)))
    stacked.told(pack(PALLET, units=(TOTE,)))
    assert stacked.refusal(move(PALLET, STORE)).code is RefusalCode.ON_HOLD
    assert stacked.plant.handling_unit(TOTE).contents[0].held == 1


def test_stock_is_repacked_from_unit_to_unit(stacked):
    stacked.told(pack(TOTE, some(PUMP, "P1", 3, unit=CARTON)))
    assert [one.on_hand for one in stacked.plant.handling_unit(TOTE).contents] == [3]
    assert [one.on_hand for one in stacked.plant.handling_unit(CARTON).contents] == [1]
    refusal = stacked.refusal(pack(TOTE, some(PUMP, "P1", 2, unit=CARTON)))
    assert refusal.code is RefusalCode.INSUFFICIENT_STOCK


UNITS = ("U1", "U2", "U3")
acts = st.lists(
    st.tuples(
        st.sampled_from(["pack", "nest", "unpack", "take", "move", "ship", "legs"]),
        st.sampled_from(UNITS), st.sampled_from(UNITS), st.sampled_from([WIP, STORE, DOCK]),
        st.integers(1, 3),
    ),
    max_size=14,
)  # fmt: skip


def act(step: str, one: str, two: str, place, pieces: int):
    match step:
        case "pack":
            return pack(one, some(PUMP, "P1", pieces), at=place)
        case "nest":
            return pack(one, at=place, units=(two,))
        case "unpack":
            return unpack(one)
        case "take":
            return unpack(one, some(PUMP, "P1", pieces))
        case "move":
            return move(one, place)
        case "ship":
            return move(one, None)
        case _:
            return moved_by_legs(one, pieces, place if place != WIP else STORE)


@settings(
    max_examples=12,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=acts)
def test_whatever_is_told_a_unit_stands_in_one_place_with_what_is_in_it(
    make_plant, tmp_path_factory, history
):
    line = Line(make_plant(name=tmp_path_factory.mktemp("law").name))
    line.told(report(made(PUMP, "P1", 12)))
    for one in history:
        line.tell(act(*one))
        stock = units_at(line)
        with line.plant.store.snapshot() as sql:
            rows = sql.execute("SELECT * FROM handling_unit WHERE state = 'present'").fetchall()
        units = {row["unit"]: row for row in rows}
        for unit, accounts in stock.items():
            if own := {name for name in accounts if not name.startswith("~")}:
                assert own == {f"{units[unit]['site']}/{units[unit]['location']}"}
        for row in rows:
            above, seen = row["parent"], {row["unit"]}
            while above is not None:
                assert above not in seen
                assert units[above]["location"] == row["location"]
                seen.add(above)
                above = units[above]["parent"]
    assert line.plant.verify().faults == ()
    line.plant.close()
