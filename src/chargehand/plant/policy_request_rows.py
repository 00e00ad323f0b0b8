"""Change requests as they are written: a row and a journal entry for each step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from chargehand.governance.authority import Person
from chargehand.governance.change_request import RequestKind, RequestState
from chargehand.governance.policy import Policy
from chargehand.governance.promotion import Evidence
from chargehand.plant import policies
from chargehand.plant.notices import notice
from chargehand.plant.policy_request_facts import (
    ENDED,
    REQUEST,
    SIGNATURE,
    Request,
    key_of,
    newest,
)
from chargehand.storage.docket import Docket
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import written

WAITS = timedelta(days=14)
"""How long a request waits for signatures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Another policy text, and who puts it forward."""

    policy: Policy
    text: str
    by: Person | None
    because: str
    tests: Mapping[str, object]
    """How many policy tests it has passed, and the digest of their text."""


def open_request(docket: Docket, ask: Ask, before: Policy, evidence: tuple[Evidence, ...]) -> int:
    """Write a request down with all that speaks for it; returns its number."""
    assert ask.by is not None
    who = str(ask.by.person)
    number = newest(docket.sql) + 1
    text = policies.veiled(docket, ask.text)
    kind = RequestKind.PROMOTION if evidence else RequestKind.POLICY
    fact = {
        "kind": str(kind),
        "base_version": before.version,
        "new_version": ask.policy.version,
        "sha256": sha256(text.encode()).hexdigest(),
        "text": text,
        "because": docket.personal(ask.because, person=who),
        "evidence": wire.plain(evidence, tuple[Evidence, ...]),
        "tests": dict(ask.tests),
        "expires_at": written(docket.now() + WAITS),
    }
    entry = docket.entry(REQUEST, key_of(number), wire.canonical(fact), actor=who)
    docket.sql(
        "INSERT INTO change_request (number, kind, state, base_version, new_version, digest, text,"
        " because, evidence, proposed_by, proposed_at, expires_at, ended_because, entry)"
        f" VALUES ({', '.join('?' * 14)})",
        (
            number, fact["kind"], str(RequestState.WAITING), before.version, ask.policy.version,
            fact["sha256"], text, fact["because"], wire.canonical(fact["evidence"]), who,
            written(docket.now()), fact["expires_at"], "", entry,
        ),
    )  # fmt: skip
    return number


def write_signature(
    docket: Docket, request: Request, who: str, role: str, verdict: str, because: str
) -> str:
    """Write one person's word on a request; returns the token of what they said."""
    said = docket.personal(because, person=who)
    n = len(request.signatures) + 1
    fact = {
        "n": n, "role": role, "verdict": verdict, "because": said, "sha256": request.digest,
    }  # fmt: skip
    entry = docket.entry(SIGNATURE, key_of(request.number), wire.canonical(fact), actor=who)
    docket.sql(
        "INSERT INTO signature (request, n, person, role, verdict, because, at, entry)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (request.number, n, who, role, verdict, said, written(docket.now()), entry),
    )
    return said


def end(docket: Docket, number: int, state: RequestState, because: str, who: str) -> None:
    """End a request."""
    fact = {"state": str(state), "because": because}
    docket.entry(ENDED, key_of(number), wire.canonical(fact), actor=who)
    docket.sql(
        "UPDATE change_request SET state = ?, ended_at = ?, ended_because = ? WHERE number = ?",
        (str(state), written(docket.now()), because, number),
    )


def tell(docket: Docket, request: Request, text: str) -> None:
    """Tell whoever proposed it what became of it."""
    said = f"{key_of(request.number)} {text}"
    notice(docket, "request", text=said, person=request.proposed_by, link=link_of(request.number))


def link_of(number: int) -> str:
    """Where the console shows a request."""
    return f"/policy/requests/{key_of(number)}"
