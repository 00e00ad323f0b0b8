"""What the journal says of change requests: their text, who signed it, and how they ended.

Judged by the journal alone: whoever edits a row neither adds a signature nor opens a request again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from chargehand.governance.change_request import Need, RequestKind, RequestState
from chargehand.governance.policy import Policy
from chargehand.governance.promotion import Evidence
from chargehand.plant.journalled import backwards
from chargehand.storage.personal import Sql
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import instant

REQUEST, SIGNATURE, ENDED = "change_request", "signature", "request_ended"
SIGNED, REJECTED = "signed", "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as the journal tells it."""

    number: int
    kind: RequestKind
    base_version: int
    new_version: int
    text: str
    """With tokens in the place of people's names."""
    because: str
    evidence: tuple[Evidence, ...]
    tests: Mapping[str, object]
    proposed_by: str
    proposed_at: datetime
    expires_at: datetime
    state: RequestState
    ended_because: str
    signatures: tuple[Signature, ...]
    digest: str
    """Of the text."""

    @property
    def signers(self) -> tuple[str, ...]:
        """Who agreed so far, in order."""
        return tuple(one.person for one in self.signatures if one.verdict == SIGNED)

    def missing(self, policy: Policy, asked: Iterable[Need], *, also: tuple[str, ...] = ()) -> str:
        """What it still needs, in words, with more signatures than those here; empty: nothing."""
        signed, said = (*self.signers, *also), []
        for need in asked:
            if left := need.left(policy, self.proposed_by, signed):
                able = [one for one in need.able(policy, self.proposed_by) if one not in signed]
                people = "person has" if left == 1 else "people have"
                said.append(f"{left} more {people} to sign ({', '.join(able) or 'nobody may'})")
        return "; ".join(said)

    @property
    def revision(self) -> int:
        """Goes up with each step, from 1."""
        return 1 + len(self.signatures) + (self.state is not RequestState.WAITING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One person's word on a request."""

    person: str
    role: str
    verdict: str
    because: str
    at: datetime


def key_of(number: int) -> str:
    """The name of a request."""
    return f"C-{number}"


def newest(sql: Sql) -> int:
    """The number of the newest request, whose row may be gone; 0 where there was none."""
    row = sql(
        "SELECT key FROM journal WHERE kind <> 'movement' AND kind = ?"
        " ORDER BY number + 0 DESC LIMIT 1",  # by kind, and not backwards through everything
        (REQUEST,),
    ).fetchone()
    return 0 if row is None else int(row["key"].removeprefix("C-"))


def request_of(sql: Sql, number: int) -> Request | None:
    """A request as the journal tells it; ``PlantFault`` where its entries were edited."""
    key = key_of(number)
    opened = next(iter(backwards(sql, REQUEST, key)), None)
    if opened is None:
        return None
    row, fact = opened
    # Of an earlier request under the same name, whose row somebody took away, nothing counts.
    since = row["number"]
    ended = [body for one, body in backwards(sql, ENDED, key) if one["number"] > since]
    signed = [
        Signature(
            person=one["actor"], role=body["role"], verdict=body["verdict"],
            because=body["because"], at=instant(one["recorded_at"]),
        )
        for one, body in backwards(sql, SIGNATURE, key)
        if one["number"] > since and body["sha256"] == fact["sha256"]
    ]  # fmt: skip
    return Request(
        number=number,
        kind=RequestKind(fact["kind"]),
        base_version=fact["base_version"],
        new_version=fact["new_version"],
        text=fact["text"],
        because=fact["because"],
        evidence=wire.read_plain(tuple[Evidence, ...], fact["evidence"]),
        tests=fact["tests"],
        proposed_by=row["actor"],
        proposed_at=instant(row["recorded_at"]),
        expires_at=instant(fact["expires_at"]),
        state=RequestState(ended[-1]["state"]) if ended else RequestState.WAITING,
        ended_because=ended[-1]["because"] if ended else "",
        signatures=tuple(reversed(signed)),
        digest=fact["sha256"],
    )
