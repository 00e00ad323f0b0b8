"""The demo, walked without a browser."""

from __future__ import annotations

import json

import pytest

from chargehand.cli import demo


@pytest.mark.slow
def test_the_walk_goes_through_and_says_so(shell, tmp_path):
    folder = tmp_path / "plant"
    ended = shell("demo", "--headless", "--folder", folder)
    assert ended.code == 0, ended.err
    figures = json.loads(ended.out.strip().splitlines()[-1])
    assert figures["audit_verified"] is True
    assert figures["signals"] > 5000
    assert 20 <= figures["proposals"] <= 60
    assert figures["approved"] >= 2
    assert figures["executed"] >= 2
    assert figures["confirmed"] >= 1
    again = shell("demo", "--headless", "--folder", folder)
    assert again.code == 1
    assert "--fresh" in again.err


def test_the_demo_never_touches_a_real_plant(cli, plant):
    settings = plant / "chargehand.toml"
    settings.write_text(settings.read_text().replace("simulation = true", "simulation = false"))
    for words in (["--headless", "--fresh"], ["--fresh"], []):
        ended = cli("demo", "--folder", plant, *words)
        assert ended.code == 1
        assert "real plant" in ended.err
    assert settings.is_file()


def test_the_demo_never_empties_a_folder_of_others(cli, tmp_path):
    keep = tmp_path / "photos" / "cat.jpg"
    keep.parent.mkdir()
    keep.touch()
    assert cli("demo", "--headless", "--folder", keep.parent, "--fresh").code == 1
    assert keep.is_file()


def test_a_failed_step_is_named(cli, tmp_path, monkeypatch):
    def fail(*_words, **_options):
        from chargehand.twin.demo import StepFailed

        raise StepFailed("The floor carries it", "stock did not move")

    monkeypatch.setattr(demo, "_walk", fail)
    ended = cli("demo", "--headless", "--folder", tmp_path / "plant")
    assert ended.code == 1
    assert "The floor carries it" in ended.err
    assert ended.out == ""
