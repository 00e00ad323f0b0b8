"""Replay of a period, from the command line."""

from __future__ import annotations

import pytest

from tests.behind import behind_the_back
from tests.cli.conftest import AS_OF

SINCE = f"{AS_OF:%Y}-01-01"


def test_a_period_is_derived_again(cli, plant):
    ended = cli("replay", "--since", SINCE, "--json", "--plant", plant)
    assert (ended.code, ended.json["identical"], ended.json["first"]) == (0, True, None)
    assert ended.json["proposals"] > 0
    assert ended.json["rulings"] >= ended.json["proposals"]
    said = cli("replay", "--since", SINCE, "--plant", plant)
    assert said.out.startswith(f"identical: {ended.json['proposals']} proposals")
    nothing = cli("replay", "--since", "2020-01-01", "--until", "2020-02-01", "--json",
                  "--plant", plant)  # fmt: skip
    assert (nothing.code, nothing.json["proposals"]) == (0, 0)


def test_the_first_difference_is_told_and_the_others_are_counted(cli, plant):
    with behind_the_back(plant) as sql:
        edited = sql.execute(
            'UPDATE journal SET body = replace(body, \'"verdict":"awaiting","version"\','
            ' \'"verdict":"cleared","version"\') WHERE kind = \'ruling\''
        )
        assert edited.rowcount
    ended = cli("replay", "--since", SINCE, "--plant", plant)
    assert ended.code == 3
    assert ended.out.startswith("DIFFERS")
    assert "verdict" in ended.out
    assert "audit verify" in ended.err


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((), "a proposal or a period"),
        (("P-1", "--since", SINCE), "a proposal or a period"),
        (("P-1", "--until", SINCE), "no --until"),
        (("--since", "yesterday"), "neither a day nor a moment"),
        (("--since", "2020-02-01", "--until", "2020-01-01"), "is not after"),
        (("--since", SINCE, "--decision", "wishing"), "no decision wishing"),
    ],
)
def test_what_cannot_be_replayed_says_why(cli, plant, given, said):
    ended = cli("replay", *given, "--plant", plant)
    assert ended.code in {1, 2}
    assert said in ended.err
