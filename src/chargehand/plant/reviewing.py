"""The weekly exception review: its pack, its answers, and what follows when it is overdue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from chargehand.governance.answering import may_answer
from chargehand.governance.phase import Phase
from chargehand.governance.reviewing import (
    REMINDED_BEFORE,
    VERDICTS,
    ReviewRule,
    last_boundary,
    rule_of,
)
from chargehand.outcomes.exceptions import Case
from chargehand.plant import looking_at, phases, policies, review_book
from chargehand.plant.locked import locked_out
from chargehand.plant.notices import notice
from chargehand.plant.pacing import Paced
from chargehand.plant.reading import Done
from chargehand.plant.review_book import COMPLETED, OPENED, OVERDUE, REMINDED, Standing
from chargehand.plant.review_pack import Period, pack
from chargehand.storage.docket import Docket
from chargehand.storage.store import Store
from chargehand.storage.transaction import stored_tree
from chargehand.storage.view import SqlRecordView
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import instant
from chargehand.vocabulary.refusal import Refusal, RefusalCode

LINK = "/reviews"


def tend_reviews(store: Store) -> int:
    """Open the packs that are due, remind of those that will be overdue, and let those lapse."""
    policy = policies.in_force(store)
    with store.snapshot() as sql:
        known = list(review_book.standings(sql.execute))
    if not policy.reviews and not any(one.is_open for one in known):
        return 0
    return store.write(lambda docket: open_due(docket) + follow_up(docket))


tend = Paced(lambda plant: tend_reviews(plant.store))
"""What the worker calls each round."""


def open_due(docket: Docket) -> int:
    """Open the pack of each site whose period has ended; returns how many were opened.

    After a pause (the plant was off) one pack is for all the time since the last one.
    """
    policy = policies.within(docket)
    if not policy.reviews:
        return 0
    last: dict[str, datetime] = {}
    for one in review_book.standings(docket.sql):
        last[one.site] = max(one.until, last.get(one.site, one.until))
    opened = 0
    for site in SqlRecordView(docket.transaction.session, docket.now()).all_sites:
        rule = rule_of(policy.reviews, site)
        if rule is None:
            continue
        until = last_boundary(docket.now(), rule.every_days)
        since = last.get(site, until - timedelta(days=rule.every_days))
        if since < until and (site in last or _held_at(docket) < until):
            _open(docket, rule, str(site), since, until)
            opened += 1
    return opened


def _held_at(docket: Docket) -> datetime:
    """Since when the present policy holds: a first review is of a period that it saw the end of."""
    row = docket.sql(
        "SELECT recorded_at FROM journal WHERE kind <> 'movement' AND kind = 'policy'"
        " ORDER BY number DESC LIMIT 1"
    ).fetchone()
    return instant(row["recorded_at"])


def _open(docket: Docket, rule: ReviewRule, site: str, since: datetime, until: datetime) -> None:
    head = docket.sql("SELECT size, peaks FROM head").fetchone()
    tree = stored_tree(head["size"], head["peaks"])
    period = Period(site=site, since=since, until=until, size=tree.size, root=tree.root().hex())
    cases = pack(docket.transaction.session, period, rule.sample)
    looking_at.strike_out(docket, site, until)
    # From now on, not from the end of the period: the plant may have been off.
    due_at = docket.now() + timedelta(days=rule.due_days)
    opened = review_book.write_opened(docket, period, cases, due_at=due_at, sample=rule.sample)
    if opened.is_open:
        text = f"{site} is to be reviewed by {due_at:%Y-%m-%d %H:%M} UTC; cases: {len(cases)}"
        _tell(docket, opened, rule, text)


def follow_up(docket: Docket) -> int:
    """Remind of reviews that are nearly overdue; let automation lapse where one is."""
    policy = policies.within(docket)
    done = 0
    overdue: set[str] = set()
    for review in list(review_book.standings(docket.sql)):
        rule = rule_of(policy.reviews, review.site)
        if not review.is_open:
            continue
        if rule is None:
            # What has lapsed is lifted by answers only, not by a text that asks for none.
            overdue |= {review.site} if review.event == OVERDUE else set()
        elif docket.now() >= review.due_at:
            overdue.add(review.site)
            done += _lapse(docket, review, rule)
        elif review.event == OPENED and docket.now() >= review.due_at - REMINDED_BEFORE:
            review_book.move(docket, review, REMINDED, who=review_book.BY_ITSELF)
            text = f"the review of {review.site} is overdue from {review.due_at:%Y-%m-%d %H:%M} UTC"
            _tell(docket, review, rule, f"{text} on: automation goes back to assist then")
            done += 1
    return done + _lift(docket, overdue)


def _lapse(docket: Docket, review: Standing, rule: ReviewRule) -> int:
    if review.event == OVERDUE and phases.demotions_by(docket, "review_overdue", review.site):
        return 0
    because = f"its exception review R-{review.number} is overdue since {review.due_at:%Y-%m-%d}"
    phases.demote_by(
        docket, decision="*", site=review.site, zone="*", to=Phase.ASSIST,
        cause="review_overdue", because=because, who=review_book.BY_ITSELF,
    )  # fmt: skip
    if review.event == OVERDUE:
        return 0
    review_book.move(docket, review, OVERDUE, who=review_book.BY_ITSELF)
    _tell(docket, review, rule, f"{review.site} is set back to assist: {because}")
    return 1


def _lift(docket: Docket, overdue: set[str]) -> int:
    """End what lapsed at sites where no review is overdue any more."""
    lifted = 0
    for site in {one.site for one in review_book.standings(docket.sql)} - overdue:
        for number in phases.demotions_by(docket, "review_overdue", site):
            because = "its exception review is completed"
            phases.end_demotion(docket, number, who=review_book.BY_ITSELF, because=because)
            lifted += 1
    return lifted


def _tell(docket: Docket, review: Standing, rule: ReviewRule, text: str) -> None:
    notice(
        docket, "review", text=text, site=review.site, roles=rule.roles,
        link=f"{LINK}/{review.number}",
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """A person's answer to one case."""

    review: int
    subject: str
    verdict: str
    text: str
    by: str


