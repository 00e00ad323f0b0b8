"""Where MES and WMS meet: what an order used against what it was brought, and what it made."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from chargehand.plant.finished import finished
from chargehand.plant.reading_lots import ConsumptionLine, OrderDetail
from chargehand.plant.tracing import Names
from chargehand.record.ledger import Movement, is_outside
from chargehand.record.material_release import RELEASED
from chargehand.record.production import Report
from chargehand.storage.lot_movements import movements_of, told_as
from chargehand.storage.production_reports import reports_of
from chargehand.storage.session import Session
from chargehand.vocabulary.instant import instant
from chargehand.vocabulary.quantity import amount
from chargehand.vocabulary.refusal import Refusal, RefusalCode

COUNTING = "cycle_counting"


@dataclass(slots=True)
class _Sums:
    """Movements at the line, by what they were for (millionths)."""

    opening: int = 0
    picked: int = 0
    reported: int = 0
    backflushed: int = 0
    scrapped: int = 0
    returned: int = 0
    others: int = 0
    unexplained: int = 0
    standing: int = 0
    counted_at: list[str | None] = field(default_factory=list)


def order_detail(sql: Session, site: str, order: str) -> OrderDetail | Refusal:
    """An order: its use of material reconciled with the line, its output, its release."""
    reports = reports_of(sql.execute, site, order)
    places = _line_places(sql, site, order, reports)
    released = sql.execute(
        "SELECT max(recorded_at) FROM journal WHERE kind = ? AND kind <> 'movement' AND key >= ?"
        " AND key < ?",
        (RELEASED, f"{site}|{order}|", f"{site}|{order}}}"),
    ).fetchone()[0]
    if not reports and not places and released is None:
        because = f"nothing was brought, used or made for order {order} at {site}"
        return Refusal(code=RefusalCode.UNKNOWN_ORDER, because=because)
    names = Names(sql)
    return OrderDetail(
        site=site, order=order, released_at=None if released is None else instant(released),
        consumption=_consumption(sql, order, reports, places, names),
        finished=finished(sql, site, order, reports, names),
    )  # fmt: skip


def _line_places(
    sql: Session, site: str, order: str, reports: Sequence[Report]
) -> set[tuple[str, str]]:
    """Account and material where an order uses material: its picks' targets, its reports' lines."""
    found = {(line.key.account, line.key.material) for one in reports for line in one.used}
    rows = sql.execute(
        "SELECT DISTINCT to_site, to_location, material FROM reservation WHERE for_order = ?"
        " AND for_order IS NOT NULL AND to_site = ? AND to_location <> ''",
        (order, site),
    )
    return found | {(f"{row['to_site']}/{row['to_location']}", row["material"]) for row in rows}


def _consumption(
    sql: Session,
    order: str,
    reports: Sequence[Report],
    places: Iterable[tuple[str, str]],
    names: Names,
) -> tuple[ConsumptionLine, ...]:
    sums: dict[str, _Sums] = defaultdict(_Sums)
    ledger = _AtTheLine(sql, order, reports)
    for account, material in sorted(places):
        ledger.add(account, material, sums[material])
    return tuple(_line(material, one, names) for material, one in sorted(sums.items()))


def _line(material: str, sums: _Sums, names: Names) -> ConsumptionLine:
    description, unit = names.of(material)
    counts = [at for at in sums.counted_at if at is not None]
    is_counted = bool(counts) and len(counts) == len(sums.counted_at)
    return ConsumptionLine(
        material=material, description=description, unit=unit, opening=amount(sums.opening),
        picked=amount(sums.picked), reported=amount(sums.reported),
        backflushed=amount(sums.backflushed), scrapped=amount(sums.scrapped),
        returned=amount(sums.returned), others=amount(sums.others),
        standing=amount(sums.standing),
        counted_at=instant(min(counts)) if is_counted else None,
        unexplained=amount(sums.unexplained),
    )  # fmt: skip


class _AtTheLine:
    """Sorts the movements of a place at the line by what they were for."""

    def __init__(self, sql: Session, order: str, reports: Sequence[Report]) -> None:
        self._sql = sql
        self._order = order
        self._reports = {one.key: one for one in reports}

    def add(self, account: str, material: str, sums: _Sums) -> None:
        """Add what happened at one place with one material since the order began."""
        moved = movements_of(self._sql, account, material)
        owners = {one.movement.key: self._owner(one.movement) for one in moved}
        own = [one.at for one in moved if owners[one.movement.key] == self._order]
        begin = min(own, default=None)
        standing = self._sql.execute(
            "SELECT coalesce(sum(scaled), 0) AS scaled, max(counted_at) AS counted_at FROM balance"
            " WHERE account = ? AND material = ?",
            (account, material),
        ).fetchone()
        later = [one for one in moved if begin is not None and one.at >= begin]
        sums.standing += int(standing["scaled"])
        sums.opening += int(standing["scaled"])
        for one in later:
            delta = _delta(one.movement, account, material)
            sums.opening -= delta
            self._sort(one.movement, delta, owners[one.movement.key], (account, material), sums)
        counted = standing["counted_at"]
        is_later = counted is not None and begin is not None and counted >= begin
        sums.counted_at.append(counted if is_later else None)

    def _owner(self, movement: Movement) -> str | None:
        """The order that a movement was for; None where nobody said so."""
        if movement.key in self._reports:
            return self._order
        row = self._sql.execute(
            "SELECT for_order FROM reservation WHERE key = ? AND for_order IS NOT NULL LIMIT 1",
            (movement.key,),
        ).fetchone()
        if row is not None:
            return str(row["for_order"])
        told = told_as(self._sql, movement.key)
        fact = {} if told is None else json.loads(told)
        if name := fact.get("reservation"):
            row = self._sql.execute(
                "SELECT for_order FROM reservation WHERE key = ? LIMIT 1", (name,)
            ).fetchone()
            return None if row is None else row["for_order"]
        return fact.get("order")

    def _sort(
        self,
        movement: Movement,
        delta: int,
        owner: str | None,
        at: tuple[str, str],
        sums: _Sums,
    ) -> None:
        if (report := self._reports.get(movement.key)) is not None:
            _by_report(report, delta, at, sums)
        elif movement.business_step == COUNTING:
            sums.unexplained -= delta
        elif owner not in {None, self._order}:
            sums.others += delta
        elif delta > 0:
            sums.picked += delta
        else:
            self._taken(movement, -delta, at, sums)

    def _taken(self, movement: Movement, scaled: int, at: tuple[str, str], sums: _Sums) -> None:
        to = {
            leg.key.account for leg in movement.legs if leg.scaled > 0 and leg.key.material == at[1]
        }
        if to == {"~scrapped"}:
            sums.scrapped += scaled
        elif all(is_outside(account) for account in to):
            sums.reported += scaled
        else:
            sums.returned += scaled


def _delta(movement: Movement, account: str, material: str) -> int:
    return sum(
        leg.scaled for leg in movement.legs
        if leg.key.account == account and leg.key.material == material
    )  # fmt: skip


def _by_report(report: Report, delta: int, at: tuple[str, str], sums: _Sums) -> None:
    """Add a report of the order itself; what it made at the line again is no use of material."""
    sign = 1 if report.corrects is None else -1
    for line in report.used:
        if (line.key.account, line.key.material) != at:
            continue
        scaled = sign * line.scaled
        delta += scaled
        if report.step == "scrap":
            sums.scrapped += scaled
        elif line.is_backflushed:
            sums.backflushed += scaled
        else:
            sums.reported += scaled
    sums.others += delta
