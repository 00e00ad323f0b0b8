"""Proofs from tiles are the proofs of the tree, and tiles are those of C2SP tlog-tiles."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargehand.record.journal import Tree, node_hash
from chargehand.record.proof import includes, is_consistent
from chargehand.record.tile import TileError, completed, grown, prove, prove_growth, root_at

SIZE = 70_000


class Store:
    """Tiles and leaves in memory, counting what is read."""

    def __init__(self):
        self.leaves, self.tiles, self.reads = [], {}, []

    def append(self, leaves):
        written = grown(len(self.leaves), leaves, self)
        self.leaves += leaves
        self.tiles |= written
        return written

    def read_tile(self, level, index):
        self.reads.append((level, index))
        return self.tiles.get((level, index))

    def read_leaves(self, begin, end):
        self.reads.append((begin, end))
        assert end - begin <= 256
        return self.leaves[begin:end]


def leaf(number):
    return sha256(b"\x00" + str(number).encode()).digest()


LEAVES = [leaf(number) for number in range(SIZE)]


@pytest.fixture(scope="module")
def roots():
    """Root at every size."""
    tree, found = Tree(), []
    for one in LEAVES:
        found.append(tree.root())
        tree.append(one)
    return [*found, tree.root()]


@pytest.fixture(scope="module")
def filled():
    store = Store()
    store.append(LEAVES)
    return store


def test_the_tree_of_the_standards_example_has_its_tiles(filled):
    widths = {place: len(tile) // 32 for place, tile in filled.tiles.items()}
    assert {place: w for place, w in widths.items() if place[0]} == {
        (1, 0): 256,
        (1, 1): 17,
        (2, 0): 1,
    }
    assert [w for (level, _), w in widths.items() if not level] == [256] * 273
    assert filled.tiles[0, 3] == b"".join(LEAVES[768:1024])
    assert filled.tiles[2, 0] == perfect(LEAVES[:65536])


def perfect(hashes):
    while len(hashes) > 1:
        hashes = [node_hash(hashes[n], hashes[n + 1]) for n in range(0, len(hashes), 2)]
    return hashes[0]


@settings(max_examples=40)
@given(st.lists(st.integers(1, 1500), max_size=12))
def test_growing_in_steps_gives_the_same_tiles_as_at_once(steps):
    stepwise, at_once, total = Store(), Store(), sum(steps)
    place = 0
    for step in steps:
        stepwise.append(LEAVES[place : place + step])
        place += step
    at_once.append(LEAVES[:total])
    assert stepwise.tiles == at_once.tiles


def test_nothing_is_read_or_written_until_a_tile_of_leaves_is_full():
    store = Store()
    for number in range(255):
        assert store.append([LEAVES[number]]) == {}
    assert not store.reads
    assert list(store.append([LEAVES[255]])) == [(0, 0), (1, 0)]


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 4096, 65_535, 65_536, 65_537, SIZE])
def test_roots_and_inclusion_proofs_from_tiles_hold_at_every_earlier_size(size, filled, roots):
    assert root_at(size, filled) == roots[size]
    for index in {0, 1, size // 3, size // 2, size - 2, size - 1}:
        if 0 <= index < size:
            proof = prove(index, size, filled)
            assert includes(LEAVES[index], index, size, proof, roots[size])


@settings(max_examples=60)
@given(st.data())
def test_growth_from_tiles_is_proven(filled, roots, data):
    second = data.draw(st.integers(1, SIZE))
    first = data.draw(st.integers(1, second))
    proof = prove_growth(first, second, filled)
    assert is_consistent(first, second, roots[first], roots[second], proof)


def test_a_proof_reads_each_tile_once_and_few_of_them(filled):
    filled.reads.clear()
    prove(40_000, SIZE, filled)
    assert len(filled.reads) == len(set(filled.reads)) <= 6


def test_what_a_store_does_not_keep_is_derived(roots):
    store = Store()
    store.leaves = LEAVES
    assert root_at(1000, store) == roots[1000]
    proof = prove(700, 1000, store)
    assert includes(LEAVES[700], 700, 1000, proof, roots[1000])


@pytest.mark.parametrize("content", [b"short", b"\x00" * 32 * 257])
def test_a_torn_tile_is_named(content):
    store = Store()
    store.append(LEAVES[:600])
    store.tiles[0, 1] = content
    with pytest.raises(TileError, match="tile 1 of level 0"):
        prove(300, 600, store)


def test_missing_leaves_of_the_edge_are_named():
    store = Store()
    store.append(LEAVES[:600])
    del store.leaves[550:]
    with pytest.raises(TileError, match="entries 512 to 599"):
        prove(0, 600, store)


@given(st.integers(0, 200_000), st.integers(0, 200_000))
def test_completed_tiles_are_those_that_were_not_full_before(one, other):
    first, second = sorted((one, other))
    found = list(completed(first, second))
    assert sorted([*completed(0, first), *found]) == sorted(completed(0, second))
    assert all((index + 1) * 256 ** (level + 1) > first for level, index in found)


def test_growth_that_is_told_again_after_a_crash_writes_the_same():
    store = Store()
    store.append(LEAVES[:600])
    written = store.append(LEAVES[600:1000])
    assert grown(600, LEAVES[600:1000], store) == written
