"""Lists of holds and reservations for the interfaces."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from chargehand.plant.listing import filters, page
from chargehand.plant.reading import Page
from chargehand.plant.reading_stock import (
    FrozenLine,
    HoldDetail,
    HoldRow,
    HoldStep,
    PassedOverLine,
    ReservationDetail,
    ReservationRow,
    TouchLine,
)
from chargehand.record.hold import HoldFact
from chargehand.storage.known import Known
from chargehand.storage.personal import shown
from chargehand.storage.session import Row, Session
from chargehand.storage.sublots import lots_above
from chargehand.vocabulary import wire
from chargehand.vocabulary.identifier import MaterialId
from chargehand.vocabulary.instant import instant
from chargehand.vocabulary.quantity import amount

STANDS = (
    "account", "material", "lot", "serial", "handling_unit", "disposition",
)  # fmt: skip
RESERVED = (
    "SELECT r.*, CASE WHEN r.state = 'open' AND b.frozen > 0 AND b.released < r.scaled - r.posted"
    " THEN 1 ELSE 0 END AS held, b.site AS stands_in, b.location AS stands_at"
    " FROM reservation r JOIN balance b USING (account, material, lot, serial, handling_unit,"
    " disposition)"
)


def holds(
    sql: Session, now: datetime, *, state: str | None, site: str | None, material: str | None,
    after: str | None, limit: int,
) -> Page[HoldRow]:  # fmt: skip
    """Holds in the order in which they were placed."""
    where, parameters = filters(state=state, site=site, material=material)
    statement = f"SELECT * FROM hold{where}"
    keys = ("placed_at", "key")
    found = page(sql, statement, parameters, keys, after, limit, lambda row: hold_row(row, now))
    return shown(sql.execute, found)


def hold_row(row: Any, now: datetime) -> HoldRow:
    """One hold from its row."""
    review = None if row["review_by"] is None else instant(row["review_by"])
    return HoldRow(
        key=row["key"], site=row["site"], material=row["material"], lot=row["lot"],
        serial=row["serial"], handling_unit=row["handling_unit"], location=row["location"],
        reason=row["reason"], state=row["state"], placed_by=row["placed_by"],
        placed_at=instant(row["placed_at"]), review_by=review,
        is_overdue=row["state"] == "active" and review is not None and review <= now,
        ended_by=row["ended_by"],
        ended_at=None if row["ended_at"] is None else instant(row["ended_at"]),
    )  # fmt: skip


def hold(sql: Session, key: str, now: datetime) -> HoldDetail | None:
    """One hold with what it froze, what it freezes now, and what was done about it."""
    row = sql.execute("SELECT * FROM hold WHERE key = ?", (key,)).fetchone()
    if row is None:
        return None
    steps = [
        (one, wire.read(HoldFact, one["body"]))
        for one in sql.execute(
            "SELECT * FROM journal WHERE kind IN ('hold', 'hold_review') AND key = ?"
            " AND kind <> 'movement' ORDER BY number",
            (key,),
        ).fetchall()
    ]
    became = {(one.kind, one.key): one.because for _, fact in steps for one in fact.resumed}
    detail = HoldDetail(
        row=hold_row(row, now),
        frozen=_frozen(sql, row) if row["state"] == "active" else (),
        touched=tuple(
            TouchLine(
                kind=one.kind, key=one.key, was=one.was,
                became=became.get((one.kind, one.key), ""),
            )
            for _, fact in steps
            for one in fact.touched
        ),
        history=tuple(
            HoldStep(
                at=instant(entry["recorded_at"]), event=fact.event, by=fact.by,
                because=fact.because, signature=fact.signature, entry=entry["number"],
            )
            for entry, fact in steps
        ),
    )  # fmt: skip
    return shown(sql.execute, detail)


def _frozen(sql: Session, row: Row) -> tuple[FrozenLine, ...]:
    chosen = {
        name: row[name]
        for name in ("site", "material", "serial", "location")
        if row[name]
    }  # fmt: skip
    where, parameters = filters(**chosen)
    found = sql.execute(
        f"SELECT * FROM balance{where} AND frozen > 0 AND scaled > 0"
        " ORDER BY location, material, lot, serial, handling_unit, disposition",
        parameters,
    ).fetchall()
    known = Known(sql)
    return tuple(
        FrozenLine(
            location=one["location"], material=one["material"], lot=one["lot"],
            serial=one["serial"], handling_unit=one["handling_unit"],
            disposition=one["disposition"], on_hand=amount(one["scaled"]),
            reserved=amount(one["reserved"]), let_go=amount(one["released"]),
            holds=one["frozen"], unit=_unit(known, one["material"]),
        )
        for one in found
        if (not row["handling_unit"] or row["handling_unit"] in _around(sql, one["handling_unit"]))
        and (not row["lot"] or row["lot"] in lots_above(sql.execute, one["material"], one["lot"]))
    )  # fmt: skip


def _around(sql: Session, unit: str) -> list[str]:
    """A handling unit, and those that it stands in or on."""
    found: list[str] = []
    while unit and unit not in found:
        found.append(unit)
        row = sql.execute("SELECT parent FROM handling_unit WHERE unit = ?", (unit,)).fetchone()
        unit = "" if row is None else row["parent"] or ""
    return found


def reservations(
    sql: Session, *, state: str | None, site: str | None, material: str | None,
    order: str | None, after: str | None, limit: int,
) -> Page[ReservationRow]:  # fmt: skip
    """Reservations part by part, in the order of their keys."""
    chosen = {"r.state": state, "b.site": site, "r.material": material, "r.for_order": order}
    where, parameters = filters(**chosen)
    known = Known(sql)
    return page(
        sql, f"{RESERVED}{where}", parameters, ("key", "n"), after, limit,
        lambda row: _reservation(row, known),
    )  # fmt: skip


def reservation(sql: Session, key: str) -> ReservationDetail | None:
    """One reservation with what was passed over for it."""
    known = Known(sql)
    rows = sql.execute(f"{RESERVED} WHERE r.key = ? ORDER BY r.n", (key,)).fetchall()
    if not rows:
        return None
    told = sql.execute(
        "SELECT body FROM journal WHERE kind = 'reservation' AND key = ? AND kind <> 'movement'"
        " ORDER BY number LIMIT 1",
        (key,),
    ).fetchone()
    body = {} if told is None else json.loads(told["body"])
    return ReservationDetail(
        rows=tuple(_reservation(row, known) for row in rows),
        selection=body.get("selection", ""),
        passed_over=tuple(
            PassedOverLine(
                location=one["location"], lot=one["lot"], quantity=amount(one["scaled"]),
                code=one["code"], because=one["because"],
            )
            for one in body.get("passed_over", ())
        ),
    )  # fmt: skip


def _reservation(row: Any, known: Known) -> ReservationRow:
    return ReservationRow(
        key=row["key"], n=row["n"], kind=row["kind"] or "task", state=row["state"],
        site=row["stands_in"], material=row["material"], location=row["stands_at"],
        lot=row["lot"], serial=row["serial"], handling_unit=row["handling_unit"],
        quantity=amount(row["scaled"]), picked=amount(row["posted"]),
        unit=_unit(known, row["material"]), to_location=row["to_location"],
        for_order=row["for_order"],
        expires_at=None if row["expires_at"] is None else instant(row["expires_at"]),
        is_held=bool(row["held"]),
    )  # fmt: skip


def _unit(known: Known, material: str) -> str:
    unit = known.unit_of(MaterialId(material))
    return "" if unit is None else unit.value
