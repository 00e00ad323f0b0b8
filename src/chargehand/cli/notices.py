"""Read what you have been told."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

from cyclopts import App, Parameter

from chargehand.cli.context import OK, PLAIN, Common, emit, open_plant, refused, rows_of, say
from chargehand.cli.people import Actor, acting
from chargehand.vocabulary.refusal import Refusal

app = App(name="notices", help="Read what you have been told.")


@app.command(name="list")
def list_(
    *,
    all_: Annotated[
        bool, Parameter(name="--all", negative="", help="Also what has been seen.")
    ] = False,
    as_: Actor = None,
    common: Common = PLAIN,
) -> int:
    """List what you are told, the newest first."""
    with closing(open_plant(common.plant)) as plant:
        person = acting(plant, as_)
        if isinstance(person, Refusal):
            return refused(person, json=common.json)
        found = plant.notices(person=person, unseen=not all_)
    emit(
        found,
        json=common.json,
        table=lambda: rows_of(
            ("Number#", "When!", "About", "Site", "What"),
            ((row.number, f"{row.at:%Y-%m-%d %H:%M}", row.topic, row.site, row.text)
             for row in found),
        ),
    )  # fmt: skip
    if not found:
        say("Nothing new.", quiet=common.quiet)
    return OK


@app.command
def seen(
    number: Annotated[int, Parameter(help="Number of the notice.")],
    /,
    *,
    as_: Actor = None,
    common: Common = PLAIN,
) -> int:
    """Note that you have seen a notice."""
    with closing(open_plant(common.plant)) as plant:
        person = acting(plant, as_)
        refusal = person if isinstance(person, Refusal) else plant.notice_seen(number, by=person)
    if refusal is not None:
        return refused(refusal, json=common.json)
    emit({"seen": number}, json=common.json, table=lambda: f"notice {number} has been seen")
    return OK
