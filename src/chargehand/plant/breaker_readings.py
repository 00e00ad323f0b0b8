"""What the breakers watch, read by SQL: decided, measured and failed, cleared, drifting, silent."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from chargehand.governance.breaker import BreakerRule, Reading
from chargehand.governance.clauses import Use
from chargehand.governance.submission import ANY, Place, elsewhere_in
from chargehand.plant import installed
from chargehand.plant.clearings import cleared_since
from chargehand.storage.personal import Sql
from chargehand.storage.session import Row
from chargehand.vocabulary.instant import instant, written
from chargehand.vocabulary.money import ZERO, Money

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BY_POLICY = json.dumps(["policy"])
DECIDED = "state IN ('cleared', 'sent', 'confirmed', 'declined', 'failed', 'rejected')"
"""As the index on them says it, word for word."""
NO_PROBE = "NOT EXISTS (SELECT 1 FROM probe WHERE probe.proposal = p.number)"
KINDS = {
    "issues": ("usage_reported",),
    "maintenance_orders": ("maintenance_order_reported",),
}
"""Signals that tell of what happens, by the kind of table that a decision reads. What is defined
once and rarely changes does not grow stale."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearedSum:
    """What the policy itself cleared of a decision at a place, in one currency."""

    decision: str
    site: str
    zone: str
    count_hour: int
    count_today: int
    spent_hour: Money
    spent_today: Money
    places: tuple[Place, ...] = ()
    """Everywhere that it takes effect, where that is more than the one place."""

    def lies_in(self, rule: BreakerRule) -> bool:
        """Whether it takes effect anywhere in a rule's scope."""
        places = self.places or (Place(self.site, self.zone),)
        return any(rule.covers(self.decision, place) for place in places)


def cleared_lately(sql: Sql, now: datetime) -> list[ClearedSum]:
    """What the policy cleared in the last hour and today, as the journal tells it."""
    hour, today = written(now - HOUR), written(day_of(now))
    sums: dict[int, list[Any]] = {}
    for cleared in cleared_since(sql, min(hour, today)):
        found = sums.get(id(cleared.group))
        if found is None:
            found = sums[id(cleared.group)] = [cleared.group, 0, 0, Decimal(0), Decimal(0)]
        if cleared.at >= hour:
            found[1] += 1
            found[3] += cleared.cost.amount
        if cleared.at >= today:
            found[2] += 1
            found[4] += cleared.cost.amount
    return [
        ClearedSum(
            decision=decision, site=places[0].site, zone=places[0].zone or "", places=places,
            count_hour=of_hour, count_today=of_day, spent_hour=Money(spent_hour, currency),
            spent_today=Money(spent_today, currency),
        )
        for (decision, places, currency), of_hour, of_day, spent_hour, spent_today
        in sums.values()
    ]  # fmt: skip


def day_of(now: datetime) -> datetime:
    """The beginning of a day."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def use_of(rule: BreakerRule, sums: Iterable[ClearedSum]) -> Use:
    """What the policy cleared in a rule's scope, counted and summed in the rule's currencies."""
    use = Use(
        decision=rule.decision, site=rule.site, zone=rule.zone,
        spent_today=_zero(rule.spend_per_day_max), spent_hour=_zero(rule.spend_per_hour_max),
    )  # fmt: skip
    for one in sums:
        if not one.lies_in(rule):
            continue
        use = replace(
            use,
            count_today=use.count_today + one.count_today,
            count_hour=use.count_hour + one.count_hour,
            spent_today=_added(use.spent_today, one.spent_today),
            spent_hour=_added(use.spent_hour, one.spent_hour),
        )
    return use


def _added(to: Money, more: Money) -> Money:
    return to + more if more.currency == to.currency else to


def counts_use(rule: BreakerRule) -> bool:
    """Whether a rule limits what is cleared in an hour or a day."""
    limits = (
        rule.spend_per_day_max, rule.spend_per_hour_max, rule.count_per_day_max,
        rule.count_per_hour_max,
    )  # fmt: skip
    return any(limit is not None for limit in limits)


def reading(
    sql: Sql, rule: BreakerRule, now: datetime, closed_at: str, cleared: Sequence[ClearedSum]
) -> Reading:
    """What has been seen in a rule's scope since its window began, or it was last closed."""
    since = max(written(now - timedelta(days=rule.window_days)), closed_at)
    use = use_of(rule, cleared) if counts_use(rule) else None
    found = replace(_decided(sql, rule, since), failed=_failures(sql, rule, since, closed_at))
    if use is not None:
        found = replace(
            found, spent_today=use.spent_today, spent_hour=use.spent_hour,
            cleared_today=use.count_today, cleared_hour=use.count_hour,
        )  # fmt: skip
    if rule.outcome_error_max is not None or rule.calibration_error_max is not None:
        found = replace(found, **_measured(sql, rule, since))
    if rule.mix_distance_max is not None:
        distance, count = _mix(sql, rule, now, since)
        found = replace(found, mix_distance=distance, mix_count=count)
    if rule.drift_max is not None:
        drifting, series = _drift(sql, rule.site)
        found = replace(found, drifting=drifting, series=series)
    if rule.stale_hours_max is not None:
        hours, source = _silence(sql, rule, now)
        found = replace(found, stale_hours=hours, stale_source=source)
    return found


