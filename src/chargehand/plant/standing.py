"""How things stand when a ruling is made: what was cleared today, what is open, what is lowered."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal

from chargehand.governance.breaker import BreakerRule, OpenBreaker, Reading, evaluate
from chargehand.governance.demotion import Demotion
from chargehand.governance.phase import Phase
from chargehand.governance.policy import Policy, Standing
from chargehand.storage.docket import Docket
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.money import ZERO, Money

STOP = "stop"


def standing(docket: Docket, day: datetime, currency: str) -> Standing:
    """How things stand: what policy cleared today, what is open, whether automation is stopped."""
    start = written(day.replace(hour=0, minute=0, second=0, microsecond=0))
    rows = docket.sql(
        "SELECT cost, currency FROM ruling"
        " WHERE verdict = 'cleared' AND cleared_by = ? AND at >= ?",
        (json.dumps(["policy"]), start),
    ).fetchall()
    spent = sum((Decimal(row["cost"]) for row in rows if row["currency"] == currency), Decimal(0))
    breakers = open_breakers(docket)
    return Standing(
        open_breakers=tuple(one for one in breakers if one.cause != STOP),
        spent_today=Money(spent, currency),
        cleared_today=len(rows),
        stopped=any(one.cause == STOP for one in breakers),
        demotions=demotions(docket),
    )


def demotions(docket: Docket) -> tuple[Demotion, ...]:
    """Every demotion that is in force."""
    rows = docket.sql(
        "SELECT number, decision, site, zone, phase, cause, because FROM demotion"
        " WHERE ended_at IS NULL ORDER BY number"
    )
    return tuple(Demotion(**{**dict(row), "phase": Phase(row["phase"])}) for row in rows)


def open_breakers(docket: Docket) -> list[OpenBreaker]:
    """Breakers that are open, the stop of all automation included."""
    rows = docket.sql(
        "SELECT decision, site, zone, cause, because, cure FROM breaker WHERE closed_at IS NULL"
    )
    return [OpenBreaker(**dict(row)) for row in rows]


def read_breakers(docket: Docket, policy: Policy) -> list[OpenBreaker]:
    """Read every breaker of the policy, and open those whose readings are beyond their limits."""
    known = {
        (one.decision, one.site, one.zone) for one in open_breakers(docket) if one.cause != STOP
    }
    opened = []
    for rule in policy.breakers:
        if (rule.decision, rule.site, rule.zone) in known:
            continue
        found = evaluate(rule, reading(docket, rule))
        if found is not None:
            _open(docket, found)
            opened.append(found)
    return opened


def _open(docket: Docket, breaker: OpenBreaker) -> None:
    fields = {
        "decision": breaker.decision, "site": breaker.site, "zone": breaker.zone,
        "cause": breaker.cause, "because": breaker.because, "cure": breaker.cure,
        "opened_at": written(docket.now()),
    }  # fmt: skip
    key = f"{breaker.decision}|{breaker.site}|{breaker.zone}"
    entry = docket.entry("breaker", key, wire.canonical(fields), actor="chargehand")
    docket.sql(
        "INSERT INTO breaker (id, decision, site, zone, cause, because, cure, opened_at, entry)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (entry, *fields.values(), entry),
    )


def _closed_at(docket: Docket, rule: BreakerRule) -> str:
    """When a person last closed the breaker of a rule: what was before has been looked at.

    A stop is no verdict on what was seen, so ending one does not start the count anew.
    """
    row = docket.sql(
        "SELECT max(closed_at) FROM breaker WHERE cause <> ? AND decision = ? AND site = ?"
        " AND zone = ?",
        (STOP, rule.decision, rule.site, rule.zone),
    ).fetchone()
    return row[0] or ""


def reading(docket: Docket, rule: BreakerRule) -> Reading:
    """What has been seen in a rule's scope: decided and measured over its window, spent today."""
    now = docket.now()
    scope = "(? = '*' OR decision = ?) AND (? = '*' OR site = ?) AND (? = '*' OR zone = ?)"
    within = [name for part in (rule.decision, rule.site, rule.zone) for name in (part, part)]
    closed = _closed_at(docket, rule)
    since = max(written(now - timedelta(days=rule.window_days)), closed)
    decided = docket.sql(
        f"SELECT count(*) AS n, count(CASE state WHEN 'rejected' THEN 1 END) AS rejected,"
        f" count(CASE state WHEN 'failed' THEN 1 END) AS failed FROM proposal WHERE {scope}"
        " AND updated_at >= ? AND state IN"
        " ('cleared', 'sent', 'confirmed', 'declined', 'failed', 'rejected')",
        (*within, since),
    ).fetchone()
    measured = docket.sql(
        f"SELECT count(*) AS n, coalesce(sum(1 - o.is_right), 0) AS wrong FROM outcome o"
        f" JOIN proposal ON proposal.number = o.proposal WHERE {scope} AND measured_at >= ?",
        (*within, since),
    ).fetchone()
    failed = docket.sql(
        "SELECT count(*) FROM refusal WHERE code = 'decision_failed' AND (? = '*' OR decision = ?)"
        " AND (? = '*' OR site IN (?, '')) AND at >= ?",
        (*within[:4], closed),
    ).fetchone()[0]
    spent = ZERO
    if rule.spend_per_day_max is not None:
        start = now.replace(hour=0, minute=0, second=0, microsecond=0)
        sums = docket.sql(
            f"SELECT r.cost FROM ruling r JOIN proposal ON proposal.number = r.proposal"
            f" WHERE {scope} AND r.verdict = 'cleared' AND r.cleared_by = ? AND r.at >= ?"
            " AND r.currency = ?",
            (*within, json.dumps(["policy"]), written(start), rule.spend_per_day_max.currency),
        )
        total = sum((Decimal(row[0]) for row in sums), Decimal(0))
        spent = Money(total, rule.spend_per_day_max.currency)
    return Reading(
        decided=decided["n"], rejected=decided["rejected"], failed=decided["failed"] + failed,
        spent_today=spent, measured=measured["n"], wrong=measured["wrong"],
    )  # fmt: skip
