"""What waits too long: it is handed on to other roles, and in the end it expires; never a yes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chargehand.governance.policy import Policy
from chargehand.plant import policies
from chargehand.plant.notices import notice
from chargehand.plant.queues import escalate_at, escalation, handed
from chargehand.plant.rulings import submission_of
from chargehand.storage.docket import Docket
from chargehand.vocabulary.instant import written

if TYPE_CHECKING:
    from chargehand.plant.plant import Plant

AT_ONCE = 500
"""Proposals that one transaction hands on."""
WHO = "chargehand"


def escalate_due(plant: Plant) -> int:
    """Hand on every proposal that nobody has decided in time; returns how many."""
    return plant.store.write(escalate)


def escalate(docket: Docket) -> int:
    """Hand on what is due: told in the journal and to people, and due again after as long."""
    rows = docket.sql(
        "SELECT * FROM proposal WHERE escalate_at IS NOT NULL AND escalate_at <= ?"
        " AND state = 'waiting' ORDER BY escalate_at, number LIMIT ?",
        (written(docket.now()), AT_ONCE),
    ).fetchall()
    if rows:
        policy = policies.within(docket)
        for row in rows:
            _hand_on(docket, policy, dict(row))
    return len(rows)


def _hand_on(docket: Docket, policy: Policy, row: Mapping[str, Any]) -> None:
    submission = submission_of(row)
    rule, number = escalation(policy, submission), row["number"]
    if rule is None:  # the policy has changed: nobody is told any more
        because = "no rule of the policy in force hands it on any more"
        more = {"escalated": row["escalated"], "escalate_at": None, "handed_to": row["handed_to"]}
        docket.transition(number, "escalate", "waiting", who=WHO, because=because, more=more)
        docket.sql("UPDATE proposal SET escalate_at = NULL WHERE number = ?", (number,))
        return
    times = row["escalated"] + 1
    at, to = escalate_at(policy, submission, docket.now()), handed(rule.escalate_to)
    roles = ", ".join(sorted(rule.escalate_to))
    because = f"nobody decided since {row['escalate_at']}: handed on to {roles}"
    more = {"escalated": times, "escalate_at": at, "handed_to": to}
    docket.transition(number, "escalate", "waiting", who=WHO, because=because, more=more)
    docket.sql(
        "UPDATE proposal SET escalated = ?, escalate_at = ?, handed_to = ? WHERE number = ?",
        (times, at, to, number),
    )
    notice(
        docket, "escalation", site=row["site"], roles=rule.escalate_to,
        text=f"P-{number} has waited too long: {row['headline']}", link=f"/proposals/P-{number}",
    )  # fmt: skip


def expire(docket: Docket) -> int:
    """Close what nobody decided in time; where a rule says so, its question is asked anew."""
    rows = docket.sql(
        "SELECT * FROM proposal WHERE state = 'waiting' AND expires_at <= ?",
        (written(docket.now()),),
    ).fetchall()
    if rows:
        policy = policies.within(docket)
        for row in rows:
            _expired(docket, policy, dict(row))
    return len(rows)


def _expired(docket: Docket, policy: Policy, row: Mapping[str, Any]) -> None:
    because = f"nobody decided before {row['expires_at']}"
    rules = policy.approval_rules(submission_of(row))
    if any(rule.on_expiry == "ask_again" for rule in rules):
        because += "; it is asked again"
        docket.trigger(row["site"], row["subject"])
    docket.transition(row["number"], "expire", "expired", who=WHO, because=because)
