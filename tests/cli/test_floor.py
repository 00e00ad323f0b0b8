"""Tasks and stock, from the command line."""

from __future__ import annotations

from decimal import Decimal

import pytest

from chargehand.cli.floor import quantity_of
from chargehand.twin.machines import STAR, STAR_BULK, STAR_FACE
from chargehand.vocabulary.quantity import Quantity, Unit
from chargehand.vocabulary.refusal import Refusal


@pytest.fixture
def task(cli, plant):
    rows = cli("inbox", "--json", "--limit", 500, "--plant", plant).json["rows"]
    refill = next(r["id"] for r in rows if STAR in r["label"] and STAR_FACE in r["headline"])
    return cli("approve", refill, "--json", "--plant", plant).json["orders"][0]


def standing(cli, plant, location):
    words = ("stock", "--material", STAR, "--location", location, "--json", "--plant", plant)
    return sum(Decimal(row["on_hand"]) for row in cli(*words).json["rows"])


def test_a_short_pick_moves_what_was_moved(cli, plant, task):
    before = standing(cli, plant, STAR_FACE), standing(cli, plant, STAR_BULK)
    words = ("confirm", task, "--quantity", "5", "--key", "scan-1", "--json", "--plant", plant)
    assert cli(*words).json["status"] == "accepted"
    assert cli(*words).json["status"] == "repeated"
    after = standing(cli, plant, STAR_FACE), standing(cli, plant, STAR_BULK)
    assert after == (before[0] + 5, before[1] - 5)


def test_declining_moves_nothing(cli, plant, task):
    before = standing(cli, plant, STAR_FACE)
    assert cli("decline", task, "--reason", "rack blocked", "--plant", plant).code == 0
    assert standing(cli, plant, STAR_FACE) == before
    assert not cli("tasks", "--json", "--plant", plant).json["rows"]


@pytest.mark.parametrize("garbage", ["P-1.1/9", "nonsense", "", "P-9999999.1/0"])
def test_unknown_tasks_are_refused(cli, plant, garbage):
    refused = cli("confirm", "--plant", plant, "--json", "--", garbage)
    assert refused.code == 1
    assert refused.json["refused"]["code"] == "unknown_task"


@pytest.mark.parametrize("text", ["-1", "lots", "NaN", "1e99", "3 KGM", "5 XYZ", "0.0000001"])
def test_senseless_quantities_are_refused(cli, plant, task, text):
    refused = cli("confirm", task, f"--quantity={text}", "--json", "--plant", plant)
    assert refused.code == 1
    assert refused.json["refused"]["code"] in {"quantity_invalid", "unit_mismatch"}


def test_quantities_are_read_with_and_without_unit():
    assert quantity_of("8", Unit.PIECE) == Quantity.pieces(8)
    assert quantity_of(" 2.5 KGM ", Unit.PIECE) == Quantity(Decimal("2.5"), Unit.KILOGRAM)
    assert isinstance(quantity_of("two", Unit.PIECE), Refusal)


def test_a_quantity_that_does_not_fit_is_answered_with_what_would(cli, plant, task):
    wanted = next(r for r in cli("tasks", "--json", "--plant", plant).json["rows"])["quantity"]
    refused = cli("confirm", task, "--quantity", "99999", "--json", "--plant", plant)
    assert refused.json["refused"]["code"] == "quantity_invalid"
    assert f"between 0 and {wanted}" in refused.json["refused"]["cure"]
