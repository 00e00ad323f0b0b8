"""How other systems' stock lists agree with the record."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from chargehand.cli.context import (
    FAILED,
    FOUND_PROBLEMS,
    OK,
    PLAIN,
    Common,
    emit,
    open_plant,
    refused,
    rows_of,
    say,
    told,
)
from chargehand.cli.filters import wrong_window
from chargehand.vocabulary.refusal import Refusal

if TYPE_CHECKING:
    from rich.console import RenderableType

    from chargehand.plant.reading_reconciliation import DifferenceDetail

app = App(name="reconcile", help="Say how other systems' lists agree with the record.")


@app.command
def systems(*, common: Common = PLAIN) -> int:
    """List every system by its newest list; exit code 3 where a difference is open."""
    with closing(open_plant(common.plant)) as plant:
        rows = plant.reconciliation()
    emit(
        rows,
        json=common.json,
        table=lambda: rows_of(
            ("System", "Site", "List of!", "Lines#", "Differ#", "Explained#", "Open#",
             "?Tolerated#", "?To correct#", "Worth#"),
            (
                (
                    row.system, row.site, f"{row.taken_at:%Y-%m-%d %H:%M}", f"{row.lines:,}",
                    row.differing, row.explained, row.open, row.tolerated, row.to_correct,
                    " and ".join(map(str, row.unexplained_value)),
                )
                for row in rows
            ),
        ),
    )  # fmt: skip
    if not rows:
        say("No list came yet: `chargehand import snapshot FILE`.", quiet=common.quiet)
    return FOUND_PROBLEMS if any(row.open for row in rows) else OK


@app.command(name="list")
def list_(
    *,
    state: Annotated[
        str,
        Parameter(help="open, tolerated, explained, closed, superseded, outdated, theirs or all."),
    ] = "open",
    system: Annotated[str | None, Parameter(help="Only this system.")] = None,
    site: Annotated[str | None, Parameter(help="Only this site.")] = None,
    material: Annotated[str | None, Parameter(help="Only this material.")] = None,
    limit: Annotated[int, Parameter(help="At most so many.")] = 100,
    after: Annotated[str | None, Parameter(help="Go on after this mark.")] = None,
    common: Common = PLAIN,
) -> int:
    """List differences, those of the newest list first."""
    if (wrong := wrong_window(limit, after, json=common.json)) is not None:
        return wrong
    with closing(open_plant(common.plant)) as plant:
        page = plant.differences(
            state=None if state == "all" else state, system=system, site=site, material=material,
            after=after, limit=limit,
        )  # fmt: skip
    if isinstance(page, Refusal):
        return refused(page, json=common.json)
    emit(
        page,
        json=common.json,
        table=lambda: rows_of(
            ("Difference!", "System", "Where", "Material", "?Lot", "Ours#", "Theirs#",
             "Unexplained#", "Worth#", "State", "Because"),
            (
                (
                    row.id, row.system, f"{row.site}/{row.location}", row.material, row.lot,
                    row.ours, row.theirs, row.unexplained, row.value, row.state, row.because,
                )
                for row in page.rows
            ),
        ),
    )  # fmt: skip
    if page.next and not common.json:
        say(f"More with --after {page.next}", quiet=common.quiet)
    return OK


@app.command
def show(
    difference: Annotated[str, Parameter(help="Difference, such as D-120.3.")],
    /,
    *,
    common: Common = PLAIN,
) -> int:
    """Show one difference: what it comes from, where to look, and what became of it."""
    with closing(open_plant(common.plant)) as plant:
        found = plant.difference(difference)
    if found is None:
        cure = "`chargehand reconcile list --state all` lists them."
        return told(FAILED, f"there is no difference {difference}", cure, json=common.json)
    emit(found, json=common.json, table=lambda: _page(found))
    return OK


def _page(found: DifferenceDetail) -> RenderableType:
    from rich.console import Group

    row = found.row
    facts = (
        ("Difference", f"{row.id} of {row.system}, {row.state}"),
        ("Where", f"{row.site}/{row.location}"),
        ("What", " ".join(part for part in (row.material, row.description, row.lot) if part)),
        ("Ours", f"{row.ours} {row.unit}"),
        ("Theirs", f"{row.theirs} {row.unit} on {row.taken_at:%Y-%m-%d %H:%M} UTC"),
        ("Unexplained", f"{row.unexplained} {row.unit}" + (f", {row.value}" if row.value else "")),
        ("Since", f"{found.since:%Y-%m-%d %H:%M} UTC"),
    )
    causes = (
        ("perhaps" if one.is_candidate else "explained", one.cause, one.amount, ", ".join(one.keys))
        for one in found.attributions
    )
    steps = ((f"{s.at:%Y-%m-%d %H:%M}", s.state, s.because, s.who, s.entry) for s in found.history)
    return Group(
        rows_of(("", ""), facts),
        rows_of(("", "Cause", "Amount#", "By"), causes),
        rows_of(("At!", "State", "Because", "By", "Entry#"), steps),
    )
