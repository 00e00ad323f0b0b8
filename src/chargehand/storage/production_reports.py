"""Reading the production reports of an order, as they were booked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chargehand.record.ledger import Movement
from chargehand.record.production import Report, report_of
from chargehand.signals.stock_kinds import ProductionReported
from chargehand.vocabulary import wire

REPORTS = """SELECT m.number, m.body, coalesce(m.occurred_at, m.recorded_at) AS at, m.cause
 FROM journal m WHERE m.number IN (SELECT DISTINCT entry FROM genealogy
 WHERE order_key = ? AND order_key <> '' AND site = ?) ORDER BY m.number"""
TOLD = """SELECT body FROM journal WHERE kind = 'production_reported' AND kind <> 'movement'
 AND key = ? AND number < ? ORDER BY number DESC LIMIT 1"""


def reports_of(sql: Callable[..., Any], site: str, order: str) -> list[Report]:
    """All reports of an order that were accepted, in the order of their telling."""
    found: list[Report] = []
    for row in sql(REPORTS, (order, site)).fetchall():
        told = sql(TOLD, (row["cause"], row["number"])).fetchone()
        if told is not None:
            body = wire.read(ProductionReported, told["body"])
            movement = wire.read(Movement, row["body"])
            found.append(report_of(row["number"], movement, body, row["at"], found))
    return found
