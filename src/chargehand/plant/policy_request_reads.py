"""What is shown of change requests and of the versions of the policy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from difflib import unified_diff
from typing import Any

from chargehand.governance.change_request import RequestState, needs
from chargehand.governance.comparison import Difference, differences
from chargehand.governance.policy import Policy
from chargehand.governance.promotion import Evidence
from chargehand.plant import policies
from chargehand.plant.journalled import whole
from chargehand.plant.policy_names import with_names
from chargehand.plant.policy_request_facts import Request, Signature, key_of, request_of
from chargehand.storage.personal import Sql, shown
from chargehand.storage.session import Session
from chargehand.vocabulary.instant import instant
from chargehand.vocabulary.refusal import Refusal, RefusalCode

DIGITS_MAX = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRow:
    """One line of the list of change requests."""

    id: str
    kind: str
    """``policy``, or ``promotion`` where it raises a phase."""
    state: str
    title: str
    base_version: int
    new_version: int
    proposed_by: str
    proposed_at: datetime
    expires_at: datetime
    because: str
    signed_by: tuple[str, ...]
    may_sign: tuple[str, ...]
    """Who may still sign or reject it; empty where it is closed."""
    missing: str
    """What it still needs, in words; empty where it is closed."""
    ended_because: str
    revision: int
    """Goes up with each step, from 1: what an If-Match names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRequest:
    """A change request whole."""

    row: RequestRow
    text: str
    before: str
    """The text that it would take the place of."""
    differences: tuple[Difference, ...]
    """In words, section by section."""
    lines: tuple[str, ...]
    """The same as a unified diff of the two texts."""
    evidence: tuple[Evidence, ...]
    signatures: tuple[Signature, ...]
    tests: int
    """Policy tests that it has passed."""

    @property
    def number(self) -> int:
        """The number in its name."""
        return int(self.row.id.removeprefix("C-"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVersion:
    """One version of the policy."""

    version: int
    title: str
    digest: str
    since: datetime
    who: str
    """Whose act put it in force."""
    proposed_by: str
    signed_by: tuple[str, ...]
    request: str
    """The change request that brought it; empty for the first one."""


def number_of(id: str) -> int | Refusal:
    """The number in ``C-12`` or ``12``."""
    digits = id.strip().upper().removeprefix("C-")
    if digits.isascii() and digits.isdigit() and len(digits) <= DIGITS_MAX:
        return int(digits)
    because = f"{id!r} is not a change request; they are named like C-12"
    return Refusal(code=RefusalCode.UNKNOWN_REQUEST, because=because)


def rows(sql: Session, *, state: str | None, before: int | None, limit: int) -> list[RequestRow]:
    """Change requests, the newest first."""
    found = sql.execute(
        "SELECT number FROM change_request WHERE state = coalesce(?, state) AND number < ?"
        " ORDER BY number DESC LIMIT ?",
        (state, 10**DIGITS_MAX if before is None else before, limit),
    ).fetchall()
    requests = (request_of(sql.execute, row["number"]) for row in found)
    policy = policies.at(sql)
    return [_row(sql.execute, policy, one) for one in requests if one is not None]


def one(sql: Session, number: int) -> ChangeRequest | None:
    """One change request whole."""
    request = request_of(sql.execute, number)
    if request is None:
        return None
    text = with_names(request.text, sql.execute)
    before = text_of(sql, request.base_version) or ""
    old, new = policies.parse(before), policies.parse(text)
    found: tuple[Difference, ...] = ()
    if isinstance(old, Policy) and isinstance(new, Policy):
        found = differences(old, new)
    lines = unified_diff(
        before.splitlines(), text.splitlines(), f"version {request.base_version}",
        f"version {request.new_version}", lineterm="", n=2,
    )  # fmt: skip
    return ChangeRequest(
        row=_row(sql.execute, policies.at(sql), request),
        text=text,
        before=before,
        differences=found,
        lines=tuple(lines),
        evidence=request.evidence,
        signatures=shown(sql.execute, request.signatures),
        tests=int(str(request.tests.get("count", 0))),
    )


def _row(sql: Sql, policy: Policy, request: Request) -> RequestRow:
    asked = needs(policy, request.proposed_by, request.evidence)
    waiting = request.state is RequestState.WAITING
    able = [name for need in asked for name in need.able(policy, request.proposed_by)]
    left = [name for name in dict.fromkeys(able) if name not in request.signers]
    text = policies.parse(request.text)
    line = RequestRow(
        id=key_of(request.number),
        kind=str(request.kind),
        state=str(request.state),
        title=text.title if isinstance(text, Policy) else "",
        base_version=request.base_version,
        new_version=request.new_version,
        proposed_by=request.proposed_by,
        proposed_at=request.proposed_at,
        expires_at=request.expires_at,
        because=request.because,
        signed_by=request.signers,
        may_sign=tuple(left) if waiting else (),
        missing=request.missing(policy, asked) if waiting else "",
        ended_because=request.ended_because,
        revision=request.revision,
    )
    return shown(sql, line)


def versions(sql: Session) -> list[PolicyVersion]:
    """Every version of the policy, the newest first, as the journal tells it."""
    found = sql.execute(
        "SELECT * FROM journal WHERE kind <> 'movement' AND kind = 'policy' ORDER BY number DESC"
    ).fetchall()
    return [_version(row, whole(row)) for row in found]


def _version(row: Any, body: dict[str, Any]) -> PolicyVersion:
    policy = policies.parse(body["text"])
    request = body.get("request")
    return PolicyVersion(
        version=body["version"],
        title=policy.title if isinstance(policy, Policy) else "",
        digest=body["sha256"],
        since=instant(row["recorded_at"]),
        who=row["actor"],
        proposed_by=body.get("proposed_by", row["actor"]),
        signed_by=tuple(body.get("signed_by", ())),
        request="" if request is None else key_of(request),
    )


def text_of(sql: Session, version: int) -> str | None:
    """The text of a version, with people's names."""
    row = sql.execute(
        "SELECT * FROM journal WHERE kind <> 'movement' AND kind = 'policy' AND key = ?"
        " ORDER BY number DESC LIMIT 1",
        (str(version),),
    ).fetchone()
    return None if row is None else with_names(whole(row)["text"], sql.execute)
