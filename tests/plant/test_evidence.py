"""The record as evidence: signed, proven, exported, and found out when somebody rewrites it."""

from __future__ import annotations

import json
import subprocess
import sys
from base64 import b64decode
from datetime import timedelta
from pathlib import Path

import pytest

from chargehand.plant import checkpointing
from chargehand.plant.audit_tree import Outside
from chargehand.plant.checkpointing import FOLDER, LATEST, keep_checkpoints
from chargehand.plant.fault import PlantFault
from chargehand.plant.folder import create_plant
from chargehand.plant.plant import Plant
from chargehand.record.journal import Entry, Tree, leaf_hash
from chargehand.record.note import checkpoint_text, read_checkpoint, trusted
from chargehand.record.proof import is_consistent
from chargehand.record.tile import grown
from chargehand.runtime.signing import KEY_FILE, load_signer, verifier
from chargehand.storage.tiles import TILE
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from tests.behind import behind_the_back
from tests.plant.conftest import AS_OF, BULK, FACE, Teller, count, master, policy_text, used

SCRIPT = Path(__file__).resolve().parents[2] / "docs/how-to/verify_offline.py"


@pytest.fixture
def lived(plant) -> Plant:
    """A plant with a ruling, an order, and 700 entries, some in tiles, signed twice."""
    plant.decide(as_of=AS_OF)
    plant.approve("P-1", by="ada", justification="the pick face runs empty")
    Teller(plant)(*(used(1 + n % 12, 1 + n % 3) for n in range(300)))
    plant.sign_checkpoint()
    Teller(plant)(*(count(BULK, 40 + n) for n in range(200)))
    plant.sign_checkpoint()
    return plant


def offline(folder, lines, proof, key):
    """What the auditor's script says."""
    command = [sys.executable, "-I", str(SCRIPT), lines, proof, key]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return ran.returncode, ran.stdout + ran.stderr


