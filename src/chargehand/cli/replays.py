"""Replay on the command line: a past proposal, or every proposal and ruling of a period."""

from __future__ import annotations

from contextlib import closing
from functools import partial
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
    say,
    wrong_use,
)
from chargehand.cli.moments import read_moment
from chargehand.vocabulary.refusal import Refusal

if TYPE_CHECKING:
    from datetime import datetime

    from chargehand.plant.replaying_report import ReplayedPeriod

EITHER = "Name a proposal (`chargehand replay P-12`), or a period (`--since 2026-11-01`)."


def replay(
    proposal: Annotated[str | None, Parameter(help="One proposal, such as P-12.")] = None,
    /,
    *,
    since: Annotated[
        str | None, Parameter(help="Every proposal and ruling from this day or moment on.")
    ] = None,
    until: Annotated[str | None, Parameter(help="Before this day or moment.")] = None,
    decision: Annotated[str | None, Parameter(help="Only proposals of this decision.")] = None,
    common: Common = PLAIN,
) -> int:
    """Derive past proposals and rulings again, and compare; exit code 3 where one differs.

    The journal alone is asked: recorded questions, policy texts as they were in force, approvals.
    """
    if (proposal is None) == (since is None):
        return wrong_use("replay takes a proposal or a period", EITHER, json=common.json)
    if since is not None:
        return _period(since, until, decision, common)
    if until is not None or decision is not None:
        cure = "They narrow a period: give --since, and no proposal."
        return wrong_use("one proposal takes no --until or --decision", cure, json=common.json)
    assert proposal is not None
    with closing(open_plant(common.plant)) as plant:
        report = plant.replay(proposal)
    if isinstance(report, Refusal):
        return refused(report, json=common.json)
    said = "identical" if report.identical else f"differs: {report.difference}"
    emit(report, json=common.json, table=lambda: f"{report.proposal}: {said}")
    return OK if report.identical else FOUND_PROBLEMS


def _period(since: str, until: str | None, decision: str | None, common: Common) -> int:
    start = read_moment(since, "--since", common)
    if isinstance(start, int):
        return start
    end: datetime | None = None
    if until is not None:
        found = read_moment(until, "--until", common, ahead=None)
        if isinstance(found, int):
            return found
        end = found
        if end <= start:
            cure = "Give a later day."
            return wrong_use(f"--until {until} is not after --since", cure, json=common.json)
    with closing(open_plant(common.plant)) as plant:
        report = plant.replay_since(
            start, until=end, decision=decision, progress=partial(_tell, quiet=common.quiet)
        )
    if isinstance(report, Refusal):
        return refused(report, json=common.json)
    emit(report, json=common.json, table=lambda: _text(report))
    for one in report.as_recorded:
        say(f"  {one.count:,} times: {one.what}", quiet=common.quiet)
    if not report.identical:
        say("  Run `chargehand audit verify`: it says whether the record itself was edited.")
    return OK if report.identical else FOUND_PROBLEMS


def _tell(passed: int, size: int, *, quiet: bool) -> None:
    say(f"{passed:,} of {size:,} entries", quiet=quiet)


def _text(report: ReplayedPeriod) -> str:
    """What came of it, in lines."""
    seen = f"{report.proposals:,} proposals, {report.rulings:,} rulings, {report.orders:,} orders"
    if report.first is None:
        lines = [f"identical: {seen}"]
    else:
        one = report.first
        about = f"{one.proposal or 'policy'}, {one.what} of {one.at:%Y-%m-%d %H:%M:%S %Z}"
        lines = [
            f"DIFFERS: {seen}",
            f"first: {about} (entry {one.entry}), {one.field}",
            f"  recorded: {one.recorded}",
            f"  now:      {one.now}",
        ]
        if one.because:
            lines.append(f"  because:  {one.because}")
        lines += [f"more that differ, {other.what}: {other.count:,}" for other in report.others]
    if report.probes:
        lines.append(f"probes that have ended, wrong on purpose: {report.probes:,}")
    return "\n".join(lines)
