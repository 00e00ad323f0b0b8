"""Lists of the record: stock, journal, refusals, and what came from each source."""

from __future__ import annotations

import json
from typing import Any

from chargehand.plant.listing import filters, newest_first, page
from chargehand.plant.reading import FaultRow, JournalRow, Page, RefusalRow, SourceRow, StockRow
from chargehand.storage.session import Session
from chargehand.storage.view import amount
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import instant
from chargehand.vocabulary.material import MaterialDefinition


def stock(
    sql: Session,
    *,
    site: str | None,
    material: str | None,
    location: str | None,
    after: str | None,
    limit: int,
) -> Page[StockRow]:
    """Balances of the plant's own places, in order of place."""
    where, parameters = filters(site=site, material=material, location=location)
    chosen = f"{where} AND b.site <> ''" if where else " WHERE b.site <> ''"
    chosen = chosen.replace(" site = ", " b.site = ")
    statement = (
        "SELECT b.site, b.location, b.material, b.lot, b.serial, b.handling_unit, b.disposition,"
        " b.scaled, b.reserved, m.body AS definition, json_extract(l.body, '$.zone') AS zone"
        " FROM balance b"
        " LEFT JOIN master m ON m.kind = 'material' AND m.key = b.material"
        " LEFT JOIN master l ON l.kind = 'location' AND l.key = b.site || '|' || b.location"
        f"{chosen}"
    )
    keys = ("site", "location", "material", "lot", "serial", "handling_unit", "disposition")
    return page(sql, statement, parameters, keys, after, limit, _stock_row)


def _stock_row(row: Any) -> StockRow:
    definition = wire.read(MaterialDefinition, row["definition"])
    return StockRow(
        site=row["site"], zone=row["zone"] or "", location=row["location"],
        material=row["material"], description=definition.description, lot=row["lot"],
        disposition=row["disposition"], on_hand=amount(row["scaled"]),
        reserved=amount(row["reserved"]), unit=definition.unit.value,
    )  # fmt: skip


def journal(
    sql: Session, *, kind: str | None, key: str | None, after: str | None, limit: int
) -> Page[JournalRow]:
    """The journal, newest entry first."""
    where, parameters = filters(kind=kind, key=key)
    chosen = where or " WHERE 1 = 1"
    if kind is not None and kind != "movement":
        chosen += " AND kind <> 'movement'"  # as the index by kind has it
    statement = f"SELECT *, number AS place FROM journal{chosen}"
    return newest_first(sql, statement, parameters, "number", after, limit, journal_row)


def journal_row(row: Any) -> JournalRow:
    """One entry of the journal."""
    occurred = row["occurred_at"]
    return JournalRow(
        number=row["number"], kind=row["kind"], key=row["key"],
        recorded_at=instant(row["recorded_at"]),
        occurred_at=None if occurred is None else instant(occurred), cause=row["cause"],
        actor=row["actor"], body=json.loads(row["body"]), leaf=bytes(row["leaf"]).hex(),
    )  # fmt: skip


def refusals(
    sql: Session, *, decision: str | None, site: str | None, limit: int
) -> tuple[RefusalRow, ...]:
    """The latest answer for each subject that was refused."""
    where, parameters = filters(decision=decision, site=site)
    rows = sql.execute(
        f"SELECT * FROM refusal{where} ORDER BY decision, site, subject LIMIT ?",
        (*parameters, limit),
    )
    return tuple(
        RefusalRow(
            decision=row["decision"], site=row["site"], subject=row["subject"],
            label=row["label"], code=row["code"], because=row["because"], at=instant(row["at"]),
        )
        for row in rows
    )  # fmt: skip


def faults(sql: Session, *, source: str | None, after: str | None, limit: int) -> Page[FaultRow]:
    """What could not be read or used, newest first."""
    where, parameters = filters(source=source)
    chosen = f"{where} AND status <> 'accepted'" if where else " WHERE status <> 'accepted'"
    statement = (
        "SELECT i.source, i.key, i.status, i.code, i.because, j.recorded_at, j.body,"
        f" i.entry AS place FROM inbox i JOIN journal j ON j.number = i.entry{chosen}"
    ).replace(" source = ", " i.source = ")
    return newest_first(sql, statement, parameters, "i.entry", after, limit, _fault_row)


def _fault_row(row: Any) -> FaultRow:
    body = json.loads(row["body"])
    unreadable = row["status"] == "unreadable"
    return FaultRow(
        source=row["source"], key=row["key"], status=row["status"],
        file=body.get("file", "") if unreadable else "",
        row=body.get("row") if unreadable else None,
        column=body.get("column", "") if unreadable else "",
        because=body["because"] if unreadable else row["because"],
        cure=body.get("cure", "") if unreadable else "",
        raw=body["raw"] if unreadable else row["body"],
        at=instant(row["recorded_at"]),
    )  # fmt: skip


def sources(sql: Session) -> tuple[SourceRow, ...]:
    """What has come from each source, by kind."""
    rows = sql.execute(
        "SELECT c.*, j.recorded_at AS last_at FROM"
        " (SELECT source, kind, count(CASE status WHEN 'accepted' THEN 1 END) AS accepted,"
        " count(CASE WHEN status <> 'accepted' THEN 1 END) AS faulty, max(entry) AS entry"
        " FROM inbox GROUP BY source, kind) c JOIN journal j ON j.number = c.entry"
        " ORDER BY c.source, c.kind"
    )
    return tuple(
        SourceRow(
            source=row["source"], kind=row["kind"], accepted=row["accepted"],
            faulty=row["faulty"], last_at=instant(row["last_at"]),
        )
        for row in rows
    )  # fmt: skip
