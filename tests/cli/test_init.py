"""New plants, from the command line."""

from __future__ import annotations


def test_a_new_plant_can_be_used_at_once(cli, tmp_path):
    folder = tmp_path / "werk"
    made = cli("init", folder, "--json")
    assert made.code == 0
    assert "chargehand decide" in made.err
    assert cli("inbox", "--json", "--plant", folder).json["rows"] == []
    assert cli("doctor", "--plant", folder).code == 0
    assert cli("audit", "verify", "--plant", folder).code == 0


def test_a_plant_is_never_made_over_another(cli, plant):
    before = (plant / "chargehand.toml").read_bytes()
    assert cli("init", plant).code == 1
    assert (plant / "chargehand.toml").read_bytes() == before


def test_a_place_that_cannot_be_is_named(cli, tmp_path):
    (tmp_path / "file").touch()
    ended = cli("init", tmp_path / "file" / "plant")
    assert ended.code == 1
    assert str(tmp_path / "file") in ended.err
