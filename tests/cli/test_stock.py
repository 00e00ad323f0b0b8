"""Stock and movements by any dimension and moment, from the command line."""

from __future__ import annotations

from decimal import Decimal

import pytest

from chargehand.twin.machines import STAR, STAR_BULK


def standing(cli, plant, *words):
    asked = ("stock", "--material", STAR, "--location", STAR_BULK, *words)
    ended = cli(*asked, "--json", "--plant", plant)
    assert ended.code == 0, ended.err
    return sum(Decimal(row["on_hand"]) for row in ended.json["rows"])


@pytest.fixture
def newest(cli, plant):
    """The last movement of the star's bulk place."""
    words = ("movements", "--material", STAR, "--location", STAR_BULK, "--json", "--plant", plant)
    return cli(*words).json["rows"][0]


def test_stock_of_a_past_moment_lacks_what_came_later(cli, plant, newest):
    change = next(
        Decimal(leg["quantity"]) for leg in newest["legs"] if leg["location"] == STAR_BULK
    )
    now = standing(cli, plant)
    assert standing(cli, plant, "--as-of", newest["occurred_at"]) == now
    assert standing(cli, plant, "--as-of", "1971-01-01") == 0
    before = newest["occurred_at"].replace("Z", "").replace("+00:00", "")
    day = before.partition("T")[0]
    assert now - standing(cli, plant, "--as-of", f"{day}T00:00:00+00:00") == change


def test_a_movement_is_shown_whole(cli, plant, newest):
    shown = cli("movement", newest["entry"], "--json", "--plant", plant).json
    assert shown["row"] == newest
    page = cli("movement", newest["entry"], "--plant", plant)
    assert newest["key"] in page.out
    assert shown["leaf"][:16] in page.out


def test_an_entry_that_moves_nothing_is_told_apart(cli, plant):
    ended = cli("movement", 0, "--plant", plant)
    assert ended.code == 1
    assert "is no movement" in ended.err


def test_windows_go_on_where_the_mark_says(cli, plant):
    first = cli("stock", "--limit", 2, "--json", "--plant", plant).json
    second = cli("stock", "--limit", 2, "--after", first["next"], "--json", "--plant", plant).json
    both = cli("stock", "--limit", 4, "--json", "--plant", plant).json
    assert first["rows"] + second["rows"] == both["rows"]


@pytest.mark.parametrize(
    "words",
    [
        ("--as-of", "soon"), ("--known-at", "2999-01-01"), ("--site", "NOWHERE"),
        ("--zone", "NOWHERE"), ("--after", "x"), ("--limit", 0),
    ],
)  # fmt: skip
def test_what_nothing_can_match_is_a_mistake(cli, plant, words):
    assert cli("stock", *words, "--plant", plant).code == 2