def one(sql: Sql, statement: str, arguments: Sequence[object]) -> Row:
    """The one row of a statement that always has one, such as a count."""
    row = sql(statement, arguments).fetchone()
    assert row is not None
    return row


def _zero(limit: Money | None) -> Money:
    return ZERO if limit is None else Money(Decimal(0), limit.currency)


def scoped(scope: tuple[str, str, str]) -> tuple[str, list[str]]:
    """The condition that a deed takes effect in a scope, at any of its places, and its arguments.

    Of the row of its proposal, named ``p``.
    """
    decision, site, zone = scope
    where, found = "", []
    # As an expression: found by time or state, not by a decision that has proposed for years.
    if decision != ANY:
        where, found = " AND p.decision || '' = ?", [decision]
    named = [(name, it) for name, it in (("site", site), ("zone", zone)) if it != ANY]
    if not named:
        return where, found
    here = " AND ".join(f"p.{name} || '' = ?" for name, _ in named)
    also = elsewhere_in(site, zone)
    there = "".join(" OR replace(p.elsewhere, ?, '') <> p.elsewhere" for _ in also)
    return f"{where} AND (({here}){there})", [*found, *(it for _, it in named), *also]


def _scope(rule: BreakerRule) -> tuple[str, list[str]]:
    return scoped((rule.decision, rule.site, rule.zone))


def _decided(sql: Sql, rule: BreakerRule, since: str) -> Reading:
    """Probes are left out: they are wrong on purpose."""
    where, within = _scope(rule)
    row = one(
        sql,
        "SELECT count(*) AS n, count(CASE p.state WHEN 'rejected' THEN 1 END) AS rejected,"
        " count(CASE WHEN p.state <> 'rejected' AND p.version > 1 THEN 1 END) AS changed"
        f" FROM proposal p WHERE p.{DECIDED} AND p.updated_at >= ?{where} AND {NO_PROBE}",
        (since, *within),
    )
    undone = 0
    if rule.override_rate_max is not None:
        undone = one(
            sql,
            "SELECT count(DISTINCT t.proposal) FROM transition t JOIN proposal p"
            " ON p.number = t.proposal WHERE t.event = 'undo' AND t.at >= ?"
            f"{where} AND t.who <> 'chargehand' AND p.state <> 'rejected'",
            (since, *within),
        )[0]
    return Reading(
        decided=row["n"] + undone, rejected=row["rejected"],
        overridden=row["rejected"] + row["changed"] + undone,
    )  # fmt: skip


def _failures(sql: Sql, rule: BreakerRule, since: str, closed_at: str) -> int:
    where, within = _scope(rule)
    orders = one(
        sql,
        f"SELECT count(*) FROM proposal p WHERE p.{DECIDED} AND p.updated_at >= ?"
        f" AND p.state = 'failed'{where} AND {NO_PROBE}",
        (since, *within),
    )[0]
    decisions = one(
        sql,
        "SELECT count(*) FROM refusal WHERE code = 'decision_failed' AND (? = '*' OR decision = ?)"
        " AND (? = '*' OR site IN (?, '')) AND at >= ?",
        (rule.decision, rule.decision, rule.site, rule.site, closed_at),
    )[0]
    return int(orders + decisions)


