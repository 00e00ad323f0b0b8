"""Lots on a real plant: detail, trace tree, recall; what left, and by which document."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest

from chargehand.plant.recalling import recall_csv
from chargehand.signals import kinds
from chargehand.signals.stock_kinds import (
    HoldPlaced,
    LegReported,
    LotDefined,
    MovementReported,
)
from chargehand.vocabulary.identifier import HoldId, LotId, SupplierId
from chargehand.vocabulary.lot import MaterialLot
from chargehand.vocabulary.material import Supplier
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.refusal import RefusalCode
from tests.plant.conftest import SITE, VALVE
from tests.plant.line import (
    BOLT,
    HOUSING,
    LINE,
    PUMP,
    SKID,
    WIP,
    Line,
    made,
    move,
    pack,
    report,
    some,
    used,
)


@pytest.fixture
def line(make_plant) -> Line:
    """Housings H1 and H2 became pumps P1 and P2; pumps of P1 became skid K1, half of it shipped."""
    line = Line(make_plant())
    line.receive(HOUSING, "H1", 20)
    line.receive(HOUSING, "H2", 20)
    line.receive(BOLT, "", 500)
    line.told(report(used(HOUSING, "H1", 8), used(BOLT, "", 32), made(PUMP, "P1", 8), order="A"))
    line.told(report(used(HOUSING, "H2", 5), made(PUMP, "P2", 5), order="B"))
    line.told(report(used(PUMP, "P1", 4, WIP), made(SKID, "K1", 2), order="C"))
    line.told(pack("PAL-1", some(SKID, "K1", 1)))
    line.told(move("PAL-1", None, document="DN-77"))
    return line


def shape(node) -> dict:
    return {f"{one.material} {one.lot}".strip(): shape(one) for one in node.children}


@pytest.mark.engines("sqlite", "postgres")
def test_a_tree_goes_forward_and_back_with_amounts(line):
    forward = line.plant.trace(HOUSING, "H1")
    assert shape(forward.root) == {"PUMP P1": {"SKID K1": {}}}
    (pump,) = forward.root.children
    assert (pump.used, pump.made, pump.orders, pump.kinds) == (8, 8, ("A",), ("production",))
    back = line.plant.trace(SKID, "K1", forward=False)
    assert shape(back.root) == {"PUMP P1": {"HOUSING H1": {}, "BOLT": {}}}
    assert (back.lots, back.direction, back.is_cut) == (3, "backward", False)
    assert line.plant.trace(SKID, "K1", forward=False, levels=1).is_cut


def test_a_lot_that_is_reached_twice_is_shown_whole_once(line):
    line.told(report(used(PUMP, "P1", 1, WIP), used(HOUSING, "H1", 1), made(SKID, "K2", 1)))
    line.told(report(used(SKID, "K2", 1, WIP), made(SKID, "K3", 1)))
    root = line.plant.trace(HOUSING, "H1").root
    assert shape(root) == {"PUMP P1": {"SKID K1": {}, "SKID K2": {}}, "SKID K2": {"SKID K3": {}}}
    (pump, _) = root.children
    assert {one.lot: one.is_repeated for one in pump.children} == {"K1": False, "K2": True}


def test_the_flow_of_a_lot_is_what_stands(line):
    lot = line.plant.lot(PUMP, "P1")
    flow = lot.flow
    assert (flow.produced, flow.consumed, flow.shipped, lot.on_hand) == (8, 4, 0, 4)
    came = flow.received + flow.produced + flow.relabeled + flow.counted
    assert came - flow.consumed - flow.scrapped - flow.shipped == lot.on_hand
    assert [(one.location, one.on_hand) for one in lot.places] == [(WIP, 4)]


def test_a_lot_that_was_defined_says_what_is_known_of_it(line):
    line.told(
        LotDefined(
            definition=MaterialLot(
                material=HOUSING,
                lot=LotId("H1"),
                supplier_lot="SL-9",
                country="DE",
                expires_on=date(2027, 1, 31),
            )
        )
    )
    lot = line.plant.lot(HOUSING, "H1")
    assert (lot.is_defined, lot.supplier_lot, lot.country) == (True, "SL-9", "DE")
    assert not line.plant.lot(HOUSING, "H2").is_defined


@pytest.mark.parametrize("ask", ["lot", "trace", "recall"])
def test_a_lot_that_nobody_knows_is_refused_by_name(line, ask):
    refusal = getattr(line.plant, ask)(HOUSING, "H9")
    assert refusal.code is RefusalCode.UNKNOWN_LOT
    assert "H9" in refusal.because


def states(found) -> set[tuple[str, str, int, str]]:
    return {(one.lot, one.state, int(one.quantity), one.location or one.into_lot or one.document)
            for one in found.lines}  # fmt: skip


@pytest.mark.engines("sqlite", "postgres")
def test_a_recall_names_every_affected_unit(line):
    found = line.plant.recall(HOUSING, "H1")
    assert states(found) == {
        ("H1", "stands", 12, LINE), ("H1", "used", 8, "P1"), ("P1", "stands", 4, WIP),
        ("P1", "used", 4, "K1"), ("K1", "stands", 1, WIP), ("K1", "shipped", 1, "DN-77"),
    }  # fmt: skip
    (gone,) = [one for one in found.lines if one.state == "shipped"]
    assert (gone.handling_unit, gone.movement.partition("/")[0]) == ("PAL-1", "mes")
    assert (found.lots, found.on_hand, found.on_hold, found.shipped) == (3, 3, 0, 1)


def test_a_recall_says_what_is_on_hold_already(line):
    line.told(
        HoldPlaced(hold=HoldId("Q1"), site=SITE, reason="crack", material=PUMP, lot=LotId("P1"))
    )
    found = line.plant.recall(HOUSING, "H1")
    held = {one.lot: one.held for one in found.lines if one.state == "stands"}
    assert held == {"H1": 0, "P1": 4, "K1": 0}
    assert found.on_hold == 1


def test_a_recall_is_exported_line_by_line_and_no_cell_is_a_formula(line):
    line.receive(HOUSING, "=SUM(A1)", 3)
    text = recall_csv(line.plant.recall(HOUSING, "=SUM(A1)")).decode()
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["lot"], row["quantity"], row["location"]) == ("'=SUM(A1)", "3", LINE)
    assert len(list(csv.DictReader(io.StringIO(
        recall_csv(line.plant.recall(HOUSING, "H1")).decode()
    )))) == 6  # fmt: skip


def test_what_went_to_customers_is_told_movement_by_movement(line):
    def ship(pieces: int, document: str) -> MovementReported:
        here = LegReported(
            material=PUMP, lot=LotId("P2"), quantity=Quantity.pieces(-pieces), location=WIP
        )
        there = LegReported(
            material=PUMP, lot=LotId("P2"), quantity=Quantity.pieces(pieces), outside="customer"
        )
        return MovementReported(
            site=SITE, business_step="shipping", legs=(here, there), document=document
        )

    line.told(ship(2, "DN-1"))
    line.told(ship(1, "DN-2"))
    found = line.plant.recall(PUMP, "P2")
    assert states(found) == {
        ("P2", "stands", 2, WIP), ("P2", "shipped", 2, "DN-1"), ("P2", "shipped", 1, "DN-2"),
    }  # fmt: skip


def test_what_was_consumed_into_no_product_is_told_as_consumed(line):
    line.told(
        kinds.StockMoved(
            site=SITE,
            material=HOUSING,
            lot=LotId("H1"),
            quantity=Quantity.pieces(2),
            from_location=LINE,
        )
    )
    line.told(report(used(HOUSING, "H1", 3), step="scrap"))
    found = states(line.plant.recall(HOUSING, "H1"))
    assert ("H1", "consumed", 2, "") in found
    assert ("H1", "scrapped", 3, "") in {(lot, state, n, "") for lot, state, n, _ in found}


def define(line: Line, lot: str, **known) -> None:
    line.told(LotDefined(definition=MaterialLot(material=HOUSING, lot=LotId(lot), **known)))


def test_a_suppliers_lot_is_recalled_by_the_suppliers_own_number(line):
    for name in ("ACME", "BOLTS"):
        line.told(kinds.SupplierDefined(definition=Supplier(supplier=SupplierId(name))))
    define(line, "H1", supplier=SupplierId("ACME"), supplier_lot="777")
    define(line, "H2", supplier=SupplierId("BOLTS"), supplier_lot="777")
    of_acme = line.plant.recall_supplier_lot("777", supplier="ACME")
    assert {one.lot for one in of_acme.lines} == {"H1", "P1", "K1"}
    both = line.plant.recall_supplier_lot("777")
    assert {one.lot for one in both.lines} == {"H1", "H2", "P1", "P2", "K1"}
    assert both.lots == 5
    assert line.plant.recall_supplier_lot("778").code is RefusalCode.UNKNOWN_LOT
    define(line, "H1", supplier=SupplierId("ACME"), supplier_lot="778")
    assert {one.lot for one in line.plant.recall_supplier_lot("777").lines} == {"H2", "P2"}


def test_a_recall_of_a_lot_reaches_its_sublots(line):
    define(line, "H2", parent_lot=LotId("H1"))
    assert {"H2", "P2"} <= {one.lot for one in line.plant.recall(HOUSING, "H1").lines}
    define(line, "H2")
    assert "H2" not in {one.lot for one in line.plant.recall(HOUSING, "H1").lines}


def relabel(at, lots: tuple[str, str], pieces: int, **more) -> MovementReported:
    before, after = lots
    legs = tuple(
        LegReported(material=HOUSING, lot=LotId(lot), quantity=Quantity.pieces(n), location=at)
        for lot, n in ((before, -pieces), (after, pieces))
    )
    return MovementReported(site=SITE, business_step="repackaging", legs=legs, **more)


def test_a_movement_to_another_lot_is_traced_and_its_correction_untraced(line):
    key = line.told(relabel(LINE, ("H1", "H9"), 2))
    (child, *_) = [one for one in line.plant.trace(HOUSING, "H1").root.children if one.lot == "H9"]
    assert (child.kinds, child.used, child.made) == (("relabel",), 2, 2)
    line.told(relabel(LINE, ("H9", "H1"), 2, corrects=key))
    assert "H9" not in {one.lot for one in line.plant.trace(HOUSING, "H1").root.children}
    assert line.plant.trace(HOUSING, "H9").root.children == ()


def test_use_and_output_that_are_reported_apart_are_traced_by_their_order(line):
    line.told(report(used(HOUSING, "H2", 3), order="D"))
    line.told(report(made(PUMP, "P4", 3), order="D"))
    node = next(o for o in line.plant.trace(HOUSING, "H2").root.children if o.lot == "P4")
    assert (node.is_by_order, node.used, node.made) == (True, 3, 3)


def test_single_things_are_traced_by_their_serials(line):
    line.receive(HOUSING, "", 1)
    line.told(report(made(PUMP, "P5", 1, serial="S1"), made(PUMP, "P5", 1, serial="S2"), order="E"))
    line.told(report(used(PUMP, "P5", 1, WIP, serial="S1"), made(SKID, "K5", 1), order="F"))
    line.told(report(used(PUMP, "P5", 1, WIP, serial="S2"), made(SKID, "K6", 1), order="F2"))
    assert {one.lot for one in line.plant.trace(PUMP, "P5").root.children} == {"K5", "K6"}
    one = line.plant.trace(PUMP, "P5", serial="S1").root
    assert [child.lot for child in one.children] == ["K5"]
    assert states(line.plant.recall(PUMP, "P5", serial="S2")) == {
        ("P5", "used", 1, "K6"), ("K6", "stands", 1, WIP),
    }  # fmt: skip


def test_a_part_of_another_plant_story_stays_out_of_the_tree(plant):
    assert plant.trace(VALVE, "none").code is RefusalCode.UNKNOWN_LOT