def rewrite(plant, edit, *, sign_again=False) -> None:
    """Rewrite the whole database so that it fits itself: leaves, head, checkpoints, tiles."""
    with behind_the_back(plant.folder) as sql:
        edit(sql)
        tree, leaves, roots = Tree(), [], {}
        for row in sql.execute("SELECT * FROM journal ORDER BY number").fetchall():
            entry = Entry(**{name: row[name] for name in Entry.__dataclass_fields__})
            leaf = leaf_hash(entry.leaf_text())
            sql.execute("UPDATE journal SET leaf = ? WHERE number = ?", (leaf, row["number"]))
            tree.append(leaf)
            leaves.append(leaf)
            roots[tree.size] = tree.root()
        sql.execute("UPDATE head SET peaks = ?", (b"".join(tree.peaks),))
        tiles = grown(0, leaves[: len(leaves) // 256 * 256], Nothing())
        sql.executemany(TILE, [(*at, hashes) for at, hashes in tiles.items()])
        for row in sql.execute("SELECT size, note FROM checkpoint").fetchall():
            sql.execute(
                "UPDATE checkpoint SET root = ? WHERE size = ?", (roots[row["size"]], row["size"])
            )
            if row["note"] is not None and sign_again:
                origin = row["note"].split("\n")[0]
                short = Tree()
                for leaf in leaves[: row["size"]]:
                    short.append(leaf)
                note = checkpoint_text(origin, short, load_signer(plant.folder, origin), AS_OF)
                sql.execute("UPDATE checkpoint SET note = ? WHERE size = ?", (note, row["size"]))


class Nothing:
    """A store without tiles."""

    def read_tile(self, level, index):
        return None

    def read_leaves(self, begin, end):
        return []


def another_actor(sql) -> None:
    """Let somebody else have told of the first use."""
    row = sql.execute(
        "SELECT * FROM journal WHERE kind = 'usage_reported' ORDER BY number LIMIT 1"
    ).fetchone()
    sql.execute("UPDATE journal SET actor = 'x' WHERE number = ?", (row["number"],))


def test_a_record_that_was_signed_holds(lived):
    report = lived.verify()
    assert report.faults == ()
    assert report.checkpoints == 2
    assert report.entries > 512


def test_a_checkpoint_is_signed_by_the_plants_key_and_put_into_its_folder(lived):
    signed = lived.checkpoint()
    assert signed.origin == "chargehand/test/plant"
    assert (lived.folder / FOLDER / LATEST).read_text() == signed.note
    assert (lived.folder / FOLDER / f"{signed.size:012}").read_text() == signed.note
    body = trusted(signed.note, [verifier(signed.key)]).body
    assert read_checkpoint(body).root.hex() == signed.root == lived.verify().root
    assert oct((lived.folder / KEY_FILE).stat().st_mode)[-3:] == "600"


def test_nothing_new_is_not_signed_again(lived):
    assert lived.sign_checkpoint() == lived.checkpoint()
    assert lived.sign_checkpoint(new_key=True) == lived.checkpoint()


@pytest.mark.engines("sqlite", "postgres")
def test_the_background_work_signs_when_it_is_time(lived, monkeypatch):
    before = lived.checkpoint()
    Teller(lived)(count(BULK, 7))
    keep_checkpoints(lived)
    assert lived.checkpoint() == before
    monkeypatch.setattr(checkpointing.clock, "now", lambda: before.at + timedelta(minutes=10))
    keep_checkpoints(lived)
    assert lived.checkpoint().size > before.size


def test_later_checkpoints_continue_earlier_ones(lived):
    with lived.store.snapshot() as sql:
        notes = [
            row[0] for row in sql.execute(
                "SELECT note FROM checkpoint WHERE note IS NOT NULL ORDER BY size"
            )
        ]  # fmt: skip
    first, second = (read_checkpoint(note.partition("\n\n")[0] + "\n") for note in notes)
    proof = lived.prove_growth(first.size, second.size)
    hashes = [b64decode(text) for text in proof.hashes]
    assert is_consistent(first.size, second.size, first.root, second.root, hashes)
    assert isinstance(lived.prove_growth(5, 10**6), Refusal)


EDITS = {
    "a tile": (
        "UPDATE tile SET hashes = ? WHERE number = 1",
        "tile 1 of level 0 does not match",
    ),
    "a tile that is text": ("UPDATE tile SET hashes = 'x' WHERE number = 1", "tile 1 of level 0"),
    "a tile that is gone": ("DELETE FROM tile WHERE level = 0 AND number = 0", "is missing"),
    "an upper tile": ("UPDATE tile SET hashes = ? WHERE level = 1", "of level 1"),
    "a tile too many": ("INSERT INTO tile VALUES (3, 9, ?)", "no part of the tree"),
    "a note": (
        "UPDATE checkpoint SET note = replace(note, 'test/plant', 'test/other')",
        "cannot be trusted",
    ),
    "a note at another size": (
        "UPDATE checkpoint SET size = size + 1 WHERE note IS NOT NULL",
        "another record",
    ),
    "an entry in a full tile": (
        "UPDATE journal SET actor = 'x' WHERE number = 300",
        "tile 1 of level 0",
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_edits_of_the_tree_are_found_and_named(lived, name):
    statement, named = EDITS[name]
    with behind_the_back(lived.folder) as sql:
        sql.execute(statement, [bytes(64)] * statement.count("?"))
    assert any(named in fault for fault in lived.verify().faults), lived.verify().faults


def test_a_rewritten_record_does_not_lead_to_what_was_signed(lived):
    rewrite(lived, another_actor)
    faults = lived.verify().faults
    assert any("was signed over another root" in fault for fault in faults), faults
    with pytest.raises(PlantFault, match="not what was signed"):
        lived.sign_checkpoint()


def test_only_a_checkpoint_from_outside_shows_what_the_holder_of_the_key_rewrote(lived):
    kept = Outside(name="mailbox", note=lived.checkpoint().note, key=lived.checkpoint().key)
    rewrite(lived, another_actor, sign_again=True)
    for file in (lived.folder / FOLDER).iterdir():
        file.unlink()
    assert not [fault for fault in lived.verify().faults if "root" in fault]
    (fault,) = (one for one in lived.verify(outside=[kept]).faults if "mailbox" in one)
    assert "rewritten" in fault


def test_entries_cut_off_the_end_are_missed_by_a_checkpoint_from_outside(lived, make_plant):
    kept = Outside(name="mailbox", note=lived.checkpoint().note, key=lived.checkpoint().key)
    other = make_plant(name="other")
    other.sign_checkpoint()
    faults = other.verify(outside=[kept]).faults
    assert any("another record" in fault for fault in faults)


def test_a_checkpoint_of_another_key_is_not_trusted(lived):
    signed = lived.checkpoint()
    faults = lived.verify(
        outside=[Outside(name="mail", note=signed.note.replace("signed at 2", "signed at 3"))]
    ).faults
    assert any("mail cannot be trusted" in fault for fault in faults)


def test_a_lost_key_is_said_and_another_one_is_a_choice(lived):
    (lived.folder / KEY_FILE).unlink()
    Teller(lived)(count(BULK, 7))
    with pytest.raises(PlantFault, match="cannot be read"):
        lived.sign_checkpoint()
    before = lived.checkpoint()
    signed = lived.sign_checkpoint(new_key=True)
    assert signed.key != before.key
    assert signed.origin == before.origin
    report = lived.verify()
    assert (report.faults, report.checkpoints) == ((), 3)


def test_somebody_elses_key_does_not_sign(lived, make_plant):
    other = make_plant(name="other")
    other.sign_checkpoint()
    (lived.folder / KEY_FILE).write_bytes((other.folder / KEY_FILE).read_bytes())
    with pytest.raises(PlantFault, match="not the key"):
        lived.sign_checkpoint()


@pytest.mark.parametrize(("what", "kind"), [("P-1", "ruling"), ("5", ""), ("order", "order")])
def test_an_entry_is_proven_offline(lived, tmp_path, what, kind):
    what = lived.proposal("P-1").orders[0].key if what == "order" else what
    proven = lived.prove(what)
    assert proven.kind == kind or not kind
    (tmp_path / "e.jsonl").write_text(proven.line)
    (tmp_path / "e.tlog-proof").write_text(proven.proof)
    code, said = offline(tmp_path, "e.jsonl", "e.tlog-proof", proven.public_key)
    assert (code, said) == (
        0,
        f"OK: 1 of the first {proven.size} entries of chargehand/test/plant\n",
    )


@pytest.mark.parametrize("what", ["P-99", "100000", "no such task", ""])
def test_what_is_not_there_is_not_proven(lived, what):
    refusal = lived.prove(what)
    assert isinstance(refusal, Refusal)
    assert refusal.code is RefusalCode.UNKNOWN_ENTRY


def test_an_entry_that_nobody_signed_yet_is_signed_first(lived):
    Teller(lived)(count(BULK, 7))
    (row,) = lived.journal(kind="stock_counted", limit=1).rows
    assert lived.prove(str(row.number)).size > row.number


def test_an_edited_entry_is_not_proven(lived):
    with behind_the_back(lived.folder) as sql:
        sql.execute("UPDATE journal SET actor = 'x' WHERE number = 5")
    with pytest.raises(PlantFault, match="cannot be proven"):
        lived.prove("5")


def test_an_export_verifies_offline_and_every_edited_line_is_named(lived, tmp_path):
    signed = lived.sign_checkpoint()
    lines = list(lived.export_journal(until=signed.size))
    (tmp_path / "journal.jsonl").write_text("".join(lines))
    (tmp_path / "checkpoint").write_text(signed.note)
    code, said = offline(tmp_path, "journal.jsonl", "checkpoint", signed.key)
    assert (code, said.split()[1]) == (0, str(signed.size))
    assert json.loads(lines[0])["entry"][1] == "policy"
    edited = lines[41].replace("VALVE", "VALUE")
    assert edited != lines[41]
    (tmp_path / "journal.jsonl").write_text("".join([*lines[:41], edited, *lines[42:]]))
    code, said = offline(tmp_path, "journal.jsonl", "checkpoint", signed.key)
    assert (code, "line 42 of journal.jsonl" in said) == (1, True)


def test_an_export_goes_on_after_an_earlier_one(lived):
    whole = list(lived.export_journal(until=lived.checkpoint().size))
    assert list(lived.export_journal(since=100, until=len(whole))) == whole[100:]


def test_it_is_the_same_on_a_server(postgres_url, tmp_path):
    folder = tmp_path / "plant"
    create_plant(folder, enterprise="Test", policy_text=policy_text(), database=postgres_url)
    plant = Plant.open(folder)
    Teller(plant)(*master(), count(BULK, 40), count(FACE, 2))
    plant.decide(as_of=AS_OF)
    plant.approve("P-1", by="ada", justification="the pick face runs empty")
    first = plant.sign_checkpoint()
    Teller(plant)(*(used(1 + n % 12, 1) for n in range(300)))
    signed = plant.sign_checkpoint()
    proven = plant.prove("P-1")
    (tmp_path / "e.jsonl").write_text(proven.line)
    (tmp_path / "e.tlog-proof").write_text(proven.proof)
    (tmp_path / "all.jsonl").write_text("".join(plant.export_journal(until=signed.size)))
    (tmp_path / "checkpoint").write_text(signed.note)
    assert offline(tmp_path, "e.jsonl", "e.tlog-proof", signed.key)[0] == 0
    assert offline(tmp_path, "all.jsonl", "checkpoint", signed.key)[0] == 0
    assert plant.erase(person="ada", by="ada").texts == 2
    kept = Outside(name="mailbox", note=first.note, key=first.key)
    report = plant.verify(outside=[kept])
    assert (report.faults, report.checkpoints, report.erased) == ((), 2, 2)
    plant.close()
