"""Acts on proposals: on the version that was read, and once per idempotency key."""

from __future__ import annotations

import json
import re
from datetime import datetime
from hashlib import sha256

from fastapi import Request, Response

from chargehand.api.problems import PROBLEM_JSON, ApiProblem, refused
from chargehand.api.replies import Act, Replies, Reply
from chargehand.plant.reading import Done, ProposalDetail
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from chargehand.vocabulary.wire import write

FIRST_ERROR = 400
_TAG = re.compile(r'(W/)?"([^"]*)"')


def etag(version: int) -> str:
    """Return the strong entity tag of a proposal's version.

    >>> etag(3)
    '"3"'
    """
    return f'"{version}"'


def matches(if_match: str, version: int) -> bool:
    """Whether an If-Match header names a version (a weak tag never does).

    >>> matches('"2", "3"', 3), matches('W/"3"', 3), matches("*", 3)
    (True, False, True)
    """
    if if_match.strip() == "*":
        return True
    return any(not tag[1] and tag[2] == str(version) for tag in _TAG.finditer(if_match))


def named(key: str | None) -> str:
    """Return an act's idempotency key, which it must have."""
    if key is None:
        raise ApiProblem("idempotency_key_missing", "An act needs an Idempotency-Key header.")
    return key


def conditional(if_match: str | None) -> str:
    """Return an act's condition, which it must have."""
    if if_match is None:
        raise ApiProblem("if_match_missing", "An act on a proposal needs an If-Match header.")
    return if_match


def act_on(
    request: Request,
    *,
    person: str,
    key: str,
    asked: object,
    act: Act,
) -> Response:
    """Carry out one act under its key, and answer it or its repetition.

    Parameters
    ----------
    request
        The request, for its address.
    person, key
        Who asks, and under which idempotency key.
    asked
        Body and condition of the request, in JSON's own types.
    act
        Does it.
    """
    text = json.dumps([request.scope["path"], asked], sort_keys=True)
    replies = request.app.state.replies
    assert isinstance(replies, Replies)
    reply = replies.once(person, key, sha256(text.encode()).hexdigest(), act)
    headers = {"Idempotent-Replayed": "true"} if reply.replayed else {}
    if reply.etag:
        headers["ETag"] = reply.etag
    kind = PROBLEM_JSON if reply.status >= FIRST_ERROR else "application/json"
    return Response(reply.body, reply.status, headers=headers, media_type=kind)


def reply_of(done: Done | Refusal) -> Reply:
    """Turn the plant's answer to an act on a proposal into what is sent."""
    if isinstance(done, Refusal):
        return problem_reply(refused(done))
    return Reply(status=200, body=write(done, Done), etag=etag(done.version))


def problem_reply(problem: ApiProblem) -> Reply:
    """Turn a problem into what is sent, so that it is repeated as well."""
    return Reply(status=problem.status, body=bytes(problem.response().body).decode())


def check_version(detail: ProposalDetail | None, if_match: str, id: str) -> ProposalDetail:
    """Return a proposal that exists in a version that was asked for."""
    if detail is None:
        raise ApiProblem(RefusalCode.UNKNOWN_PROPOSAL.value, f"There is no proposal {id}.")
    if not matches(if_match, detail.row.version):
        raise ApiProblem(
            RefusalCode.STALE.value,
            f"{detail.row.id} is at version {detail.row.version} now: read it again.",
        )
    return detail


def done_before(
    detail: ProposalDetail | None, person: str, cut_off: datetime | None
) -> Done | None:
    """Find what an act that was cut off came to: the person's own last step since it began."""
    if detail is None or cut_off is None:
        return None
    own = [line for line in detail.history if line.who == person and line.at >= cut_off]
    if not own:
        return None
    return Done(
        proposal=detail.row.id,
        version=detail.row.version,
        state=detail.row.state,
        text=own[-1].what,
        orders=tuple(order.key for order in detail.orders),
    )
