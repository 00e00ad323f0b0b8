"""Readiness: what came, what is wrong with it, which decisions that blocks, and where to begin."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from chargehand.decisions import catalogue
from chargehand.decisions.decision import Decision
from chargehand.plant.readiness_report import (
    AssessedFinding,
    DecisionLine,
    ReadinessReport,
    SourceLine,
)
from chargehand.plant.use_cases import rank, topics_of
from chargehand.record.baseline import baseline, lateness
from chargehand.record.duplicates import enterprise_findings
from chargehand.record.readiness import EXAMPLES, Finding, SiteRecord, site_findings
from chargehand.runtime import clock

if TYPE_CHECKING:
    from chargehand.plant.plant import Plant
    from chargehand.plant.reading import FaultRow

TOPICS: Final = {
    "material_defined": "materials", "supplier_defined": "suppliers",
    "supplier_item_defined": "sources", "location_defined": "locations",
    "asset_defined": "assets", "stocking_defined": "stocking", "stock_counted": "stock",
    "usage_reported": "issues", "delivery_reported": "deliveries",
    "failure_reported": "failures", "maintenance_order_reported": "maintenance_orders",
}  # fmt: skip
"""Kind of table by kind of signal."""
UNREADABLE: Final = "unreadable"
FAULTS_AT_ONCE: Final = 1_000


def assess(
    plant: Plant, *, site: str | None = None, as_of: datetime | None = None
) -> ReadinessReport:
    """Judge the records of a plant, of one site or of all.

    Parameters
    ----------
    plant
        The plant.
    site
        Look at one site only.
    as_of
        Judge as of this moment (now, where none is named): history after it does not count.
    """
    moment = as_of or clock.now()
    records, shared = _records(plant, site, moment)
    findings = [f for record in records for f in site_findings(record)]
    findings += shared
    findings += _from_faults(plant)
    findings += _doubled_usage(plant, site)
    decisions = catalogue.loaded()
    assessed = tuple(_assessed(finding, decisions) for finding in findings)
    lines = tuple(
        _decision_line(decision, record.site, findings)
        for decision in decisions
        for record in records
    )
    blocked: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        if line.state == "blocked":
            blocked[line.decision].append(line.site)
    degraded = Counter(name for one in assessed for name in one.degrades)
    figures = [figure for record in records for figure in baseline(record)]
    deliveries = records[0].deliveries if records else ()
    return ReadinessReport(
        as_of=moment,
        sites=tuple(str(record.site) for record in records),
        sources=_source_lines(plant),
        findings=assessed,
        baseline=(*figures, lateness(deliveries, moment.date())),
        decisions=lines,
        use_cases=rank(decisions, records, blocked, degraded),
        not_counted=NOT_COUNTED,
    )


NOT_COUNTED: Final = (
    "Downtime, where machines have no downtime cost.",
    "Planners' time, and work that the records do not show.",
    "Demand that was not served and so never became an issue: imported history understates it.",
    "Whether imported levels were kept to in practice.",
)


def _records(
    plant: Plant, site: str | None, moment: datetime
) -> tuple[list[SiteRecord], list[Finding]]:
    day = moment.date()
    deliveries = [d for d in plant.deliveries() if d.delivered_on < day]
    with plant.view(site=site, as_of=moment) as view:
        materials, suppliers = dict(view.materials()), dict(view.suppliers())
        sources = dict(view.sources())
        records = [
            SiteRecord(
                site=one,
                as_of=day,
                materials=materials,
                stocking=dict(view.stocking(one)),
                stock=dict(view.stock(one)),
                supply=dict(view.supply(one)),
                sources=sources,
                suppliers=suppliers,
                deliveries=deliveries,
                orders=dict(view.maintenance(one)),
                assets=dict(view.assets(one)),
                usage={
                    material: kept
                    for material, days in plant.usage(one).items()
                    if (kept := [(d, q) for d, q in days if d < day])
                },
            )
            for one in view.sites()
        ]
    return records, list(enterprise_findings(materials, suppliers, sources, deliveries, day))


def _topics(plant: Plant) -> dict[str, str]:
    """The one table that each source brings; sources that bring several are left out."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in plant.source_counts():
        if row.kind != UNREADABLE:
            found[row.source].add(TOPICS.get(row.kind, row.kind))
    return {source: topics.pop() for source, topics in found.items() if len(topics) == 1}


def _source_lines(plant: Plant) -> tuple[SourceLine, ...]:
    with plant.store.snapshot() as sql:
        covered = {
            (row["actor"], row["kind"]): f"{row['first'][:10]} to {row['last'][:10]}"
            for row in sql.execute(
                "SELECT actor, kind, min(occurred_at) AS first, max(occurred_at) AS last"
                " FROM journal WHERE occurred_at IS NOT NULL GROUP BY actor, kind"
            )
        }
    rows = plant.source_counts()
    only = _topics(plant)
    lost = {row.source: row.faulty for row in rows if row.kind == UNREADABLE}
    return tuple(
        SourceLine(
            source=row.source,
            topic=TOPICS.get(row.kind, row.kind),
            accepted=row.accepted,
            faulty=row.faulty + (lost.get(row.source, 0) if row.source in only else 0),
            last_at=row.last_at,
            covers=covered.get((row.source, row.kind), ""),
        )
        for row in rows
        if row.kind != UNREADABLE or row.source not in only
    )


