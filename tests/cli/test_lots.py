"""Lots, handling units and orders from the command line."""

from __future__ import annotations

import csv
import io
from contextlib import closing

import pytest

from chargehand.plant.plant import Plant
from chargehand.signals.kinds import GoodsReceived
from chargehand.signals.signal import Signal
from chargehand.signals.stock_kinds import (
    HandlingUnitPacked,
    LegReported,
    Made,
    ProductionReported,
    Used,
)
from chargehand.twin.machines import STAR, STAR_BULK
from chargehand.vocabulary.identifier import (
    HandlingUnitId,
    LocationId,
    LotId,
    MaterialId,
    OrderId,
    SiteId,
)
from chargehand.vocabulary.quantity import Quantity


@pytest.fixture
def traced(cli, plant):
    """The plant, with lot A that was split into B on a pallet."""
    row = next(
        one for one in cli("stock", "--material", STAR, "--json", "--plant", plant).json["rows"]
        if one["location"] == STAR_BULK
    )  # fmt: skip
    site, place, part = SiteId(row["site"]), LocationId(STAR_BULK), MaterialId(STAR)
    four = Quantity.pieces(4)
    bodies = [
        GoodsReceived(
            site=site, location=place, material=part, quantity=Quantity.pieces(9), lot=LotId("A")
        ),
        ProductionReported(
            site=site, order=OrderId("4421"), step="split",
            used=(Used(material=part, quantity=four, location=place, lot=LotId("A")),),
            made=(Made(material=part, quantity=four, location=place, lot=LotId("B")),),
        ),
        HandlingUnitPacked(
            site=site, location=place, handling_unit=HandlingUnitId("PAL-1"),
            contents=(LegReported(material=part, quantity=four, lot=LotId("B")),),
        ),
    ]  # fmt: skip
    with closing(Plant.open(plant)) as opened:
        receipts = opened.take(
            [Signal(source="mes", key=f"t{n}", body=body) for n, body in enumerate(bodies)]
        )
    assert [one.status for one in receipts] == ["accepted"] * 3
    return plant, site


def test_a_lot_is_shown_with_its_places(cli, traced):
    plant, _ = traced
    shown = cli("lot", "show", STAR, "A", "--plant", plant)
    assert shown.code == 0
    assert STAR_BULK in shown.out
    assert cli("lot", "show", STAR, "A", "--json", "--plant", plant).json["on_hand"] == "5"


def test_a_trace_is_a_tree_in_either_direction(cli, traced):
    plant, _ = traced
    forward = cli("lot", "trace", STAR, "A", "--plant", plant).out.splitlines()
    assert any(line.startswith("  B") and "split" in line and "4421" in line for line in forward)
    words = ("lot", "trace", STAR, "B", "--direction", "backward", "--json", "--plant", plant)
    assert [one["lot"] for one in cli(*words).json["root"]["children"]] == ["A"]
    assert cli("lot", "trace", STAR, "A", "--direction", "up", "--plant", plant).code == 2
    assert cli("lot", "trace", STAR, "A", "--levels", 0, "--plant", plant).code == 2


def test_a_recall_is_shown_or_printed_as_csv(cli, traced):
    plant, _ = traced
    shown = cli("lot", "recall", STAR, "A", "--plant", plant)
    assert "2 lots affected, 2 still here" in shown.out
    text = cli("lot", "recall", STAR, "A", "--csv", "--plant", plant).out
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {(row["lot"], row["state"]) for row in rows} == {
        ("A", "stands"), ("A", "used"), ("B", "stands"),
    }  # fmt: skip
    assert cli("lot", "recall", STAR, "--plant", plant).code == 2
    assert cli("lot", "recall", "--supplier-lot", "X", "--plant", plant).code == 1


def test_a_unit_is_shown_with_its_contents(cli, traced):
    plant, _ = traced
    shown = cli("unit", "show", "PAL-1", "--plant", plant)
    assert (shown.code, "PAL-1" in shown.out, STAR in shown.out) == (0, True, True)
    missing = cli("unit", "show", "PAL-9", "--plant", plant)
    assert missing.code == 1
    assert "unknown_handling_unit" in missing.err


def test_an_order_is_shown_with_its_use(cli, traced):
    plant, site = traced
    shown = cli("order", "show", "4421", "--site", site, "--plant", plant)
    assert (shown.code, STAR in shown.out) == (0, True)
