"""The journal's tree: an RFC 9162 Merkle tree over every accepted fact, in the order of recording.

A leaf is the hash of a canonical text; the root changes when any entry is edited, dropped,
inserted or reordered. Only the peaks of the tree (at most 64 hashes) are needed to append.

Source: RFC 9162, *Certificate Transparency Version 2.0*, section 2.1.1.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from chargehand.vocabulary.wire import canonical

EMPTY_ROOT = sha256(b"").digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One fact of the journal."""

    number: int
    """Position in the journal, from 0, without gaps."""
    kind: str
    """signal, movement, proposal, ruling, order, effect, outcome, policy ..."""
    key: str
    recorded_at: str
    occurred_at: str | None
    cause: str | None
    actor: str
    body: str
    """Canonical JSON text."""

    def leaf_text(self) -> str:
        """The canonical text that the leaf is a hash of."""
        return canonical(
            [
                self.number,
                self.kind,
                self.key,
                self.recorded_at,
                self.occurred_at,
                self.cause,
                self.actor,
                self.body,
            ]
        )


def leaf_hash(text: str) -> bytes:
    """Hash of a leaf (RFC 9162: a zero byte before it)."""
    return sha256(b"\x00" + text.encode()).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node (RFC 9162: a one byte before it)."""
    return sha256(b"\x01" + left + right).digest()


class Tree:
    """The right-hand edge of a growing tree: its size and the roots of its perfect subtrees."""

    __slots__ = ("peaks", "size")

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self.peaks = list(peaks)
        if len(self.peaks) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} peaks")

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash at the right."""
        self.peaks.append(leaf)
        carry = self.size
        while carry & 1:
            right = self.peaks.pop()
            self.peaks[-1] = node_hash(self.peaks[-1], right)
            carry >>= 1
        self.size += 1

    def root(self) -> bytes:
        """Root hash of the tree as it stands.

        >>> tree = Tree()
        >>> tree.append(leaf_hash("a"))
        >>> tree.root() == leaf_hash("a")
        True
        """
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root
