"""A .tlog-proof file says all that is needed, and says nothing once it is edited."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chargehand.record.journal import Tree, leaf_hash
from chargehand.record.note import NoteError, checkpoint_text
from chargehand.record.proof import inclusion
from chargehand.record.tlog_proof import ProofError, TlogProof, proven, read_proof
from chargehand.runtime.signing import KeyFileSigner, KeyVerifier

ORIGIN = "plant.example/hall1"
SIGNER = KeyFileSigner(ORIGIN, Ed25519PrivateKey.from_private_bytes(b"\x07" * 32))
OWN = [KeyVerifier(key=SIGNER.key)]
LEAVES = [leaf_hash(f"entry {number}") for number in range(5)]


def subtrees(level, index):
    tree = Tree()
    for leaf in LEAVES[index << level : (index + 1) << level]:
        tree.append(leaf)
    return tree.root()


@pytest.fixture
def proof():
    tree = Tree()
    for leaf in LEAVES:
        tree.append(leaf)
    return TlogProof(
        index=2,
        hashes=tuple(inclusion(2, 5, subtrees)),
        checkpoint=checkpoint_text(ORIGIN, tree, SIGNER),
        extra=b"P-17",
    )


def test_a_proof_is_written_in_the_form_of_the_standard(proof):
    lines = proof.text().split("\n")
    assert lines[:3] == ["c2sp.org/tlog-proof@v1", "extra UC0xNw==", "index 2"]
    assert lines[6:9] == ["", ORIGIN, "5"]
    assert read_proof(proof.text()) == proof


def test_a_tree_of_one_entry_has_a_proof_without_hashes():
    tree = Tree(1, [LEAVES[0]])
    checkpoint = checkpoint_text(ORIGIN, tree, SIGNER)
    text = TlogProof(index=0, hashes=(), checkpoint=checkpoint).text()
    assert text == f"c2sp.org/tlog-proof@v1\nindex 0\n\n{checkpoint}"
    assert proven(read_proof(text), LEAVES[0], ORIGIN, OWN).size == 1


def test_a_proof_leads_to_its_checkpoint_from_its_own_entry_only(proof):
    assert proven(proof, LEAVES[2], ORIGIN, OWN).size == 5
    with pytest.raises(ProofError, match="does not lead from this entry, at index 2"):
        proven(proof, LEAVES[1], ORIGIN, OWN)


def test_a_proof_of_another_log_is_none(proof):
    with pytest.raises(ProofError, match=r"is of 'plant.example/hall1', not of 'plant.example/2'"):
        proven(proof, LEAVES[2], "plant.example/2", OWN)


def test_no_edited_character_passes_but_in_the_extra_part(proof):
    text = proof.text()
    extra = range(text.index("extra "), text.index("index "))
    for place, character in enumerate(text):
        edited = text[:place] + chr(ord(character) ^ 1) + text[place + 1 :]
        if place not in extra:
            with pytest.raises((ProofError, NoteError)):
                proven(read_proof(edited), LEAVES[2], ORIGIN, OWN)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "not a proof"),
        ("c2sp.org/tlog-proof@v2\nindex 0\n\nx", "does not begin with c2sp.org/tlog-proof@v1"),
        ("c2sp.org/tlog-proof@v1\nindex 0\n", "has no checkpoint"),
        ("c2sp.org/tlog-proof@v1\n\nx", "line 2 of the proof is not its index"),
        (
            "c2sp.org/tlog-proof@v1\nindex 01\n\nx",
            "the index in line 2 of the proof cannot be '01'",
        ),
        ("c2sp.org/tlog-proof@v1\nextra !\nindex 0\n\nx", "line 2, the extra part, is not Base 64"),
        ("c2sp.org/tlog-proof@v1\nextra AA==\nat 0\n\nx", "line 3 of the proof is not its index"),
        ("c2sp.org/tlog-proof@v1\nindex 0\nAA=\n\nx", "line 3 of the proof is not Base 64"),
        ("c2sp.org/tlog-proof@v1\nindex 0\nAA==\n\nx", "of 32 bytes each"),
    ],
)
def test_what_is_not_a_proof_is_refused_with_its_line(text, fault):
    with pytest.raises(ProofError, match=fault):
        read_proof(text)
