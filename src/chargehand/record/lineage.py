"""Which lots went into which, forwards and backwards: the trace, on plain values.

What was used and what was made under one report belong together. Where an order reports its use
and its output apart, they belong together by the order: all that it used may be in all that it
made. Rework makes circles, so every lot is followed once only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from chargehand.record.ledger import Movement
from chargehand.vocabulary.identifier import LotId, MaterialId, SerialId

LEVELS_MAX = 32
"""Levels that a trace follows at most."""
LOTS_MAX = 20_000
"""Lots after which a trace is cut off; it says so."""
BY_ORDER = "production"
"""The step whose use and output belong together by their order where they are told apart."""


@dataclass(frozen=True, slots=True, order=True)
class LotKey:
    """What can be traced: a lot, a single thing of a lot, or a single thing without a lot."""

    material: MaterialId
    lot: LotId = LotId("")
    serial: SerialId = SerialId("")

    @property
    def is_tracked(self) -> bool:
        """Whether it can be told apart from others of its material."""
        return bool(self.lot or self.serial)

    def meets(self, other: LotKey) -> bool:
        """Whether two keys may speak of the same thing: a lot meets each single thing in it.

        >>> lot, one = LotKey("M", "L1"), LotKey("M", "L1", "S7")
        >>> lot.meets(one), one.meets(lot), one.meets(LotKey("M", "L1", "S8"))
        (True, True, False)
        """
        if (self.material, self.lot) != (other.material, other.lot) or not self.is_tracked:
            return False
        if not self.lot:
            return self.serial == other.serial
        return self.serial == other.serial or not self.serial or not other.serial


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One row of genealogy: of one entry, one thing used and one made; either may be absent.

    Amounts are what the entry used and made of each in all (millionths); a correction's are below
    zero.
    """

    entry: int
    site: str
    order: str
    kind: str
    """production, rework, split, merge, scrap; relabel, sublot, supplied."""
    used: LotKey | None
    used_scaled: int
    made: LotKey | None
    made_scaled: int
    is_backflushed: bool
    at: str
    """When it happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """One lot went into another: all reports of the pair together, corrections taken off."""

    used: LotKey
    made: LotKey
    kinds: tuple[str, ...]
    orders: tuple[str, ...]
    used_scaled: int
    made_scaled: int
    is_by_order: bool
    """Told apart: that it is in there follows from the order only."""
    is_backflushed: bool
    """At least part of it was reckoned from a bill of material, not seen."""
    at: str
    """When it was told last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """All lots that a lot went into, or came from, and how far each is from it."""

    start: LotKey
    is_forward: bool
    levels: dict[LotKey, int]
    """Every lot that was reached, the start at 0."""
    edges: tuple[Edge, ...]
    is_cut: bool
    """There is more than was followed."""


class Lineage(Protocol):
    """What the record knows of genealogy."""

    def of_used(self, keys: Sequence[LotKey]) -> Iterable[Link]:
        """Rows in which any of the things was used; of the whole lot where a key has no serial."""
        ...

    def of_made(self, keys: Sequence[LotKey]) -> Iterable[Link]:
        """Rows in which any of the things was made."""
        ...

    def of_orders(self, orders: Collection[tuple[str, str]], *, only_apart: bool) -> Iterable[Link]:
        """Rows of orders (site, order); ``only_apart``: those with only one side."""
        ...


def trace(
    start: LotKey,
    lineage: Lineage,
    *,
    forward: bool,
    levels: int = LEVELS_MAX,
    lots: int = LOTS_MAX,
) -> Trace:
    """Follow a lot to all that it went into (forward), or back to all that it came from."""
    reached = {start: 0}
    edges: dict[tuple[LotKey, LotKey], Edge] = {}
    frontier = [start]
    for level in range(1, levels + 1):
        following = []
        for edge in _edges(frontier, lineage, forward=forward):
            edges[edge.used, edge.made] = edge
            to = edge.made if forward else edge.used
            if to not in reached:
                reached[to] = level
                if to.is_tracked:
                    following.append(to)
        frontier = following
        if not frontier or len(reached) >= lots:
            break
    return Trace(
        start=start, is_forward=forward, levels=reached, edges=tuple(edges.values()),
        is_cut=bool(frontier),
    )  # fmt: skip


