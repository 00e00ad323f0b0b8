"""The chain and replay, from the command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.behind import behind_the_back

SCRIPT = Path(__file__).resolve().parents[2] / "docs/how-to/verify_offline.py"


def tamper(plant, statement):
    with behind_the_back(plant) as sql:
        sql.execute(statement)


def test_an_untouched_record_holds(cli, plant):
    ended = cli("audit", "verify", "--plant", plant)
    assert ended.code == 0
    assert "holds" in ended.out


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET body = replace(body, '3', '4') WHERE number = 1500",
        "DELETE FROM journal WHERE number = 1500",
        "UPDATE balance SET scaled = scaled + 1000000 WHERE site = 'HALLE3' AND scaled > 0",
    ],
)
def test_what_was_changed_behind_its_back_is_found(cli, plant, statement):
    tamper(plant, statement)
    ended = cli("audit", "verify", "--json", "--plant", plant)
    assert ended.code == 3
    assert ended.json["faults"]


def test_replay_derives_the_same_again(cli, plant):
    ended = cli("replay", "P-1", "--json", "--plant", plant)
    assert (ended.code, ended.json["identical"]) == (0, True)
    assert cli("replay", "P-77777", "--plant", plant).code == 1


def test_log_is_filtered_by_kind(cli, plant):
    rows = cli("audit", "log", "--kind", "proposal", "--json", "--plant", plant).json["rows"]
    assert rows
    assert {row["kind"] for row in rows} == {"proposal"}


def offline(*files):
    """Exit code and words of the auditor's script."""
    command = [sys.executable, "-I", SCRIPT, *files]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    return ran.returncode, ran.stdout + ran.stderr


def test_what_the_commands_write_verifies_offline(cli, plant, tmp_path):
    lines, proof = tmp_path / "journal.jsonl", tmp_path / "P-1.tlog-proof"
    exported = cli("audit", "export", "-o", lines, "--json", "--plant", plant)
    assert exported.code == 0
    key = (tmp_path / "journal.vkey").read_text().strip()
    size = exported.json["size"]
    assert offline(lines, tmp_path / "journal.checkpoint", key)[1].startswith(f"OK: {size} of")
    assert cli("audit", "prove", "P-1", "-o", proof, "--plant", plant).code == 0
    assert offline(tmp_path / "P-1.jsonl", proof, key)[1].startswith("OK: 1 of")
    whole = lines.read_bytes()
    place = whole.index(b"HALLE3")
    lines.write_bytes(whole[:place] + b"J" + whole[place + 1 :])
    number = whole.count(b"\n", 0, place) + 1
    code, said = offline(lines, tmp_path / "journal.checkpoint", key)
    assert code == 1
    assert f"line {number} of" in said


def test_an_export_in_two_parts_is_the_export(cli, plant, tmp_path):
    cli("audit", "export", "-o", tmp_path / "all.jsonl", "--plant", plant)
    cli("audit", "export", "-o", tmp_path / "rest.jsonl", "--since", "1000", "--plant", plant)
    whole = (tmp_path / "all.jsonl").read_text().splitlines()
    assert (tmp_path / "rest.jsonl").read_text().splitlines() == whole[1000:]


def test_a_checkpoint_from_elsewhere_is_held_against_the_record(cli, plant, tmp_path):
    kept = tmp_path / "kept"
    said = cli("audit", "checkpoint", "-o", kept, "--json", "--plant", plant).json
    against = ("audit", "verify", "--against", kept, "--key", said["key"], "--plant", plant)
    assert cli(*against).code == 0
    kept.write_text(kept.read_text().replace("signed at 2", "signed at 3"))
    ended = cli(*against)
    assert ended.code == 3
    assert str(kept) in ended.err


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--against", "gone"), "gone cannot be read"),
        (("--key", "a+b+c"), "not Base 64"),
    ],
)
def test_what_cannot_be_held_against_it_is_said(cli, plant, words, named):
    ended = cli("audit", "verify", *words, "--plant", plant)
    assert ended.code == 2
    assert named in ended.err


def test_what_cannot_be_written_is_said(cli, plant, tmp_path):
    for command in (("export",), ("checkpoint",), ("prove", "1")):
        ended = cli("audit", *command, "-o", tmp_path / "no" / "x.jsonl", "--plant", plant)
        assert ended.code == 1
        assert "no" in ended.err


def test_proving_what_is_not_there_is_refused(cli, plant, tmp_path):
    ended = cli("audit", "prove", "P-999", "--json", "--plant", plant)
    assert ended.json["refused"]["code"] == "unknown_entry"
    assert not list(tmp_path.glob("*.tlog-proof"))


def test_what_a_person_wrote_is_erased_by_command(cli, plant):
    reject = (
        "reject",
        "P-1",
        "--reason",
        "not_needed",
        "--text",
        "Otto says so",
        "--as",
        "m.weber",
    )
    assert cli(*reject, "--plant", plant).code == 0
    assert "Otto says so" in cli("show", "P-1", "--plant", plant).out
    erase = ("audit", "erase", "--person", "m.weber")
    assert cli(*erase, "--as", "p.icker", "--plant", plant).code == 4
    assert cli(*erase, "--as", "m.weber", "--plant", plant).code == 0
    assert "Otto says so" not in cli("show", "P-1", "--plant", plant).out
    assert cli("audit", "verify", "--plant", plant).code == 0
    assert cli("audit", "erase", "--plant", plant).code == 2


def test_search_finds_a_decision_and_a_person(cli, plant):
    found = cli("audit", "search", "p-1", "--json", "--plant", plant).json
    assert found["by"] == "key"
    assert {row["kind"] for row in found["rows"]} >= {"proposal", "ruling"}
    nothing = cli("audit", "search", "p-1", "--until", "2000-01-01", "--json", "--plant", plant)
    assert nothing.json["rows"] == []
    assert cli("audit", "search", "p-1", "--since", "Tuesday", "--plant", plant).code == 2
