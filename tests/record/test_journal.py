"""The tree is RFC 9162's, and no edit of a leaf, order or length goes unseen."""

from __future__ import annotations

from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from chargehand.record.journal import EMPTY_ROOT, Tree, leaf_hash, node_hash

leaves = st.lists(st.text(max_size=6), max_size=70)


def root_by_definition(hashes: list[bytes]) -> bytes:
    """RFC 9162, section 2.1.1, read literally."""
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return node_hash(root_by_definition(hashes[:split]), root_by_definition(hashes[split:]))


def grown(hashes: list[bytes]) -> Tree:
    tree = Tree()
    for one in hashes:
        tree.append(one)
    return tree


def test_an_empty_tree_has_the_root_of_the_standard():
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert Tree().root() == EMPTY_ROOT


def test_the_eight_leaves_of_certificate_transparency_have_their_known_root():
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657",
              "606162636465666768696a6b6c6d6e6f"]  # fmt: skip
    tree = grown([sha256(b"\x00" + bytes.fromhex(text)).digest() for text in inputs])
    assert tree.root().hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@given(leaves)
def test_growing_leaf_by_leaf_gives_the_root_by_definition(texts):
    hashes = [leaf_hash(text) for text in texts]
    assert grown(hashes).root() == root_by_definition(hashes)


@given(leaves, st.data())
def test_a_tree_goes_on_from_its_stored_peaks(texts, data):
    hashes = [leaf_hash(text) for text in texts]
    cut = data.draw(st.integers(0, len(hashes)))
    first = grown(hashes[:cut])
    resumed = Tree(first.size, first.peaks)
    for one in hashes[cut:]:
        resumed.append(one)
    assert resumed.root() == grown(hashes).root()


@given(leaves.filter(bool), st.data())
def test_an_edited_leaf_changes_the_root(texts, data):
    place = data.draw(st.integers(0, len(texts) - 1))
    edited = [*texts]
    edited[place] += "!"
    assert (
        grown([leaf_hash(t) for t in edited]).root() != grown([leaf_hash(t) for t in texts]).root()
    )


def test_a_leaf_cannot_pass_for_a_node():
    left, right = leaf_hash("a"), leaf_hash("b")
    assert node_hash(left, right) != sha256(left + right).digest()
    assert leaf_hash((left + right).hex()) != node_hash(left, right)
