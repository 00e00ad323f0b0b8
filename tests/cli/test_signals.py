"""Posting signals from a file."""

from __future__ import annotations

import io
import json
import sys

import pytest

from chargehand.signals.kinds import StockCounted
from chargehand.signals.signal import Signal
from chargehand.twin.machines import MAIN, STAR, STAR_FACE
from chargehand.vocabulary.quantity import Quantity
from chargehand.vocabulary.wire import write


def count(key, pieces=9):
    body = StockCounted(
        site=MAIN, location=STAR_FACE, material=STAR, counted=Quantity.pieces(pieces)
    )
    return write(Signal(source="scanner", key=key, body=body))


@pytest.fixture
def lines(tmp_path):
    file = tmp_path / "counts.jsonl"
    file.write_text("\n".join([count("1"), "", "{not json", count("2", 8), '{"key": "3"}']))
    return file


def test_good_lines_go_in_and_bad_ones_are_kept(cli, plant, lines):
    ended = cli("signals", "post", lines, "--json", "--plant", plant)
    assert ended.code == 3
    assert ended.json["accepted"] == 2
    assert ended.json["unreadable"] == 2
    faults = cli("faults", "--source", "cli", "--json", "--plant", plant).json["rows"]
    assert sorted(fault["row"] for fault in faults) == [3, 5]
    again = cli("signals", "post", lines, "--json", "--plant", plant).json
    assert again.get("accepted", 0) == 0
    assert again["repeated"] >= 2


def test_dry_run_reads_only(cli, plant, lines):
    assert cli("signals", "post", lines, "--dry-run", "--plant", plant).code == 3
    assert not cli("audit", "log", "--key", "scanner/1", "--json", "--plant", plant).json["rows"]
    assert cli("signals", "post", lines, "--json", "--plant", plant).json["accepted"] == 2


def test_standard_input_is_a_file_too(cli, plant, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO(count("9")))
    assert cli("signals", "post", "-", "--json", "--plant", plant).json["accepted"] == 1


def test_a_used_key_with_another_content_is_refused(cli, plant, tmp_path):
    file = tmp_path / "twice.jsonl"
    file.write_text(count("1", 9) + "\n" + count("1", 7))
    ended = cli("signals", "post", file, "--json", "--plant", plant)
    assert ended.code == 3
    assert [fault["refusal"]["code"] for fault in ended.json["faults"]] == ["key_reused"]


def test_a_file_that_cannot_be_read_is_named(cli, plant, tmp_path):
    file = tmp_path / "absent.jsonl"
    ended = cli("signals", "post", file, "--plant", plant)
    assert ended.code == 1
    assert "absent.jsonl" in ended.err


def test_two_posters_at_once_lose_nothing(plant, tmp_path, cli):
    import subprocess

    posters = []
    for name in "ab":
        file = tmp_path / f"{name}.jsonl"
        file.write_text("\n".join(count(f"{name}{n}", n % 7) for n in range(400)))
        code = "import sys; from chargehand.cli.main import run; sys.exit(run())"
        words = ["signals", "post", file, "--json", "--plant", plant]
        posters.append(
            subprocess.Popen(
                [sys.executable, "-P", "-c", code, *words], stdout=subprocess.PIPE, text=True
            )
        )
    for poster in posters:
        out, _ = poster.communicate(timeout=120)
        assert poster.returncode == 0
        assert json.loads(out)["accepted"] == 400
    assert cli("audit", "verify", "--json", "--plant", plant).json["holds"]
