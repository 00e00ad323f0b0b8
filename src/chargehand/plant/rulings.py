"""Submissions and rulings to and from their rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from chargehand.decisions.decision import Proposal
from chargehand.governance.policy import (
    Awaiting,
    Check,
    Cleared,
    Policy,
    Ruling,
    RulingRecord,
    Standing,
    Submission,
    digest_of,
    recorded,
    submit,
)
from chargehand.governance.submission import value_of
from chargehand.plant.journalled import said_in
from chargehand.storage.docket import Docket
from chargehand.storage.session import Result
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import instant, written

PROPOSER = "chargehand"
"""Who proposes: the service itself, which can never approve."""
WARRANTED = (
    "number", "proposal", "version", "verdict", "cleared_by", "policy_version", "action_digests",
)  # fmt: skip
"""What of a ruling must be as the journal tells it before anything is carried out on it."""

PROPOSED = {"version": "version", "decision": "decision", "body": "proposal"}
"""What of a proposal must be as the journal tells it, by its column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """Whose act led to a ruling, and when."""

    by: str
    """A person, or ``policy``."""
    at: datetime | None = None
    """The moment that it was ruled for; None: when it is written down."""


POLICY = Hand(by="policy")


def warrant_of(docket: Docket, number: int) -> RulingRecord | None:
    """A ruling that an order may name; None where its row does not say what the journal says.

    Only the latest ruling on a proposal holds: what was undone and waits again is not carried out.
    """
    row = docket.ruling(number)
    if row is None:
        return None
    fact = docket.last_ruled(row["proposal"], row["version"])
    if any(fact.get(name) != row[name] for name in WARRANTED):
        return None
    return RulingRecord(
        number=row["number"],
        proposal_id=f"P-{row['proposal']}",
        version=row["version"],
        verdict=row["verdict"],
        cleared_by=tuple(row["cleared_by"]),
        policy_version=row["policy_version"],
        action_digest="",
        action_digests=tuple(row["action_digests"]),
    )


def order_warrant(docket: Docket, row: Mapping[str, Any]) -> RulingRecord | None:
    """The ruling that lets an order go on; None where its own row was edited, or it has ended."""
    return warrant_of(docket, row["ruling"]) if docket.is_as_ordered(row) else None


def submission_of(row: Mapping[str, Any], changed_by: tuple[str, ...] = ()) -> Submission:
    """A stored proposal, as it is put before governance."""
    return submit(
        wire.read(Proposal, row["body"]),
        proposal_id=f"P-{row['number']}",
        version=row["version"],
        decision=row["decision"],
        proposer=PROPOSER,
        changed_by=changed_by,
    )


def changers_of(docket: Docket, number: int) -> tuple[str, ...]:
    """Who changed a proposal, as the journal tells it, each once."""
    return changers_told(docket.sql, number)


def changers_told(sql: Callable[..., Result], number: int) -> tuple[str, ...]:
    """The same for somebody who only reads; whoever was stood in for has changed it as well."""
    said = (changers_in(fact) for fact in _versions_told(sql, number) if fact is not None)
    return tuple(dict.fromkeys(who for some in said for who in some))


def changers_in(fact: Mapping[str, Any]) -> tuple[str, ...]:
    """Who made the version that an entry tells of, and in whose stead."""
    return tuple(str(who) for who in (fact.get("changed_by"), fact.get("for_whom")) if who)


def _versions_told(sql: Callable[..., Result], number: int) -> Iterator[Mapping[str, Any] | None]:
    """What the journal says of each version of a proposal; None for an entry that was edited."""
    rows = sql(
        "SELECT * FROM journal WHERE kind <> 'movement' AND kind = 'proposal' AND key = ?"
        " ORDER BY number",
        (f"P-{number}",),
    ).fetchall()
    return (said_in(row) for row in rows)


def is_as_ruled(docket: Docket, row: Mapping[str, Any]) -> bool:
    """Whether a stored proposal is the one that was proposed and ruled on, and stands as it says.

    Its actions, and all else that a ruling looks at: what it costs, where it acts, whose it is.
    """
    ruled = docket.last_ruled(row["number"], row["version"])
    actions = wire.read(Proposal, row["body"]).actions
    step = docket.last_told("transition", f"P-{row['number']}")
    return (
        ruled.get("action_digests") == [digest_of((action,)) for action in actions]
        and is_as_proposed(docket, row)
        and None not in _versions_told(docket.sql, row["number"])  # it may hide who changed it
        and step.get("state") == row["state"]
    )


