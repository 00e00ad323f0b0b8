"""What gets out from under a hold, and what does not: counts, other lots, promises, units."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from chargehand.plant.plant import Plant
from chargehand.signals.kinds import GoodsReceived
from chargehand.signals.signal import Signal, Status
from chargehand.signals.stock_kinds import (
    HandlingUnitMoved,
    HandlingUnitPacked,
    HandlingUnitUnpacked,
    LegReported,
    LotDefined,
    MovementReported,
    ReservationPicked,
    ReservationPlaced,
)
from chargehand.storage.balances import Chosen
from chargehand.vocabulary.identifier import HandlingUnitId, HoldId, LocationId, LotId
from chargehand.vocabulary.lot import MaterialLot
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.refusal import RefusalCode
from tests.plant import test_holds
from tests.plant.conftest import BULK, FACE, SITE, VALVE, Teller, count
from tests.plant.test_holds import (
    CAGE,
    LOT,
    OTHER,
    accepted,
    hold,
    let_go,
    moved,
    place,
    refused,
    release,
    there,
)

PALLET, CARTON = HandlingUnitId("PAL-1"), HandlingUnitId("CAR-1")
FIVE = Quantity.pieces(5)
plant = test_holds.plant


def leg(pieces: int, location: LocationId | None = None, *, lot=LOT, **more) -> LegReported:
    return LegReported(
        material=VALVE, lot=lot, quantity=Quantity.pieces(pieces), location=location, **more
    )


def told(step: str, *legs: LegReported, **more) -> MovementReported:
    return MovementReported(site=SITE, business_step=step, legs=legs, **more)


def reserve(name: str, pieces: int, **more) -> ReservationPlaced:
    return ReservationPlaced(
        reservation=name, site=SITE, material=VALVE, quantity=Quantity.pieces(pieces), **more
    )


def part_of(lot: LotId, parent: LotId | None) -> LotDefined:
    return LotDefined(definition=MaterialLot(material=VALVE, lot=lot, parent_lot=parent))


def is_kept(plant: Plant, lot: LotId) -> bool:
    (receipt,) = Teller(plant)(replace(moved(1, BULK, FACE), lot=lot))
    return receipt.refusal is not None and receipt.refusal.code is RefusalCode.ON_HOLD


# counts


@pytest.mark.engines("sqlite", "postgres")
@pytest.mark.parametrize(
    "target",
    [
        leg(40, outside="customer"), leg(40, outside="consumed"), leg(40, outside="adjustment"),
        leg(40, FACE, lot=LotId("CLEAN")),
    ],
    ids=["customer", "consumed", "adjustment", "another lot"],
)  # fmt: skip
def test_calling_a_movement_a_count_takes_nothing_from_under_a_hold(plant, target):
    place(plant, hold())
    shipped = told("cycle_counting", leg(-40, BULK), target)
    assert refused(plant, shipped).code is RefusalCode.ON_HOLD
    assert there(plant) == 40


def test_a_movement_that_is_called_a_count_goes_nowhere(plant):
    for target in (leg(4, FACE), leg(4, outside="customer")):
        refusal = refused(plant, told("cycle_counting", leg(-4, BULK), target))
        assert refusal.code is RefusalCode.QUANTITY_INVALID
        assert "cycle_counting only corrects" in refusal.because
    accepted(plant, told("cycle_counting", leg(-4, BULK), leg(4, outside="adjustment")))
    assert (there(plant), there(plant, FACE)) == (36, 0)


@pytest.mark.engines("sqlite", "postgres")
def test_what_a_count_misses_under_a_hold_was_what_was_let_go(plant):
    """The five were carried off and not told; what the count finds is what the hold keeps."""
    place(plant, hold())
    release(plant, let_go(location=BULK, quantity=FIVE))
    accepted(plant, replace(count(BULK, 35), lot=LOT))
    assert refused(plant, moved(5, BULK, FACE)).code is RefusalCode.ON_HOLD
    assert plant.verify().holds


# who signs


def test_a_source_that_is_called_like_a_person_does_not_sign_for_them(plant):
    """A file's or connector's source is a name that anybody chose, and proves nobody."""
    place(plant, hold())
    for source in ("cleo", "person:cleo"):
        (receipt,) = plant.take([Signal(source=source, key="forged", body=let_go())])
        assert receipt.refusal is not None
        assert receipt.refusal.code is RefusalCode.NOT_AUTHORIZED


# what was let go


@pytest.mark.engines("sqlite", "postgres")
def test_what_was_let_go_and_promised_is_not_taken_by_somebody_else(plant):
    place(plant, hold())
    release(plant, let_go(location=BULK, quantity=FIVE))
    accepted(plant, reserve("R1", 5, lot=LOT))
    assert refused(plant, moved(5, BULK, FACE)).code is RefusalCode.INSUFFICIENT_STOCK
    accepted(plant, ReservationPicked(reservation="R1", quantity=FIVE))
    assert plant.verify().holds


def test_what_was_let_go_may_be_picked_by_who_was_promised_more_before(plant):
    accepted(plant, reserve("R1", 30, lot=LOT))
    place(plant, hold())
    release(plant, let_go(location=BULK, quantity=FIVE))
    assert refused(plant, moved(5, BULK, FACE)).code is RefusalCode.INSUFFICIENT_STOCK
    accepted(plant, ReservationPicked(reservation="R1", quantity=FIVE))
    more = ReservationPicked(reservation="R1", quantity=FIVE)
    assert refused(plant, more).code is RefusalCode.ON_HOLD
    assert plant.verify().holds


def stacked(plant: Plant) -> None:
    """Five in a carton on a pallet."""
    accepted(
        plant,
        HandlingUnitPacked(
            site=SITE, location=BULK, handling_unit=CARTON, contents=(leg(5, BULK),)
        ),
        HandlingUnitPacked(site=SITE, location=BULK, handling_unit=PALLET, units=(CARTON,)),
    )


def let_the_carton_go(plant: Plant) -> None:
    place(plant, hold("H1", handling_unit=PALLET))
    release(plant, let_go(location=BULK, material=VALVE, lot=LOT, quantity=FIVE))


OUT = told("storing", leg(-5, BULK, handling_unit=CARTON), leg(5, FACE))


def test_what_was_let_go_under_one_hold_is_not_loose_under_a_later_one(plant):
    """Let go in a held pallet, taken out of it in its carton, held anew: nothing is loose."""
    stacked(plant)
    let_the_carton_go(plant)
    accepted(plant, HandlingUnitUnpacked(handling_unit=PALLET, units=(CARTON,)))
    place(plant, hold("H2"))
    assert refused(plant, OUT).code is RefusalCode.ON_HOLD
    assert plant.verify().holds


def test_what_was_let_go_under_one_hold_is_not_loose_in_a_pallet_that_another_is_on(plant):
    """From the one held pallet straight onto the other, with never a moment of freedom."""
    stacked(plant)
    let_the_carton_go(plant)
    other = HandlingUnitId("PAL-2")
    onto = HandlingUnitPacked(site=SITE, location=BULK, handling_unit=other, units=(CARTON,))
    place(plant, hold("H2", handling_unit=other))
    accepted(plant, HandlingUnitUnpacked(handling_unit=PALLET, units=(CARTON,)), onto)
    assert refused(plant, OUT).code is RefusalCode.ON_HOLD
    part = let_go("H2", location=BULK, material=VALVE, lot=LOT, quantity=FIVE)
    release(plant, part)
    release(plant, let_go("H1"))
    accepted(plant, OUT)
    assert plant.verify().holds


def test_what_one_hold_let_go_is_not_shown_as_free_under_a_second(plant):
    place(plant, hold("H1"))
    release(plant, let_go(location=BULK, quantity=FIVE))
    (line,) = plant.stock_rows(Chosen(location=BULK, lot=LOT)).rows
    assert (line.held, line.free) == (Decimal(35), FIVE.amount)
    place(plant, hold("H2", material=VALVE))
    (line,) = plant.stock_rows(Chosen(location=BULK, lot=LOT)).rows
    assert (line.held, line.free) == (Decimal(40), Decimal(0))


# other lots


def test_held_stock_does_not_change_its_lot_under_the_hold(plant):
    """A second hold on the new lot must not launder the first, whose four eyes differ."""
    new = LotId("NEW")
    place(plant, hold("H1"), by="cleo")
    place(plant, hold("H2", material=VALVE, lot=new), by="ada")
    under = {"under_hold": HoldId("H1")}
    swap = told("storing", leg(-40, BULK), leg(40, BULK, lot=new), **under)
    assert refused(plant, swap).code is RefusalCode.ON_HOLD
    accepted(plant, told("storing", leg(-40, BULK), leg(40, CAGE), **under))


def test_held_stock_changes_its_lot_under_a_hold_that_covers_both(plant):
    place(plant, hold("H1", material=VALVE))
    new = leg(40, BULK, lot=LotId("NEW"))
    accepted(plant, told("storing", leg(-40, BULK), new, under_hold=HoldId("H1")))
    assert is_kept(plant, LotId("NEW"))


@pytest.mark.engines("sqlite", "postgres")
def test_a_hold_on_a_lot_freezes_its_sublots(plant):
    accepted(plant, part_of(OTHER, LOT))
    done = place(plant, hold())
    assert any("|L2|" in one.key for one in done.touched)
    assert is_kept(plant, OTHER)
    assert {line.lot for line in plant.hold("H1").frozen} == {LOT, OTHER}
    assert plant.verify().holds
    release(plant, let_go())
    assert not is_kept(plant, OTHER)
    assert plant.verify().holds


@pytest.mark.engines("sqlite", "postgres")
def test_a_hold_on_a_lot_freezes_a_sublot_that_is_defined_later_and_of_sublots(plant):
    between = LotId("L1-A")
    place(plant, hold())
    accepted(plant, part_of(OTHER, between))
    assert not is_kept(plant, OTHER)
    accepted(plant, part_of(between, LOT))
    assert is_kept(plant, OTHER)
    assert plant.verify().holds
    accepted(plant, part_of(between, None))
    assert not is_kept(plant, OTHER)
    assert plant.verify().holds


def test_a_hold_on_a_lot_with_any_name_can_be_released(plant):
    odd = LotId("A|B")
    accepted(plant, replace(count(BULK, 5), lot=odd))
    place(plant, hold(material=VALVE, lot=odd))
    release(plant, let_go())
    (became,) = [one.became for one in plant.hold("H1").touched if one.kind == "balance"]
    assert became == "may be used again"


def test_a_lot_whose_name_parts_the_keys_of_the_record_does_not_come_in(plant):
    odd = LotId("A|B")
    received = GoodsReceived(site=SITE, location=BULK, material=VALVE, quantity=FIVE, lot=odd)
    reported = told("receiving", leg(-5, outside="supplier", lot=odd), leg(5, BULK, lot=odd))
    for body in (received, replace(moved(5, None, BULK), lot=odd), reported):
        assert refused(plant, body).code is RefusalCode.LOT_INVALID


def test_no_stock_stays_frozen_after_the_last_hold_has_ended(plant):
    """A carton leaves on a pallet, the pallet is held, the carton comes back by itself."""
    stacked(plant)
    accepted(plant, HandlingUnitMoved(handling_unit=PALLET))
    place(plant, hold("H1", handling_unit=PALLET))
    back = told(
        "receiving",
        leg(-5, outside="customer", handling_unit=CARTON),
        leg(5, BULK, handling_unit=CARTON),
    )
    accepted(plant, back)
    release(plant, let_go())
    assert not plant.stock_rows(Chosen(held=True)).rows
    (receipt,) = Teller(plant)(OUT)
    assert receipt.status is Status.ACCEPTED
    assert plant.verify().holds
