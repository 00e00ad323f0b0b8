"""Readiness for a person: what came, what is wrong, how it stands, where to begin."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from chargehand.cli.context import cleaned, rows_of

if TYPE_CHECKING:
    from rich.console import RenderableType

    from chargehand.plant.readiness_report import AssessedFinding, ReadinessReport
    from chargehand.plant.use_cases import UseCase
    from chargehand.record.baseline import Figure

WIDTH: Final = 96
REASONS: Final = 2
"""Reasons and examples that are named on the page; ``--json`` has all of them."""


def sections(report: ReadinessReport) -> Iterator[RenderableType]:
    """Yield the parts of the report, one after the other."""
    yield f"Readiness as of {report.as_of:%Y-%m-%d}, sites: {', '.join(report.sites) or 'none yet'}"
    yield ""
    yield rows_of(
        ("table", "source", "in#", "faulty#", "covers"),
        [(s.topic, s.source, f"{s.accepted:,}", f"{s.faulty:,}", s.covers) for s in report.sources],
        title="WHAT CAME",
    )
    yield _block("WHAT IS WRONG", [_finding(one) for one in report.findings])
    yield _block("HOW IT STANDS NOW", [_figure(one) for one in report.baseline])
    yield ""
    yield rows_of(
        ("decision", "site", "state", "because"),
        [(d.decision, d.site, d.state, _some(d.because)) for d in report.decisions],
        title="WHAT CAN BE DECIDED",
    )
    gaps = {d.decision: d.fallback for d in report.decisions if d.because}
    yield _block("WITH GAPS", [[f"{name}: {fallback}"] for name, fallback in gaps.items()])
    yield _block("WHERE TO BEGIN", [_use_case(one) for one in report.use_cases])
    yield _block("NOT COUNTED ANYWHERE", [[line] for line in report.not_counted])


def _block(title: str, items: list[list[str]]) -> str:
    """A heading, and under it each item: its first line, and the others indented."""
    lines = ["", title]
    for head, *rest in items or [["nothing"]]:
        lines += textwrap.wrap(cleaned(head), WIDTH, subsequent_indent="    ")
        for text in filter(None, rest):
            lines += textwrap.wrap(
                cleaned(text), WIDTH, initial_indent="    ", subsequent_indent="    "
            )
    return "\n".join(lines)


def _some(reasons: tuple[str, ...]) -> str:
    more = f"; and {len(reasons) - REASONS} more" if len(reasons) > REASONS else ""
    return "; ".join(reasons[:REASONS]) + more


def _finding(one: AssessedFinding) -> list[str]:
    finding = one.finding
    share = f"{finding.count:,} of {finding.of:,} " if finding.of else ""
    hit = [
        f"{verb} {', '.join(names)}"
        for verb, names in (("blocks", one.blocks), ("degrades", one.degrades))
        if names
    ]
    return [
        f"{finding.site or 'all'}, {finding.topic}, {finding.problem}: {share}{finding.text}",
        f"such as {_some(finding.examples)}" if finding.examples else "",
        f"-> {finding.cure}",
        "; ".join(hit),
    ]


def _figure(figure: Figure) -> list[str]:
    left_out = "" if figure.not_counted.startswith("0 ") else figure.not_counted
    return [
        f"{figure.site or 'all'}, {figure.name}: {figure.value}",
        "; ".join(filter(None, (figure.interval, figure.how))),
        f"not counted: {left_out}" if left_out else "",
    ]


def _use_case(case: UseCase) -> list[str]:
    between = f" ({case.interval})" if case.interval else ""
    return [
        f"{case.rank}. {case.decision}: {case.value}{between}",
        case.how,
        f"not counted: {case.not_counted}",
        f"complexity {case.complexity}; risk {case.risk}",
    ]
