"""Submissions and rulings to and from their rows, and how things stand when one is made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

from chargehand.decisions.decision import Proposal
from chargehand.governance.breaker import BreakerRule, OpenBreaker, Reading, evaluate
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
from chargehand.storage.docket import Docket
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import instant, written
from chargehand.vocabulary.money import ZERO, Money

PROPOSER = "chargehand"
"""Who proposes: the service itself, which can never approve."""
STOP = "stop"
WARRANTED = (
    "number", "proposal", "version", "verdict", "cleared_by", "policy_version", "action_digests",
)  # fmt: skip
"""What of a ruling must be as the journal tells it before anything is carried out on it."""


def warrant_of(docket: Docket, number: int) -> RulingRecord | None:
    """A ruling that an order may name; None where its row does not say what the journal says."""
    row = docket.ruling(number)
    if row is None:
        return None
    fact = docket.ruled_fact(row["entry"])
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
    rows = docket.sql(
        "SELECT body FROM journal WHERE kind <> 'movement' AND kind = 'proposal' AND key = ?"
        " ORDER BY number",
        (f"P-{number}",),
    )
    said = (json.loads(row["body"]).get("changed_by") for row in rows)
    return tuple(dict.fromkeys(str(who) for who in said if who))


def is_as_ruled(docket: Docket, row: Mapping[str, Any]) -> bool:
    """Whether a stored proposal still holds the very actions that were ruled on."""
    ruled = docket.last_ruled(row["number"], row["version"])
    actions = wire.read(Proposal, row["body"]).actions
    return ruled.get("action_digests") == [digest_of((action,)) for action in actions]


def awaiting_of(docket: Docket, row: Mapping[str, Any]) -> Awaiting:
    """A waiting proposal, with the approvals that it has so far."""
    agreed = docket.sql(
        "SELECT entry FROM ruling WHERE proposal = ? AND version = ?"
        " AND verdict = 'awaiting' ORDER BY number DESC LIMIT 1",
        (row["number"], row["version"]),
    ).fetchone()
    # From the journal: whoever edits the row of a ruling must not become a second person.
    fact = docket.ruled_fact(agreed["entry"]) if agreed else {}
    ours = ("awaiting", row["number"], row["version"])
    is_ours = (fact.get("verdict"), fact.get("proposal"), fact.get("version")) == ours
    approvals = tuple(fact["cleared_by"]) if is_ours else ()
    return Awaiting(
        submission=submission_of(row, changers_of(docket, row["number"])),
        because=row["ruling_text"],
        clause=row["clause"],
        policy_version=fact["policy_version"] if is_ours else row["policy_version"],
        checks=checks_of(row),
        needs="second_person" if approvals else "approval",
        expires_at=instant(row["expires_at"]),
        approvals=approvals,
    )


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
) -> int:
    """Append a ruling; its number is what orders must name."""
    record = recorded(0, submission, ruling, policy_version=policy.version)
    approvals = ruling.approvals if isinstance(ruling, Awaiting) else record.cleared_by
    cost = value_of(submission.proposal) or submission.proposal.cost
    return docket.put_ruling(
        {
            "proposal": number,
            "version": submission.version,
            "verdict": record.verdict,
            "cleared_by": list(approvals),
            "clause": ruling.clause if isinstance(ruling, Cleared | Awaiting) else ruling.code,
            "policy_version": policy.version,
            "justification": justification,
            "action_digests": list(record.action_digests),
            "cost": str(cost.amount),
            "currency": cost.currency,
        },
        actor=", ".join(approvals) or "policy",
    )


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


def standing(docket: Docket, day: datetime, currency: str) -> Standing:
    """How things stand: what policy cleared today, what is open, whether automation is stopped."""
    start = written(day.replace(hour=0, minute=0, second=0, microsecond=0))
    rows = docket.sql(
        "SELECT cost, currency FROM ruling"
        " WHERE verdict = 'cleared' AND cleared_by = ? AND at >= ?",
        (json.dumps(["policy"]), start),
    ).fetchall()
    spent = sum((Decimal(row["cost"]) for row in rows if row["currency"] == currency), Decimal(0))
    breakers = open_breakers(docket)
    return Standing(
        open_breakers=tuple(one for one in breakers if one.cause != STOP),
        spent_today=Money(spent, currency),
        cleared_today=len(rows),
        stopped=any(one.cause == STOP for one in breakers),
    )


def open_breakers(docket: Docket) -> list[OpenBreaker]:
    """Breakers that are open, the stop of all automation included."""
    rows = docket.sql(
        "SELECT decision, site, zone, cause, because, cure FROM breaker WHERE closed_at IS NULL"
    )
    return [OpenBreaker(**dict(row)) for row in rows]


def read_breakers(docket: Docket, policy: Policy) -> list[OpenBreaker]:
    """Read every breaker of the policy, and open those whose readings are beyond their limits."""
    known = {
        (one.decision, one.site, one.zone) for one in open_breakers(docket) if one.cause != STOP
    }
    opened = []
    for rule in policy.breakers:
        if (rule.decision, rule.site, rule.zone) in known:
            continue
        found = evaluate(rule, reading(docket, rule))
        if found is not None:
            _open(docket, found)
            opened.append(found)
    return opened


def _open(docket: Docket, breaker: OpenBreaker) -> None:
    fields = {
        "decision": breaker.decision, "site": breaker.site, "zone": breaker.zone,
        "cause": breaker.cause, "because": breaker.because, "cure": breaker.cure,
        "opened_at": written(docket.now()),
    }  # fmt: skip
    key = f"{breaker.decision}|{breaker.site}|{breaker.zone}"
    entry = docket.entry("breaker", key, wire.canonical(fields), actor="chargehand")
    docket.sql(
        "INSERT INTO breaker (id, decision, site, zone, cause, because, cure, opened_at, entry)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (entry, *fields.values(), entry),
    )


def _closed_at(docket: Docket, rule: BreakerRule) -> str:
    """When a person last closed the breaker of a rule: what was before has been looked at.

    A stop is no verdict on what was seen, so ending one does not start the count anew.
    """
    row = docket.sql(
        "SELECT max(closed_at) FROM breaker WHERE cause <> ? AND decision = ? AND site = ?"
        " AND zone = ?",
        (STOP, rule.decision, rule.site, rule.zone),
    ).fetchone()
    return row[0] or ""


def reading(docket: Docket, rule: BreakerRule) -> Reading:
    """What has been seen in a rule's scope: decided and measured over its window, spent today."""
    now = docket.now()
    scope = "(? = '*' OR decision = ?) AND (? = '*' OR site = ?) AND (? = '*' OR zone = ?)"
    within = [name for part in (rule.decision, rule.site, rule.zone) for name in (part, part)]
    closed = _closed_at(docket, rule)
    since = max(written(now - timedelta(days=rule.window_days)), closed)
    decided = docket.sql(
        f"SELECT count(*) AS n, count(CASE state WHEN 'rejected' THEN 1 END) AS rejected,"
        f" count(CASE state WHEN 'failed' THEN 1 END) AS failed FROM proposal WHERE {scope}"
        " AND updated_at >= ? AND state IN"
        " ('cleared', 'sent', 'confirmed', 'declined', 'failed', 'rejected')",
        (*within, since),
    ).fetchone()
    measured = docket.sql(
        f"SELECT count(*) AS n, coalesce(sum(1 - o.is_right), 0) AS wrong FROM outcome o"
        f" JOIN proposal ON proposal.number = o.proposal WHERE {scope} AND measured_at >= ?",
        (*within, since),
    ).fetchone()
    failed = docket.sql(
        "SELECT count(*) FROM refusal WHERE code = 'decision_failed' AND (? = '*' OR decision = ?)"
        " AND (? = '*' OR site IN (?, '')) AND at >= ?",
        (*within[:4], closed),
    ).fetchone()[0]
    spent = ZERO
    if rule.spend_per_day_max is not None:
        start = now.replace(hour=0, minute=0, second=0, microsecond=0)
        sums = docket.sql(
            f"SELECT r.cost FROM ruling r JOIN proposal ON proposal.number = r.proposal"
            f" WHERE {scope} AND r.verdict = 'cleared' AND r.cleared_by = ? AND r.at >= ?"
            " AND r.currency = ?",
            (*within, json.dumps(["policy"]), written(start), rule.spend_per_day_max.currency),
        )
        total = sum((Decimal(row[0]) for row in sums), Decimal(0))
        spent = Money(total, rule.spend_per_day_max.currency)
    return Reading(
        decided=decided["n"], rejected=decided["rejected"], failed=decided["failed"] + failed,
        spent_today=spent, measured=measured["n"], wrong=measured["wrong"],
    )  # fmt: skip
