"""Production: what went into what, corrected where it was told wrong; lots and their origin."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from chargehand.record import material_release
from chargehand.record.ledger import BalanceKey
from chargehand.record.lineage import Link, LotKey
from chargehand.record.production import (
    Line,
    ProductionBooks,
    Report,
    lines_of,
    links_of,
    movement_of,
)
from chargehand.record.production_checks import check_lines, check_step
from chargehand.record.told import Check, Effect, Told, cause_of
from chargehand.signals.stock_kinds import LotDefined, ProductionReported, StagingConfirmed
from chargehand.vocabulary import wire
from chargehand.vocabulary.identifier import LotId, MaterialId
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.lot import MaterialLot
from chargehand.vocabulary.quantity import SCALE
from chargehand.vocabulary.refusal import Refusal, RefusalCode

SUPPLIED = "supplied"
"""A supplier's lot became a lot of ours."""
SUBLOT = "sublot"
"""A lot is part of another."""
ORIGIN = "~"
"""How the material of a supplier's lot begins in genealogy; the supplier follows."""


def check_production(body: ProductionReported, books: ProductionBooks) -> Refusal | None:
    """Why a report cannot be booked: its lines, its step, a lot that nobody knows."""
    refusal = check_lines(body, books)
    if refusal is not None or body.corrects is not None:
        return refusal
    return check_step(body) or _unknown_lot(body, books)


def _unknown_lot(body: ProductionReported, books: ProductionBooks) -> Refusal | None:
    for told in body.used:
        if told.lot and not books.is_lot(told.material, told.lot):
            because = (
                f"lot {told.lot} of {told.material} was never received, made or defined here:"
                " read its number again"
            )
            return Refusal(code=RefusalCode.UNKNOWN_LOT, because=because, transient=True)
    return None


def produced(told: Told, body: ProductionReported, books: ProductionBooks) -> Refusal | None:
    """Book what was used and made in one movement, with its genealogy."""
    at = written(told.signal.occurred_at or books.now())
    used, made = lines_of(body)
    report = Report(
        entry=0, key=cause_of(told.signal), step=body.step, corrects=body.corrects, used=used,
        made=made, at=at,
    )  # fmt: skip
    original = report
    if body.corrects is not None:
        all_of_it = _reported(body, books)
        if isinstance(all_of_it, Refusal):
            return all_of_it
        corrected = _taken_back(report, all_of_it)
        if isinstance(corrected, Refusal):
            return corrected
        report, original = corrected, all_of_it[0]
    refusal = _shortage(report, books)
    if refusal is not None:
        return refusal
    units = {line.key.material: books.unit_of(line.key.material) for line in _lines(report)}
    known = {name: unit for name, unit in units.items() if unit is not None}
    movement = movement_of(report, original, known)
    links = links_of(report, body.site, body.order, () if report is original else (original,))
    posted = books.transform(
        movement, actor=told.actor, cause=report.key, occurred_at=told.signal.occurred_at,
        links=links,
    )  # fmt: skip
    if isinstance(posted, Refusal):
        return posted
    for material in units:
        books.trigger(body.site, material)
    books.trigger(body.site, body.order)
    return None


def _lines(report: Report) -> tuple[Line, ...]:
    return (*report.used, *report.made)


def _shortage(report: Report, books: ProductionBooks) -> Refusal | None:
    """Why what goes in is not there to take; legs that cancel out do not hide it."""
    taken: dict[BalanceKey, int] = defaultdict(int)
    for line in report.used if report.corrects is None else report.made:
        taken[line.key] += line.scaled
    for key, scaled in taken.items():
        if (refusal := books.shortage(key, scaled)) is not None:
            return refusal
    return None


