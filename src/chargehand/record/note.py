"""Checkpoints of the journal as signed notes: size and root, in a text that others can check.

A note is a text, an empty line and signature lines. A checkpoint is a note whose text names the
log, its size and its root. Keys sign elsewhere (``Signer``, ``Verifier``): nothing here knows how.

Source: C2SP signed-note v1.1 and tlog-checkpoint v1.0; signatures of type 0x01, Ed25519.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final, Protocol

from chargehand.record.journal import Tree
from chargehand.record.proof import HASH_BYTES
from chargehand.vocabulary.instant import written

ED25519: Final = b"\x01"
"""Signature type of Ed25519 in a signed note."""
PUBLIC_KEY_BYTES: Final = 32
"""Length of an Ed25519 public key (bytes)."""
KEY_ID_BYTES: Final = 4
"""Length of a key id (bytes)."""
SIGNATURES_MAX: Final = 100
"""More signature lines than this are refused; the standard asks for at least 16."""
SIGNED_AT: Final = "signed at "
"""Begin of the extension line that says when a checkpoint was signed."""

_DASH = "\u2014 "
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


class NoteError(ValueError):
    """A note, checkpoint or key that is not what it should be; the message says what and where."""


class Signer(Protocol):
    """A private key that signs notes."""

    @property
    def key(self) -> VerifierKey:
        """Its public side."""

    def sign(self, message: bytes) -> bytes:
        """Ed25519 signature (64 bytes) over a message."""


class Verifier(Protocol):
    """A public key that checks signatures."""

    @property
    def key(self) -> VerifierKey:
        """The key itself."""

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether the signature over the message is by this key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """An Ed25519 public key with the name it signs under.

    >>> key = read_key("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
    >>> key.name, key.key_id.hex()
    ('example.com/foo', '530d903a')
    """

    name: str
    """Like an address without a scheme, such as plant.example/hall1; no blanks, no plus."""
    public_key: bytes

    def __post_init__(self) -> None:
        _check_name(self.name)
        if len(self.public_key) != PUBLIC_KEY_BYTES:
            raise NoteError(
                f"the key of {self.name!r} has {len(self.public_key)} bytes;"
                f" an Ed25519 key has {PUBLIC_KEY_BYTES}"
            )

    @property
    def key_id(self) -> bytes:
        """First 4 bytes of SHA-256(name || 0x0A || type || public key)."""
        return sha256(self.name.encode() + b"\n" + ED25519 + self.public_key).digest()[
            :KEY_ID_BYTES
        ]

    def text(self) -> str:
        """The key as one word: name+id+base64(type || public key)."""
        return f"{self.name}+{self.key_id.hex()}+{encoded(ED25519 + self.public_key)}"


def read_key(text: str) -> VerifierKey:
    """Read a public key; ``NoteError`` where it is not one of Ed25519, or its id is wrong."""
    parts = text.split("+", 2)
    if len(parts) != 3:  # noqa: PLR2004 - name, id, key
        raise NoteError(f"the key {text!r} is not of the form name+id+key")
    raw = decoded(parts[2], f"the key {text!r}")
    if raw[:1] != ED25519:
        raise NoteError(f"the key {text!r} is not of type 1, Ed25519")
    key = VerifierKey(name=parts[0], public_key=raw[1:])
    if parts[1] != key.key_id.hex():
        raise NoteError(f"the key {text!r} must have the id {key.key_id.hex()}: a misprint?")
    return key


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureLine:
    """One signature of a note, as it stands there: not yet checked."""

    name: str
    key_id: bytes
    signature: bytes

    def text(self) -> str:
        """The line, with its line end."""
        return f"{_DASH}{self.name} {encoded(self.key_id + self.signature)}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A text with signatures that nobody has checked yet."""

    body: str
    """The signed text, up to and with its last line end."""
    signatures: tuple[SignatureLine, ...]

    def text(self) -> str:
        """The note as it is stored and sent."""
        return self.body + "\n" + "".join(line.text() for line in self.signatures)


def signed(body: str, *signers: Signer) -> str:
    """Sign a text, which ends in a line end, and return the note.

    Raises ``NoteError`` for a text that cannot be a note.
    """
    _check_body(body)
    lines = tuple(
        SignatureLine(
            name=signer.key.name,
            key_id=signer.key.key_id,
            signature=signer.sign(body.encode()),
        )
        for signer in signers
    )
    return Note(body=body, signatures=lines).text()


def read_note(text: str) -> Note:
    """Take a note apart without checking a signature; ``NoteError`` says which line is wrong."""
    head, blank, tail = text.rpartition("\n\n")
    if not blank:
        raise NoteError("the note has no empty line between its text and its signatures")
    body = head + "\n"
    _check_body(body)
    lines = tail.split("\n")
    if lines.pop() or not lines:
        raise NoteError("the note does not end in a signature line and a line end")
    if len(lines) > SIGNATURES_MAX:
        raise NoteError(f"the note has {len(lines)} signatures, more than {SIGNATURES_MAX}")
    before = body.count("\n") + 2
    found = tuple(_signature(line, number) for number, line in enumerate(lines, before))
    return Note(body=body, signatures=found)


def trusted(text: str, verifiers: Iterable[Verifier]) -> Note:
    """Read a note and check it: a known key signed it, and no signature of a known key is false.

    Signatures of unknown keys are ignored. Raises ``NoteError`` where the note may not be trusted.
    """
    note = read_note(text)
    known = {(one.key.name, one.key.key_id): one for one in verifiers}
    checked = 0
    for line in note.signatures:
        verifier = known.get((line.name, line.key_id))
        if verifier is None:
            continue
        if not verifier.verify(note.body.encode(), line.signature):
            raise NoteError(f"the signature of {line.name} does not fit the text: one was changed")
        checked += 1
    if not checked:
        names = ", ".join(sorted(f"{name} ({key.hex()})" for name, key in known)) or "no key"
        raise NoteError(f"the note is not signed by a key that is trusted here: {names}")
    return note


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What a log says of itself at one size: the text that is signed."""

    origin: str
    """Name of the log; the same in all its checkpoints."""
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()
    """Further lines; nobody who follows the log can check them."""

    def __post_init__(self) -> None:
        for line in (self.origin, *self.extensions):
            if not line or "\n" in line or _CONTROL.search(line):
                raise NoteError(f"a line of a checkpoint cannot be {line!r}")
        if self.size < 0 or len(self.root) != HASH_BYTES:
            raise NoteError(f"a size from 0 and a root of {HASH_BYTES} bytes, not {self!r}")

    def body(self) -> str:
        """The text to sign."""
        lines = (self.origin, str(self.size), encoded(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


def read_checkpoint(body: str) -> Checkpoint:
    """Read the text of a checkpoint, the body of its note; ``NoteError`` says the fault."""
    lines = body.split("\n")
    if lines.pop() or len(lines) < 3 or "" in lines:  # noqa: PLR2004 - origin, size, root
        raise NoteError("a checkpoint has an origin, a size and a root, a line each, none empty")
    origin, size, root, *extensions = lines
    return Checkpoint(
        origin=origin,
        size=decimal(size, "line 2 of the checkpoint, the size,"),
        root=decoded(root, "line 3 of the checkpoint, the root"),
        extensions=tuple(extensions),
    )


def checkpoint_text(origin: str, tree: Tree, signer: Signer, at: datetime | None = None) -> str:
    """Signed checkpoint of the tree as it stands, with the time of signing where one is given.

    Never sign two trees of which one does not continue the other. Raises ``NoteError`` for an
    origin that cannot be a line.
    """
    extensions = () if at is None else (SIGNED_AT + written(at),)
    checkpoint = Checkpoint(origin=origin, size=tree.size, root=tree.root(), extensions=extensions)
    return signed(checkpoint.body(), signer)


def encoded(raw: bytes) -> str:
    """Write bytes in Base 64 (RFC 4648, section 4)."""
    return b64encode(raw).decode("ascii")


def decoded(text: str, what: str) -> bytes:
    """Read Base 64 that is written in the one way there is; ``NoteError`` names ``what``."""
    try:
        raw = b64decode(text, validate=True)
    except ValueError:
        raw = b""
    # Loose bits and line ends would let two texts stand for the same bytes.
    if not raw or encoded(raw) != text:
        raise NoteError(f"{what} is not Base 64")
    return raw


def decimal(text: str, what: str) -> int:
    """Read a count without leading zeros, below 10^19; ``NoteError`` names ``what``."""
    if not _NUMBER.fullmatch(text):
        raise NoteError(f"{what} cannot be {text!r}")
    return int(text)


def _signature(line: str, number: int) -> SignatureLine:
    dash, _, rest = line.partition(" ")
    name, _, code = rest.partition(" ")
    if dash + " " != _DASH:
        raise NoteError(f"line {number} of the note is not a signature: it begins with no dash")
    _check_name(name)
    raw = decoded(code, f"the signature in line {number} of the note")
    if len(raw) <= KEY_ID_BYTES:
        raise NoteError(f"the signature in line {number} of the note is too short")
    return SignatureLine(name=name, key_id=raw[:KEY_ID_BYTES], signature=raw[KEY_ID_BYTES:])


def _check_name(name: str) -> None:
    if not name or "+" in name or _CONTROL.search(name) or any(map(str.isspace, name)):
        raise NoteError(f"{name!r} cannot name a key: it needs letters, no blanks and no plus")


def _check_body(body: str) -> None:
    if not body.endswith("\n"):
        raise NoteError("the text of a note ends in a line end")
    if found := _CONTROL.search(body):
        line = body.count("\n", 0, found.start()) + 1
        raise NoteError(f"line {line} of the note holds the control character {found[0]!r}")
