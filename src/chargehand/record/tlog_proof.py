"""A proof that fits in one file: an entry's index, the hashes to the root, the signed checkpoint.

Whoever has the entry, this file and the public key needs nothing else to check that the entry was
in the record when the checkpoint was signed.

Source: C2SP tlog-proof v1; file extension .tlog-proof.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from chargehand.record.note import (
    Checkpoint,
    NoteError,
    Verifier,
    decimal,
    decoded,
    encoded,
    read_checkpoint,
    trusted,
)
from chargehand.record.proof import HASH_BYTES, includes

HEADER: Final = "c2sp.org/tlog-proof@v1"
PROOF_MAX: Final = 63
"""Hashes that an inclusion proof can have; a tree of 2^63 entries needs no more."""


class ProofError(ValueError):
    """A proof that is not one, or does not hold; the message says what and where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlogProof:
    """The parts of a .tlog-proof file; nothing of it is checked yet."""

    index: int
    hashes: tuple[bytes, ...]
    """The inclusion proof, from the leaf's neighbor up."""
    checkpoint: str
    """The signed checkpoint, character by character as it was signed."""
    extra: bytes = b""
    """Anything; no signature covers it, so it proves nothing."""

    def text(self) -> str:
        """The file's content."""
        lines = [HEADER]
        if self.extra:
            lines.append(f"extra {encoded(self.extra)}")
        lines.append(f"index {self.index}")
        lines += map(encoded, self.hashes)
        return "".join(f"{line}\n" for line in lines) + "\n" + self.checkpoint


def read_proof(text: str) -> TlogProof:
    """Read a .tlog-proof file; ``ProofError`` says which line is wrong."""
    head, blank, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if not blank or lines[0] != HEADER:
        raise ProofError(f"not a proof: it does not begin with {HEADER}, or has no checkpoint")
    number, extra = 1, b""
    try:
        if len(lines) > 1 and lines[1].startswith("extra "):
            number, extra = 2, decoded(lines[1].removeprefix("extra "), "line 2, the extra part,")
        word, _, place = "".join(lines[number : number + 1]).partition(" ")
        if word != "index":
            raise ProofError(f"line {number + 1} of the proof is not its index")
        index = decimal(place, f"the index in line {number + 1} of the proof")
        hashes = tuple(
            decoded(line, f"line {at} of the proof")
            for at, line in enumerate(lines[number + 1 :], number + 2)
        )
    except NoteError as error:
        raise ProofError(str(error)) from error
    if len(hashes) > PROOF_MAX or any(len(one) != HASH_BYTES for one in hashes):
        raise ProofError(f"a proof has at most {PROOF_MAX} hashes, of {HASH_BYTES} bytes each")
    return TlogProof(index=index, hashes=hashes, checkpoint=checkpoint, extra=extra)


def proven(proof: TlogProof, leaf: bytes, origin: str, verifiers: Iterable[Verifier]) -> Checkpoint:
    """Check a proof whole and return the checkpoint that it leads to.

    ``leaf`` is the hash of the entry, made from the entry itself. Raises ``ProofError`` or
    ``NoteError`` where the proof shows nothing.
    """
    checkpoint = read_checkpoint(trusted(proof.checkpoint, verifiers).body)
    if checkpoint.origin != origin:
        raise ProofError(f"the checkpoint is of {checkpoint.origin!r}, not of {origin!r}")
    if not includes(leaf, proof.index, checkpoint.size, proof.hashes, checkpoint.root):
        raise ProofError(
            f"the proof does not lead from this entry, at index {proof.index},"
            f" to the root of {checkpoint.size} entries: the entry or the proof was changed"
        )
    return checkpoint