def _measured(sql: Sql, rule: BreakerRule, since: str) -> dict[str, Any]:
    where, within = _scope(rule)
    row = one(
        sql,
        "SELECT count(*) AS n, coalesce(sum(1 - o.is_right), 0) AS wrong,"
        " coalesce(avg(p.confidence), 0.0) AS sure FROM outcome o JOIN proposal p"
        f" ON p.number = o.proposal WHERE o.measured_at >= ?{where} AND {NO_PROBE}",
        (since, *within),
    )
    return {"measured": row["n"], "wrong": int(row["wrong"]), "confidence": float(row["sure"])}


def _mix(sql: Sql, rule: BreakerRule, now: datetime, since: str) -> tuple[float, int]:
    """Total variation between the transaction types of the last day and those before.

    Half the sum over types of the difference of their shares: D. A. Levin, Y. Peres, E. L. Wilmer,
    "Markov Chains and Mixing Times" (2009), proposition 4.2.
    """
    where, within = _scope(rule)
    day = written(now - DAY)
    rows = sql(
        "SELECT o.transaction_type AS kind, count(CASE WHEN o.created_at >= ? THEN 1 END) AS late,"
        " count(*) AS n FROM orders o JOIN proposal p ON p.number = o.proposal"
        f" WHERE o.created_at >= ?{where} GROUP BY o.transaction_type",
        (day, since, *within),
    ).fetchall()
    late = sum(row["late"] for row in rows)
    early = sum(row["n"] - row["late"] for row in rows)
    if not late or not early:
        return 0.0, int(late)
    apart = sum(abs(row["late"] / late - (row["n"] - row["late"]) / early) for row in rows)
    return apart / 2, int(late)


def _drift(sql: Sql, site: str) -> tuple[int, int]:
    """Forecast series whose drift alarm has gone off, as the newest forecasts of sites say."""
    rows = sql(
        "SELECT j.body FROM journal j JOIN (SELECT max(number) AS newest FROM journal"
        " WHERE kind <> 'movement' AND kind = 'forecast' AND key >= 'demand|' AND key < 'demand}'"
        " GROUP BY key) k ON j.number = k.newest WHERE ? = '*' OR j.key = ?",
        (site, f"demand|{site}"),
    ).fetchall()
    facts = [json.loads(row["body"]) for row in rows]
    drifting = sum(int(fact.get("drifting", 0)) for fact in facts)
    return drifting, sum(int(fact["count"]) for fact in facts)


def _silence(sql: Sql, rule: BreakerRule, now: datetime) -> tuple[float, str]:
    """How long the source has been silent that told last of all (hours), and which it is."""
    names = installed.names() if rule.decision == ANY else [rule.decision]
    needed = {
        topic for name in names if name in installed.names() for topic in installed.load(name).needs
    }
    ages = []
    for topic in sorted(needed & {"stock", *KINDS}):
        at = _newest_stock(sql, rule.site) if topic == "stock" else _newest(sql, KINDS[topic])
        if at is not None:  # of what was never told, nothing is decided
            ages.append(((now - instant(at)) / HOUR, topic.replace("_", " ")))
    return max(ages, default=(0.0, ""))


def _newest_stock(sql: Sql, site: str) -> str | None:
    where, within = ("", []) if site == ANY else (" WHERE site = ?", [site])
    entry = one(sql, f"SELECT max(entry) FROM balance{where}", within)[0]
    if entry is None:
        return None
    row = sql("SELECT recorded_at FROM journal WHERE number = ?", (entry,)).fetchone()
    return None if row is None else str(row["recorded_at"])


def _newest(sql: Sql, kinds: Sequence[str]) -> str | None:
    found = [
        sql(
            "SELECT recorded_at FROM journal WHERE kind <> 'movement' AND kind = ?"
            " ORDER BY number DESC LIMIT 1",
            (kind,),
        ).fetchone()
        for kind in kinds
    ]
    return max((str(row["recorded_at"]) for row in found if row is not None), default=None)
