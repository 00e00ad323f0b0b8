"""What the computer refuses ends in words with a cure, never in a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

CODE = "import sys; from chargehand.cli.main import run; sys.exit(run())"


@pytest.fixture
def raw(plant):
    """Run a command with an output and an environment of its own."""

    def call(*words, out=subprocess.PIPE, **environment):
        return subprocess.run(
            [sys.executable, "-P", "-c", CODE, *words],
            env={**os.environ, "CHARGEHAND_PLANT": str(plant), **environment},
            stdout=out,
            stderr=subprocess.PIPE,
            timeout=300,
            check=False,
        )

    return call


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the system has no full device")  # noqa: PTH110
@pytest.mark.parametrize("words", [["inbox"], ["inbox", "--json"], ["policy", "show"]])
def test_an_answer_that_cannot_be_written_is_told(raw, words):
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        done = raw(*words, out=full)
    assert done.returncode == 1
    assert b"cannot be written" in done.stderr
    assert b"Traceback" not in done.stderr
    assert b"Exception" not in done.stderr


def test_a_terminal_without_the_letters_shows_others(raw):
    done = raw("inbox", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert done.stdout.isascii()


def test_no_color_is_no_escape_at_all(raw):
    done = raw("inbox", NO_COLOR="1", FORCE_COLOR="1")
    assert b"\x1b" not in done.stdout


def test_a_binary_or_missing_policy_is_told_with_its_cure(cli, tmp_path):
    file = tmp_path / "binary"
    file.write_bytes(b"\x7fELF\xff\xfe")
    for place, words in ((file, "no text in UTF-8"), (tmp_path / "none", "is not there")):
        ended = cli("policy", "check", place, "--json")
        assert ended.code == 1
        assert words in ended.json["fault"]["because"]
        assert ended.json["fault"]["cure"]
        assert "Errno" not in ended.err


def test_a_plant_that_cannot_be_made_is_told_without_numbers_of_errors(cli):
    ended = cli("init", "/proc/foo", "--json")
    assert ended.code == 1
    assert ended.json["fault"]["cure"]
    assert "Errno" not in ended.err


def test_one_bad_byte_keeps_only_its_own_line_out(cli, plant, tmp_path):
    body = {"kind": "material_defined", "definition": {"material": "NEW-1", "unit": "H87"}}
    good = json.dumps({"source": "cli", "key": "k1", "body": body}).encode()
    file = tmp_path / "lines"
    file.write_bytes(good + b'\n{"source": "cli", "key": "M\xfcller"}\n')
    ended = cli("signals", "post", file, "--json", "--plant", plant)
    assert ended.code == 3
    assert (ended.json["accepted"], ended.json["unreadable"]) == (1, 1)
    (fault,) = cli("faults", "--source", "cli", "--json", "--plant", plant).json["rows"]
    assert (fault["row"], fault["because"]) == (2, "a byte of it is no UTF-8")
