"""A person's acts on a proposal: approve, change, reject, take back; then on to the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Response

from chargehand.vocabulary.refusal import Refusal, RefusalCode
from chargehand.web.pages.decision import Attempt, changed_fields
from chargehand.web.pages.filters import InboxFilter
from chargehand.web.pages.inbox import refused, unknown
from chargehand.web.render import Notice, go, no_undo
from chargehand.web.session import Fields, Seen, Visit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chargehand.plant.reading import Done

router = APIRouter(include_in_schema=False)


@router.post("/inbox/{id}/approve")
def approve(seen: Seen, fields: Fields, id: str) -> Response:
    """Approve the version that the person read, and go on to the next."""
    following = _following(seen, fields, id)
    answer = seen.plant.approve(
        id,
        by=seen.person.person,
        justification=fields.get("justification", "").strip(),
        version=_version(fields),
    )
    return _answered(seen, fields, id, "approve", answer, following)


@router.post("/inbox/{id}/reject")
def reject(seen: Seen, fields: Fields, id: str) -> Response:
    """Reject it with a reason, and go on to the next."""
    following = _following(seen, fields, id)
    answer = seen.plant.reject(
        id,
        by=seen.person.person,
        reason=fields.get("reason", ""),
        text=fields.get("text", "").strip(),
        version=_version(fields),
    )
    return _answered(seen, fields, id, "reject", answer, following)


@router.post("/inbox/{id}/change")
def change(seen: Seen, fields: Fields, id: str) -> Response:
    """Make a new version of it, and stay: the new version waits for approval again."""
    detail = seen.plant.proposal(id)
    if detail is None:
        return unknown(seen, id)
    changes = changed_fields(detail, fields)
    if not changes:
        nothing = Refusal(
            code=RefusalCode.CHANGE_INVALID, because="Nothing is different from the proposal."
        )
        return _answered(seen, fields, id, "change", nothing, f"/inbox/{id}")
    answer = seen.plant.change(
        id, by=seen.person.person, changes=changes, version=_version(fields),
        approve=bool(fields.get("approve")),
    )  # fmt: skip
    return _answered(seen, fields, id, "change", answer, f"/inbox/{id}")


@router.post("/inbox/{id}/undo")
def undo(seen: Seen, fields: Fields, id: str) -> Response:
    """Take an approval back: its orders are cancelled, and it waits again."""
    answer = seen.plant.undo(id, by=seen.person.person, because=fields.get("because", "").strip())
    return _answered(seen, fields, id, "undo", answer, f"/inbox/{id}")


def _answered(
    seen: Visit,
    fields: Mapping[str, str],
    id: str,
    act: str,
    answer: Done | Refusal,
    following: str,
) -> Response:
    shown = InboxFilter.read(fields)
    if isinstance(answer, Refusal):
        return refused(seen, shown, id, Attempt(act=act, refusal=answer, typed=fields))
    stays = act in {"change", "undo"}
    notice = Notice(
        text=answer.text,
        undo=answer.proposal if answer.undo_until else "",
        until=answer.undo_until.isoformat() if answer.undo_until else "",
        href="" if stays else f"/inbox/{answer.proposal}",
        link="" if stays else f"Open {answer.proposal}",
    )
    response = go(seen, f"{following}{shown.query}", notice)
    return no_undo(seen, response) if act == "undo" else response


def _following(seen: Visit, fields: Mapping[str, str], id: str) -> str:
    """The page of the row below the decided one, read before the list closes up."""
    ids = [
        row.id for row in InboxFilter.read(fields).rows(seen.plant, str(seen.person.person)).rows
    ]
    if id not in ids:
        return "/inbox"
    place = ids.index(id)
    rest = ids[place + 1 :] or ids[:place][::-1]
    return f"/inbox/{rest[0]}" if rest else "/inbox"


def _version(fields: Mapping[str, str]) -> int | None:
    text = fields.get("version", "")
    return int(text) if text.isdecimal() else None
