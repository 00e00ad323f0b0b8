"""Lists of reconciliation, read from the record."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from chargehand.plant.listing import newest_first
from chargehand.plant.reading import Page
from chargehand.plant.reading_reconciliation import (
    AttributionLine,
    DifferenceDetail,
    DifferenceRow,
    DifferenceStep,
    ListRow,
    SystemRow,
)
from chargehand.record.reconciling import OPEN, STATES, THEIRS, TOLERATED
from chargehand.storage.session import Session
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import instant
from chargehand.vocabulary.material import MaterialDefinition
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.quantity import amount
from chargehand.vocabulary.refusal import Refusal, RefusalCode

__all__ = ["difference", "differences", "lists", "systems"]

N_MAX = 10_000_000
"""Differences of one list, at most."""
PLACE = f"(d.snapshot * {N_MAX} + d.n)"
UNEXPLAINED = "d.theirs - d.ours - d.explained"
DIFFERENCES = (
    f"SELECT d.*, s.system, s.taken_at, m.body AS definition, {PLACE} AS place FROM difference d"
    " JOIN snapshot s ON s.number = d.snapshot"
    " LEFT JOIN master m ON m.kind = 'material' AND m.key = d.material WHERE "
)
LISTS = (
    "SELECT s.*, s.number AS place, (SELECT count(*) FROM difference d"
    f" WHERE d.snapshot = s.number AND {UNEXPLAINED} <> 0) AS unexplained FROM snapshot s WHERE "
)
STANDING = (
    f"SELECT d.state, abs({UNEXPLAINED}) AS scaled, m.body AS definition FROM difference d"
    " JOIN snapshot s ON s.number = d.snapshot"
    " LEFT JOIN master m ON m.kind = 'material' AND m.key = d.material"
    " WHERE d.site = ? AND s.system = ? AND d.state IN ('open', 'tolerated', 'theirs')"
)
NAME = re.compile(r"D-(\d{1,15})\.(\d{1,7})")


def systems(sql: Session, now: datetime) -> tuple[SystemRow, ...]:
    """Every system that has sent a list, by site."""
    known = sql.execute(
        "SELECT system, site, max(taken_at) AS newest, count(*) AS lists FROM snapshot"
        " GROUP BY system, site ORDER BY site, system"
    ).fetchall()
    return tuple(_system(sql, row, now) for row in known)


def _system(sql: Session, known: Any, now: datetime) -> SystemRow:
    newest = sql.execute(
        f"{LISTS} s.system = ? AND s.site = ? AND s.taken_at = ? ORDER BY s.number DESC LIMIT 1",
        (known["system"], known["site"], known["newest"]),
    ).fetchone()
    assert newest is not None
    row = _list_row(newest)
    states: dict[str, int] = defaultdict(int)
    worth: dict[str, Decimal] = defaultdict(Decimal)
    unvalued = 0
    for one in sql.execute(STANDING, (row.site, row.system)):
        states[one["state"]] += 1
        value = _worth(one["definition"], amount(one["scaled"]))
        if value is None:
            unvalued += 1
        else:
            worth[value.currency] += value.amount
    return SystemRow(
        system=row.system, site=row.site, taken_at=row.taken_at,
        age_hours=(now - row.taken_at).total_seconds() / 3600, lines=row.lines,
        differing=row.differing, explained=row.explained, unexplained=row.unexplained,
        open=states[OPEN], tolerated=states[TOLERATED], to_correct=states[THEIRS],
        unexplained_value=tuple(Money.of(worth[name], name) for name in sorted(worth)),
        unvalued=unvalued, lists=known["lists"],
    )  # fmt: skip


def lists(
    sql: Session, *, system: str | None, site: str | None, after: str | None, limit: int
) -> Page[ListRow]:
    """Lists that were compared, the last told first: the history of accuracy."""
    where, parameters = _chosen({"s.system": system, "s.site": site})
    return newest_first(sql, LISTS + where, parameters, "s.number", after, limit, _list_row)


def _chosen(wanted: dict[str, str | None]) -> tuple[str, list[str]]:
    parts = [f"{name} = ?" for name, value in wanted.items() if value is not None]
    return " AND ".join(["1 = 1", *parts]), [one for one in wanted.values() if one is not None]


def _list_row(row: Any) -> ListRow:
    lines, unexplained = row["lines"], row["unexplained"]
    return ListRow(
        id=row["number"], system=row["system"], site=row["site"],
        taken_at=instant(row["taken_at"]), lines=lines, differing=row["differing"],
        explained=row["differing"] - unexplained, unexplained=unexplained,
        accuracy=1 - unexplained / lines if lines else 1.0,
    )  # fmt: skip


def differences(
    sql: Session,
    *,
    state: str | None,
    system: str | None,
    site: str | None,
    material: str | None,
    snapshot: int | None,
    after: str | None,
    limit: int,
) -> Page[DifferenceRow] | Refusal:
    """Differences, those of the newest list first."""
    if state is not None and state not in STATES:
        known = ", ".join(STATES)
        because = f"there is no state {state!r} of a difference; there are {known}"
        return Refusal(code=RefusalCode.CHANGE_INVALID, because=because)
    where, parameters = _chosen(
        {"d.state": state, "s.system": system, "d.site": site, "d.material": material}
    )
    values: list[object] = [*parameters]
    if snapshot is not None:
        where += " AND d.snapshot = ?"
        values.append(snapshot)
    return newest_first(sql, DIFFERENCES + where, values, PLACE, after, limit, _difference_row)


def _difference_row(row: Any) -> DifferenceRow:
    text = row["definition"]
    definition = None if text is None else wire.read(MaterialDefinition, text)
    left = row["theirs"] - row["ours"] - row["explained"]
    return DifferenceRow(
        id=f"D-{row['snapshot']}.{row['n']}", system=row["system"], site=row["site"],
        location=row["location"], material=row["material"],
        description=definition.description if definition else "", lot=row["lot"],
        disposition=row["disposition"], ours=amount(row["ours"]), theirs=amount(row["theirs"]),
        explained=amount(row["explained"]), unexplained=amount(left),
        unit=definition.unit.value if definition else "", value=_worth(text, amount(abs(left))),
        state=row["state"], because=row["because"], taken_at=instant(row["taken_at"]),
        entry=row["entry"],
    )  # fmt: skip


def _worth(text: str | None, quantity: Decimal) -> Money | None:
    cost = None if text is None else wire.read(MaterialDefinition, text).unit_cost
    return None if cost is None else Money.of(quantity * cost.amount, cost.currency)


def difference(sql: Session, name: str) -> DifferenceDetail | None:
    """One difference, whole; None where there is none of that name."""
    if (match := NAME.fullmatch(name)) is None:
        return None
    row = sql.execute(
        f"{DIFFERENCES} d.snapshot = ? AND d.n = ?", (int(match[1]), int(match[2]))
    ).fetchone()
    if row is None:
        return None
    entries = sql.execute(
        "SELECT number, recorded_at, actor, body FROM journal WHERE kind = 'difference'"
        " AND kind <> 'movement' AND key = ? ORDER BY number",
        (name,),
    ).fetchall()
    facts = [(entry, json.loads(entry["body"])) for entry in entries]
    found = next(fact for _, fact in facts if fact["event"] == "found")
    return DifferenceDetail(
        row=_difference_row(row),
        since=instant(found["since"]),
        attributions=(
            *_lines(found["attributions"], is_candidate=False),
            *_lines(found["candidates"], is_candidate=True),
        ),
        history=tuple(
            DifferenceStep(
                at=instant(entry["recorded_at"]), state=fact["state"], because=fact["because"],
                who=entry["actor"], entry=entry["number"],
            )
            for entry, fact in facts
        ),
    )  # fmt: skip


def _lines(told: Iterable[dict[str, Any]], *, is_candidate: bool) -> Iterable[AttributionLine]:
    for one in told:
        yield AttributionLine(
            cause=one["cause"], amount=amount(one["scaled"]), keys=tuple(one["keys"]),
            is_candidate=is_candidate,
        )  # fmt: skip
