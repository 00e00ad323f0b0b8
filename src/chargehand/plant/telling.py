"""Notices told to another system by webhook: each until it has it, from the table."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from chargehand.connectors.webhook import Webhook
from chargehand.execution.order import Misconfigured, Unavailable
from chargehand.runtime import clock
from chargehand.storage.docket import Docket
from chargehand.storage.personal import shown
from chargehand.vocabulary.instant import instant, written

if TYPE_CHECKING:
    from chargehand.plant.plant import Plant

LEASE = timedelta(minutes=2)
WAIT_S_FIRST = 10.0
WAIT_S_MAX = 3600.0
ATTEMPTS_MAX = 24
AT_ONCE = 20
DUE = "SELECT * FROM notice WHERE next_at IS NOT NULL AND next_at <= ? ORDER BY next_at LIMIT ?"


def tell_due(plant: Plant) -> int:
    """Tell what has not been told yet; returns how many notices were tried."""
    settings = plant.settings.notices
    with plant.store.snapshot() as sql:
        is_due = sql.execute(DUE, (written(clock.now()), 1)).fetchone() is not None
    if not is_due:
        return 0
    if not settings.webhook:  # what comes before there is a receiver is told nobody else
        plant.store.write(_nobody)
        return 0
    receiver = Webhook(url=settings.webhook, secret_reference=settings.secret)
    rows = plant.store.write(_claim)
    for row in rows:
        at = int(clock.now().timestamp())
        try:
            receiver.post(f"msg_{row['number']}", at, _message(row))
        except (Unavailable, Misconfigured):
            plant.store.write(partial(_later, row))
        else:
            plant.store.write(partial(_told, row["number"]))
    return len(rows)


def _nobody(docket: Docket) -> None:
    docket.sql("UPDATE notice SET next_at = NULL WHERE next_at IS NOT NULL")


def _claim(docket: Docket) -> list[dict[str, Any]]:
    """Take what is due, so that nobody else tells it at the same time."""
    rows = [dict(row) for row in docket.sql(DUE, (written(docket.now()), AT_ONCE)).fetchall()]
    for row in rows:
        docket.sql(
            "UPDATE notice SET next_at = ?, attempts = attempts + 1 WHERE number = ?",
            (written(docket.now() + LEASE), row["number"]),
        )
    return [shown(docket.sql, row) for row in rows]


def _message(row: dict[str, Any]) -> str:
    told = {
        "type": f"notice.{row['topic']}",
        "timestamp": instant(row["at"]).isoformat(),
        "data": {name: row[name] for name in ("number", "topic", "site", "text", "link")},
    }
    return json.dumps(told, ensure_ascii=False)


def _later(row: dict[str, Any], docket: Docket) -> None:
    tried = row["attempts"] + 1  # the row is as it was before this attempt
    wait = timedelta(seconds=min(WAIT_S_FIRST * 2**tried, WAIT_S_MAX))
    again = None if tried >= ATTEMPTS_MAX else written(docket.now() + wait)
    docket.sql("UPDATE notice SET next_at = ? WHERE number = ?", (again, row["number"]))


def _told(number: int, docket: Docket) -> None:
    docket.sql(
        "UPDATE notice SET next_at = NULL, sent_at = ? WHERE number = ?",
        (written(docket.now()), number),
    )
