"""Proposals and orders as they stand, against all that the journal tells of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

from chargehand.decisions.decision import Proposal
from chargehand.governance.listed import columns_of
from chargehand.governance.policy import digest_of
from chargehand.plant.audit_acts import moved_on, undo_until
from chargehand.plant.audit_rows import Fact, differences, guarded
from chargehand.plant.rulings import PROPOSER, deed_digest, said_by
from chargehand.storage.docket import RANKS, shown
from chargehand.storage.session import Row, Session
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.work import Action

TOLD = (
    "SELECT number, recorded_at, actor, body FROM journal"
    " WHERE kind <> 'movement' AND kind = ? AND key = ?"
)


def proposals(sql: Session) -> Iterator[str]:
    """Each proposal says what its journal entries say, and stands where its steps have led."""
    for row in sql.execute("SELECT * FROM proposal"):
        yield from guarded(f"proposal P-{row['number']}", partial(_proposal, sql, row))
    for row in sql.execute(
        "SELECT key, min(number) AS entry FROM journal"
        " WHERE kind <> 'movement' AND kind = 'proposal'"
        " AND key NOT IN (SELECT 'P-' || number FROM proposal) GROUP BY key"
    ):
        yield f"proposal {row['key']} (entry {row['entry']}) is not in the table"


def _told(sql: Session, kind: str, key: str) -> list[tuple[Row, Fact]]:
    rows = sql.execute(f"{TOLD} ORDER BY number", (kind, key))
    return [(row, json.loads(row["body"])) for row in rows]


def _proposal(sql: Session, row: Row) -> Iterator[str]:
    name = f"P-{row['number']}"
    what = f"proposal {name}"
    versions = _told(sql, "proposal", name)
    steps = _told(sql, "transition", name)
    if not versions or not steps:
        yield f"{what} has no {'step' if versions else 'entry'} in the journal"
        return
    (first, opening), (last, fact) = versions[0], versions[-1]
    said = {
        "version": fact["version"],
        "decision": fact["decision"],
        "question": fact["question"],
        "body": fact["proposal"],
        "evidence": wire.canonical(opening["evidence"]),
        "entry": last["number"],
        "created_at": first["recorded_at"],
        "state": steps[-1][1]["state"],
        "updated_at": steps[-1][0]["recorded_at"],
        "undo_until": undo_until(steps),
    }
    said |= _derived(fact["proposal"])
    if row["asked"]:  # those of before lists were filtered by it have none
        proposal = wire.read(Proposal, fact["proposal"])
        said |= columns_of(proposal, fact["decision"], PROPOSER)
    yield from differences(what, row, said, last["number"])
    yield from _as_ruled(sql, row, name, steps)


def _derived(body: str) -> Fact:
    """Columns that follow from what a proposal says."""
    proposal = wire.read(Proposal, body)
    return {
        "headline": proposal.headline,
        "priority": proposal.priority.value,
        "rank": RANKS[proposal.priority],
        "cost": str(proposal.cost.amount),
        "currency": proposal.cost.currency,
        "inaction": str(proposal.cost_of_inaction.amount),
        "inaction_rank": float(proposal.cost_of_inaction.amount),
        "loss": -float(proposal.cost_of_inaction.amount),
        "confidence": proposal.confidence,
        "basis": proposal.basis,
        "decide_before": written(proposal.decide_before),
        "measure_after": written(proposal.measure_after),
        "action_digest": deed_digest(proposal),
    }


def _as_ruled(sql: Session, row: Row, name: str, steps: list[tuple[Row, Fact]]) -> Iterator[str]:
    """What it shows of its ruling is what it showed then, or what the people's approval left."""
    rulings = _told(sql, "ruling", name)
    if not rulings:
        yield f"proposal {name} was never ruled on"
        return
    entry, ruling = rulings[-1]
    said = ruling.get("shown")
    if said is None:  # recorded before rulings kept it
        return
    by = said_by(ruling["cleared_by"], ruling.get("for_whom", {}))
    if ruling["verdict"] == "cleared" and ruling["cleared_by"] != ["policy"]:
        said |= {
            "verdict": "cleared",
            "clause": ruling["clause"],
            "ruling_text": f"cleared by {by}",
        }
    said = moved_on(said, steps, entry["number"])
    yield from differences(f"proposal {name}", shown(dict(row)), said, entry["number"])


def orders(sql: Session) -> Iterator[str]:
    """Each order is the deed that its ruling cleared, and stands where its effects have led."""
    for row in sql.execute("SELECT * FROM orders ORDER BY key"):
        yield from guarded(f"order {row['key']}", partial(_order, sql, row))
    for row in sql.execute(
        "SELECT key, number FROM journal WHERE kind <> 'movement' AND kind = 'order' AND NOT EXISTS"
        " (SELECT 1 FROM orders o WHERE o.key = journal.key)"
    ):
        yield f"order {row['key']} (entry {row['number']}) is not in the table"


def _order(sql: Session, row: Row) -> Iterator[str]:
    what = f"order {row['key']}"
    placed = _told(sql, "order", row["key"])
    if len(placed) != 1:
        yield f"{what} has {len(placed)} orders in the journal, and must have one"
        return
    entry, fact = placed[0]
    said = {
        name: fact[name]
        for name in ("key", "proposal", "ruling", "target", "transaction_type", "action", "site",
                     "zone", "rank")
    }  # fmt: skip
    said |= {"entry": entry["number"], "created_at": entry["recorded_at"], "state": fact["state"]}
    said["reference"], said["release_at"] = fact.get("reference", ""), fact.get("release_at")
    for _, effect in _told(sql, "effect", row["key"]):
        said["state"] = effect["state"]
        said["reference"] = (
            said["reference"] if effect["reference"] is None else effect["reference"]
        )
        if effect["state"] != "pending":
            said["last_error"] = effect["because"]
    yield from differences(what, row, said, entry["number"])
    yield from _cleared(sql, what, row)


def _cleared(sql: Session, what: str, row: Row) -> Iterator[str]:
    ruling: Any = sql.execute(
        "SELECT r.proposal, r.verdict, r.action_digests, j.body FROM ruling r LEFT JOIN journal j"
        " ON j.number = r.entry AND j.kind = 'ruling' WHERE r.number = ?",
        (row["ruling"],),
    ).fetchone()
    fact = {} if ruling is None or ruling["body"] is None else json.loads(ruling["body"])
    ours = (fact.get("number"), fact.get("proposal"), fact.get("verdict"))
    if ours != (row["ruling"], row["proposal"], "cleared") or ruling["verdict"] != "cleared":
        yield f"{what} has no ruling that cleared it"
        return
    if json.loads(ruling["action_digests"]) != fact["action_digests"]:
        yield f"the ruling of {what} differs from its journal entry"
    if digest_of((wire.read(Action, row["action"]),)) not in fact["action_digests"]:
        yield f"{what} has no ruling that cleared it: it is another deed"
