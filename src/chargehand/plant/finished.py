"""What production made and where it is: still in the buffer, or put away."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence

from chargehand.plant.reading_lots import BufferLine, FinishedGoodsLine
from chargehand.plant.tracing import Names, held
from chargehand.record.production import Report
from chargehand.storage.session import Session
from chargehand.vocabulary.location import LocationKind
from chargehand.vocabulary.quantity import amount


def finished(
    sql: Session, site: str, order: str, reports: Sequence[Report], names: Names
) -> tuple[FinishedGoodsLine, ...]:
    """What an order made, lot by lot, and how much of it has left the place where it was made."""
    made: dict[tuple[str, str, str], int] = defaultdict(int)
    for one in reports:
        if one.step == "production":
            for line in one.made:
                sign = 1 if one.corrects is None else -1
                made[line.key.account, line.key.material, line.key.lot] += sign * line.scaled
    found = []
    for (account, material, lot), scaled in sorted(made.items()):
        if not scaled:
            continue
        left = _left(sql, site, account, material, lot).get(order, 0)
        description, unit = names.of(material)
        found.append(
            FinishedGoodsLine(
                site=site,
                order=order,
                material=material,
                description=description,
                lot=lot,
                unit=unit,
                location=account.removeprefix(f"{site}/"),
                made=amount(scaled),
                in_buffer=amount(left),
                put_away=amount(scaled - left),
            )
        )
    return tuple(found)


def _left(sql: Session, site: str, account: str, material: str, lot: str) -> dict[str, int]:
    """What stands at a place, by the order that made it: what came first has left first."""
    standing = sql.execute(
        "SELECT coalesce(sum(scaled), 0) FROM balance WHERE account = ? AND material = ?"
        " AND lot = ?",
        (account, material, lot),
    ).fetchone()[0]
    rows = sql.execute(
        "SELECT order_key, entry, made_scaled FROM genealogy WHERE made_material = ?"
        " AND made_lot = ? AND site = ? AND kind = 'production' GROUP BY order_key, entry,"
        " made_serial, made_scaled ORDER BY entry DESC",
        (material, lot, site),
    ).fetchall()
    rest = int(standing)
    taken_back = 0
    found: dict[str, int] = defaultdict(int)
    for row in rows:
        came = row["made_scaled"] + taken_back
        taken_back = min(came, 0)  # a correction takes from the reports before it
        part = max(0, min(rest, came))
        if part:
            found[row["order_key"]] += part
            rest -= part
    if rest:
        found[""] += rest
    return found


def buffers(sql: Session, site: str | None = None) -> tuple[BufferLine, ...]:
    """What stands in WIP buffers, by the order that made it."""
    sums: dict[tuple[str, str, str, str], int] = defaultdict(int)
    for at, location in _wip(sql, site):
        rows = sql.execute(
            "SELECT * FROM balance WHERE account = ? AND scaled > 0 ORDER BY material, lot",
            (f"{at}/{location}",),
        ).fetchall()
        for row in rows:
            sums[at, location, row["material"], row["lot"]] += held(row)
    names = Names(sql)
    found = []
    for (at, location, material, lot), frozen in sums.items():
        description, unit = names.of(material)
        left = _left(sql, at, f"{at}/{location}", material, lot)
        found += [
            BufferLine(
                site=at, location=location, material=material, description=description, lot=lot,
                unit=unit, order=order, on_hand=amount(scaled), held=amount(frozen),
            )
            for order, scaled in sorted(left.items())
        ]  # fmt: skip
    return tuple(found)


def _wip(sql: Session, site: str | None) -> list[tuple[str, str]]:
    """Site and location of every WIP buffer."""
    rows = sql.execute(
        "SELECT body FROM master WHERE kind = 'location'"
        + ("" if site is None else " AND site = ?")
        + " ORDER BY key",
        () if site is None else (site,),
    ).fetchall()
    places = [json.loads(row["body"]) for row in rows]
    return [
        (place["site"], place["location"]) for place in places
        if place.get("kind") == LocationKind.WIP_BUFFER
    ]  # fmt: skip
