"""Weekly exception reviews: the packs of the sites, worked through case by case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from chargehand.vocabulary.refusal import Refusal
from chargehand.web import words
from chargehand.web.pages.decision import STATUS_BY_CODE, UNPROCESSABLE
from chargehand.web.pages.filters import choices, site_choices
from chargehand.web.render import Notice, go, page, query
from chargehand.web.session import Fields, Seen, Visit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chargehand.plant.reading import ProposalDetail
    from chargehand.plant.reviews import ReviewCase, ReviewDetail

HERE = "/reviews"
LIMIT = 100
DIGITS_MAX = 15
STATES = {"": "All", "open": "Open", "overdue": "Overdue", "completed": "Completed"}
VERDICTS = (("fine", "Fine", "F"), ("wrong", "Wrong", "W"), ("unclear", "Unclear", "U"))
"""Word, name and key of each answer."""

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """The case that is looked at, and the ones around it."""

    case: ReviewCase
    place: int
    """From 1."""
    proposal: ProposalDetail | None
    before: str
    after: str
    """Subjects of the cases beside it; empty at an end."""


@router.get("/reviews")
def reviews(request: Request, seen: Seen) -> Response:
    """List the reviews, the newest first."""
    asked = request.query_params
    state = asked.get("state", "")
    state, site = state if state in STATES else "", asked.get("site", "")
    after = asked.get("after") or None
    window = seen.plant.reviews(state=state or None, site=site or None, after=after, limit=LIMIT)
    overview = seen.plant.overview()
    filters = [
        ("state", "State", choices(STATES.items(), state)),
        ("site", "Site", site_choices(overview, site)),
    ]
    return page(
        seen,
        "screens/reviews.html",
        here=HERE,
        overview=overview,
        rows=window.rows,
        overdue=[row for row in window.rows if row.is_overdue],
        filters=[one for one in filters if one[2]],
        plain=not state and not site,
        more=query(state=state, site=site, after=window.next) if window.next else "",
        from_top=not after,
    )


@router.get("/reviews/{number}")
def review(request: Request, seen: Seen, number: str) -> Response:
    """Show a pack with one of its cases: the one asked for, else the first without an answer."""
    found = _of(seen, number)
    if found is None:
        return _missing(seen, number)
    return _shown(seen, found, request.query_params.get("case", ""))


@router.post("/reviews/{number}")
def answer(seen: Seen, fields: Fields, number: str) -> Response:
    """Answer a case, and go on to the next one without an answer."""
    found = _of(seen, number)
    if found is None:
        return _missing(seen, number)
    subject = fields.get("case", "")
    done = seen.plant.answer_review(
        found.row.number, subject, fields.get("verdict", ""), by=str(seen.person.person),
        text=fields.get("text", "").strip(),
    )  # fmt: skip
    if isinstance(done, Refusal):
        told = Notice(kind="problem", text=f"Nothing was noted. {words.sentence(done.because)}")
        status = STATUS_BY_CODE.get(done.code, UNPROCESSABLE)
        return _shown(seen, found, subject, told, typed=fields, status=status)
    following = _next_open(found, subject)
    address = f"/reviews/{found.row.number}{query(case=following)}"
    return go(seen, address, Notice(text=words.sentence(done.text)))


def _of(seen: Visit, number: str) -> ReviewDetail | None:
    digits = number.upper().removeprefix("R-")
    if not digits.isascii() or not digits.isdecimal() or len(digits) > DIGITS_MAX:
        return None
    return seen.plant.review(int(digits))


def _missing(seen: Visit, number: str) -> Response:
    told = Notice(kind="problem", text=f"There is no review {number[:20]}.")
    return page(seen, "screens/missing.html", here=HERE, status=404, notice=told)


def _next_open(found: ReviewDetail, subject: str) -> str:
    """The next case without an answer after one, or the first one; empty where all have theirs."""
    subjects = [one.subject for one in found.cases]
    place = subjects.index(subject) if subject in subjects else -1
    around = [*found.cases[place + 1 :], *found.cases[: max(place, 0)]]
    return next((one.subject for one in around if not one.verdict), "")


def _shown(
    seen: Visit,
    found: ReviewDetail,
    subject: str,
    notice: Notice | None = None,
    *,
    typed: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    return page(
        seen,
        "screens/review.html",
        here=HERE,
        status=status,
        notice=notice,
        d=found,
        row=found.row,
        chosen=_case(seen, found, subject),
        verdicts=VERDICTS,
        typed=typed or {},
        focus="decision" if subject else "list",
    )


def _case(seen: Visit, found: ReviewDetail, subject: str) -> CaseView | None:
    subjects = [one.subject for one in found.cases]
    wanted = subject if subject in subjects else _next_open(found, "") or (subjects or [""])[0]
    if wanted not in subjects:
        return None
    place = subjects.index(wanted)
    case = found.cases[place]
    return CaseView(
        case=case,
        place=place + 1,
        proposal=seen.plant.proposal(case.proposal) if case.proposal else None,
        before=subjects[place - 1] if place else "",
        after=subjects[place + 1] if place + 1 < len(subjects) else "",
    )
