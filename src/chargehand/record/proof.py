"""Proofs over the journal's tree: that an entry is in it, and that a later tree only added to it.

Making a proof needs the hashes of at most two perfect subtrees per level, asked for by level and
index, so the tree is never held in memory: see ``tile`` for where they come from. Checking needs
the proof, the sizes and the roots, and nothing of the plant.

Source: RFC 9162, *Certificate Transparency Version 2.0*, sections 2.1.3 and 2.1.4.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from chargehand.record.journal import EMPTY_ROOT, node_hash

HASH_BYTES: Final = 32
"""Length of a SHA-256 hash (bytes)."""

Subtrees: TypeAlias = Callable[[int, int], bytes]
"""Gives the hash of the perfect subtree over leaves index * 2^level to (index + 1) * 2^level - 1,
for a level (0: the leaves) and an index from the left."""


def root_of(size: int, subtrees: Subtrees) -> bytes:
    """Root of the tree over the first ``size`` leaves.

    Raises ``ValueError`` for a negative size.
    """
    if size < 0:
        raise ValueError(f"a tree has no fewer than 0 leaves, not {size}")
    return _span(0, size, subtrees) if size else EMPTY_ROOT


def inclusion(index: int, size: int, subtrees: Subtrees) -> list[bytes]:
    """Hashes that lead from leaf ``index`` to the root of the first ``size`` leaves, leaf first.

    PATH(m, D_n) of RFC 9162, section 2.1.3.1. Raises ``ValueError`` where the tree has no such
    leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} entries has no entry {index}")
    path = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            path.append(_span(middle, end, subtrees))
            end = middle
        else:
            path.append(_span(begin, middle, subtrees))
            begin = middle
    return path[::-1]


def consistency(first: int, second: int, subtrees: Subtrees) -> list[bytes]:
    """Hashes that show that the tree of ``second`` leaves begins with that of ``first`` leaves.

    PROOF(m, D_n) of RFC 9162, section 2.1.4.1. Raises ``ValueError`` unless 0 < first <= second:
    everything begins with the empty tree, so there is nothing to prove.
    """
    if not 0 < first <= second:
        raise ValueError(f"sizes from 1 up, the earlier one first: not {first} and {second}")
    path = []
    begin, end = 0, second
    while first < end:
        middle = begin + _split(end - begin)
        if first <= middle:
            path.append(_span(middle, end, subtrees))
            end = middle
        else:
            path.append(_span(begin, middle, subtrees))
            begin = middle
    if begin:
        path.append(_span(begin, end, subtrees))
    return path[::-1]


def includes(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether a proof shows that a leaf hash is at ``index`` of the tree with this size and root.

    Take size and root from the same checkpoint: a proof binds the index within a size, and only
    the signature binds the size to the root. RFC 9162, section 2.1.3.2.
    """
    if not (0 <= index < size and _are_hashes(leaf, root, *proof)):
        return False
    place, last, value = index, size - 1, leaf
    for step in proof:
        if not last:
            return False
        if place & 1 or place == last:
            value = node_hash(step, value)
            skipped = _zeros(place)
            place, last = place >> skipped, last >> skipped
        else:
            value = node_hash(value, step)
        place, last = place >> 1, last >> 1
    return not last and value == root


def is_consistent(
    first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether a proof shows that the second tree begins with the whole of the first.

    Take each size and root from the same checkpoint. False for an empty first tree, which every
    tree begins with. RFC 9162, section 2.1.4.2.
    """
    if first == second:
        return first > 0 and not proof and first_root == second_root
    if not (0 < first < second and _are_hashes(first_root, second_root, *proof)):
        return False
    path = list(proof) if first & (first - 1) else [first_root, *proof]
    if not path:
        return False
    skipped = _zeros(first)
    place, last = (first - 1) >> skipped, (second - 1) >> skipped
    old = new = path[0]
    for step in path[1:]:
        if not last:
            return False
        if place & 1 or place == last:
            old, new = node_hash(step, old), node_hash(step, new)
            skipped = _zeros(place)
            place, last = place >> skipped, last >> skipped
        else:
            new = node_hash(new, step)
        place, last = place >> 1, last >> 1
    return not last and old == first_root and new == second_root


def _span(begin: int, end: int, subtrees: Subtrees) -> bytes:
    """Hash over leaves begin to end - 1, put together from perfect subtrees.

    ``begin`` is a multiple of the largest power of two that fits, as it is wherever the standard
    splits a tree.
    """
    peaks = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        peaks.append(subtrees(level, begin >> level))
        begin += 1 << level
    value = peaks.pop()
    while peaks:
        value = node_hash(peaks.pop(), value)
    return value


def _split(size: int) -> int:
    """Largest power of two below a size of at least 2.

    >>> [_split(size) for size in (2, 3, 4, 5, 8, 9)]
    [1, 2, 2, 4, 4, 8]
    """
    return 1 << ((size - 1).bit_length() - 1)


def _zeros(number: int) -> int:
    """How many binary zeros a number ends in; 0 for 0.

    >>> [_zeros(number) for number in (0, 1, 2, 12)]
    [0, 0, 1, 2]
    """
    return (number & -number).bit_length() - 1 if number else 0


def _are_hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_BYTES for value in values)
