"""The record's chain: verify it, read it, and derive past proposals again."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

from cyclopts import App, Parameter

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
from chargehand.cli.filters import wrong_window
from chargehand.vocabulary.refusal import Refusal

app = App(name="audit", help="Check the record's chain, or read it.")


@app.command
def verify(*, common: Common = PLAIN) -> int:
    """Check every entry of the journal against the chain; exit code 3 where it does not hold."""
    with closing(open_plant(common.plant)) as plant:
        report = plant.verify()
    verdict = "The chain holds" if report.holds else "THE CHAIN IS BROKEN"
    emit(
        report,
        json=common.json,
        table=lambda: f"{verdict}: {report.entries} entries, root {report.root}",
    )
    for fault in report.faults:
        say(f"  {fault}")
    if not report.holds:
        say("  Stop, keep the folder as it is, and compare with the last backup.")
    return OK if report.holds else FOUND_PROBLEMS


@app.command
def log(
    *,
    kind: Annotated[
        str | None, Parameter(help="Such as stock_moved, proposal, ruling, order.")
    ] = None,
    key: Annotated[str | None, Parameter(help="Only entries of this key.")] = None,
    limit: Annotated[int, Parameter(help="At most so many.")] = 100,
    after: Annotated[str | None, Parameter(help="Go on after this mark.")] = None,
    common: Common = PLAIN,
) -> int:
    """Read the journal."""
    if (wrong := wrong_window(limit, after, json=common.json)) is not None:
        return wrong
    with closing(open_plant(common.plant)) as plant:
        page = plant.journal(kind=kind, key=key, after=after, limit=limit)
    emit(
        page,
        json=common.json,
        table=lambda: rows_of(
            ("Entry#", "Recorded!", "Kind", "Key", "By", "?Because of", "?Leaf!"),
            (
                (
                    row.number,
                    f"{row.recorded_at:%Y-%m-%d %H:%M:%S}",
                    row.kind,
                    row.key,
                    row.actor,
                    row.cause,
                    row.leaf[:12],
                )
                for row in page.rows
            ),
        ),
    )
    if page.next and not common.json:
        say(f"More with --after {page.next}", quiet=common.quiet)
    return OK


def replay(
    proposal: Annotated[str, Parameter(help="Proposal, such as P-12.")],
    /,
    *,
    common: Common = PLAIN,
) -> int:
    """Derive a past proposal again and compare; exit code 3 where it differs."""
    with closing(open_plant(common.plant)) as plant:
        report = plant.replay(proposal)
    if isinstance(report, Refusal):
        return refused(report, json=common.json)
    said = "identical" if report.identical else f"differs: {report.difference}"
    emit(report, json=common.json, table=lambda: f"{report.proposal}: {said}")
    return OK if report.identical else FOUND_PROBLEMS