def _reported(body: ProductionReported, books: ProductionBooks) -> list[Report] | Refusal:
    """The report that a correction names, and what was taken back of it before."""
    known = books.reports(body.site, body.order)
    found = [one for one in known if one.key == body.corrects and one.corrects is None]
    if not found:
        because = (
            f"order {body.order} at {body.site} has no report {body.corrects} that could be"
            " corrected: name it as source/key"
        )
        return Refusal(code=RefusalCode.UNKNOWN_MOVEMENT, because=because)
    return [found[-1], *(one for one in known if one.corrects == body.corrects)]


def _taken_back(told: Report, of: Sequence[Report]) -> Report | Refusal:
    """What a correction takes back: the lines it names, or all that is left of the report."""
    original, *before = of
    flags = {line.key: line.is_backflushed for line in original.used}
    sides = []
    for side in ("used", "made"):
        left = _amounts(getattr(original, side))
        for one in before:
            left.subtract(_amounts(getattr(one, side)))
        if told.used or told.made:
            wanted = _amounts(getattr(told, side))
            over = next((key for key, scaled in wanted.items() if scaled > left[key]), None)
            if over is not None:
                return _too_much(told, over, wanted[over], left[over])
            left = wanted
        sides.append(
            tuple(
                Line(key=key, scaled=scaled, is_backflushed=flags.get(key, False))
                for key, scaled in left.items()
                if scaled > 0
            )
        )
    if not any(sides):
        because = f"nothing of report {told.corrects} is left to take back"
        return Refusal(code=RefusalCode.CORRECTION_TOO_LARGE, because=because)
    return replace(told, step=original.step, used=sides[0], made=sides[1])


def _amounts(lines: Sequence[Line]) -> Counter[BalanceKey]:
    sums: Counter[BalanceKey] = Counter()
    for line in lines:
        sums[line.key] += line.scaled
    return sums


def _too_much(told: Report, key: BalanceKey, wanted: int, left: int) -> Refusal:
    what = f"lot {key.lot} of {key.material}" if key.lot else str(key.material)
    because = (
        f"report {told.corrects} has {left / SCALE:g} of {what} at {key.account} left to take"
        f" back, not {wanted / SCALE:g}"
    )
    return Refusal(code=RefusalCode.CORRECTION_TOO_LARGE, because=because)


def lot_defined(told: Told, body: LotDefined, books: ProductionBooks) -> None:
    """Let a lot's definition hold, and with it what it is part of and what it was at its supplier.

    A definition replaces the origin that the one before told.
    """
    lot = body.definition
    key = f"{lot.material}|{lot.lot}"
    before = books.defined_by("lot", key)
    books.define("lot", key, "", wire.write(lot), told.entry)
    at = written(told.signal.occurred_at or books.now())
    books.relink(origin_of(lot, told.entry, at), told.entry, instead_of=before)


def origin_of(lot: MaterialLot, entry: int, at: str) -> list[Link]:
    """Genealogy that a definition tells: the lot it is part of, and the supplier's own number."""
    own = LotKey(lot.material, lot.lot)
    found: list[tuple[str, LotKey]] = []
    if lot.parent_lot:
        found.append((SUBLOT, LotKey(lot.material, lot.parent_lot)))
    if lot.supplier_lot:
        found.append((SUPPLIED, supplier_lot(lot.supplier or "", lot.supplier_lot)))
    return [
        Link(
            entry=entry, site="", order="", kind=kind, used=source, used_scaled=0, made=own,
            made_scaled=0, is_backflushed=False, at=at,
        )
        for kind, source in found
    ]  # fmt: skip


def supplier_lot(supplier: str, number: str) -> LotKey:
    """A supplier's lot, as genealogy knows it."""
    return LotKey(MaterialId(f"{ORIGIN}{supplier}"), LotId(number))


CHECKS: dict[type, Check] = {
    ProductionReported: check_production,
    StagingConfirmed: material_release.check_staging,
}
EFFECTS: dict[type, Effect] = {
    ProductionReported: produced,
    LotDefined: lot_defined,
    StagingConfirmed: material_release.staged,
}
