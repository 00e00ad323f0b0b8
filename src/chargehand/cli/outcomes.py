"""Outcomes: what came of proposals, in hindsight."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

from cyclopts import Parameter

from chargehand.cli.context import OK, PLAIN, Common, emit, open_plant, rows_of, say
from chargehand.cli.moments import read_moment


def measure(
    *,
    as_of: Annotated[str | None, Parameter(help="As if it were then.")] = None,
    common: Common = PLAIN,
) -> int:
    """Measure what came of the proposals that are due."""
    moment = None if as_of is None else read_moment(as_of, "--as-of", common)
    if isinstance(moment, int):
        return moment
    with closing(open_plant(common.plant)) as plant:
        lines = plant.measure(as_of=moment)
    emit(
        lines,
        json=common.json,
        table=lambda: rows_of(
            ("Followed", "Right", "Worth#", "Because", "Expected", "Came"),
            (
                (line.followed, line.right, line.worth, line.because, line.expected, line.actual)
                for line in lines
            ),
        ),
    )
    if not lines:
        say("Nothing was due to be measured.", quiet=common.quiet)
    return OK


def outcomes(
    *,
    limit: Annotated[int, Parameter(help="At most so many.")] = 100,
    after: Annotated[
        str | None, Parameter(help="Go on after this mark of an earlier list.")
    ] = None,
    common: Common = PLAIN,
) -> int:
    """List what came of proposals, from the journal."""
    with closing(open_plant(common.plant)) as plant:
        page = plant.journal(kind="outcome", after=after, limit=limit)
    columns = ("followed", "right", "worth", "because", "expected", "actual")
    emit(
        page,
        json=common.json,
        table=lambda: rows_of(
            ("Entry#", "Proposal", *(column.capitalize() for column in columns)),
            ((r.number, r.key, *(_shown(r.body.get(c)) for c in columns)) for r in page.rows),
        ),
    )
    if not page.rows:
        say("Nothing measured yet: `chargehand measure`.", quiet=common.quiet)
    return OK


def _shown(value: object) -> object:
    if isinstance(value, dict) and {"amount", "currency"} <= value.keys():
        return f"{value['currency']} {value['amount']}"
    return value
