"""Grants that another one makes needless: found without holding each against every other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import product

from chargehand.governance.authority import Grant
from chargehand.governance.submission import ANY

Names = Callable[[Grant], frozenset[str]]
PARTS: tuple[Names, ...] = (
    lambda grant: grant.sites,
    lambda grant: grant.zones,
    lambda grant: grant.decisions,
    lambda grant: grant.transactions,
)
Shape = tuple[bool, ...]
"""Of which parts a grant gives any."""
Index = dict[tuple[Shape, int, str, str], list[int]]
"""Grants by shape, part, role and name; by part -1 and ``*`` all of a shape and role."""


def without_effect(grants: Sequence[Grant]) -> Iterator[tuple[Grant, Grant]]:
    """Each grant that another one covers whole, with the first that does.

    Of two that grant the same it is the later one. Entries for several areas are one entry: their
    grants are not held against each other.
    """
    index = _index(grants)
    told: set[str] = set()
    for number, grant in enumerate(grants):
        if grant.clause in told:
            continue
        for other in _larger(grant, index):
            one = grants[other]
            if one.clause == grant.clause or not is_within(grant, one):
                continue
            if other < number or not is_within(one, grant):
                told.add(grant.clause)
                yield grant, one
                break


def _index(grants: Sequence[Grant]) -> Index:
    found: Index = defaultdict(list)
    for number, grant in enumerate(grants):
        shape = _shape(grant)
        found[shape, -1, grant.role, ANY].append(number)
        for part, names in enumerate(PARTS):
            for name in names(grant) if not shape[part] else ():
                found[shape, part, grant.role, name].append(number)
    return found


def _shape(grant: Grant) -> Shape:
    return tuple(ANY in names(grant) for names in PARTS)


def _larger(grant: Grant, index: Index) -> list[int]:
    """Few grants among which every larger one is: each names what this one names, or gives any."""
    found: list[int] = []
    own = _shape(grant)
    for shape in product((True, False), repeat=len(PARTS)):
        if any(mine and not theirs for mine, theirs in zip(own, shape, strict=True)):
            continue
        keys = [
            (shape, part, grant.role, name)
            for part, names in enumerate(PARTS)
            if not shape[part]
            for name in names(grant)
        ] or [(shape, -1, grant.role, ANY)]
        fewest: list[int] = min((index.get(key, []) for key in keys), key=len)
        found += fewest
    return sorted(found)


def is_within(small: Grant, large: Grant) -> bool:
    """Whether a grant gives nothing that the other does not give as well."""
    if small.role != large.role:
        return False
    since, until = large.valid_from, large.valid_until
    begins = since is None or (small.valid_from is not None and since <= small.valid_from)
    ends = until is None or (small.valid_until is not None and small.valid_until <= until)
    value = large.value_max is None or (
        small.value_max is not None
        and small.value_max.currency == large.value_max.currency
        and small.value_max <= large.value_max
    )
    return (
        value
        and begins
        and ends
        and all(ANY in names(large) or names(small) <= names(large) for names in PARTS)
    )
