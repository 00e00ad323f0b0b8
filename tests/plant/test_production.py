"""Production reports: what is booked, what is refused, what a correction takes back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chargehand.signals.signal import Signal, Status
from chargehand.signals.stock_kinds import HoldPlaced, LegReported, MovementReported
from chargehand.vocabulary.identifier import HoldId, LotId
from chargehand.vocabulary.lot import Disposition
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.refusal import RefusalCode
from tests.plant.conftest import AS_OF, SITE
from tests.plant.line import (
    BOLT,
    HOUSING,
    LINE,
    OIL,
    PUMP,
    STORE,
    TRUCK,
    WIP,
    Line,
    made,
    report,
    used,
)


@pytest.fixture
def line(make_plant) -> Line:
    line = Line(make_plant())
    line.receive(HOUSING, "H1", 20)
    line.receive(HOUSING, "H2", 20)
    line.receive(BOLT, "", 500)
    line.receive(OIL, "OIL1", 50)
    return line


def made_of(line: Line, material, lot) -> dict[str, str]:
    """What a lot was made of directly, and how much went in."""
    tree = line.plant.trace(material, lot, forward=False)
    return {f"{one.material} {one.lot}".strip(): str(one.used) for one in tree.root.children}


def test_what_is_used_leaves_the_line_and_what_is_made_stands_in_the_buffer(line):
    line.told(report(used(HOUSING, "H1", 8), used(OIL, "OIL1", 3), made(PUMP, "P1", 8)))
    assert line.on_hand(HOUSING, "H1") == {LINE: 12}
    assert line.on_hand(OIL) == {LINE: 47}
    assert line.on_hand(PUMP) == {WIP: 8}
    assert made_of(line, PUMP, "P1") == {"HOUSING H1": "8", "OIL OIL1": "3"}
    assert line.plant.verify().holds


def test_a_report_told_twice_is_booked_once(line):
    body = report(used(HOUSING, "H1", 8), made(PUMP, "P1", 8))
    signal = Signal(source="mes", key="R1", body=body, occurred_at=AS_OF)
    statuses = [one.status for one in line.plant.take([signal, signal])]
    assert statuses == [Status.ACCEPTED, Status.REPEATED]
    assert line.on_hand(PUMP) == {WIP: 8}
    assert made_of(line, PUMP, "P1") == {"HOUSING H1": "8"}


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (report(used(HOUSING, "H9", 1)), RefusalCode.UNKNOWN_LOT, "lot H9 of HOUSING"),
        (report(used(HOUSING, "H1", 21)), RefusalCode.INSUFFICIENT_STOCK, "20 H87 free, 21"),
        (report(used(OIL, "OIL1", 51)), RefusalCode.INSUFFICIENT_STOCK, "50 LTR free, 51"),
        (report(), RefusalCode.UNBALANCED, "neither"),
        (
            report(used(HOUSING, "H1", 21), made(HOUSING, "H1", 21, LINE), step="rework"),
            RefusalCode.INSUFFICIENT_STOCK,
            "20 H87 free, 21",
        ),
        (report(made(PUMP, "P1", 1, TRUCK)), RefusalCode.UNKNOWN_LOCATION, "in_transit"),
        (report(made(PUMP, "P1", 2, serial="S1")), RefusalCode.QUANTITY_INVALID, "one thing"),
        (
            report(used(HOUSING, "H1", 1, disposition=Disposition.DAMAGED)),
            RefusalCode.QUANTITY_INVALID,
            "rework or scrap",
        ),
        (
            report(used(HOUSING, "H1", 1), used(HOUSING, "H1", 1, backflushed=True)),
            RefusalCode.QUANTITY_INVALID,
            "two reports",
        ),
        (report(used(HOUSING, "H1", 1), made(PUMP, "P", 1), step="scrap"), "unbalanced", "nothing"),
        (report(used(HOUSING, "H1", 5), step="rework"), RefusalCode.UNBALANCED, "came out"),
        (
            report(used(HOUSING, "H1", 5), made(HOUSING, "H3", 4, LINE), step="split"),
            RefusalCode.UNBALANCED,
            "5 of HOUSING went in and 4 came out",
        ),
        (
            report(used(HOUSING, "H1", 5), made(HOUSING, "H3", 6, LINE), step="rework"),
            RefusalCode.UNBALANCED,
            "5 of HOUSING went in and 6 came out",
        ),
        (
            report(used(HOUSING, "H1", 5), made(PUMP, "P", 5, LINE), step="split"),
            RefusalCode.UNBALANCED,
            "went in",
        ),
        (
            report(used(HOUSING, "H1", 5), made(HOUSING, "H1", 5, LINE), step="split"),
            RefusalCode.UNBALANCED,
            "at least one other",
        ),
        (
            report(used(BOLT, "", 5), made(BOLT, "B1", 5, LINE), step="split"),
            RefusalCode.UNBALANCED,
            "numbers of its lots",
        ),
        (
            report(
                used(HOUSING, "H1", 5), made(HOUSING, "H3", 2, LINE), made(HOUSING, "H4", 3, LINE),
                step="merge",
            ),
            RefusalCode.UNBALANCED,
            "one lot",
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_and_says_why(line, body, code, words):
    refusal = line.refusal(body)
    assert refusal.code == code
    assert words in refusal.because
    assert line.on_hand(HOUSING) == {LINE: 40}
    assert line.on_hand(PUMP) == {}


def test_stock_on_hold_goes_into_no_product_not_even_by_rework_in_its_place(line):
    line.told(
        HoldPlaced(hold=HoldId("Q1"), site=SITE, reason="cracks", material=HOUSING, lot=LotId("H1"))
    )
    for body in (
        report(used(HOUSING, "H1", 1), made(PUMP, "P1", 1)),
        report(used(HOUSING, "H1", 1), made(HOUSING, "H1", 1, LINE), step="rework"),
        report(used(HOUSING, "H1", 1), made(HOUSING, "H3", 1, LINE), step="split"),
        report(used(HOUSING, "H1", 1), step="scrap"),
    ):
        assert line.refusal(body).code is RefusalCode.ON_HOLD
    line.told(report(used(HOUSING, "H2", 1), made(PUMP, "P1", 1)))


@pytest.mark.engines("sqlite", "postgres")
def test_lots_are_split_and_merged_and_nothing_is_created(line):
    line.told(
        report(
            used(HOUSING, "H1", 20), made(HOUSING, "H1A", 12, LINE), made(HOUSING, "H1B", 8, STORE),
            step="split",
        )
    )  # fmt: skip
    line.told(
        report(
            used(HOUSING, "H1B", 8, STORE), used(HOUSING, "H2", 5), made(HOUSING, "H3", 13, STORE),
            step="merge",
        )
    )  # fmt: skip
    assert line.on_hand(HOUSING) == {LINE: 27, STORE: 13}
    assert made_of(line, HOUSING, "H3") == {"HOUSING H1B": "8", "HOUSING H2": "5"}
    lot = line.plant.lot(HOUSING, "H1")
    assert (lot.on_hand, lot.flow.received, lot.flow.relabeled) == (0, 20, -20)
    assert lot.flow.consumed == 0
    with line.plant.store.snapshot() as sql:
        outside = sql.execute(
            "SELECT count(*) FROM balance WHERE account IN ('~consumed', '~produced')"
        ).fetchone()[0]
    assert outside == 0


def test_rework_changes_the_status_of_a_lot_and_uses_spares(line):
    line.told(
        report(
            used(HOUSING, "H1", 3),
            made(PUMP, "P1", 3, disposition=Disposition.NON_CONFORMANT),
        )
    )
    line.told(
        report(
            used(PUMP, "P1", 3, WIP, disposition=Disposition.NON_CONFORMANT),
            used(BOLT, "", 6),
            made(PUMP, "P1", 3),
            step="rework",
        )
    )
    rows = line.plant.stock(material=PUMP).rows
    assert [(one.disposition, one.on_hand) for one in rows if one.on_hand] == [("available", 3)]
    assert line.on_hand(BOLT) == {LINE: 494}
    assert made_of(line, PUMP, "P1") == {"HOUSING H1": "3", "PUMP P1": "3", "BOLT": "6"}


def test_scrap_leaves_the_plant_for_the_scrap_alone(line):
    line.told(report(used(HOUSING, "H1", 2), step="scrap"))
    flow = line.plant.lot(HOUSING, "H1").flow
    assert (flow.scrapped, flow.consumed) == (2, 0)


def test_a_correction_takes_back_part_and_then_the_rest(line):
    key = line.told(
        report(used(HOUSING, "H1", 8), used(OIL, "OIL1", 4, backflushed=True), made(PUMP, "P1", 8))
    )
    line.told(report(used(OIL, "OIL1", 1), made(PUMP, "P1", 2), corrects=key))
    assert line.on_hand(PUMP) == {WIP: 6}
    assert line.on_hand(OIL) == {LINE: 47}
    assert made_of(line, PUMP, "P1") == {"HOUSING H1": "8", "OIL OIL1": "3"}
    (housing, _) = line.plant.trace(PUMP, "P1", forward=False).root.children
    assert housing.made == 6
    refusal = line.refusal(report(made(PUMP, "P1", 7), corrects=key))
    assert refusal.code is RefusalCode.CORRECTION_TOO_LARGE
    assert "6 of lot P1 of PUMP" in refusal.because
    line.told(report(corrects=key))
    assert line.on_hand(PUMP) == {}
    assert line.on_hand(OIL) == {LINE: 50}
    assert line.on_hand(HOUSING, "H1") == {LINE: 20}
    assert made_of(line, PUMP, "P1") == {}
    refusal = line.refusal(report(corrects=key))
    assert refusal.code is RefusalCode.CORRECTION_TOO_LARGE
    assert line.plant.verify().holds


def test_what_a_correction_takes_back_must_still_stand_there(line):
    key = line.told(report(used(HOUSING, "H1", 8), made(PUMP, "P1", 8)))
    line.told(report(used(PUMP, "P1", 5, WIP), made(PUMP, "P2", 5), step="split", order="O2"))
    refusal = line.refusal(report(corrects=key))
    assert refusal.code is RefusalCode.INSUFFICIENT_STOCK
    assert line.on_hand(HOUSING, "H1") == {LINE: 12}


def test_a_correction_names_a_report_of_its_own_order(line):
    key = line.told(report(used(HOUSING, "H1", 8), made(PUMP, "P1", 8)))
    for body in (
        report(corrects=key, order="O2"),
        report(corrects="mes/none"),
        report(corrects=line.told(report(made(PUMP, "P1", 1), corrects=key))),
    ):
        assert line.refusal(body).code is RefusalCode.UNKNOWN_MOVEMENT


def test_a_split_is_taken_back_as_balanced_as_it_was_told(line):
    key = line.told(report(used(HOUSING, "H1", 6), made(HOUSING, "H3", 6, LINE), step="split"))
    refusal = line.refusal(report(made(HOUSING, "H3", 2, LINE), step="split", corrects=key))
    assert refusal.code is RefusalCode.UNBALANCED
    line.told(
        report(used(HOUSING, "H1", 2), made(HOUSING, "H3", 2, LINE), step="split", corrects=key)
    )
    assert line.on_hand(HOUSING, "H1") == {LINE: 16}
    assert line.on_hand(HOUSING, "H3") == {LINE: 4}


def test_the_report_is_booked_when_it_happened_and_asks_for_a_hearing(line):
    line.plant.work(until_idle=True)
    line.told(report(used(HOUSING, "H1", 1), made(PUMP, "P1", 1)))
    with line.plant.store.snapshot() as sql:
        subjects = {row[0] for row in sql.execute("SELECT subject FROM job WHERE kind = 'hearing'")}
        links = sql.execute("SELECT at FROM genealogy").fetchall()
        moved = sql.execute(
            "SELECT occurred_at FROM journal WHERE kind = 'movement' ORDER BY number DESC LIMIT 1"
        ).fetchone()
    assert {HOUSING, PUMP, "O1"} <= subjects
    assert [row[0] for row in links] == [moved[0]]


def test_a_movement_of_production_is_corrected_as_production_only(line):
    key = line.told(report(used(HOUSING, "H1", 8), made(PUMP, "P1", 8)))
    legs = (
        LegReported(material=PUMP, lot=LotId("P1"), quantity=Quantity.pieces(-1), location=WIP),
        LegReported(
            material=PUMP, lot=LotId("P1"), quantity=Quantity.pieces(1), outside="produced"
        ),
    )
    body = MovementReported(site=SITE, business_step="commissioning", legs=legs, corrects=key)
    refusal = line.refusal(body)
    assert refusal.code is RefusalCode.UNKNOWN_MOVEMENT
    assert "production report" in refusal.because
    line.told(replace(body, corrects=None, business_step="decommissioning"))
