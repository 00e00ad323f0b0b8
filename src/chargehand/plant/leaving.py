"""What left a lot, movement by movement, less what was taken back of it.

Stock leaves by use, scrapping, shipment, return, or because a count missed it. A correction is
taken off the movement that it corrects. What a count finds is first what counts before had missed;
anything beyond that came in by being found. What comes back otherwise, such as from a customer,
stands for itself with an amount below zero: nobody knows which shipment it was of.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from chargehand.record.ledger import ADJUSTMENT, SUPPLIER, BalanceKey
from chargehand.record.lineage import Edge, Link, LotKey
from chargehand.storage.lot_movements import Moved

STATES: Mapping[str, str] = {
    "~consumed": "consumed", "~customer": "shipped", "~scrapped": "scrapped",
    "~supplier": "returned", "~adjustment": "counted_off",
}  # fmt: skip
"""What became of stock that an outside account has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """What one movement brought to one outside balance (millionths)."""

    key: BalanceKey
    scaled: int
    moved: Moved


def gone(movements: Sequence[Moved], wanted: Collection[BalanceKey]) -> Iterator[Gone]:
    """What went to the outside balances that are wanted, all of one account, by its moments."""
    found: dict[tuple[str, BalanceKey], Gone] = {}
    for moved in sorted(movements, key=lambda one: (one.movement.corrects is not None, one.at)):
        movement = moved.movement
        for leg in movement.legs:
            if leg.key not in wanted:
                continue
            at = (movement.corrects or "", leg.key)
            if at not in found:
                at = (movement.key, leg.key)
            before = found.get(at) or Gone(key=leg.key, scaled=0, moved=moved)
            found[at] = replace(before, scaled=before.scaled + leg.scaled)
    changes = sorted((one for one in found.values() if one.scaled), key=lambda one: one.moved.at)
    for account in sorted({one.key.account for one in changes}):
        of_account = [one for one in changes if one.key.account == account]
        if account == ADJUSTMENT:
            yield from _missed(of_account)
        elif account == SUPPLIER:
            yield from (one for one in of_account if one.scaled > 0)
        else:
            yield from of_account


def _missed(changes: Iterable[Gone]) -> list[Gone]:
    """What counts missed and no later count found again."""
    missed: list[Gone] = []
    for one in changes:
        if one.scaled > 0:
            missed.append(one)
            continue
        found = -one.scaled
        while found and missed:
            last = missed.pop()
            if last.scaled > found:
                missed.append(replace(last, scaled=last.scaled - found))
            found -= min(found, last.scaled)
    return missed


def told_as_used(key: LotKey, links: Iterable[Link], edges: Iterable[Edge]) -> set[int]:
    """Entries whose use of a lot stands in the trace, as having gone into something."""
    pairs: set[tuple[LotKey | None, LotKey | None]] = set()
    orders: set[tuple[LotKey | None, str]] = set()
    for edge in edges:
        if key.meets(edge.used):
            pairs.add((edge.used, edge.made))
            orders.update((edge.used, order) for order in edge.orders)
    return {
        link.entry
        for link in links
        if (link.used, link.made) in pairs
        or (link.made is None and link.order and (link.used, link.order) in orders)
    }
