"""Lists for the interfaces: one window at a time, by key."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from chargehand.plant.reading import (
    FaultRow,
    JournalRow,
    Page,
    ProposalRow,
    RefusalRow,
    SourceRow,
    StockRow,
    TaskRow,
)
from chargehand.storage.view import amount
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import instant
from chargehand.vocabulary.material import MaterialDefinition
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.work import Action, CountTask, MoveTask, Transfer, task_message

Row = TypeVar("Row")
LIMIT_MAX = 1000


def page(
    sql: sqlite3.Connection,
    statement: str,
    parameters: Sequence[object],
    keys: Sequence[str],
    after: str | None,
    limit: int,
    shape: Callable[[sqlite3.Row], Row],
) -> Page[Row]:
    """One window of a list that is ordered by ``keys`` (each rising), from after a cursor.

    A cursor that is not one of ours starts from the beginning.
    """
    limit = max(1, min(limit, LIMIT_MAX))
    start = cursor_keys(after, len(keys))
    if start is not None:
        marks = ", ".join("?" * len(keys))
        statement = f"SELECT * FROM ({statement}) WHERE ({', '.join(keys)}) > ({marks})"
    rows = sql.execute(
        f"SELECT * FROM ({statement}) ORDER BY {', '.join(keys)} LIMIT ?",
        (*parameters, *(start or ()), limit + 1),
    ).fetchall()
    more = len(rows) > limit
    rows = rows[:limit]
    following = cursor([rows[-1][key] for key in keys]) if more else None
    return Page(rows=tuple(shape(row) for row in rows), next=following)


def cursor(values: Sequence[object]) -> str:
    """The text of a place in a list."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def cursor_keys(text: str | None, count: int) -> list[object] | None:
    """The place that a cursor's text names; None where it names none."""
    if not text:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        return None
    plain = isinstance(values, list) and all(isinstance(one, str | int | float) for one in values)
    return values if plain and len(values) == count else None


def proposals(
    sql: sqlite3.Connection,
    *,
    state: str,
    decision: str | None,
    site: str | None,
    zone: str | None,
    after: str | None,
    limit: int,
) -> Page[ProposalRow]:
    """The inbox: by priority, then by when it must be decided, then by what inaction costs."""
    where, parameters = _filters(
        state=None if state == "all" else state, decision=decision, site=site, zone=zone
    )
    statement = (
        "SELECT number, version, decision, title, label, headline, state, priority, rank, site,"
        " zone, cost, inaction, -inaction_rank AS loss, currency, confidence, basis,"
        f" decide_before, created_at FROM proposal{where}"
    )
    keys = ("rank", "decide_before", "loss", "number")
    return page(sql, statement, parameters, keys, after, limit, proposal_row)


def _filters(**wanted: str | None) -> tuple[str, list[str]]:
    chosen = {name: value for name, value in wanted.items() if value is not None}
    clause = " AND ".join(f"{name} = ?" for name in chosen)
    return (f" WHERE {clause}" if clause else ""), list(chosen.values())


def proposal_row(row: Any) -> ProposalRow:
    """One line of the inbox from its row."""
    return ProposalRow(
        id=f"P-{row['number']}", version=row["version"], decision=row["decision"],
        title=row["title"], label=row["label"], headline=row["headline"], state=row["state"],
        priority=row["priority"], site=row["site"], zone=row["zone"],
        cost=Money.of(row["cost"], row["currency"]),
        cost_of_inaction=Money.of(row["inaction"], row["currency"]),
        confidence=row["confidence"], basis=row["basis"],
        decide_before=instant(row["decide_before"]), created_at=instant(row["created_at"]),
    )  # fmt: skip


def proposals_of(sql: sqlite3.Connection, numbers: Sequence[int]) -> list[ProposalRow]:
    """Some proposals by number, in the order of the inbox."""
    chosen = set(numbers)
    if not chosen:
        return []
    rows = sql.execute(
        "SELECT * FROM proposal WHERE number >= ?"
        " ORDER BY rank, decide_before, -inaction_rank, number",
        (min(chosen),),
    )
    return [proposal_row(row) for row in rows if row["number"] in chosen]


