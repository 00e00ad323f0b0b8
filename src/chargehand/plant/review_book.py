"""Reviews in the journal and their tables: opened, reminded of, overdue, answered, completed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chargehand.outcomes.exceptions import Case
from chargehand.plant.journalled import backwards, newest_of_each, whole
from chargehand.plant.review_pack import Period
from chargehand.storage.docket import Docket
from chargehand.storage.personal import Sql
from chargehand.storage.statements import replacing
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import instant, written

BY_ITSELF = "chargehand"
OPENED, REMINDED, OVERDUE, COMPLETED = "opened", "reminded", "overdue", "completed"
ANSWERED = "review_answer"
REVIEW = "number, site, period_from, period_to, state, pack, due_at, entry"
ANSWER = "review, n, subject, verdict, text, person, at, entry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a review stands, as the journal tells it."""

    number: int
    site: str
    until: datetime
    due_at: datetime
    event: str
    """The last thing that happened to it: ``opened``, ``reminded``, ``overdue``, ``completed``."""

    @property
    def is_open(self) -> bool:
        """Whether cases are still to be answered."""
        return self.event != COMPLETED


def standings(sql: Sql) -> Iterator[Standing]:
    """Where every review stands. From the journal: an edited row must not count as a review."""
    for row, fact in newest_of_each(sql, "review"):
        yield Standing(
            number=int(row["key"].removeprefix("R-")), site=fact["site"],
            until=instant(fact["period_to"]), due_at=instant(fact["due_at"]), event=fact["event"],
        )  # fmt: skip


def standing_of(sql: Sql, number: int) -> Standing | None:
    """Where one review stands; None where there is none of that number."""
    return next((one for one in standings(sql) if one.number == number), None)


def write_opened(
    docket: Docket, period: Period, cases: Sequence[Case], *, due_at: datetime, sample: int
) -> Standing:
    """Open a review with its pack; one without cases is complete at once."""
    number = max((one.number for one in standings(docket.sql)), default=0) + 1
    body = wire.write(tuple(cases), tuple[Case, ...])
    since, until = period.span
    fact = {
        "event": OPENED, "site": period.site, "period_from": since, "period_to": until,
        "due_at": written(due_at), "size": period.size, "root": period.root, "seed": period.seed,
        "sample": sample, "pack": body,
    }  # fmt: skip
    entry = docket.entry("review", f"R-{number}", wire.canonical(fact), actor=BY_ITSELF)
    docket.sql(
        f"INSERT INTO review ({REVIEW}) VALUES (?, ?, ?, ?, 'open', ?, ?, ?)"
        f" {replacing(REVIEW, 'number')}",
        (number, period.site, since, until, body, written(due_at), entry),
    )
    opened = Standing(
        number=number, site=period.site, until=period.until, due_at=due_at, event=OPENED
    )
    return opened if cases else move(docket, opened, COMPLETED, who=BY_ITSELF)


def move(docket: Docket, review: Standing, event: str, *, who: str) -> Standing:
    """Note what happened to a review."""
    fact = {
        "event": event, "site": review.site, "period_to": written(review.until),
        "due_at": written(review.due_at),
    }  # fmt: skip
    docket.entry("review", f"R-{review.number}", wire.canonical(fact), actor=who)
    if event == OVERDUE:
        docket.sql("UPDATE review SET state = 'overdue' WHERE number = ?", (review.number,))
    if event == COMPLETED:
        docket.sql(
            "UPDATE review SET state = 'completed', completed_by = ?, completed_at = ?"
            " WHERE number = ?",
            (who, written(docket.now()), review.number),
        )
    return Standing(
        number=review.number, site=review.site, until=review.until, due_at=review.due_at,
        event=event,
    )  # fmt: skip


def write_answer(
    docket: Docket, review: int, subject: str, verdict: str, text: str, *, who: str
) -> None:
    """Note a person's answer to a case; a later one stands in its place."""
    newest = next(backwards(docket.sql, ANSWERED, f"R-{review}"), None)
    n = 1 if newest is None else newest[1]["n"] + 1
    fact = {"n": n, "subject": subject, "verdict": verdict, "text": text}
    entry = docket.entry(ANSWERED, f"R-{review}", wire.canonical(fact), actor=who)
    docket.sql(
        f"INSERT INTO review_answer ({ANSWER}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        f" {replacing(ANSWER, 'review', 'n')}",
        (review, *fact.values(), who, written(docket.now()), entry),
    )


def answers_of(sql: Sql, review: int) -> dict[str, dict[str, Any]]:
    """The answers that hold, by case. From the journal: an inserted row answers nothing."""
    found: dict[str, dict[str, Any]] = {}
    for row, fact in backwards(sql, ANSWERED, f"R-{review}"):
        found.setdefault(
            fact["subject"], {**fact, "person": row["actor"], "at": row["recorded_at"]}
        )
    return found


def opened_fact(sql: Sql, review: int) -> dict[str, Any] | None:
    """What the journal says of the opening of a review: its pack, and what it was drawn by."""
    row = sql(
        "SELECT * FROM journal WHERE kind <> 'movement' AND kind = 'review' AND key = ?"
        " ORDER BY number LIMIT 1",
        (f"R-{review}",),
    ).fetchone()
    return None if row is None else whole(row)
