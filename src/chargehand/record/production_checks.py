"""The rules that a production report must keep, whatever stands where."""

from __future__ import annotations

from collections.abc import Sequence

from chargehand.record.books import Books
from chargehand.record.ledger import BalanceKey
from chargehand.record.limits import amount_fault, place_fault
from chargehand.record.production import SAME, Line, by_material, lines_of
from chargehand.signals.stock_kinds import Made, ProductionReported, Used
from chargehand.vocabulary.location import LocationKind
from chargehand.vocabulary.lot import Disposition
from chargehand.vocabulary.quantity import SCALE
from chargehand.vocabulary.refusal import Refusal, RefusalCode

USABLE = frozenset({Disposition.AVAILABLE, Disposition.CONFORMANT, Disposition.IN_PROGRESS})
"""Stock that may go into a product; any other waits for rework or scrap."""
NOT_MADE_IN = frozenset({LocationKind.IN_TRANSIT, LocationKind.RECEIVING})
NOT_USED_FROM = frozenset({LocationKind.IN_TRANSIT, LocationKind.HOLD})
PAIRS_MAX = 20_000
"""Most pairs of used and made that one report may tell."""


def check_lines(body: ProductionReported, books: Books) -> Refusal | None:
    """Why a line cannot be booked as it stands, whatever the step."""
    if len(body.used) * len(body.made) > PAIRS_MAX:
        because = (
            f"{len(body.used)} lines used and {len(body.made)} made are more than"
            f" {PAIRS_MAX:,} pairs: tell them in several reports"
        )
        return Refusal(code=RefusalCode.QUANTITY_INVALID, because=because)
    lines: tuple[Used | Made, ...] = (*body.used, *body.made)
    for told in lines:
        refusal = amount_fault(books, told.material, told.quantity)
        refusal = refusal or place_fault(books, body.site, told.location)
        refusal = refusal or _serial_fault(told) or _place_kind_fault(body, told, books)
        if refusal is not None:
            return refusal
    return _twofold(body)


def _twofold(body: ProductionReported) -> Refusal | None:
    """Why the same stock cannot be told as seen and as reckoned in one report."""
    used, _ = lines_of(body)
    flags: dict[BalanceKey, bool] = {}
    for line in used:
        if flags.setdefault(line.key, line.is_backflushed) is not line.is_backflushed:
            because = (
                f"{line.key.material} at {line.key.account} is told as seen and as backflushed:"
                " tell it in two reports"
            )
            return Refusal(code=RefusalCode.QUANTITY_INVALID, because=because)
    return None


def _serial_fault(told: Used | Made) -> Refusal | None:
    if not told.serial or told.quantity.scaled() == SCALE:
        return None
    because = f"serial {told.serial} of {told.material} is one thing, not {told.quantity}"
    return Refusal(code=RefusalCode.QUANTITY_INVALID, because=because)


def _place_kind_fault(body: ProductionReported, told: Used | Made, books: Books) -> Refusal | None:
    """Why a place of its kind, or stock of its status, has no part in a step."""
    place = books.place(body.site, told.location)
    if place is None or body.corrects is not None:
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
    before, after = by_material(used), by_material(made)
    for material in sorted(before.keys() | after.keys()):
        if not all_of_it and not (material in before and material in after):
            continue
        if (went := before.get(material, 0)) != (came := after.get(material, 0)):
            return (
                f"{went / SCALE:g} of {material} went in and {came / SCALE:g} came out; tell what"
                " was lost by a report of step scrap"
            )
    return None
