"""Holds from the command line."""

from __future__ import annotations

import pytest

from chargehand.twin.machines import STAR, STAR_BULK
from tests.cli.conftest import POLICY

SIGNED = ("--reason", "inspected", "--signature", "I have seen the report")


@pytest.fixture
def placed(cli, plant, tmp_path):
    """A hold on a material, under a policy that lets a picker release it."""
    text = POLICY.replace("version = 1", "version = 2")
    file = tmp_path / "policy.toml"
    file.write_text(text + '\n[[holds]]\nroles = ["picker"]\nsites = ["*"]\n')
    assert cli("policy", "activate", file, "--as", "m.weber", "--plant", plant).code == 0
    site = cli("stock", "--material", STAR, "--json", "--plant", plant).json["rows"][0]["site"]
    words = ("--site", site, "--reason", "burrs", "--material", STAR, "--as", "m.weber")
    done = cli("hold", "place", "QN-1", *words, "--json", "--plant", plant)
    assert done.code == 0, done.err
    return done.json


def test_a_hold_is_listed_shown_and_released_by_who_may(cli, plant, placed):
    assert {one["kind"] for one in placed["touched"]} >= {"balance"}
    *_, row = cli("hold", "list", "--json", "--plant", plant).json["rows"]
    assert (row["key"], row["reason"]) == ("QN-1", "burrs")
    shown = cli("hold", "show", "QN-1", "--plant", plant).out
    assert "frozen:" in shown
    assert STAR_BULK in shown
    refused = cli("hold", "release", "QN-1", *SIGNED, "--as", "m.weber", "--plant", plant)
    assert refused.code == 4
    part = ("--location", STAR_BULK, "--quantity", "1", "--as", "p.icker", "--plant", plant)
    assert cli("hold", "release", "QN-1", *SIGNED, *part).code == 0
    assert "1 let go" in cli("hold", "show", "QN-1", "--plant", plant).out
    done = cli("hold", "release", "QN-1", *SIGNED, "--as", "p.icker", "--plant", plant)
    assert (done.code, done.out.splitlines()[0]) == (0, "hold QN-1 released")
    left = cli("hold", "list", "--json", "--plant", plant).json["rows"]
    assert "QN-1" not in {row["key"] for row in left}
    assert cli("hold", "list", "--state", "released", "--json", "--plant", plant).json["rows"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("show", "QN-404"), 1),
        (("release", "QN-404", *SIGNED, "--as", "p.icker"), 1),
        (("list", "--state", "frozen"), 2),
        (("place", "Q", "--site", "X", "--reason", "r", "--review-by", "soon"), 2),
        (("place", "Q", "--site", "X", "--reason", "r", "--as", "m.weber"), 1),
    ],
)
def test_what_cannot_be_is_told_with_a_cure(cli, plant, words, code):
    ended = cli("hold", *words, "--plant", plant)
    assert ended.code == code
    assert ended.err.strip()
