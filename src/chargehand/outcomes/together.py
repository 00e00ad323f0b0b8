"""Keeping figures from telling about single people: small groups are only shown taken together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar

PEOPLE_MIN: Final = 3
"""Acts of fewer people than this are not shown apart from those of others."""

Cell = TypeVar("Cell")


def shown_cells(people: Mapping[Cell, frozenset[str]]) -> frozenset[Cell]:
    """Return the parts of a whole whose people's acts may be shown by themselves.

    A part needs at least `PEOPLE_MIN` people. What is left over could be had by taking the parts
    that are shown from the whole, so it needs as many as well: else the smallest part that would
    be shown is left out too.

    >>> trio = frozenset({"a", "b", "c"})
    >>> sorted(shown_cells({"X": trio, "Y": trio, "Z": frozenset({"a"})}))
    ['Y']
    """
    shown = {cell for cell, found in people.items() if len(found) >= PEOPLE_MIN}
    while shown:
        left = frozenset[str]().union(*(people[cell] for cell in people if cell not in shown))
        if not left or len(left) >= PEOPLE_MIN:
            break
        shown.remove(min(shown, key=lambda cell: (len(people[cell]), str(cell))))
    return frozenset(shown)
