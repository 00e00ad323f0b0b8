"""What a production report says, line by line, the rules it must keep, and its movement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
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
    storage,
)
from chargehand.record.lineage import Link, LotKey
from chargehand.signals.stock_kinds import Made, ProductionReported, Used
from chargehand.vocabulary.identifier import LotId, MaterialId, OrderId, SiteId
from chargehand.vocabulary.location import LocationKind
from chargehand.vocabulary.lot import Disposition
from chargehand.vocabulary.quantity import SCALE, Unit
from chargehand.vocabulary.refusal import Refusal, RefusalCode

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
USABLE = frozenset({Disposition.AVAILABLE, Disposition.CONFORMANT, Disposition.IN_PROGRESS})
"""Stock that may go into a product; any other waits for rework or scrap."""
NOT_MADE_IN = frozenset({LocationKind.IN_TRANSIT, LocationKind.RECEIVING})
NOT_USED_FROM = frozenset({LocationKind.IN_TRANSIT, LocationKind.HOLD})
PAIRS_MAX = 20_000
"""Most pairs of used and made that one report may tell."""
LINE_MAX = Decimal(100_000_000)
"""Most that one line may tell (of the material's unit)."""


class ProductionBooks(Books, Protocol):
    """The books, and what production needs of them."""

    def is_lot(self, material: MaterialId, lot: LotId) -> bool:
        """Whether a lot was ever defined, received or made."""
        ...

    def shortage(self, key: BalanceKey, scaled: int) -> Refusal | None:
        """Why so much cannot be taken from a balance; None where it can."""
        ...

    def transform(
        self, movement: Movement, *, actor: str, cause: str, links: Sequence[Link]
    ) -> Refusal | int:
        """Post a movement, and its genealogy under its number; they happened at the same time."""
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
    key = BalanceKey(
        storage(site, told.location), told.material, told.lot, str(told.disposition),
        told.serial, told.handling_unit,
    )  # fmt: skip
    return Line(key=key, scaled=told.quantity.scaled(), is_backflushed=is_backflushed)


def check_lines(body: ProductionReported, books: Books) -> Refusal | None:
    """Why a line cannot be booked as it stands, whatever the step."""
    if len(body.used) * len(body.made) > PAIRS_MAX:
        because = (
            f"{len(body.used)} lines used and {len(body.made)} made are more than"
            f" {PAIRS_MAX:,} pairs: tell them in several reports"
        )
        return Refusal(code=RefusalCode.QUANTITY_INVALID, because=because)
    for told in (*body.used, *body.made):
        if (refusal := amount_fault(told, books) or _place_fault(body, told, books)) is not None:
            return refusal
    return None


def amount_fault(told: Used | Made, books: Books) -> Refusal | None:
    """Why an amount cannot be booked: unknown material, another unit, none, or too much."""
    unit, quantity = books.unit_of(told.material), told.quantity
    if unit is None:
        because = f"material {told.material} is not known; send its definition first"
        return Refusal(code=RefusalCode.UNKNOWN_MATERIAL, because=because, transient=True)
    if unit is not quantity.unit:
        because = f"{told.material} is stocked in {unit}, and {quantity} is not"
        return Refusal(code=RefusalCode.UNIT_MISMATCH, because=because)
    if not 0 < quantity.amount <= LINE_MAX:
        because = f"{quantity} of {told.material}: a line tells more than 0, and up to {LINE_MAX:,}"
        return Refusal(code=RefusalCode.QUANTITY_INVALID, because=because)
    if told.serial and quantity.scaled() != SCALE:
        because = f"serial {told.serial} of {told.material} is one thing, not {quantity}"
        return Refusal(code=RefusalCode.QUANTITY_INVALID, because=because)
    quantity.scaled()  # raises where it is finer than a millionth
    return None


def _place_fault(body: ProductionReported, told: Used | Made, books: Books) -> Refusal | None:
    place = books.place(body.site, told.location)
    if place is None:
        because = f"{body.site} has no location {told.location}; send its definition first"
        return Refusal(code=RefusalCode.UNKNOWN_LOCATION, because=because, transient=True)
    if body.corrects is not None:
        return None
    if isinstance(told, Made) and place.kind in NOT_MADE_IN:
        because = (
            f"{told.location} is a place for {place.kind}: what is made stands in a WIP buffer, at"
            " the line or in a store"
        )
        return Refusal(code=RefusalCode.UNKNOWN_LOCATION, because=because)
    if isinstance(told, Used) and body.step == "production":
        if place.kind in NOT_USED_FROM:
            because = f"{told.location} is a place for {place.kind}: nothing is used from there"
            return Refusal(code=RefusalCode.UNKNOWN_LOCATION, because=because)
        if told.disposition not in USABLE:
            because = (
                f"{told.material} that is {told.disposition} goes into rework or scrap, not into a"
                " product"
            )
            return Refusal(code=RefusalCode.QUANTITY_INVALID, because=because)
    return None


def check_step(body: ProductionReported) -> Refusal | None:
    """Why the sides of a report do not make its step."""
    used, made = lines_of(body)
    said = _sides(body.step, used, made)
    if said is None and body.step in SAME:
        said = _unequal(used, made, all_of_it=body.step != "rework")
    if said is None:
        return None
    return Refusal(code=RefusalCode.UNBALANCED, because=f"order {body.order}, {body.step}: {said}")


def _sides(step: str, used: Sequence[Line], made: Sequence[Line]) -> str | None:
    """What of a step's sides is missing, or too many."""
    before, after = {line.lot for line in used}, {line.lot for line in made}
    said = None
    match step:
        case "scrap" if made or not used:
            said = "scrap names what is scrapped as used, and nothing as made"
        case "rework" if not used or not made:
            said = "rework names what went in and what came out"
        case "split" if len(before) != 1 or not after - before:
            said = "a split takes one lot, and makes at least one other"
        case "merge" if len(after) != 1 or not before - after:
            said = "a merge makes one lot, of at least one other"
        case "production" if not used and not made:
            said = "it names neither what was used nor what was made"
    if said is None and step in {"split", "merge"}:
        blank = sorted({str(lot.material) for lot in before | after if not lot.is_tracked})
        if blank:
            said = f"{', '.join(blank)} needs the numbers of its lots on both sides"
    return said


def _unequal(used: Sequence[Line], made: Sequence[Line], *, all_of_it: bool) -> str | None:
    """What is created or lost of a material that is only told apart anew."""
    before, after = _by_material(used), _by_material(made)
    for material in sorted(before.keys() | after.keys()):
        if not all_of_it and not (material in before and material in after):
            continue
        if (went := before.get(material, 0)) != (came := after.get(material, 0)):
            return (
                f"{went / SCALE:g} of {material} went in and {came / SCALE:g} came out; tell what"
                " was lost by a report of step scrap"
            )
    return None


def _by_material(lines: Sequence[Line]) -> dict[MaterialId, int]:
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
    both = _by_material(original.used).keys() & _by_material(original.made).keys()
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
    return [
        Link(
            entry=report.entry, site=site, order=order, kind=report.step,
            used=one and one[0], used_scaled=used[one] if one else 0,
            made=other, made_scaled=made[other] if other else 0,
            is_backflushed=bool(one and one[1]), at=report.at,
        )
        for one in (sorted(used) or [None]) for other in (sorted(made) or [None])
    ]  # fmt: skip
