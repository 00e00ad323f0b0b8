"""Drills on the command line."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from chargehand.cli.context import (
    FOUND_PROBLEMS,
    OK,
    PLAIN,
    Common,
    emit,
    open_plant,
    refused,
    rows_of,
    say,
)
from chargehand.cli.filters import wrong_place
from chargehand.cli.people import Actor, acting
from chargehand.vocabulary.refusal import Refusal

if TYPE_CHECKING:
    from rich.console import RenderableType

    from chargehand.plant.drilling import DrillReport


def drill(
    decision: Annotated[str | None, Parameter(help="Only this kind of decision.")] = None,
    /,
    *,
    site: Annotated[str | None, Parameter(help="Only this site.")] = None,
    as_: Actor = None,
    common: Common = PLAIN,
) -> int:
    """See every fallback work, on a copy of the plant.

    Models are taken away, sources aged, answers broken and the service stopped, there and not here.
    The plant notes how it went; exit code 3 says that a fallback does not work.
    """
    with closing(open_plant(common.plant)) as plant:
        bad = wrong_place(plant, site=site, decision=decision, json=common.json)
        if bad is not None:
            return bad
        who = acting(plant, as_)
        if isinstance(who, Refusal):
            return refused(who, json=common.json)
        report = plant.drill(decision=decision, site=site, by=who)
    if isinstance(report, Refusal):
        return refused(report, json=common.json)
    emit(report, json=common.json, table=lambda: _lines(report))
    failed = [line for line in report.lines if not line.works]
    for line in failed:
        say(f"{line.decision}, {line.condition}: does not work: {line.note}", quiet=common.quiet)
    if not failed:
        say("Every fallback works. The plant itself was not touched.", quiet=common.quiet)
    return FOUND_PROBLEMS if failed else OK


def _lines(report: DrillReport) -> RenderableType:
    return rows_of(
        ("Decision!", "When!", "Works!", "Proposed#", "Fallback#", "?Refused#", "What it does"),
        (
            (
                line.decision, line.condition, "yes" if line.works else "NO", line.proposed,
                line.fallback, line.refused, line.declared if line.works else line.note,
            )
            for line in report.lines
        ),
    )  # fmt: skip
