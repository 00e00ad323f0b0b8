"""Lists for the interfaces: one window at a time, by key."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from chargehand.governance.residual import Condition
from chargehand.plant.approvable import Approver, approvable
from chargehand.plant.reading import (
    Page,
    ProposalRow,
    TaskRow,
)
from chargehand.storage.session import Row, Session
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import instant
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.work import Action, CountTask, MoveTask, Transfer, task_message

Shown = TypeVar("Shown")
LIMIT_MAX = 1000
TASKS = "transaction_type IN ('replenishment', 'staging', 'transfer', 'count') AND state <> 'held'"
"""Orders that somebody carries out on the floor; those that can be undone are not shown yet."""


def page(
    sql: Session,
    statement: str,
    parameters: Sequence[object],
    keys: Sequence[str],
    after: str | None,
    limit: int,
    shape: Callable[[Row], Shown],
) -> Page[Shown]:
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


def newest_first(
    sql: Session,
    statement: str,
    parameters: Sequence[object],
    number: str,
    after: str | None,
    limit: int,
    shape: Callable[[Row], Shown],
) -> Page[Shown]:
    """One window of a list that goes back from its highest number; the statement ends in WHERE."""
    limit = max(1, min(limit, LIMIT_MAX))
    start = cursor_keys(after, 1)
    below = start[0] if start is not None else 2**62
    rows = sql.execute(
        f"{statement} AND {number} < ? ORDER BY {number} DESC LIMIT ?",
        (*parameters, below, limit + 1),
    ).fetchall()
    more = len(rows) > limit
    rows = rows[:limit]
    following = cursor([rows[-1]["place"]]) if more else None
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
    plain = isinstance(values, list) and all(
        isinstance(one, str | float) or (isinstance(one, int) and abs(one) < 2**63)
        for one in values
    )
    return values if plain and len(values) == count else None


INBOX = ("rank", "decide_before", "loss", "number")
"""The order of the inbox: by priority, when it must be decided, and what inaction costs."""
INBOX_COLUMNS = (
    "number, version, decision, title, label, headline, state, priority, rank, site, zone, cost,"
    " inaction, loss, currency, confidence, basis, decide_before, created_at,"
    " roster, escalated, handed_to"
)


def proposals(  # noqa: PLR0913 - one for each filter of the inbox
    sql: Session,
    *,
    state: str,
    decision: str | None,
    site: str | None,
    zone: str | None,
    after: str | None,
    limit: int,
    approver: Approver | None = None,
    queue: Condition | None = None,
) -> Page[ProposalRow]:
    """The inbox: by priority, then by when it must be decided, then by what inaction costs.

    With an approver only what waits and may be approved by them; with a queue only what is in it.
    """
    wanted = {"decision": decision, "site": site, "zone": zone}
    if approver is not None:
        if state not in {"waiting", "all"}:
            return Page(rows=(), next=None)
        return _approvable(sql, approver, wanted, after, limit, queue)
    where, parameters = filters(state=None if state == "all" else state, **wanted)
    if queue is not None:
        where += f" {'AND' if where else 'WHERE'} {queue.text}"
        parameters = [*parameters, *(str(value) for value in queue.values)]
    # First which, from an index alone: the rows themselves are long.
    limit = max(1, min(limit, LIMIT_MAX))
    start = cursor_keys(after, len(INBOX))
    begun = f" {'AND' if where else 'WHERE'} ({', '.join(INBOX)}) > (?, ?, ?, ?)" if start else ""
    order = ", ".join(INBOX)
    rows = sql.execute(
        f"SELECT number FROM proposal{where}{begun} ORDER BY {order} LIMIT ?",
        (*parameters, *(start or ()), limit + 1),
    ).fetchall()
    return _inbox_page(sql, [row["number"] for row in rows], limit)


def _approvable(
    sql: Session,
    approver: Approver,
    wanted: dict[str, str | None],
    after: str | None,
    limit: int,
    queue: Condition | None,
) -> Page[ProposalRow]:
    limit = max(1, min(limit, LIMIT_MAX))
    chosen = [(name, value) for name, value in wanted.items() if value is not None]
    texts = [f"{name} = ?" for name, _ in chosen] + ([queue.text] if queue else [])
    values = (*(value for _, value in chosen), *(queue.values if queue else ()))
    where = Condition(" AND ".join(texts), values) if texts else None
    start = cursor_keys(after, len(INBOX))
    found = approvable(sql, approver, where=where, after=start, limit=limit + 1)
    return _inbox_page(sql, found, limit)


def _inbox_page(sql: Session, numbers: Sequence[int], limit: int) -> Page[ProposalRow]:
    """One window of the inbox from the numbers in it, and of the one after it."""
    if not numbers:
        return Page(rows=(), next=None)
    marks = ", ".join("?" * len(numbers[:limit]))
    rows = sql.execute(
        f"SELECT {INBOX_COLUMNS} FROM proposal WHERE number IN ({marks})"
        f" ORDER BY {', '.join(INBOX)}",
        tuple(numbers[:limit]),
    ).fetchall()
    more = len(numbers) > limit
    following = cursor([rows[-1][key] for key in INBOX]) if more else None
    return Page(rows=tuple(proposal_row(row) for row in rows), next=following)


def filters(**wanted: str | None) -> tuple[str, list[str]]:
    """The WHERE clause for the columns that are asked for, and its values."""
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
        roster=row["roster"], escalated=row["escalated"],
        handed_to=tuple(role for role in row["handed_to"].split("|") if role),
    )  # fmt: skip


def proposals_of(sql: Session, numbers: Sequence[int]) -> list[ProposalRow]:
    """Some proposals by number, in the order of the inbox."""
    chosen = set(numbers)
    if not chosen:
        return []
    rows = sql.execute(
        f"SELECT * FROM proposal WHERE number >= ? ORDER BY {', '.join(INBOX)}",
        (min(chosen),),
    )
    return [proposal_row(row) for row in rows if row["number"] in chosen]


def tasks(
    sql: Session,
    *,
    state: str,
    site: str | None,
    zone: str | None,
    after: str | None,
    limit: int,
) -> Page[TaskRow]:
    """The floor's tasks: by priority, then in the order they were placed."""
    where, parameters = filters(site=site, zone=zone)
    states = {
        "open": "('sent', 'pending', 'needs_person')", "done": "('confirmed')",
        "declined": "('declined')", "cancelled": "('cancelled')",
    }.get(state)  # fmt: skip
    chosen = f"{where} AND {TASKS}" if where else f" WHERE {TASKS}"
    if states is not None:
        chosen += f" AND state IN {states}"
    statement = f"SELECT * FROM orders{chosen}"
    return page(sql, statement, parameters, ("rank", "created_at", "key"), after, limit, task_row)


def task(sql: Session, key: str) -> TaskRow | None:
    """One task by its key."""
    row = sql.execute(f"SELECT * FROM orders WHERE key = ? AND {TASKS}", (key,)).fetchone()
    return None if row is None else task_row(row)


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
        target=row["target"],
        proposal=f"P-{row['proposal']}",
        message=task_message(action) if isinstance(action, MoveTask) else None,
        created_at=instant(row["created_at"]),
    )
