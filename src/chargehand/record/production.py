"""What a production report says, line by line, its movement and its genealogy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from chargehand.record.books import Books
from chargehand.record.ledger import (
    CONSUMED,
    PRODUCED,
    SCRAPPED,
    Account,
    BalanceKey,
    Leg,
    Movement,
    is_outside,
    storage,
)
from chargehand.record.lineage import Link, LotKey
from chargehand.signals.stock_kinds import Made, ProductionReported, Used
from chargehand.vocabulary.identifier import LotId, MaterialId, OrderId, SiteId
from chargehand.vocabulary.quantity import Unit
from chargehand.vocabulary.refusal import Refusal

STEPS: Mapping[str, str] = MappingProxyType(
    {
        "production": "commissioning",
        "rework": "repairing",
        "split": "repackaging",
        "merge": "repackaging",
        "scrap": "destroying",
    }
)
"""The business step of each step's movement, in the words of CBV."""
SAME = frozenset({"split", "merge", "rework"})
"""Steps in which a material on both sides is the same stock, under another lot or status."""


class ProductionBooks(Books, Protocol):
    """The books, and what production needs of them."""

    def is_lot(self, material: MaterialId, lot: LotId) -> bool:
        """Whether a lot was ever defined, received or made."""
        ...

    def shortage(self, key: BalanceKey, scaled: int) -> Refusal | None:
        """Why so much cannot be taken from a balance; None where it can."""
        ...

    def transform(
        self,
        movement: Movement,
        *,
        actor: str,
        cause: str | None,
        occurred_at: datetime | None,
        links: Sequence[Link],
    ) -> Refusal | int:
        """Post a movement of production, and its genealogy under its number."""
        ...

    def relink(self, links: Sequence[Link], entry: int, *, instead_of: int | None) -> None:
        """Write genealogy that an entry tells, in place of what an earlier one told."""
        ...

    def defined_by(self, kind: str, key: str) -> int | None:
        """The entry of the definition that holds."""
        ...

    def reports(self, site: SiteId, order: OrderId) -> list[Report]:
        """All reports of an order that were accepted, in the order of their telling."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a report: where it stood or stands, and how much (millionths, above 0)."""

    key: BalanceKey
    scaled: int
    is_backflushed: bool = False

    @property
    def lot(self) -> LotKey:
        """What of it can be traced."""
        return LotKey(self.key.material, self.key.lot, self.key.serial)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A production report, or a correction of one, as it was booked."""

    entry: int
    """Number of its movement."""
    key: str
    step: str
    corrects: str | None
    used: tuple[Line, ...]
    made: tuple[Line, ...]
    at: str


def lines_of(body: ProductionReported) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """What was used and what was made."""
    return (
        tuple(_line(body.site, one, is_backflushed=one.is_backflushed) for one in body.used),
        tuple(_line(body.site, one) for one in body.made),
    )


def _line(site: SiteId, told: Used | Made, *, is_backflushed: bool = False) -> Line:
    return Line(key=_key(site, told), scaled=told.quantity.scaled(), is_backflushed=is_backflushed)


def _key(site: SiteId, told: Used | Made) -> BalanceKey:
    return BalanceKey(
        storage(site, told.location), told.material, told.lot, str(told.disposition),
        told.serial, told.handling_unit,
    )  # fmt: skip


def by_material(lines: Sequence[Line]) -> dict[MaterialId, int]:
    """Amounts added up by material (millionths)."""
    sums: dict[MaterialId, int] = defaultdict(int)
    for line in lines:
        sums[line.key.material] += line.scaled
    return dict(sums)


def movement_of(report: Report, original: Report, units: Mapping[MaterialId, Unit]) -> Movement:
    """The movement of a report, or of a correction, which goes the other way.

    The legs of the lines come first, in their order. What is the same stock on both sides of the
    original stays inside; all else comes from outside, or goes there.
    """
    sign = 1 if report.corrects is None else -1
    legs = [Leg(line.key, -sign * line.scaled) for line in report.used]
    legs += [Leg(line.key, sign * line.scaled) for line in report.made]
    both = by_material(original.used).keys() & by_material(original.made).keys()
    same = frozenset(both) if report.step in SAME else frozenset[MaterialId]()
    away = SCRAPPED if report.step == "scrap" else CONSUMED
    legs += _outside(report.used, away, sign, same)
    legs += _outside(report.made, PRODUCED, -sign, same)
    first = (*report.used, *report.made)[0].key.material
    return Movement(
        key=report.key, business_step=STEPS[report.step], unit=units[first], legs=tuple(legs),
        corrects=report.corrects,
    )  # fmt: skip


def _outside(
    lines: Sequence[Line], account: Account, sign: int, same: frozenset[MaterialId]
) -> Iterator[Leg]:
    for line in lines:
        if line.key.material not in same:
            at = BalanceKey(account, line.key.material, line.key.lot, serial=line.key.serial)
            yield Leg(at, sign * line.scaled)


def links_of(
    report: Report, site: SiteId, order: OrderId, around: Sequence[Report] = ()
) -> list[Link]:
    """Genealogy of a report: each thing used with each thing made.

    A correction tells of every pair of the reports ``around`` it, with what it takes back of each.
    """
    sign = 1 if report.corrects is None else -1
    used: dict[tuple[LotKey, bool], int] = defaultdict(int)
    made: dict[LotKey, int] = defaultdict(int)
    for other in around:
        used |= {(line.lot, line.is_backflushed): 0 for line in other.used}
        made |= {line.lot: 0 for line in other.made}
    for line in report.used:
        used[line.lot, line.is_backflushed] += sign * line.scaled
    for line in report.made:
        made[line.lot] += sign * line.scaled
    befores: list[tuple[LotKey, bool] | None] = [*sorted(used)] or [None]
    afters: list[LotKey | None] = [*sorted(made)] or [None]
    return [
        Link(
            entry=report.entry, site=site, order=order, kind=report.step,
            used=None if one is None else one[0], used_scaled=0 if one is None else used[one],
            made=other, made_scaled=0 if other is None else made[other],
            is_backflushed=one is not None and one[1], at=report.at,
        )
        for one in befores for other in afters
    ]  # fmt: skip


def report_of(
    entry: int, movement: Movement, body: ProductionReported, at: str, before: Sequence[Report]
) -> Report:
    """A report as it was booked: its amounts are the movement's, in the unit of stock.

    ``before`` are the reports of the order up to it; a correction's lines are its original's.
    """
    sign = 1 if movement.corrects is None else -1
    places = [leg for leg in movement.legs if not is_outside(leg.key.account)]
    step: str = body.step
    flags = {_key(body.site, one): one.is_backflushed for one in body.used}
    for one in before:
        if one.key == movement.corrects:
            step = one.step
            flags = {line.key: line.is_backflushed for line in one.used}
    return Report(
        entry=entry, key=movement.key, step=step, corrects=movement.corrects,
        used=tuple(
            Line(key=leg.key, scaled=abs(leg.scaled), is_backflushed=flags.get(leg.key, False))
            for leg in places if sign * leg.scaled < 0
        ),
        made=tuple(
            Line(key=leg.key, scaled=leg.scaled * sign) for leg in places if sign * leg.scaled > 0
        ),
        at=at,
    )  # fmt: skip
