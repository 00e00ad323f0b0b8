"""The journal's tree in tiles of 256 hashes, so that a proof reads a few rows and no leaf.

The tile (level, index) holds hashes index * 256 to index * 256 + 255 of its level: leaf hashes at
level 0, and above it the roots of the full tiles below. A hash that stands in a tile never changes.
Level 0 keeps full tiles only; its unfilled edge is in the journal anyway. The levels above also
keep their unfilled last tile: at a million entries its absence costs 66 more tiles to hash.

Source: C2SP tlog-tiles, section *Merkle Tree*; hashes as in RFC 9162, section 2.1.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Final, Protocol, TypeAlias

from chargehand.record.proof import HASH_BYTES, consistency, inclusion, root_of

TILE_HEIGHT: Final = 8
"""Levels of the tree that one tile spans."""
TILE_WIDTH: Final = 1 << TILE_HEIGHT
"""Hashes in a full tile."""

TileId: TypeAlias = tuple[int, int]
"""Level and index of a tile."""


class TileError(ValueError):
    """A store of tiles holds what no tree has; the message names the tile."""


class HashReader(Protocol):
    """Where the hashes of the tree are kept."""

    def read_tile(self, level: int, index: int) -> bytes | None:
        """Hashes of a tile, one after the other, as far as they are kept; None if none is."""

    def read_leaves(self, begin: int, end: int) -> Sequence[bytes]:
        """Leaf hashes of the entries begin to end - 1; at most 256, none of them in a tile."""


def prove(index: int, size: int, reader: HashReader) -> list[bytes]:
    """Inclusion proof of entry ``index`` in the tree of the first ``size`` entries.

    Raises ``ValueError`` where that tree has no such entry, ``TileError`` where the store is torn.
    """
    return inclusion(index, size, TiledHashes(reader, size))


def prove_growth(first: int, second: int, reader: HashReader) -> list[bytes]:
    """Consistency proof between the trees of the first ``first`` and ``second`` entries.

    Raises ``ValueError`` unless 0 < first <= second, ``TileError`` where the store is torn.
    """
    return consistency(first, second, TiledHashes(reader, second))


def root_at(size: int, reader: HashReader) -> bytes:
    """Root of the tree as it stood at ``size`` entries."""
    return root_of(size, TiledHashes(reader, size))


def completed(first: int, second: int) -> Iterator[TileId]:
    """Tiles that are full at ``second`` entries and were not at ``first``, lowest level first.

    >>> list(completed(500, 770))
    [(0, 1), (0, 2)]
    """
    level, span = 0, TILE_WIDTH
    while span <= second:
        yield from ((level, index) for index in range(first // span, second // span))
        level, span = level + 1, span * TILE_WIDTH


def grown(first: int, leaves: Sequence[bytes], reader: HashReader) -> dict[TileId, bytes]:
    """Tiles to store when leaf hashes follow the first ``first`` ones; replace what was there.

    Empty, and without a reading, as long as no tile of leaves becomes full. Raises ``TileError``
    where the store is torn.
    """
    tiles: dict[TileId, bytes] = {}
    kept = TiledHashes(reader, first)
    level, begin, added = 0, first, b"".join(leaves)
    while begin % TILE_WIDTH + len(added) // HASH_BYTES >= TILE_WIDTH or (level and added):
        index = begin // TILE_WIDTH
        row = kept.tile(level, index) + added
        added = b""
        for start in range(0, len(row), TILE_WIDTH * HASH_BYTES):
            tile = row[start : start + TILE_WIDTH * HASH_BYTES]
            is_full = len(tile) == TILE_WIDTH * HASH_BYTES
            if is_full or level:
                tiles[level, index] = tile
            if is_full:
                added += _folded(tile)
            index += 1
        level, begin = level + 1, begin // TILE_WIDTH
    return tiles


class TiledHashes:
    """Hashes of perfect subtrees of a tree of ``size`` entries, from tiles; see ``Subtrees``.

    What a store does not keep is derived from the level below. Each tile is read once: use an
    instance for one proof.
    """

    __slots__ = ("_reader", "_size", "_tiles")

    def __init__(self, reader: HashReader, size: int) -> None:
        self._reader = reader
        self._size = size
        self._tiles: dict[TileId, bytes] = {}

    def __call__(self, level: int, index: int) -> bytes:
        """Hash of the perfect subtree at a level (0: a leaf) and an index from the left."""
        tile_level, height = divmod(level, TILE_HEIGHT)
        tile, offset = divmod(index << height, TILE_WIDTH)
        begin, end = offset * HASH_BYTES, (offset + (1 << height)) * HASH_BYTES
        hashes = self.tile(tile_level, tile)
        if len(hashes) < end:
            raise ValueError(f"a tree of {self._size} entries has no subtree {index} of {level}")
        return _folded(hashes[begin:end])

    def tile(self, level: int, index: int) -> bytes:
        """All hashes that a tile has in a tree of this size; empty beyond its edge."""
        if (level, index) not in self._tiles:
            self._tiles[level, index] = self._whole(level, index)
        return self._tiles[level, index]

    def _whole(self, level: int, index: int) -> bytes:
        begin = index * TILE_WIDTH
        end = min(begin + TILE_WIDTH, self._size >> (TILE_HEIGHT * level))
        if begin >= end:
            return b""
        kept = self._reader.read_tile(level, index) or b""
        if len(kept) % HASH_BYTES or len(kept) > TILE_WIDTH * HASH_BYTES:
            raise TileError(
                f"tile {index} of level {level} has {len(kept)} bytes,"
                f" not {HASH_BYTES} for each of at most {TILE_WIDTH} hashes"
            )
        if len(kept) >= (end - begin) * HASH_BYTES:
            return kept[: (end - begin) * HASH_BYTES]
        if level:
            first = begin + len(kept) // HASH_BYTES
            below = (_folded(self.tile(level - 1, child)) for child in range(first, end))
            return kept + b"".join(below)
        leaves = b"".join(self._reader.read_leaves(begin, end))
        if len(leaves) != (end - begin) * HASH_BYTES:
            raise TileError(f"not all leaf hashes of entries {begin} to {end - 1} are there")
        return leaves


def _folded(hashes: bytes) -> bytes:
    """Root over a power of two of hashes."""
    while len(hashes) > HASH_BYTES:
        pairs = range(0, len(hashes), 2 * HASH_BYTES)
        hashes = b"".join(
            sha256(b"\x01" + hashes[at : at + 2 * HASH_BYTES]).digest() for at in pairs
        )
    return hashes
