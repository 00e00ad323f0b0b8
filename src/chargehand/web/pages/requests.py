"""Changes of the policy that wait for signatures: what they would do, and signing or rejecting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from chargehand.vocabulary.refusal import Refusal
from chargehand.web import words
from chargehand.web.pages.decision import STATUS_BY_CODE, UNPROCESSABLE
from chargehand.web.pages.filters import choices
from chargehand.web.pages.policy import HERE, views
from chargehand.web.policy_text import difference
from chargehand.web.render import Notice, go, page
from chargehand.web.session import Fields, Seen, Visit

if TYPE_CHECKING:
    from collections.abc import Mapping

LIMIT = 200
STATES = {
    "waiting": "Waiting",
    "in_force": "In force",
    "rejected": "Rejected",
    "withdrawn": "Withdrawn",
    "expired": "Expired",
    "overtaken": "Overtaken",
    "all": "All",
}

router = APIRouter(include_in_schema=False)


@router.get("/policy/requests")
def requests(request: Request, seen: Seen) -> Response:
    """List the changes that wait, or those of another state."""
    state = request.query_params.get("state", "waiting")
    state = state if state in STATES else "waiting"
    return page(
        seen,
        "screens/requests.html",
        here=HERE,
        at="/policy/requests",
        views=views(seen.plant),
        rows=seen.plant.change_requests(state=None if state == "all" else state, limit=LIMIT),
        state=state,
        filters=[("state", "State", choices(STATES.items(), state))],
    )


@router.get("/policy/requests/{id}")
def change_request(seen: Seen, id: str) -> Response:
    """Show one change: in words, line by line, with its evidence and its signatures."""
    return _shown(seen, id)


@router.post("/policy/requests/{id}/{act}")
def decide(seen: Seen, fields: Fields, id: str, act: str) -> Response:
    """Sign, reject or withdraw a change in the name of the person who is signed in."""
    because, by = fields.get("because", "").strip(), str(seen.person.person)
    acts = {
        "sign": lambda: seen.plant.sign_request(id, by=by, because=because),
        "reject": lambda: seen.plant.reject_request(id, by=by, because=because),
        "withdraw": lambda: seen.plant.withdraw_request(id, by=by, because=because),
    }
    if act not in acts:
        return _shown(seen, id)
    found = seen.plant.change_request(id)
    if found is not None and fields.get("revision") not in (None, str(found.row.revision)):
        told = Notice(
            kind="changed",
            text="It changed while you read it, so nothing was done. Read it again below.",
        )
        return _shown(seen, id, told, typed=fields, status=409)
    done = acts[act]()
    if isinstance(done, Refusal):
        told = Notice(kind="problem", text=f"Nothing was done. {words.sentence(done.because)}")
        status = STATUS_BY_CODE.get(done.code, UNPROCESSABLE)
        return _shown(seen, id, told, typed=fields, act=act, status=status)
    return go(seen, f"/policy/requests/{id}", Notice(text=words.sentence(done.text)))


def _shown(
    seen: Visit,
    id: str,
    notice: Notice | None = None,
    *,
    typed: Mapping[str, str] | None = None,
    act: str = "",
    status: int = 200,
) -> Response:
    found = seen.plant.change_request(id)
    if found is None:
        told = Notice(kind="problem", text=f"There is no change request {id[:40]}.")
        return page(seen, "screens/missing.html", here=HERE, status=404, notice=told)
    me = str(seen.person.person)
    return page(
        seen,
        "screens/request.html",
        here=HERE,
        at="",
        views=views(seen.plant),
        status=status,
        notice=notice,
        d=found,
        row=found.row,
        differing=difference(found.before, found.text),
        states=STATES,
        may_sign=me in found.row.may_sign,
        is_mine=me == found.row.proposed_by and found.row.state == "waiting",
        typed=typed or {},
        act=act,
    )
