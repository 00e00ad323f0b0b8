"""The weekly exception review, as the interfaces see it: packs, their cases, and answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chargehand.outcomes.exceptions import KINDS, Case
from chargehand.plant import review_book
from chargehand.plant.reading import Done, Page
from chargehand.plant.review_pack import Period, pack
from chargehand.plant.reviewing import Answering, answer
from chargehand.runtime import clock
from chargehand.storage.personal import shown
from chargehand.storage.session import Session
from chargehand.storage.store import Store
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import instant
from chargehand.vocabulary.refusal import Refusal

LIMIT_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRow:
    """One review of a list."""

    number: int
    site: str
    period_from: datetime
    period_to: datetime
    due_at: datetime
    state: str
    """``open``, ``overdue`` or ``completed``."""
    cases: int
    answered: int
    completed_at: datetime | None
    is_overdue: bool
    """Not completed though it is past ``due_at``: automation is set back to assist at the site."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewCase:
    """One case of a pack, and its answer as far as there is one."""

    subject: str
    """Its key in the pack: name it in the answer."""
    kind: str
    title: str
    """What kind of case it is, in words."""
    proposal: str
    """Such as ``P-12``; empty where it is about none."""
    text: str
    verdict: str
    """``fine``, ``wrong`` or ``unclear``; empty where nobody has answered."""
    said: str
    """What was added to the verdict."""
    answered_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDetail:
    """A review with all its cases."""

    row: ReviewRow
    cases: tuple[ReviewCase, ...]
    seed: str
    """What was drawn by: a hash over site, period and the journal's root when it was opened."""
    size: int
    """Entries of the journal under that root."""
    root: str


class Reviews:
    """The weekly exception review: its packs, its cases, and their answers."""

    store: Store

    def reviews(
        self,
        *,
        site: str | None = None,
        state: str | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> Page[ReviewRow]:
        """Reviews, the newest first."""
        below = int(after) if after is not None and after.isdecimal() else 2**62
        limit = max(1, min(limit, LIMIT_MAX))
        with self.store.snapshot() as sql:
            rows = sql.execute(
                "SELECT * FROM review WHERE number < ? AND (? = '' OR site = ?)"
                " AND (? = '' OR state = ?) ORDER BY number DESC LIMIT ?",
                (below, site or "", site or "", state or "", state or "", limit + 1),
            ).fetchall()
            found = tuple(_row(sql, row) for row in rows[:limit])
        following = str(found[-1].number) if len(rows) > limit else None
        return Page(rows=found, next=following)

    def review(self, number: int) -> ReviewDetail | None:
        """One review with its cases and their answers."""
        with self.store.snapshot() as sql:
            row = sql.execute("SELECT * FROM review WHERE number = ?", (number,)).fetchone()
            fact = review_book.opened_fact(sql.execute, number)
            if row is None or fact is None:
                return None
            answers = review_book.answers_of(sql.execute, number)
            detail = ReviewDetail(
                row=_row(sql, row),
                cases=tuple(
                    _case(case, answers.get(case.subject))
                    for case in wire.read(tuple[Case, ...], row["pack"])
                ),
                seed=fact["seed"],
                size=fact["size"],
                root=fact["root"],
            )
            return shown(sql.execute, detail)

    def answer_review(
        self, number: int, case: str, verdict: str, *, by: str, text: str = ""
    ) -> Done | Refusal:
        """Answer one case of a review: fine, wrong or unclear, and what there is to say."""
        given = Answering(review=number, subject=case, verdict=verdict, text=text, by=by)
        return self.store.write(lambda docket: answer(docket, given))

    def review_drawn_again(self, number: int) -> tuple[Case, ...] | None:
        """The pack of a review, made anew from its period and seed; None where there is none.

        The draw is the same as long as nothing of its period was measured or undone since.
        """
        with self.store.snapshot() as sql:
            fact = review_book.opened_fact(sql.execute, number)
            row = sql.execute("SELECT pack FROM review WHERE number = ?", (number,)).fetchone()
            if fact is None or row is None:
                return None
            waved = [
                case
                for case in wire.read(tuple[Case, ...], row["pack"])
                if case.kind == "waved_through"
            ]
            period = Period(
                site=fact["site"], since=instant(fact["period_from"]),
                until=instant(fact["period_to"]), size=fact["size"], root=fact["root"],
            )  # fmt: skip
            return pack(sql, period, fact["sample"], waved)


def _row(sql: Session, row: Any) -> ReviewRow:
    cases = {case.subject for case in wire.read(tuple[Case, ...], row["pack"])}
    answered = review_book.answers_of(sql.execute, row["number"]).keys() & cases
    due_at = instant(row["due_at"])
    done_at = row["completed_at"]
    return ReviewRow(
        number=row["number"], site=row["site"], period_from=instant(row["period_from"]),
        period_to=instant(row["period_to"]), due_at=due_at, state=row["state"], cases=len(cases),
        answered=len(answered), completed_at=None if done_at is None else instant(done_at),
        is_overdue=done_at is None and clock.now() >= due_at,
    )  # fmt: skip


def _case(case: Case, given: Any) -> ReviewCase:
    return ReviewCase(
        subject=case.subject, kind=case.kind, title=KINDS[case.kind], proposal=case.proposal,
        text=case.text, verdict="" if given is None else given["verdict"],
        said="" if given is None else given["text"],
        answered_at=None if given is None else instant(given["at"]),
    )  # fmt: skip
