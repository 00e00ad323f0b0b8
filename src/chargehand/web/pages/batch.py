"""Several proposals approved together: what it comes to is shown first, and each is its own act."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from chargehand.plant.batching import BatchDone, BatchPreview, Pick
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import Refusal
from chargehand.web import words
from chargehand.web.forms import Filled, FilledForm
from chargehand.web.pages.decision import STATUS_BY_CODE, UNPROCESSABLE
from chargehand.web.pages.filters import InboxFilter
from chargehand.web.render import Notice, go, page
from chargehand.web.session import Seen, Visit

router = APIRouter(include_in_schema=False)


@router.get("/batch")
@router.get("/batch/approve")
def address(seen: Seen) -> Response:
    """Somebody reloads the address that a form was sent to: back to the list."""
    return RedirectResponse(seen.url("/inbox"), status_code=303)


@router.post("/batch")
def preview(seen: Seen, form: FilledForm) -> Response:
    """Show what approving the chosen ones would come to. Nothing happens yet."""
    picks = picks_of(form)
    if not picks:
        told = Notice(kind="problem", text="Nothing is chosen. Choose with the boxes, or key X.")
        return go(seen, f"/inbox{InboxFilter.read(form.single).query}", told)
    found = seen.plant.preview_batch(
        picks, by=str(seen.person.person), justification=form.one("justification").strip()
    )
    return _shown(seen, form, found)


@router.post("/batch/approve")
def approve(seen: Seen, form: FilledForm) -> Response:
    """Approve them, for the sum that was shown; whatever does not go stays, with its reason."""
    picks, by = picks_of(form), str(seen.person.person)
    reason = form.one("justification").strip()
    done = seen.plant.approve_many(picks, by=by, total=tuple(_totals(form)), justification=reason)
    if isinstance(done, Refusal):
        found = seen.plant.preview_batch(picks, by=by, justification=reason)
        told = Notice(kind="problem", text=f"Nothing was approved. {words.sentence(done.because)}")
        status = STATUS_BY_CODE.get(done.code, UNPROCESSABLE)
        return _shown(seen, form, found, told, status=status)
    if done.approved == len(done.answers):
        text = f"{done.approved} approved; their orders are placed."
        return go(seen, f"/inbox{InboxFilter.read(form.single).query}", Notice(text=text))
    return _shown(seen, form, None, done=done)


def picks_of(form: Filled) -> tuple[Pick, ...]:
    """The proposals that a form names, each with the version that was looked at."""
    found = []
    for text in form.all("pick"):
        id, _, version = text.rpartition(".")
        known = version.isascii() and version.isdecimal()
        found.append(Pick(id=id, version=int(version[:9])) if id and known else Pick(id=text))
    return tuple(found)


def _totals(form: Filled) -> Iterator[Money]:
    for text in form.all("total"):
        amount, _, currency = text.partition(" ")
        try:
            yield Money.of(Decimal(amount), currency)
        except (InvalidOperation, ValueError):
            continue


def _shown(
    seen: Visit,
    form: Filled,
    found: BatchPreview | Refusal | None,
    notice: Notice | None = None,
    *,
    done: BatchDone | None = None,
    status: int = 200,
) -> Response:
    if isinstance(found, Refusal):
        notice = notice or Notice(kind="problem", text=words.sentence(found.because))
        status, found = STATUS_BY_CODE.get(found.code, UNPROCESSABLE), None
    return page(
        seen,
        "screens/batch.html",
        here="/inbox",
        status=status,
        notice=notice,
        found=found,
        done=done,
        picks=form.all("pick"),
        justification=form.one("justification"),
        shown=InboxFilter.read(form.single),
    )
