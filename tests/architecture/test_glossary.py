"""The glossary holds every word of the vocabulary, and none that is gone."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src/chargehand"
OURS = {"Signal", "Movement", "Question", "Proposal", "Refusal", "Ruling", "Order", "Outcome"}
ROW = re.compile(r"^\| `(\w+)` \| (.+) \| (.+) \|$", re.MULTILINE)


def words(text):
    """The public classes and keys that a file defines."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node.name
        if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("NewType("):
            yield ast.unparse(node.targets[0])


def vocabulary():
    files = [*(SOURCE / "vocabulary").glob("*.py"), SOURCE / "signals/kinds.py"]
    return {word for file in files for word in words(file.read_text("utf-8"))}


def rows():
    return ROW.findall((ROOT / "docs/glossary.md").read_text("utf-8"))


def test_every_word_is_explained_and_none_that_is_gone():
    explained = {word for word, _, _ in rows()}
    assert vocabulary() - explained == set()
    assert explained - vocabulary() - OURS == set()
    assert explained >= OURS


def test_no_word_is_explained_twice():
    explained = [word for word, _, _ in rows()]
    assert len(explained) == len(set(explained))


def test_words_of_a_file_are_seen():
    text = "class Bin: ...\nclass _Inner: ...\nBinId = NewType('BinId', str)\nlimit = 3\n"
    assert list(words(text)) == ["Bin", "BinId"]