def _from_faults(plant: Plant) -> Iterator[Finding]:
    """One finding for each way in which rows were unreadable or refused."""
    groups: dict[tuple[str, str, str], list[FaultRow]] = defaultdict(list)
    after: str | None = None
    while True:
        page = plant.faults(after=after, limit=FAULTS_AT_ONCE)
        for row in page.rows:
            groups[row.source, row.status, _shape(row.because)].append(row)
        if (after := page.next) is None:
            break
    only = _topics(plant)
    came = Counter[str]()
    for line in plant.source_counts():
        came[line.source] += line.accepted + line.faulty
    for (source, status, shape), rows in sorted(groups.items()):
        yield Finding(
            site="",
            topic=only.get(source) or source.partition(":")[2] or source,
            problem="impossible" if status == UNREADABLE else "refused",
            text=f"rows of {source} {status}: {shape}",
            count=len(rows),
            of=came[source],
            examples=tuple(_place(row) for row in rows[:EXAMPLES]),
            cure=rows[0].cure or "correct the rows at their source and import them again",
        )


def _shape(because: str) -> str:
    """A reason without what differs from row to row.

    >>> _shape("delivered on 2008-01-03, before it was ordered on 2008-04-28")
    'delivered on …, before it was ordered on …'
    """
    return re.sub(r"'[^']*'|[^\s,;]*\d[^\s,;]*", "…", because)


def _place(row: FaultRow) -> str:
    where = f"{row.file} row {row.row}" if row.row is not None else row.key
    return f"{where}: {row.because}"


_TWICE: Final = """
SELECT u.site, u.material, u.used_on, count(DISTINCT j.actor) AS sources
FROM usage u JOIN journal j ON j.number = u.entry
WHERE j.kind = 'usage_reported'
GROUP BY u.site, u.material, u.used_on, u.scaled HAVING count(DISTINCT j.actor) > 1
"""
_OVERLAPS: Final = """
SELECT u.site, u.material,
       max(CASE WHEN j.kind = 'usage_reported' THEN u.used_on END) AS imported,
       min(CASE WHEN j.kind <> 'usage_reported' THEN u.used_on END) AS live
FROM usage u JOIN journal j ON j.number = u.entry
GROUP BY u.site, u.material
HAVING max(CASE WHEN j.kind = 'usage_reported' THEN u.used_on END)
    >= min(CASE WHEN j.kind <> 'usage_reported' THEN u.used_on END)
"""


def _doubled_usage(plant: Plant, site: str | None) -> Iterator[Finding]:
    with plant.store.snapshot() as sql:
        twice = [r for r in sql.execute(_TWICE) if site in {None, r["site"]}]
        overlaps = [r for r in sql.execute(_OVERLAPS) if site in {None, r["site"]}]
    for place in sorted({row["site"] for row in twice}):
        rows = [row for row in twice if row["site"] == place]
        yield Finding(
            site=place, topic="issues", problem="duplicated",
            text="the same issue from two sources", count=len(rows), of=len(rows),
            examples=tuple(f"{r['material']} on {r['used_on']}" for r in rows[:EXAMPLES]),
            cure="import each period from one source",
        )  # fmt: skip
    for place in sorted({row["site"] for row in overlaps}):
        rows = [row for row in overlaps if row["site"] == place]
        yield Finding(
            site=place, topic="issues", problem="overlapping",
            text="imported history reaches into the time of live movements", count=len(rows),
            of=len(rows),
            examples=tuple(
                f"{r['material']}: imported to {r['imported']}, live from {r['live']}"
                for r in rows[:EXAMPLES]
            ),
            cure="import history only up to the day that live movements began (until in the map)",
        )  # fmt: skip


def _assessed(finding: Finding, decisions: Sequence[Decision[Any]]) -> AssessedFinding:
    concerned = [d for d in decisions if finding.topic in topics_of(d)]
    blocks = tuple(d.name for d in concerned if _blocks(finding, d))
    return AssessedFinding(
        finding=finding,
        blocks=blocks,
        degrades=tuple(d.name for d in concerned if d.name not in blocks),
    )


def _blocks(finding: Finding, decision: Decision[Any]) -> bool:
    return finding.is_whole and finding.topic in decision.needs


def _decision_line(decision: Decision[Any], site: str, findings: Sequence[Finding]) -> DecisionLine:
    topics = topics_of(decision)
    here = [f for f in findings if f.topic in topics and f.site in {"", site}]
    blocking = [f for f in here if _blocks(f, decision)]
    named = blocking or here
    return DecisionLine(
        decision=decision.name,
        title=decision.title,
        site=site,
        state="blocked" if blocking else "degraded" if here else "ready",
        because=tuple(_brief(finding) for finding in named),
        fallback="" if not here else decision.fallback,
    )


def _brief(finding: Finding) -> str:
    return f"{finding.count:,} of {finding.of:,} {finding.text}" if finding.of else finding.text
