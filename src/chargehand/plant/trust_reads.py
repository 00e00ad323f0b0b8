"""What the trust figures are made from, read from the record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from chargehand.governance.roster import Roster
from chargehand.governance.terms import Policy
from chargehand.outcomes.attention import (
    WORKDAY_H,
    Attention,
    attention,
    days_between,
    duty_hours,
)
from chargehand.outcomes.overrides import Answered, Verdict
from chargehand.outcomes.trust import Cell, Judged, Probes, Seen
from chargehand.plant.probing import NO_PROBE
from chargehand.storage.session import Session
from chargehand.vocabulary.instant import instant, written

NOBODY = ("policy", "chargehand")
"""Who acts without being a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What figures are asked for."""

    since: datetime
    until: datetime

    def where(self, column: str) -> tuple[str, list[str]]:
        """The condition on a proposal ``p`` and a time, probes left out, and its values."""
        within = f"{column} >= ? AND {column} < ?"
        values = [written(self.since), written(self.until)]
        return f"{within} AND {NO_PROBE.format(number='p.number')}", values


@dataclass(slots=True)
class _Gathered:
    judged: list[Judged] = field(default_factory=list)
    answered: list[Answered] = field(default_factory=list)
    reading: list[int] = field(default_factory=list)
    people: set[str] = field(default_factory=set)
    proposed: int = 0
    fallbacks: int = 0
    probes: Probes = field(default_factory=Probes)


def seen(sql: Session, scope: Scope) -> dict[Cell, Seen]:
    """Everything that was seen of each decision at each site in a period."""
    found: dict[Cell, _Gathered] = defaultdict(_Gathered)
    for row in _proposed(sql, scope):
        cell = found[row["decision"], row["site"]]
        cell.proposed, cell.fallbacks = row["n"], row["fallbacks"]
    for row in _judged(sql, scope):
        judged = Judged(confidence=row["confidence"], right=bool(row["is_right"]))
        found[row["decision"], row["site"]].judged.append(judged)
    for row, answered in _answered(sql, scope):
        cell = found[row["decision"], row["site"]]
        cell.answered.append(answered)
        cell.people.add(row["who"])
    for row in _read(sql, scope):
        found[row["decision"], row["site"]].reading.extend([row["bin"]] * row["approvals"])
    for key, probes in _probes(sql, scope).items():
        found[key].probes = probes
    return {
        key: Seen(
            judged=one.judged, answered=one.answered, reading=one.reading, probes=one.probes,
            people=frozenset(one.people), fallbacks=one.fallbacks, proposed=one.proposed,
        )
        for key, one in found.items()
    }  # fmt: skip


def _proposed(sql: Session, scope: Scope) -> list[Any]:
    where, values = scope.where("p.created_at")
    return list(
        sql.execute(
            "SELECT p.decision, p.site, count(*) AS n,"
            " count(CASE p.basis WHEN 'fallback' THEN 1 END) AS fallbacks"
            f" FROM proposal p WHERE {where} GROUP BY p.decision, p.site",
            values,
        )
    )


def _judged(sql: Session, scope: Scope) -> list[Any]:
    where, values = scope.where("o.measured_at")
    return list(
        sql.execute(
            "SELECT p.decision, p.site, p.confidence, o.is_right FROM outcome o"
            f" JOIN proposal p ON p.number = o.proposal WHERE {where}",
            values,
        )
    )


def _answered(sql: Session, scope: Scope) -> Iterator[tuple[Any, Answered]]:
    """What people made of each proposal that they decided on: their last word counts."""
    where, values = scope.where("t.at")
    steps: dict[int, list[Any]] = defaultdict(list)
    for row in sql.execute(
        "SELECT p.number, p.decision, p.site, p.created_at, t.at, t.event, t.who, o.is_right"
        " FROM transition t JOIN proposal p ON p.number = t.proposal"
        " LEFT JOIN outcome o ON o.proposal = p.number"
        f" WHERE {where} AND t.event IN ('clear', 'reject', 'change', 'undo')"
        " AND t.who NOT IN (?, ?) ORDER BY t.proposal, t.n",
        (*values, *NOBODY),
    ):
        steps[row["number"]].append(row)
    for rows in steps.values():
        first, last = rows[0], rows[-1]
        waited = (instant(first["at"]) - instant(first["created_at"])).total_seconds()
        right = None if last["is_right"] is None else bool(last["is_right"])
        yield last, Answered(verdict=_verdict(rows), right=right, waited_s=waited)


def _verdict(rows: list[Any]) -> Verdict:
    events = [row["event"] for row in rows]
    if events[-1] == "reject":
        return "rejected"
    if events[-1] == "undo":
        return "undone"
    return "changed" if "change" in events else "followed"


def _read(sql: Session, scope: Scope) -> list[Any]:
    """Reading times of the weeks that begin in the period: they are not kept any finer."""
    return list(
        sql.execute(
            "SELECT decision, site, bin, approvals FROM reading WHERE week >= ? AND week < ?",
            (written(scope.since)[:10], written(scope.until)),
        )
    )


def _probes(sql: Session, scope: Scope) -> dict[Cell, Probes]:
    counted: dict[Cell, dict[str, int]] = defaultdict(dict)
    for row in sql.execute(
        "SELECT p.decision, p.site, b.state, count(*) AS n FROM probe b"
        " JOIN proposal p ON p.number = b.proposal WHERE b.planted_at >= ? AND b.planted_at < ?"
        " GROUP BY p.decision, p.site, b.state",
        (written(scope.since), written(scope.until)),
    ):
        counted[row["decision"], row["site"]][row["state"]] = row["n"]
    return {
        cell: Probes(
            planted=sum(found.values()), caught=found.get("caught", 0),
            missed=found.get("missed", 0), unseen=found.get("unseen", 0),
            withdrawn=found.get("withdrawn", 0), open=found.get("waiting", 0),
        )
        for cell, found in counted.items()
    }  # fmt: skip


def attentions(sql: Session, scope: Scope, policy: Policy) -> tuple[Attention, ...]:
    """How much was asked of the people of each site, against the policy's budget."""
    where, values = scope.where("p.created_at")
    scope = _lived(sql, scope)
    asked = {
        row["site"]: row["n"]
        for row in sql.execute(
            f"SELECT p.site, count(*) AS n FROM proposal p WHERE {where}"
            " AND p.verdict = 'awaiting' GROUP BY p.site",
            values,
        )
    }
    approved = _approved(sql, scope)
    return tuple(
        _attention(site, asked.get(site, 0) + approved.get(site, 0), sql, scope, policy)
        for site in sorted({*asked, *approved})
    )


