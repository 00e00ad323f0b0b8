"""Steps, rulings, stops and policies against their journal entries."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256

from chargehand.plant.audit_rows import Fact, Mirror, Rows, number_of
from chargehand.record.journal import Entry
from chargehand.storage.session import Session
from chargehand.vocabulary.instant import instant, written


def steps(sql: Session) -> Mirror:
    """The history of each proposal, step by step."""
    counted: dict[int, int] = {}

    def said(entry: Entry, fact: Fact) -> Sequence[Fact]:
        proposal = number_of(fact["proposal"])
        n = counted[proposal] = counted.get(proposal, 0) + 1
        names = ("event", "state", "because")
        row = {"proposal": proposal, "n": n, "at": entry.recorded_at, "who": entry.actor}
        return (row | {name: fact[name] for name in names},)

    columns = "proposal, n, at, event, state, who, because"
    return Mirror(
        frozenset({"transition"}),
        Rows(sql, "transition", columns),
        said,
        lambda entry: f"a step of {entry.key}",
    )


def rulings(sql: Session) -> Mirror:
    """Each ruling as it was made."""
    names = (
        "number", "proposal", "version", "verdict", "clause", "policy_version", "justification",
        "cost", "currency", "at",
    )  # fmt: skip

    def said(_entry: Entry, fact: Fact) -> Sequence[Fact]:
        lists = {name: json.dumps(fact[name]) for name in ("cleared_by", "action_digests")}
        # Entries of the first releases tell neither.
        lists |= {"for_whom": json.dumps(fact["for_whom"]) if "for_whom" in fact else ""}
        lists |= {"standing": fact.get("standing", "")}
        return ({name: fact[name] for name in names} | lists,)

    columns = ", ".join((*names, "cleared_by", "action_digests", "for_whom", "standing"))
    return Mirror(
        frozenset({"ruling"}),
        Rows(sql, "ruling", columns),
        said,
        lambda entry: f"a ruling on {entry.key}",
    )


def outcomes(sql: Session) -> Mirror:
    """What came of each proposal, as it was measured."""
    names = ("followed", "because", "expected", "actual")

    def said(entry: Entry, fact: Fact) -> Sequence[Fact]:
        row = {
            "proposal": number_of(entry.key),
            "is_right": int(fact["right"]),
            "worth": fact["worth"]["amount"],
            "currency": fact["worth"]["currency"],
            "measured_at": written(instant(fact["measured_at"])),
        }
        return (row | {name: fact[name] for name in names},)

    columns = ", ".join((*names, "proposal", "is_right", "worth", "currency", "measured_at"))
    return Mirror(
        frozenset({"outcome"}),
        Rows(sql, "outcome", columns),
        said,
        lambda entry: f"the outcome of {entry.key}",
    )


def policies(sql: Session) -> Mirror:
    """Each version of the policy, word for word."""

    def said(entry: Entry, fact: Fact) -> Sequence[Fact]:
        return (
            {
                "version": fact["version"],
                "text": fact["text"],
                "digest": sha256(fact["text"].encode()).hexdigest(),
                "activated_at": entry.recorded_at,
                "who": entry.actor,
            },
        )

    return Mirror(
        frozenset({"policy"}),
        Rows(sql, "policy", "version, text, digest, activated_at, who"),
        said,
        lambda entry: f"policy version {entry.key}",
    )