def is_as_proposed(docket: Docket, row: Mapping[str, Any]) -> bool:
    """Whether a stored proposal says what the journal says that it is."""
    told = docket.last_told("proposal", f"P-{row['number']}")
    return all(told.get(name) == row[column] for column, name in PROPOSED.items())


def as_proposed(docket: Docket, row: dict[str, Any]) -> dict[str, Any]:
    """A stored proposal with what the journal says of it in the place of its row's own word."""
    told = docket.last_told("proposal", f"P-{row['number']}")
    return row | {column: told[name] for column, name in PROPOSED.items() if name in told}


def awaiting_of(docket: Docket, row: Mapping[str, Any]) -> Awaiting:
    """A waiting proposal, with the approvals that it has so far.

    From the journal: whoever edits a row must not become a second person, nor make more time.
    """
    fact = docket.last_ruled(row["number"], row["version"])
    is_ours = (fact.get("verdict"), fact.get("proposal")) == ("awaiting", row["number"])
    approvals = tuple(fact["cleared_by"]) if is_ours else ()
    told = fact.get("shown", {}).get("expires_at") or row["expires_at"]
    return Awaiting(
        submission=submission_of(row, changers_of(docket, row["number"])),
        because=row["ruling_text"],
        clause=row["clause"],
        policy_version=fact["policy_version"] if is_ours else row["policy_version"],
        checks=checks_of(row),
        needs="second_person" if approvals else "approval",
        expires_at=min(instant(told), instant(row["expires_at"])),
        approvals=approvals,
        for_whom=tuple(fact.get("for_whom", {}).items()) if is_ours else (),
    )


def said_by(cleared_by: Iterable[str], for_whom: Mapping[str, str]) -> str:
    """Who cleared it, in words.

    >>> said_by(["k.lee", "a.okafor"], {"k.lee": "m.weber"})
    'k.lee for m.weber, a.okafor'
    """
    steads = ((who, for_whom.get(who)) for who in cleared_by)
    return ", ".join(f"{who} for {whom}" if whom else who for who, whom in steads)


def checks_of(row: Mapping[str, Any]) -> tuple[Check, ...]:
    """The policy clauses that were looked at."""
    return wire.read(tuple[Check, ...], row["checks"])


def write_ruling(
    docket: Docket,
    number: int,
    submission: Submission,
    ruling: Ruling,
    policy: Policy,
    *,
    justification: str,
    stood: Standing | None = None,
    hand: Hand = POLICY,
) -> int:
    """Append a ruling; its number is what orders must name.

    ``justification`` is the token of what the person said; with ``stood`` (how things stood) and
    the rest of the entry, the ruling can be derived again.
    """
    fields = ruling_fields(submission, ruling, policy)
    moment = {} if hand.at is None else {"at": written(hand.at)}
    return docket.put_ruling(
        {
            "proposal": number,
            "justification": justification,
            "by": hand.by,
            "standing": "" if stood is None else wire.write(stood, Standing),
            **moment,
            **fields,
        },
        actor=", ".join(fields["cleared_by"]) or "policy",
    )


def ruling_fields(submission: Submission, ruling: Ruling, policy: Policy) -> dict[str, Any]:
    """What a ruling's entry says that follows from the ruling itself."""
    record = recorded(0, submission, ruling, policy_version=policy.version)
    approvals = ruling.approvals if isinstance(ruling, Awaiting) else record.cleared_by
    steads = ruling.for_whom if isinstance(ruling, Awaiting | Cleared) else ()
    cost = value_of(submission.proposal) or submission.proposal.cost
    return {
        "version": submission.version,
        "verdict": record.verdict,
        "cleared_by": list(approvals),
        "clause": ruling.clause if isinstance(ruling, Cleared | Awaiting) else ruling.code,
        "policy_version": policy.version,
        "action_digests": list(record.action_digests),
        "cost": str(cost.amount),
        "currency": cost.currency,
        "for_whom": dict(steads),
    }


def deed_digest(proposal: Proposal) -> str:
    """Digest of what would be done, leaving out what only explains it (dates, scores, texts, cost).

    Two proposals of the same deed are one: the second does not disturb the first.
    """
    deeds = []
    for action in proposal.actions:
        fields = wire.plain(action)
        for name in (
            "predicted_stockout_on",
            "criticality",
            "justification",
            "need_by",
            "cost",
            "priority",
        ):
            fields.pop(name, None)
        deeds.append(fields)
    return sha256(wire.canonical(deeds).encode()).hexdigest()
