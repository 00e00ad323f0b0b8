"""Notes, keys and checkpoints are those of C2SP, and no edit of a signed one passes."""

from __future__ import annotations

from base64 import b64decode
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chargehand.record.journal import EMPTY_ROOT, Tree, leaf_hash
from chargehand.record.note import (
    Checkpoint,
    NoteError,
    VerifierKey,
    checkpoint_text,
    read_checkpoint,
    read_key,
    read_note,
    signed,
    trusted,
)
from chargehand.runtime.signing import KeyFileSigner, KeyVerifier, verifier

EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE = (
    "This is an example message.\n\n\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6T"
    "fXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
"""C2SP signed-note v1.1, section Example."""
GO_SEED = b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfq"
    "dngotpRZb6KE6RyyBwJnAM=\n"
)
"""The example of golang.org/x/mod/sumdb/note, with its private key."""
SOFA = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/"
    "Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)
"""C2SP tlog-checkpoint v1.0, the first example."""
SIGNER = KeyFileSigner("plant.example/hall1", Ed25519PrivateKey.from_private_bytes(b"\x07" * 32))
OWN = KeyVerifier(key=SIGNER.key)


def test_the_example_of_the_standard_is_trusted_and_written_back():
    note = trusted(EXAMPLE, [verifier(EXAMPLE_KEY)])
    assert note.body == "This is an example message.\n"
    assert note.text() == EXAMPLE
    assert read_key(EXAMPLE_KEY).text() == EXAMPLE_KEY


def test_signing_gives_the_bytes_that_others_give():
    signer = KeyFileSigner("PeterNeumann", Ed25519PrivateKey.from_private_bytes(GO_SEED))
    assert signer.key.text() == GO_KEY
    assert signed(GO.partition("\n\n")[0] + "\n", signer) == GO


def test_a_body_may_hold_empty_lines():
    body = "one\n\n\ntwo\n"
    assert trusted(signed(body, SIGNER), [OWN]).body == body


def test_signatures_of_strangers_are_ignored_but_do_not_suffice():
    stranger = KeyFileSigner("witness.example", Ed25519PrivateKey.from_private_bytes(b"\x08" * 32))
    both = signed("text\n", stranger, SIGNER)
    assert [line.name for line in trusted(both, [OWN]).signatures] == [
        "witness.example",
        "plant.example/hall1",
    ]
    with pytest.raises(NoteError, match=r"not signed by a key that is trusted here: plant.example"):
        trusted(signed("text\n", stranger), [OWN])


def test_another_key_under_the_same_name_is_a_stranger():
    namesake = KeyFileSigner(SIGNER.key.name, Ed25519PrivateKey.from_private_bytes(b"\x09" * 32))
    with pytest.raises(NoteError, match="not signed by a key that is trusted"):
        trusted(signed("text\n", namesake), [OWN])


def test_one_false_signature_of_a_known_key_spoils_the_note():
    other = signed("other\n", SIGNER).partition("\n\n")[2]
    with pytest.raises(NoteError, match="does not fit the text"):
        trusted(signed("text\n", SIGNER) + other, [OWN])


def test_no_edited_character_passes():
    text = signed("origin\n12\nline\n", SIGNER)
    for place, character in enumerate(text):
        for other in {"A", "\n", " ", chr(ord(character) ^ 1)} - {character}:
            with pytest.raises(NoteError):
                trusted(text[:place] + other + text[place + 1 :], [OWN])


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("text\n", "no empty line"),
        ("text\n\n", "does not end in a signature line"),
        ("text\n\n\u2014 a AAAAAAA=", "does not end in a signature line"),
        ("text\n\n- a AAAAAAA=\n", "line 3 of the note is not a signature"),
        ("text\n\n\u2014 a+b AAAAAAA=\n", "cannot name a key"),
        ("text\n\n\u2014 a AAAAA===\n", "line 3 of the note is not Base 64"),
        ("text\n\n\u2014 a AAAAAB==\n", "line 3 of the note is not Base 64"),
        ("text\n\n\u2014 a AAAAAA==\n", "line 3 of the note is too short"),
        ("a\nte\rxt\n\n\u2014 a AAAAAAA=\n", "line 2 of the note holds the control character"),
        ("text\n\n" + "\u2014 a AAAAAAA=\n" * 101, "101 signatures, more than 100"),
    ],
)
def test_what_is_not_a_note_is_refused_with_its_line(text, fault):
    with pytest.raises(NoteError, match=fault):
        read_note(text)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("example.com/foo", "not of the form"),
        (EXAMPLE_KEY.replace("530d903a", "530d903b"), "must have the id 530d903a"),
        (EXAMPLE_KEY.replace("foo", "fop"), "must have the id"),
        (EXAMPLE_KEY.replace("+Aek", "+Bek"), "not of type 1"),
        (EXAMPLE_KEY[:-4], "has 29 bytes; an Ed25519 key has 32"),
        (EXAMPLE_KEY + "!", "not Base 64"),
    ],
)
def test_a_misprinted_key_is_refused(text, fault):
    with pytest.raises(NoteError, match=fault):
        read_key(text)


@pytest.mark.parametrize("name", ["", "two words", "a+b", "a\u00a0b", "a\nb"])
def test_a_key_needs_a_name_that_fits_a_line(name):
    with pytest.raises(NoteError, match="cannot name a key"):
        VerifierKey(name=name, public_key=bytes(32))


def test_the_checkpoint_of_the_standard_is_read_and_written_back():
    body = read_note(SOFA).body
    checkpoint = read_checkpoint(body)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint.body() == body


def test_a_checkpoint_says_the_tree_and_when_it_was_signed():
    tree = Tree()
    tree.append(leaf_hash("a"))
    moment = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    note = trusted(checkpoint_text("plant.example/hall1", tree, SIGNER, moment), [OWN])
    assert read_checkpoint(note.body) == Checkpoint(
        origin="plant.example/hall1",
        size=1,
        root=leaf_hash("a"),
        extensions=("signed at 2026-11-20T12:00:00.000000+00:00",),
    )
    bare = read_checkpoint(read_note(checkpoint_text("o", Tree(), SIGNER)).body)
    assert (bare.size, bare.root, bare.extensions) == (0, EMPTY_ROOT, ())


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("origin\n3\n", "a line each"),
        ("origin\n\n3\n", "a line each"),
        ("origin\n03\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n", "the size"),
        ("origin\n-3\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n", "the size"),
        ("origin\n3\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n", "line 3 of the checkpoint"),
        ("origin\n3\nCsUY\n", "a root of 32 bytes"),
    ],
)
def test_what_is_not_a_checkpoint_is_refused(body, fault):
    with pytest.raises(NoteError, match=fault):
        read_checkpoint(body)


@pytest.mark.parametrize("origin", ["", "a\nb", "a\tb"])
def test_an_origin_fits_a_line(origin):
    with pytest.raises(NoteError, match="a line of a checkpoint cannot be"):
        checkpoint_text(origin, Tree(), SIGNER)
