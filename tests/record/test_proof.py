"""Every proof that is made holds, and none holds for anything else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargehand.record.journal import EMPTY_ROOT, Tree, leaf_hash, node_hash
from chargehand.record.proof import consistency, includes, inclusion, is_consistent, root_of

SIZES = 130
LEAVES = [leaf_hash(f"entry {number}") for number in range(SIZES)]


def perfect(level, index):
    """Hash of a perfect subtree over the first leaves, by definition."""
    if not level:
        return LEAVES[index]
    return node_hash(perfect(level - 1, 2 * index), perfect(level - 1, 2 * index + 1))


KNOWN = {(v, i): perfect(v, i) for v in range(8) for i in range(SIZES >> v)}


def subtrees(level, index):
    return KNOWN[level, index]


def roots():
    tree = Tree()
    yield tree.root()
    for leaf in LEAVES:
        tree.append(leaf)
        yield tree.root()


ROOTS = list(roots())


def directions(index, size):
    """On which side of each join the path of a leaf lies, from the top."""
    found = []
    while size > 1:
        half = 1 << ((size - 1).bit_length() - 1)
        found.append(index < half)
        index, size = (index, half) if index < half else (index - half, size - half)
    return found


def test_roots_from_subtrees_are_those_of_the_growing_tree():
    assert [root_of(size, subtrees) for size in range(SIZES + 1)] == ROOTS
    assert ROOTS[0] == EMPTY_ROOT


def test_every_inclusion_proof_holds():
    for size in range(1, SIZES + 1):
        for index in range(size):
            proof = inclusion(index, size, subtrees)
            assert includes(LEAVES[index], index, size, proof, ROOTS[size]), (index, size)


def test_every_consistency_proof_holds():
    for second in range(1, SIZES + 1):
        for first in range(1, second + 1):
            proof = consistency(first, second, subtrees)
            assert is_consistent(first, second, ROOTS[first], ROOTS[second], proof), (first, second)


@st.composite
def places(draw):
    size = draw(st.integers(1, SIZES))
    return draw(st.integers(0, size - 1)), size


@st.composite
def flips(draw, hashes):
    """The hashes with one bit of one of them turned."""
    place = draw(st.integers(0, len(hashes) - 1))
    bit = draw(st.integers(0, 255))
    turned = int.from_bytes(hashes[place], "big") ^ (1 << bit)
    return [*hashes[:place], turned.to_bytes(32, "big"), *hashes[place + 1 :]]


@given(places(), st.data())
def test_a_changed_hash_fails_inclusion(place, data):
    index, size = place
    whole = [LEAVES[index], ROOTS[size], *inclusion(index, size, subtrees)]
    leaf, root, *proof = data.draw(flips(whole))
    assert not includes(leaf, index, size, proof, root)


@given(places(), st.integers(-2, SIZES + 2))
def test_inclusion_holds_at_no_other_index(place, other):
    index, size = place
    proof = inclusion(index, size, subtrees)
    assert includes(LEAVES[index], other, size, proof, ROOTS[size]) == (other == index)


@given(places(), st.integers(-2, SIZES * 3))
def test_inclusion_holds_at_another_size_only_where_the_path_is_the_same(place, other):
    index, size = place
    proof = inclusion(index, size, subtrees)
    is_same_path = index < other and directions(index, other) == directions(index, size)
    assert includes(LEAVES[index], index, other, proof, ROOTS[size]) == is_same_path


@given(places(), st.data())
def test_a_hash_too_many_or_too_few_fails_inclusion(place, data):
    index, size = place
    proof = inclusion(index, size, subtrees)
    cut = data.draw(st.integers(0, len(proof)))
    longer = [*proof[:cut], data.draw(st.sampled_from(LEAVES)), *proof[cut:]]
    assert not includes(LEAVES[index], index, size, longer, ROOTS[size])
    if proof:
        assert not includes(LEAVES[index], index, size, proof[1:], ROOTS[size])
        assert not includes(LEAVES[index], index, size, proof[:-1], ROOTS[size])


@st.composite
def growths(draw):
    second = draw(st.integers(1, SIZES))
    return draw(st.integers(1, second)), second


@given(growths(), st.data())
def test_a_changed_hash_fails_consistency(growth, data):
    first, second = growth
    proof = consistency(first, second, subtrees)
    whole = [ROOTS[first], ROOTS[second], *proof]
    old, new, *changed = data.draw(flips(whole))
    assert not is_consistent(first, second, old, new, changed)


@given(growths(), st.integers(0, SIZES))
def test_consistency_holds_for_no_other_earlier_root(growth, other):
    first, second = growth
    proof = consistency(first, second, subtrees)
    holds = is_consistent(first, second, ROOTS[other], ROOTS[second], proof)
    assert holds == (other == first)


@given(growths())
def test_a_tree_with_a_rewritten_past_is_not_consistent(growth):
    first, second = growth
    tree = Tree()
    for leaf in [leaf_hash("rewritten"), *LEAVES[1:second]]:
        tree.append(leaf)
    assert not is_consistent(
        first, second, ROOTS[first], tree.root(), consistency(first, second, subtrees)
    )


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_no_proof_of_an_entry_that_is_not_there(index, size):
    with pytest.raises(ValueError, match=f"a tree of {size} entries has no entry {index}"):
        inclusion(index, size, subtrees)


@pytest.mark.parametrize(("first", "second"), [(0, 3), (4, 3), (-1, 3)])
def test_no_consistency_proof_backward_or_from_nothing(first, second):
    with pytest.raises(ValueError, match="the earlier one first"):
        consistency(first, second, subtrees)


def test_a_proof_longer_than_the_tree_is_high_is_none():
    above = LEAVES[9]
    assert not includes(LEAVES[0], 0, 1, [above], node_hash(above, LEAVES[0]))
    proof = [*consistency(3, 4, subtrees), above]
    roots_above = [node_hash(above, ROOTS[size]) for size in (3, 4)]
    assert not is_consistent(3, 4, *roots_above, proof)
