"""Outcomes: what came of proposals, in hindsight."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from chargehand.cli.context import OK, PLAIN, Common, emit, open_plant, rows_of, say
from chargehand.cli.filters import wrong_window
from chargehand.cli.moments import read_moment

if TYPE_CHECKING:
    from chargehand.plant.plant import Plant
    from chargehand.plant.reading import OutcomeLine, OutcomeRow


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
        names = _names(plant, lines)
    emit(
        lines,
        json=common.json,
        table=lambda: rows_of(
            ("Proposal!", "Followed", "Was", "Worth#", "Because", "?Expected", "?Came"),
            (
                (
                    name, line.followed, _shown(line.right), line.worth, line.because,
                    line.expected, line.actual,
                )
                for name, line in zip(names, lines, strict=True)
            ),
        ),
    )  # fmt: skip
    if not lines:
        say("Nothing was due to be measured.", quiet=common.quiet)
    return OK


def _names(plant: Plant, lines: list[OutcomeLine]) -> list[str]:
    """The proposals of lines that were written just now, from the list of outcomes."""
    known: list[OutcomeRow] = []
    after = None
    while len(known) < len(lines):
        page = plant.outcomes(after=after, limit=1000)
        known += page.rows
        if (after := page.next) is None:
            break
    names = []
    for line in lines:
        place = next((i for i, row in enumerate(known) if row.outcome == line), None)
        names.append("-" if place is None else known.pop(place).proposal.id)
    return names


def outcomes(
    *,
    limit: Annotated[int, Parameter(help="At most so many.")] = 100,
    after: Annotated[
        str | None, Parameter(help="Go on after this mark of an earlier list.")
    ] = None,
    common: Common = PLAIN,
) -> int:
    """List what came of proposals, from the journal."""
    if (wrong := wrong_window(limit, after, json=common.json)) is not None:
        return wrong
    with closing(open_plant(common.plant)) as plant:
        page = plant.journal(kind="outcome", after=after, limit=limit)
    columns = ("followed", "right", "worth", "because", "expected", "actual")
    emit(
        page,
        json=common.json,
        table=lambda: rows_of(
            (
                "?Entry#", "Proposal!", "Followed", "Was", "Worth#", "Because", "?Expected",
                "?Came",
            ),
            ((r.number, r.key, *(_shown(r.body.get(c)) for c in columns)) for r in page.rows),
        ),
    )  # fmt: skip
    if not page.rows:
        say("Nothing measured yet: `chargehand measure`.", quiet=common.quiet)
    return OK


def _shown(value: object) -> object:
    if isinstance(value, bool):
        return "right" if value else "wrong"
    if isinstance(value, dict) and {"amount", "currency"} <= value.keys():
        return f"{value['currency']} {value['amount']}"
    return value