def answer(docket: Docket, given: Answering) -> Done | Refusal:
    """Note an answer; the last open case completes the review, and what had lapsed is lifted."""
    review = review_book.standing_of(docket.sql, given.review)
    fact = review_book.opened_fact(docket.sql, given.review)
    if review is None or fact is None:
        return _unknown(f"there is no review R-{given.review}")
    policy = policies.within(docket)
    rule = rule_of(policy.reviews, review.site)
    roles = rule.roles if rule is not None else policy.administrators
    refusal = may_answer(policy.person(given.by), review.site, roles, policy)
    refusal = refusal or locked_out(docket.sql, given.by)
    if refusal is not None:
        return refusal
    if not review.is_open:
        because = f"R-{given.review} is completed: its answers stay as they are"
        return Refusal(code=RefusalCode.REVIEW_INVALID, because=because)
    if given.verdict not in VERDICTS:
        because = f"the verdict is one of {', '.join(VERDICTS)}, not {given.verdict!r}"
        return Refusal(code=RefusalCode.REVIEW_INVALID, because=because)
    subjects = [case.subject for case in wire.read(tuple[Case, ...], fact["pack"])]
    if given.subject not in subjects:
        return _unknown(f"R-{given.review} has no case {given.subject}")
    text = docket.personal(given.text, person=given.by)
    review_book.write_answer(docket, given.review, given.subject, given.verdict, text, who=given.by)
    left = len(set(subjects) - review_book.answers_of(docket.sql, given.review).keys())
    if left == 0:
        review_book.move(docket, review, COMPLETED, who=given.by)
        follow_up(docket)
    return Done(
        proposal="", version=0, state="open" if left else "completed",
        text=f"noted; {left} of {len(subjects)} cases are left" if left
        else f"noted; the review of {review.site} is completed",
    )  # fmt: skip


def _unknown(because: str) -> Refusal:
    return Refusal(code=RefusalCode.UNKNOWN_REVIEW, because=because)
