"""Work through the weekly exception review."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from chargehand.cli.context import (
    FAILED,
    OK,
    PLAIN,
    Common,
    emit,
    open_plant,
    refused,
    rows_of,
    say,
)
from chargehand.cli.filters import wrong_place, wrong_window, wrong_word
from chargehand.cli.people import Actor, acting
from chargehand.vocabulary.refusal import Refusal, RefusalCode

if TYPE_CHECKING:
    from rich.console import RenderableType

    from chargehand.plant.reviews import ReviewDetail, ReviewRow

STATES = ("open", "overdue", "completed", "all")
VERDICTS = ("fine", "wrong", "unclear")
Number = Annotated[str, Parameter(help="Number of the review, such as 12 or R-12.")]

app = App(name="review", help="Work through the weekly exception review.")


@app.command(name="list")
def list_(
    *,
    state: Annotated[str, Parameter(help="open, overdue, completed or all.")] = "all",
    site: Annotated[str | None, Parameter(help="Only this site.")] = None,
    limit: Annotated[int, Parameter(help="At most so many.")] = 100,
    common: Common = PLAIN,
) -> int:
    """List reviews, the newest first."""
    wrong = wrong_word("--state", state, STATES, json=common.json)
    wrong = wrong or wrong_window(limit, json=common.json)
    if wrong is not None:
        return wrong
    with closing(open_plant(common.plant)) as plant:
        if (wrong := wrong_place(plant, site=site, json=common.json)) is not None:
            return wrong
        page = plant.reviews(site=site, state=None if state == "all" else state, limit=limit)
    emit(
        page,
        json=common.json,
        table=lambda: rows_of(
            ("Review!", "Site!", "From", "To", "State", "Answered#", "Due"),
            ((f"R-{row.number}", row.site, *_when(row)) for row in page.rows),
        ),
    )
    if not page.rows:
        say("No review yet: one opens at the end of each period of a [[reviews]] rule.",
            quiet=common.quiet)  # fmt: skip
    return OK


def _when(row: ReviewRow) -> tuple[object, ...]:
    state = "overdue" if row.is_overdue else row.state
    return (
        f"{row.period_from:%Y-%m-%d}", f"{row.period_to:%Y-%m-%d}", state,
        f"{row.answered}/{row.cases}", f"{row.due_at:%Y-%m-%d %H:%M}",
    )  # fmt: skip


@app.command
def show(number: Number, /, *, common: Common = PLAIN) -> int:
    """Show a review with its cases; those without a verdict are still to be answered."""
    with closing(open_plant(common.plant)) as plant:
        found = None if (wanted := _number(number)) is None else plant.review(wanted)
    if found is None:
        return _unknown(number, json=common.json)
    emit(found, json=common.json, table=lambda: _cases(found))
    return OK


def _cases(found: ReviewDetail) -> RenderableType:
    row = found.row
    return rows_of(
        ("Case!", "What", "Happened", "Verdict", "?Said"),
        ((one.subject, one.title, one.text, one.verdict or "-", one.said) for one in found.cases),
        title=f"R-{row.number} of {row.site}, {row.period_from:%Y-%m-%d} to"
        f" {row.period_to:%Y-%m-%d}: {row.answered} of {row.cases} answered",
    )


@app.command
def answer(
    number: Number,
    case: Annotated[str, Parameter(help="Key of the case, as `review show` lists it.")],
    verdict: Annotated[str, Parameter(help="fine, wrong or unclear.")],
    /,
    *,
    text: Annotated[str, Parameter(help="What there is to say.")] = "",
    as_: Actor = None,
    common: Common = PLAIN,
) -> int:
    """Answer one case; the last one completes the review."""
    wrong = wrong_word("VERDICT", verdict, VERDICTS, json=common.json)
    if wrong is not None:
        return wrong
    with closing(open_plant(common.plant)) as plant:
        who = acting(plant, as_)
        if isinstance(who, Refusal):
            return refused(who, json=common.json)
        wanted = _number(number)
        if wanted is None:
            return _unknown(number, json=common.json)
        done = plant.answer_review(wanted, case, verdict, by=who, text=text)
    if isinstance(done, Refusal):
        return refused(done, json=common.json)
    emit(done, json=common.json, table=lambda: done.text)
    return OK


def _number(text: str) -> int | None:
    digits = text.upper().removeprefix("R-")
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else None  # noqa: PLR2004 - as many as the column takes


def _unknown(number: str, *, json: bool) -> int:
    refusal = Refusal(code=RefusalCode.UNKNOWN_REVIEW, because=f"there is no review {number}")
    return refused(refusal, json=json) or FAILED
