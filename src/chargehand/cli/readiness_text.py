"""Readiness for a person: what came, what is wrong, how it stands, where to begin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from chargehand.cli.context import cleaned, rows_of

if TYPE_CHECKING:
    from rich.console import RenderableType

    from chargehand.plant.readiness_report import AssessedFinding, ReadinessReport


def sections(report: ReadinessReport) -> Iterator[RenderableType]:
    """Yield the parts of the report, one after the other."""
    yield f"Readiness as of {report.as_of:%Y-%m-%d}, sites: {', '.join(report.sites) or 'none yet'}"
    yield rows_of(
        ("source", "table", "in#", "faulty#", "covers", "last came"),
        [
            (
                s.source,
                s.topic,
                f"{s.accepted:,}",
                f"{s.faulty:,}",
                s.covers,
                f"{s.last_at:%Y-%m-%d}",
            )
            for s in report.sources
        ],
        title="WHAT CAME",
    )
    yield rows_of(
        ("site", "table", "problem", "what", "examples", "what to do", "decisions"),
        [_finding(one) for one in report.findings],
        title="WHAT IS WRONG",
    )
    yield rows_of(
        ("site", "figure", "value", "interval", "how", "not counted"),
        [
            (f.site or "all", f.name, f.value, f.interval, f.how, f.not_counted)
            for f in report.baseline
        ],
        title="HOW IT STANDS NOW",
    )
    yield rows_of(
        ("decision", "site", "state", "because", "what it does then"),
        [
            (d.decision, d.site, d.state, _some(d.because), d.fallback if d.because else "")
            for d in report.decisions
        ],
        title="WHAT CAN BE DECIDED",
    )
    yield rows_of(
        ("#", "decision", "value", "interval", "complexity", "risk", "how"),
        [
            (u.rank, u.decision, u.value, u.interval, u.complexity, u.risk, u.how)
            for u in report.use_cases
        ],
        title="WHERE TO BEGIN",
    )
    yield cleaned("Not counted anywhere:\n" + "\n".join(f"- {line}" for line in report.not_counted))


def _some(reasons: tuple[str, ...]) -> str:
    more = f"; and {len(reasons) - 2} more" if len(reasons) > 2 else ""  # noqa: PLR2004 - one line
    return "; ".join(reasons[:2]) + more


def _finding(one: AssessedFinding) -> tuple[str, ...]:
    finding = one.finding
    share = f"{finding.count:,} of {finding.of:,} " if finding.of else ""
    hit = [f"blocks {name}" for name in one.blocks] + [f"degrades {n}" for n in one.degrades]
    return (
        finding.site or "all",
        finding.topic,
        finding.problem,
        share + finding.text,
        "; ".join(finding.examples[:2]),
        finding.cure,
        ", ".join(hit),
    )
