"""The signing key stays with the plant's account, and a wrong file is named with its cure."""

from __future__ import annotations

import os
import stat

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from chargehand.runtime.signing import (
    KEY_FILE,
    KeyVerifier,
    SigningKeyFault,
    load_signer,
    make_key,
    verifier,
)

NAME = "plant.example/hall1"
posix = pytest.mark.skipif(os.name != "posix", reason="impossible here: no modes of files")


def test_a_signature_is_of_its_text_and_key_only(tmp_path):
    make_key(tmp_path)
    signer = load_signer(tmp_path, NAME)
    signature = signer.sign(b"text")
    assert verifier(signer.key.text()).verify(b"text", signature)
    assert not verifier(signer.key.text()).verify(b"other", signature)
    assert not verifier(signer.key.text()).verify(b"text", signature[:-1])
    (tmp_path / "other").mkdir()
    make_key(tmp_path / "other")
    other = load_signer(tmp_path / "other", NAME)
    assert not KeyVerifier(key=other.key).verify(b"text", signature)


def test_the_key_is_made_once_and_leaves_nothing_beside_it(tmp_path):
    make_key(tmp_path)
    first = load_signer(tmp_path, NAME).key
    make_key(tmp_path)
    assert load_signer(tmp_path, NAME).key == first
    assert [file.name for file in tmp_path.iterdir()] == [KEY_FILE]


@posix
def test_only_the_plants_account_may_read_the_key(tmp_path):
    before = os.umask(0)
    try:
        file = make_key(tmp_path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_may_read_is_not_used(mode, tmp_path):
    file = make_key(tmp_path)
    file.chmod(mode)
    with pytest.raises(SigningKeyFault, match=rf"mode {mode:04o}.*chmod 600"):
        load_signer(tmp_path, NAME)


def test_a_missing_key_is_named_with_its_place(tmp_path):
    with pytest.raises(SigningKeyFault, match=rf"{KEY_FILE} cannot be read.*from the backup"):
        load_signer(tmp_path, NAME)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SigningKeyFault, match="cannot be written"):
        make_key(tmp_path / "gone")


@pytest.mark.parametrize("content", [b"", b"-----BEGIN PRIVATE KEY-----\nAAAA\n", b"\xff\xfe"])
def test_a_torn_key_is_named(content, tmp_path):
    make_key(tmp_path).write_bytes(content)
    with pytest.raises(SigningKeyFault, match="not a private key in PEM"):
        load_signer(tmp_path, NAME)


def test_a_key_of_another_kind_is_named(tmp_path):
    text = generate_private_key(SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    make_key(tmp_path).write_bytes(text)
    with pytest.raises(SigningKeyFault, match="not one of Ed25519"):
        load_signer(tmp_path, NAME)