def _lived(sql: Session, scope: Scope) -> Scope:
    """The part of a period that the plant has lived: nobody was on duty before."""
    row = sql.execute("SELECT recorded_at FROM journal ORDER BY number LIMIT 1").fetchone()
    if row is None:
        return scope
    since = max(scope.since, instant(row["recorded_at"]))
    return Scope(since=min(since, scope.until), until=scope.until)


def _approved(sql: Session, scope: Scope) -> Mapping[str, int]:
    """Proposals by site that waited, and that people have approved since."""
    where, values = scope.where("p.created_at")
    rows = sql.execute(
        f"SELECT p.site, count(*) AS n FROM proposal p WHERE {where} AND p.verdict = 'cleared'"
        " AND EXISTS (SELECT 1 FROM transition t WHERE t.proposal = p.number"
        " AND t.event = 'clear' AND t.who NOT IN (?, ?)) GROUP BY p.site",
        (*values, *NOBODY),
    )
    return {row["site"]: row["n"] for row in rows}


def _attention(site: str, asked: int, sql: Session, scope: Scope, policy: Policy) -> Attention:
    rosters = [one for one in policy.rosters if one.covers(site)]
    hours = sum(duty_hours([one], _local_days(one, scope)) for one in rosters)
    if not rosters:
        hours = _days_decided(sql, scope, site) * WORKDAY_H
    budget = policy.questions_per_hour_max
    return attention(site, asked, hours, budget, by_roster=bool(rosters))


def _local_days(roster: Roster, scope: Scope) -> list[date]:
    zone = ZoneInfo(roster.time_zone)
    first, end = (at.astimezone(zone).date() for at in (scope.since, scope.until))
    return days_between(first, max(end, first + timedelta(days=1)))


def _days_decided(sql: Session, scope: Scope, site: str) -> int:
    """Pairs of a person and a day on which that person decided something at the site."""
    row = sql.execute(
        "SELECT count(*) FROM (SELECT DISTINCT t.who, substr(t.at, 1, 10) AS day"
        " FROM transition t JOIN proposal p ON p.number = t.proposal WHERE p.site = ?"
        " AND t.at >= ? AND t.at < ? AND t.event IN ('clear', 'reject', 'change', 'undo')"
        " AND t.who NOT IN (?, ?)) AS days",
        (site, written(scope.since), written(scope.until), *NOBODY),
    ).fetchone()
    return int(row[0])
