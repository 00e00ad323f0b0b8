"""The journal as lines of JSON that anybody can hash again."""

from __future__ import annotations

from chargehand.record.journal import Entry, leaf_hash


def export_line(index: int, entry: Entry) -> str:
    """Write an entry at its place in the tree as one line, without a line end.

    ``entry`` is what the leaf is a hash of. ``leaf`` (hexadecimal) adds nothing to the evidence: it
    lets a reader say which line was edited, where the root alone says only that one was. The line
    is as canonical as the text of the leaf: sorted keys, no blanks.
    """
    text = entry.leaf_text()
    return f'{{"entry":{text},"index":{index},"leaf":"{leaf_hash(text).hex()}"}}'