def _edges(keys: Sequence[LotKey], lineage: Lineage, *, forward: bool) -> list[Edge]:
    """What the keys went into, or came from, in one step."""
    own = list(lineage.of_used(keys) if forward else lineage.of_made(keys))
    pairs: dict[tuple[LotKey, LotKey], list[tuple[Link, Link]]] = defaultdict(list)
    for link in own:
        if link.used is not None and link.made is not None:
            pairs[link.used, link.made].append((link, link))
    for link, other in _by_order(own, lineage, forward=forward):
        uses, makes = (link, other) if forward else (other, link)
        assert uses.used is not None
        assert makes.made is not None
        pairs[uses.used, makes.made].append((uses, makes))
    return [edge for pair, found in pairs.items() if (edge := _edge(*pair, found)) is not None]


def _by_order(own: list[Link], lineage: Lineage, *, forward: bool) -> Iterator[tuple[Link, Link]]:
    """Rows of the other side that belong to ours by their order, since one of them stands alone."""
    mine: dict[tuple[str, str], list[Link]] = defaultdict(list)
    apart: set[tuple[str, str]] = set()
    for link in own:
        if link.kind == BY_ORDER and link.order:
            order = (link.site, link.order)
            mine[order].append(link)
            if (link.made if forward else link.used) is None:
                apart.add(order)
    whole = lineage.of_orders(apart, only_apart=False) if apart else ()
    rest = mine.keys() - apart
    alone = lineage.of_orders(rest, only_apart=True) if rest else ()
    for other in (*whole, *alone):
        if other.kind != BY_ORDER or (other.made if forward else other.used) is None:
            continue
        other_is_alone = (other.used if forward else other.made) is None
        for link in mine[other.site, other.order]:
            is_alone = (link.made if forward else link.used) is None
            if (is_alone or other_is_alone) and link.entry != other.entry:
                yield link, other


def _edge(used: LotKey, made: LotKey, found: list[tuple[Link, Link]]) -> Edge | None:
    """The pair's reports added up; None where corrections have taken all of one side back."""
    uses = {(link.entry, link.is_backflushed): link.used_scaled for link, _ in found}
    makes = {link.entry: link.made_scaled for _, link in found}
    used_scaled, made_scaled = sum(uses.values()), sum(makes.values())
    links = [link for pair in found for link in pair]
    is_void = any(link.used_scaled or link.made_scaled for link in links) and (
        used_scaled <= 0 or made_scaled <= 0
    )
    if is_void:
        return None
    return Edge(
        used=used, made=made,
        kinds=tuple(sorted({link.kind for link in links})),
        orders=tuple(sorted({link.order for link in links if link.order})),
        used_scaled=used_scaled, made_scaled=made_scaled,
        is_by_order=all(one is not other for one, other in found),
        is_backflushed=any(one.is_backflushed for one, _ in found),
        at=max(link.at for link in links),
    )  # fmt: skip


def relotted(movement: Movement) -> tuple[dict[LotKey, int], dict[LotKey, int]]:
    """What of a movement went from lot to lot: amounts taken, and amounts put, of each.

    Both are empty where every lot's legs cancel out.
    """
    sums: dict[LotKey, int] = defaultdict(int)
    for leg in movement.legs:
        sums[LotKey(leg.key.material, leg.key.lot, leg.key.serial)] += leg.scaled
    taken = {key: -scaled for key, scaled in sums.items() if scaled < 0}
    put = {key: scaled for key, scaled in sums.items() if scaled > 0}
    return taken, put
