"""An auditor's script, which knows nothing of ours, sees every edited byte of an export."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chargehand.record.export import export_line
from chargehand.record.journal import Entry, Tree, leaf_hash
from chargehand.record.note import checkpoint_text
from chargehand.record.proof import inclusion
from chargehand.record.tlog_proof import TlogProof
from chargehand.runtime.signing import KeyFileSigner
from chargehand.vocabulary.wire import canonical

SCRIPT = Path(__file__).resolve().parents[2] / "docs/how-to/verify_offline.py"
ORIGIN = "plant.example/hall1"
SIGNER = KeyFileSigner(ORIGIN, Ed25519PrivateKey.from_private_bytes(b"\x07" * 32))
KEY = SIGNER.key.text()
ENTRIES = [
    Entry(
        number=number,
        kind="movement",
        key=f"M-{number}",
        recorded_at="2026-11-20T12:00:00.000000+00:00",
        occurred_at=None if number % 2 else "2026-11-20T11:59:00.000000+00:00",
        cause='SAP task "4711"\\',
        actor="Jürgen \u2028 \U0001f3ed",
        body='{"quantity":"5","unit":"EA"}',
    )
    for number in range(7)
]


def tree_of(entries):
    tree = Tree()
    for entry in entries:
        tree.append(leaf_hash(entry.leaf_text()))
    return tree


def lines_of(entries):
    return [export_line(n, entry).encode() + b"\n" for n, entry in enumerate(entries)]


def subtrees(level, index):
    return tree_of(ENTRIES[index << level : (index + 1) << level]).root()


@pytest.fixture
def files(tmp_path):
    checkpoint = checkpoint_text(ORIGIN, tree_of(ENTRIES), SIGNER)
    proof = TlogProof(
        index=5,
        hashes=tuple(inclusion(5, 7, subtrees)),
        checkpoint=checkpoint,
        extra=b"P-17",
    )
    contents = {
        "journal.jsonl": b"".join(lines_of(ENTRIES)),
        "checkpoint": checkpoint.encode(),
        "line.jsonl": lines_of(ENTRIES)[5],
        "P-17.tlog-proof": proof.text().encode(),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


@pytest.fixture
def check(files, monkeypatch):
    """Runs the script on files; its exit code, and its last words where it gives up."""
    code = compile(SCRIPT.read_text("utf-8"), str(SCRIPT), "exec")

    def run(lines, checkpoint, key=KEY):
        monkeypatch.setattr(
            sys, "argv", ["verify", str(files / lines), str(files / checkpoint), key]
        )
        try:
            exec(code, {"__name__": "__main__"})
        except SystemExit as end:
            return 1, end.code
        return 0, ""

    return run


RUNS = [("journal.jsonl", "checkpoint"), ("line.jsonl", "P-17.tlog-proof")]


@pytest.mark.parametrize(
    ("lines", "checkpoint", "said"),
    [(*RUNS[0], "7 of the first 7"), (*RUNS[1], "1 of the first 7")],
)
def test_what_was_exported_is_right(lines, checkpoint, said, files):
    command = [sys.executable, "-I", str(SCRIPT), lines, checkpoint, KEY]
    ran = subprocess.run(command, cwd=files, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == f"OK: {said} entries of {ORIGIN}\n"


def test_an_edit_ends_the_program_with_1_and_names_the_line(files):
    content = (files / "journal.jsonl").read_bytes()
    (files / "journal.jsonl").write_bytes(content.replace(b"M-4", b"M-9"))
    command = [sys.executable, "-I", str(SCRIPT), *RUNS[0], KEY]
    ran = subprocess.run(command, cwd=files, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == "NOT OK: line 5 of journal.jsonl is not entry 4 as written\n"


def test_the_script_is_short_and_imports_nothing_of_ours():
    text = SCRIPT.read_text("utf-8")
    assert text.count("\n") < 100
    assert "chargehand" not in text.replace("Chargehand's", "")


def test_every_edited_byte_of_the_lines_is_seen_and_its_line_named(check, files):
    whole = (files / "journal.jsonl").read_bytes()
    for place, byte in enumerate(whole):
        for other in {byte ^ 1, byte ^ 0x80, ord("\n")} - {byte}:
            edited = whole[:place] + bytes([other]) + whole[place + 1 :]
            (files / "journal.jsonl").write_bytes(edited)
            code, said = check(*RUNS[0])
            number = whole.count(b"\n", 0, place) + 1
            assert code == 1
            assert f"line {number} of " in said, (place, other)


@pytest.mark.parametrize(("lines", "checkpoint"), RUNS)
def test_every_edited_byte_of_the_checkpoint_or_proof_is_seen(lines, checkpoint, check, files):
    whole = (files / checkpoint).read_bytes()
    extra = range(0)
    if b"extra " in whole:  # no signature covers the extra part, and no verifier reads it
        extra = range(whole.index(b"extra ") + 6, whole.index(b"\nindex"))
    for place, byte in enumerate(whole):
        for other in {byte ^ 1, byte ^ 0x80, ord("\n"), ord(" ")} - {byte}:
            if place in extra:
                continue
            edited = whole[:place] + bytes([other]) + whole[place + 1 :]
            (files / checkpoint).write_bytes(edited)
            assert check(lines, checkpoint)[0] == 1, (place, other)


def test_every_edited_character_of_the_key_is_seen(check):
    for place, character in enumerate(KEY):
        edited = KEY[:place] + chr(ord(character) ^ 1) + KEY[place + 1 :]
        assert check(*RUNS[0], edited)[0] == 1, place


@pytest.mark.parametrize(
    ("arrange", "said"),
    [
        (lambda lines: lines[:-1], "has 6 lines; .* is about 7"),
        (lambda lines: [*lines, lines[-1].replace(b'"index":6', b'"index":7')], "8 lines"),
        (lambda lines: lines[1:], "line 1 of .* is not entry 0"),
        (lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], "line 2 of .* is not entry 1"),
        (lambda lines: [*lines[:3], b"\n", *lines[3:]], "line 4 of .* is not entry 3"),
        (lambda _: [], "has 0 lines"),
    ],
)
def test_missing_added_and_moved_lines_are_seen(arrange, said, check, files):
    (files / "journal.jsonl").write_bytes(b"".join(arrange(lines_of(ENTRIES))))
    code, told = check(*RUNS[0])
    assert code == 1
    assert re.search(said, told), told


def test_a_line_rewritten_with_its_leaf_hash_does_not_lead_to_the_root(check, files):
    forged = [*ENTRIES[:4], ENTRIES[3], *ENTRIES[5:]]
    (files / "journal.jsonl").write_bytes(b"".join(lines_of(forged)))
    code, said = check(*RUNS[0])
    assert code == 1
    assert "does not lead to the root" in said


@pytest.mark.parametrize("line", [b"[" * 100_000, b"{}", b"[]", b'{"entry":"\\ud800"}', b"\xff"])
def test_odd_lines_are_named_as_well(line, check, files):
    (files / "journal.jsonl").write_bytes(line + b"\n")
    assert "line 1 of " in check(*RUNS[0])[1]


def test_a_line_of_the_export_is_canonical():
    line = export_line(12, ENTRIES[3])
    assert canonical(json.loads(line)) == line
    assert json.loads(line)["leaf"] == leaf_hash(ENTRIES[3].leaf_text()).hex()


@pytest.mark.parametrize("index", [b"index 05\n", b"index +5\n", b"index 5 \n", b"5\n"])
def test_an_index_is_written_in_one_way(index, check, files):
    whole = (files / "P-17.tlog-proof").read_bytes()
    (files / "P-17.tlog-proof").write_bytes(whole.replace(b"index 5\n", index))
    assert check(*RUNS[1])[0] == 1