def tasks(
    sql: sqlite3.Connection,
    *,
    state: str,
    site: str | None,
    zone: str | None,
    after: str | None,
    limit: int,
) -> Page[TaskRow]:
    """The floor's tasks: by priority, then in the order they were placed."""
    where, parameters = _filters(site=site, zone=zone)
    states = {
        "open": "('sent', 'pending', 'needs_person')", "done": "('confirmed')",
        "declined": "('declined')", "cancelled": "('cancelled')",
    }.get(state)  # fmt: skip
    kinds = "transaction_type IN ('replenishment', 'staging', 'transfer', 'count')"
    chosen = f"{where} AND {kinds}" if where else f" WHERE {kinds}"
    if states is not None:
        chosen += f" AND state IN {states}"
    statement = f"SELECT * FROM orders{chosen}"
    return page(sql, statement, parameters, ("rank", "created_at", "key"), after, limit, task_row)


def task_row(row: Any) -> TaskRow:
    """One task from its order."""
    action: Action = wire.read(Action, row["action"])
    assert isinstance(action, MoveTask | Transfer | CountTask)
    words = {"confirmed": "done", "declined": "declined", "cancelled": "cancelled"}
    moves = not isinstance(action, CountTask)
    return TaskRow(
        key=row["key"],
        kind=row["transaction_type"].upper(),
        state=words.get(row["state"], "open"),
        priority=action.priority.value,
        site=row["site"],
        zone=row["zone"],
        material=action.material,
        from_location=action.location if isinstance(action, CountTask) else action.from_location,
        to_location=None if isinstance(action, CountTask) else action.to_location,
        quantity=action.quantity.amount if moves else None,  # type: ignore[union-attr]
        unit=action.quantity.unit.value if moves else "",  # type: ignore[union-attr]
        proposal=f"P-{row['proposal']}",
        message=task_message(action) if isinstance(action, MoveTask) else None,
        created_at=instant(row["created_at"]),
    )


def stock(
    sql: sqlite3.Connection,
    *,
    site: str | None,
    material: str | None,
    location: str | None,
    after: str | None,
    limit: int,
) -> Page[StockRow]:
    """Balances of the plant's own places, in order of place."""
    where, parameters = _filters(site=site, material=material, location=location)
    chosen = f"{where} AND b.site <> ''" if where else " WHERE b.site <> ''"
    chosen = chosen.replace(" site = ", " b.site = ")
    statement = (
        "SELECT b.site, b.location, b.material, b.lot, b.disposition, b.scaled, b.reserved,"
        " m.body AS definition, json_extract(l.body, '$.zone') AS zone FROM balance b"
        " LEFT JOIN master m ON m.kind = 'material' AND m.key = b.material"
        " LEFT JOIN master l ON l.kind = 'location' AND l.key = b.site || '|' || b.location"
        f"{chosen}"
    )
    keys = ("site", "location", "material", "lot", "disposition")
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
    sql: sqlite3.Connection, *, kind: str | None, key: str | None, after: str | None, limit: int
) -> Page[JournalRow]:
    """The journal, newest entry first."""
    where, parameters = _filters(kind=kind, key=key)
    statement = f"SELECT *, -number AS place FROM journal{where}"
    return page(sql, statement, parameters, ("place",), after, limit, journal_row)


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
    sql: sqlite3.Connection, *, decision: str | None, site: str | None, limit: int
) -> tuple[RefusalRow, ...]:
    """The latest answer for each subject that was refused."""
    where, parameters = _filters(decision=decision, site=site)
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


def faults(
    sql: sqlite3.Connection, *, source: str | None, after: str | None, limit: int
) -> Page[FaultRow]:
    """What could not be read or used, newest first."""
    where, parameters = _filters(source=source)
    chosen = f"{where} AND status <> 'accepted'" if where else " WHERE status <> 'accepted'"
    statement = (
        "SELECT i.source, i.key, i.status, i.code, i.because, i.recorded_at, j.body,"
        f" -i.entry AS place FROM inbox i JOIN journal j ON j.number = i.entry{chosen}"
    ).replace(" source = ", " i.source = ")
    return page(sql, statement, parameters, ("place",), after, limit, _fault_row)


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


def sources(sql: sqlite3.Connection) -> tuple[SourceRow, ...]:
    """What has come from each source, by kind."""
    rows = sql.execute(
        "SELECT source, kind, sum(status = 'accepted') AS accepted,"
        " sum(status <> 'accepted') AS faulty, max(recorded_at) AS last_at FROM inbox"
        " GROUP BY source, kind ORDER BY source, kind"
    )
    return tuple(
        SourceRow(
            source=row["source"], kind=row["kind"], accepted=row["accepted"],
            faulty=row["faulty"], last_at=instant(row["last_at"]),
        )
        for row in rows
    )  # fmt: skip
