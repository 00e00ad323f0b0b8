"""Hearings: asking every decision its questions, and what was answered with no."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from chargehand.cli.context import (
    OK,
    PLAIN,
    Common,
    emit,
    open_plant,
    refused,
    rows_of,
    say,
)
from chargehand.cli.filters import wrong_place, wrong_window
from chargehand.cli.moments import A_DAY, read_moment
from chargehand.vocabulary.refusal import Refusal, RefusalCode

if TYPE_CHECKING:
    from rich.console import RenderableType

    from chargehand.plant.reading import DecideReport

DecisionName = Annotated[str | None, Parameter(help="Only this decision; see `decisions`.")]
Site = Annotated[str | None, Parameter(help="Only this site.")]


def decide(
    *,
    decision: DecisionName = None,
    site: Site = None,
    as_of: Annotated[
        str | None, Parameter(help="As if it were then: 2026-01-05 or 2026-01-05T06:00+01:00.")
    ] = None,
    common: Common = PLAIN,
) -> int:
    """Ask every decision; write down what it proposes."""
    moment = None if as_of is None else read_moment(as_of, "--as-of", common, ahead=A_DAY)
    if isinstance(moment, int):
        return moment
    with closing(open_plant(common.plant)) as plant:
        answer = plant.decide(
            decision=decision,
            site=site,
            as_of=moment,
            progress=None if common.quiet or common.json else _progress,
        )
    if isinstance(answer, Refusal):
        is_past = answer.code is RefusalCode.STALE
        cure = "Give a later day, or leave out --as-of for now." if is_past else ""
        return refused(answer, json=common.json, cure=cure)
    emit(answer, json=common.json, table=lambda: _report(answer))
    return OK


def _progress(what: str, done: int, total: int) -> None:
    if done == total or done % 500 == 0:
        say(f"{what}: {done} of {total}")


def _report(report: DecideReport) -> RenderableType:
    from rich.console import Group

    lines = [
        (
            f"{report.asked} questions as of {report.as_of:%Y-%m-%d %H:%M} UTC"
            f" in {report.seconds:.1f} s: {report.proposed} proposed, {report.unchanged} unchanged,"
            f" {report.superseded} superseded, {report.cleared} cleared by policy."
        )
    ]
    if report.refused:
        counts = sorted(report.refused.items(), key=lambda item: (-item[1], item[0]))
        lines.append("Answered with no: " + ", ".join(f"{code} {n}" for code, n in counts))
    from chargehand.cli.inbox import proposals_table

    return Group(*lines, "", proposals_table(report.proposals))


def refusals(
    *,
    decision: DecisionName = None,
    site: Site = None,
    limit: Annotated[int, Parameter(help="At most so many.")] = 1000,
    common: Common = PLAIN,
) -> int:
    """List questions that were answered with no, and why."""
    if (wrong := wrong_window(limit, json=common.json)) is not None:
        return wrong
    with closing(open_plant(common.plant)) as plant:
        wrong = wrong_place(plant, site=site, decision=decision, json=common.json)
        if wrong is not None:
            return wrong
        rows = plant.refusals(decision=decision, site=site, limit=limit)
    emit(
        list(rows),
        json=common.json,
        table=lambda: rows_of(
            ("Decision", "?Site", "About", "?Code", "Because"),
            ((r.decision, r.site, r.label, r.code, r.because) for r in rows),
        ),
    )
    return OK


def decisions(*, common: Common = PLAIN) -> int:
    """List every kind of decision, with what it is for."""
    with closing(open_plant(common.plant)) as plant:
        known = plant.decisions()
    emit(
        [
            {"decision": name, "purpose": what, "fallback": fallback}
            for name, what, fallback in known
        ],
        json=common.json,
        table=lambda: rows_of(("Decision", "What it is for", "Without model or source"), known),
    )
    return OK
