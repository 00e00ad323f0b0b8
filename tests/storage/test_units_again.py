"""Holds on handling units: what stands in a unit no more is not frozen with it, and no freer."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from chargehand.plant import intake, policies
from chargehand.plant.auditing import verify
from chargehand.signals import kinds
from chargehand.signals.signal import Receipt, Signal
from chargehand.signals.stock_kinds import (
    HandlingUnitMoved,
    HandlingUnitPacked,
    HandlingUnitUnpacked,
    HoldPlaced,
    HoldReleased,
    LegReported,
    MovementReported,
)
from chargehand.vocabulary.identifier import (
    HandlingUnitId,
    HoldId,
    LocationId,
    MaterialId,
    PersonId,
    SiteId,
)
from chargehand.vocabulary.location import OperationalLocation
from chargehand.vocabulary.material import MaterialDefinition
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.refusal import RefusalCode
from tests.plant.conftest import policy_text

SITE, HERE, THERE, SEAL = SiteId("S1"), LocationId("BIN"), LocationId("CAGE"), MaterialId("SEAL")
PALLET, BOX = HandlingUnitId("PALLET-1"), HandlingUnitId("BOX-1")
ADA = PersonId("ada")
HOLDS = '[[holds]]\nroles = ["admin"]\nsites = ["*"]\nfour_eyes = false\n'
KEYS = itertools.count()


@pytest.fixture
def tell(both):
    """Tells a plant with ten seals, three of them in a box on a pallet."""
    assert not policies.first(both, policy_text() + HOLDS)

    def told(body: Any) -> Receipt:
        is_release = isinstance(body, HoldReleased)
        source = f"person:{ADA}" if is_release else "wms"
        signal = Signal(source=source, key=f"k{next(KEYS)}", body=body)
        return intake.take(both, [signal], sender=ADA if is_release else "")[0]

    for body in (
        kinds.MaterialDefined(definition=MaterialDefinition(material=SEAL)),
        kinds.LocationDefined(definition=OperationalLocation(site=SITE, location=HERE)),
        kinds.LocationDefined(definition=OperationalLocation(site=SITE, location=THERE)),
        kinds.GoodsReceived(
            site=SITE, location=HERE, material=SEAL, quantity=Quantity.pieces(10)
        ),
        packed(BOX, 3),
        packed(PALLET, units=(BOX,)),
    ):  # fmt: skip
        accepted(told(body))
    return told


def accepted(receipt: Receipt) -> None:
    assert receipt.refusal is None, receipt.refusal


def leg(pieces: int, at: LocationId = HERE, unit: HandlingUnitId | str = "") -> LegReported:
    return LegReported(
        material=SEAL, quantity=Quantity.pieces(pieces), location=at,
        handling_unit=HandlingUnitId(unit),
    )  # fmt: skip


def packed(unit: HandlingUnitId, pieces: int = 0, units=()) -> HandlingUnitPacked:
    return HandlingUnitPacked(
        site=SITE, location=HERE, handling_unit=unit, contents=(leg(pieces),) if pieces else (),
        units=units,
    )  # fmt: skip


def moved(*legs: LegReported) -> MovementReported:
    return MovementReported(site=SITE, business_step="storing", legs=legs)


def hold(name: str, **scope: Any) -> HoldPlaced:
    return HoldPlaced(hold=HoldId(name), site=SITE, reason="dented", **scope)


def released(name: str, pieces: int | None = None) -> HoldReleased:
    part = {} if pieces is None else {
        "location": HERE, "material": SEAL, "quantity": Quantity.pieces(pieces),
    }  # fmt: skip
    return HoldReleased(
        hold=HoldId(name), reason="inspected", person=ADA, signature="I have seen it", **part
    )


def test_what_one_hold_let_go_is_frozen_by_the_next(tell, both):
    """The box left the held pallet because all in it was let go; a recall then takes it all."""
    accepted(tell(hold("PALLET", handling_unit=PALLET)))
    accepted(tell(released("PALLET", 3)))
    accepted(tell(HandlingUnitUnpacked(handling_unit=PALLET, units=(BOX,))))
    assert verify(both).faults == ()
    accepted(tell(hold("RECALL", material=SEAL)))
    refusal = tell(moved(leg(-3, unit=BOX), leg(3, THERE))).refusal
    assert refusal is not None
    assert refusal.code is RefusalCode.ON_HOLD


def again_by_packing(tell) -> None:
    accepted(tell(packed(PALLET)))
    accepted(tell(packed(BOX, 2)))


def again_by_packing_the_box_first(tell) -> None:
    accepted(tell(packed(BOX, 2)))


def again_by_a_movement(tell) -> None:
    accepted(tell(moved(leg(-2), leg(2, unit=BOX))))


def again_by_movements_onto_the_pallet_first(tell) -> None:
    accepted(tell(moved(leg(-1), leg(1, unit=PALLET))))
    accepted(tell(moved(leg(-2), leg(2, unit=BOX))))


@pytest.mark.parametrize(
    "use_again",
    [
        again_by_packing, again_by_packing_the_box_first, again_by_a_movement,
        again_by_movements_onto_the_pallet_first,
    ],
)  # fmt: skip
def test_a_box_that_comes_back_alone_is_not_frozen_with_its_pallet(tell, both, use_again):
    """Box and pallet were shipped together; a hold on the pallet is none on the box any more."""
    accepted(tell(HandlingUnitMoved(handling_unit=PALLET)))
    accepted(tell(hold("PALLET", handling_unit=PALLET)))
    use_again(tell)
    accepted(tell(moved(leg(-2, unit=BOX), leg(2, THERE))))
    accepted(tell(released("PALLET")))
    assert verify(both).faults == ()


def test_an_empty_pallet_that_is_used_again_moves_without_what_left_with_it(tell, both):
    accepted(tell(HandlingUnitMoved(handling_unit=PALLET)))
    accepted(tell(moved(leg(-2), leg(2, unit=PALLET))))
    accepted(tell(moved(leg(-2, unit=PALLET), leg(2, THERE, PALLET))))
    with both.snapshot() as sql:
        rows = sql.execute("SELECT unit, location, state FROM handling_unit ORDER BY unit")
        assert [tuple(row) for row in rows] == [
            (BOX, HERE, "shipped"), (PALLET, THERE, "present"),
        ]  # fmt: skip
    assert verify(both).faults == ()
