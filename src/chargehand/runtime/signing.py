"""The key that signs the record's checkpoints: a file that only the plant's account can read.

A token that keeps the key to itself (PKCS #11) would be another ``Signer``: a public key and one
method.
"""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from chargehand.record.note import VerifierKey, read_key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY_FILE: Final = "chargehand-signing.key"
"""Name of the key file in the plant's folder; PKCS #8 in PEM, not encrypted."""
OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class SigningKeyFault(Exception):
    """The key file cannot be used; the message says why and what to do."""


class KeyFileSigner:
    """Signs with the Ed25519 key of a file."""

    __slots__ = ("_private", "key")

    def __init__(self, name: str, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.key = VerifierKey(name=name, public_key=private.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        """Ed25519 signature (64 bytes) over a message."""
        return self._private.sign(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyVerifier:
    """Checks signatures by a public key."""

    key: VerifierKey

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether the signature over the message is by this key."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(self.key.public_key).verify(signature, message)
        except InvalidSignature:
            return False
        return True


def verifier(text: str) -> KeyVerifier:
    """Verifier for a public key as it is printed; ``NoteError`` where it is none."""
    return KeyVerifier(key=read_key(text))


def make_key(folder: Path) -> Path:
    """Make the key file of a plant and return it; a file that is there already stays as it is.

    Raises ``SigningKeyFault`` where it cannot be written.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    file = folder / KEY_FILE
    if file.exists():
        return file
    text = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    try:
        _put(text, file)
    except OSError as error:
        raise SigningKeyFault(
            f"The signing key cannot be written to {file}: {error.strerror or error}."
            " Let this account write to the plant's folder."
        ) from error
    return file


def load_signer(folder: Path, name: str) -> KeyFileSigner:
    """Signer with the key file of a plant, under a name such as ``plant.example/hall1``.

    Raises ``SigningKeyFault`` where the file is missing, open to others or no Ed25519 key, and
    ``NoteError`` for a name that no key can have.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    file = folder / KEY_FILE
    text = _read(file)
    try:
        private = load_pem_private_key(text, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SigningKeyFault(
            f"{file} is not a private key in PEM without a password."
            " Bring the file back from the backup; a new key would be another signer."
        ) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise SigningKeyFault(f"{file} holds a key, but not one of Ed25519. Bring back its backup.")
    return KeyFileSigner(name, private)


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            if os.name == "posix" and mode & OTHERS:
                raise SigningKeyFault(
                    f"{file} is open to other accounts (mode {stat.S_IMODE(mode):04o}), so anybody"
                    f" may sign in the plant's name. Run: chmod 600 {file}"
                )
            return opened.read()
    except OSError as error:
        raise SigningKeyFault(
            f"The signing key {file} cannot be read: {error.strerror or error}."
            " Bring the file back from the backup, or let this account read it."
        ) from error


def _put(text: bytes, file: Path) -> None:
    """Write a new file that only this account may read, whole or not at all; who is first wins."""
    descriptor, draft = tempfile.mkstemp(prefix=f"{file.name}.", dir=file.parent)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        with suppress(FileExistsError):
            os.link(draft, file)
    finally:
        Path(draft).unlink()
    if os.name == "posix":
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
