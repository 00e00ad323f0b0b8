"""What has stirred while a hearing lasted: its answers about that are from an older record."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from chargehand.storage.docket import Docket

MATTERS = (
    "movement", "reservation", "reservation_step", "hold", "order", "effect", "transition",
    "supply", "supply_placed", "goods_received", "stock_counted", "parameters",
    "stocking_defined", "supplier_item_defined", "material_defined", "maintenance_order_reported",
    "difference",
)  # fmt: skip
"""Kinds of journal entry that an answer may depend on; histories only change the next forecast."""
NAMES = ("material", "order", "subject")


def stirred(
    docket: Docket, seen: int, own: Sequence[tuple[int, int]], *, besides: str = ""
) -> frozenset[str]:
    """Materials, orders and subjects that somebody else has written of since a snapshot.

    ``seen`` is the size of the journal in the snapshot; ``own`` are the journal numbers that the
    hearing itself has written since (from, up to but not including). Steps of the proposal
    ``besides`` (such as ``P-12``) stir nothing.
    """
    if docket.next_number() == seen + sum(end - start for start, end in own):
        return frozenset()
    found: set[str] = set()
    marks = ", ".join("?" * len(MATTERS))
    rows = docket.sql(
        f"SELECT number, key, body FROM journal WHERE number >= ? AND kind IN ({marks})",
        (seen, *MATTERS),
    )
    for row in rows.fetchall():
        if besides and row["key"].partition(".")[0] == besides:
            continue
        if not any(start <= row["number"] < end for start, end in own):
            found.update(names_in(json.loads(row["body"])))
            found.update(_subject(docket, row["key"]))
    return frozenset(found)


def names_in(body: Any) -> Iterator[str]:
    """Every material, order or subject that a body names, however deep."""
    if isinstance(body, dict):
        for name, value in body.items():
            if name in NAMES and isinstance(value, str):
                yield value
            elif name == "action" and isinstance(value, str):
                yield from names_in(json.loads(value))
            else:
                yield from names_in(value)
    elif isinstance(body, list):
        for value in body:
            yield from names_in(value)


def _subject(docket: Docket, key: str) -> Iterator[str]:
    """The subject of the proposal that an entry's key names (``P-12``, or ``P-12.1/0``)."""
    number = key.removeprefix("P-").partition(".")[0]
    if key.startswith("P-") and number.isdigit():
        proposal = docket.proposal(int(number))
        if proposal is not None:
            yield proposal["subject"]
