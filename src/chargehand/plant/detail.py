"""One proposal, whole: what it says, how it was ruled, what it was read from, what came of it."""

from __future__ import annotations

import json
from typing import Any

from chargehand.decisions.decision import Proposal
from chargehand.plant import installed
from chargehand.plant.listing import proposal_row
from chargehand.plant.measuring import outcome_line
from chargehand.plant.reading import (
    Check,
    EvidenceLine,
    HistoryLine,
    OrderLine,
    ProposalDetail,
)
from chargehand.plant.rulings import checks_of, said_by
from chargehand.storage.session import Row, Session
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import instant
from chargehand.vocabulary.work import (
    Action,
    CountTask,
    MoveTask,
    ParameterChange,
    Requisition,
    Transfer,
)

EVIDENCE_MAX = 60


def detail(sql: Session, number: int) -> ProposalDetail | None:
    """One proposal, or None where there is none of that number."""
    row = sql.execute("SELECT * FROM proposal WHERE number = ?", (number,)).fetchone()
    if row is None:
        return None
    outcome = sql.execute("SELECT * FROM outcome WHERE proposal = ?", (number,)).fetchone()
    return ProposalDetail(
        row=proposal_row(row),
        proposal=wire.read(Proposal, row["body"]),
        question=json.loads(row["question"]),
        verdict=row["verdict"],
        ruling_text=row["ruling_text"],
        policy_version=row["policy_version"],
        checks=tuple(
            Check(clause=one.clause, passed=one.passed, text=one.text) for one in checks_of(row)
        ),
        evidence=tuple(_evidence(sql, json.loads(row["evidence"]))),
        history=_history(sql, number),
        orders=_orders(sql, number),
        outcome=None if outcome is None else outcome_line(outcome),
        changeable=_changeable(row["decision"]) if row["state"] == "waiting" else (),
        approved_by=_approved_by(sql, row),
        roster=row["roster"],
        escalated=row["escalated"],
        undo_until=row["undo_until"] and instant(row["undo_until"]),
    )


def _approved_by(sql: Session, row: Row) -> str:
    """Who has approved the present version so far, in words."""
    ruling = sql.execute(
        "SELECT cleared_by, for_whom FROM ruling WHERE proposal = ? AND version = ?"
        " AND verdict <> 'refused' ORDER BY number DESC LIMIT 1",
        (row["number"], row["version"]),
    ).fetchone()
    if ruling is None:
        return ""
    return said_by(json.loads(ruling["cleared_by"]), json.loads(ruling["for_whom"] or "{}"))


def _changeable(decision: str) -> tuple[str, ...]:
    if decision not in installed.names():
        return ()
    return installed.load(decision).changeable


def _evidence(sql: Session, references: list[str]) -> list[EvidenceLine]:
    lines = []
    for reference in references[:EVIDENCE_MAX]:
        row = sql.execute(
            "SELECT kind, key, body, occurred_at, recorded_at FROM journal WHERE number = ?",
            (int(reference.removeprefix("#")),),
        ).fetchone()
        if row is not None:
            lines.append(
                EvidenceLine(
                    reference=reference,
                    kind=row["kind"],
                    at=instant(row["occurred_at"] or row["recorded_at"]),
                    text=_said(row["kind"], row["key"], json.loads(row["body"])),
                )
            )
    return lines


def _said(kind: str, key: str, body: dict[str, Any]) -> str:
    """What a journal entry says, in a few words."""
    definition = body.get("definition")
    if isinstance(definition, dict):
        return _definition(definition)
    quantity = body.get("quantity") or body.get("counted")
    if isinstance(quantity, dict) and "material" in body:
        place = body.get("location") or body.get("to_location") or body.get("from_location") or ""
        return f"{quantity['amount']} {body['material']} {place}".strip()
    if kind == "forecast":
        return f"{body.get('kind')}: {body.get('count')} made"
    return key


def _definition(definition: dict[str, Any]) -> str:
    names = ("order", "asset", "material", "supplier", "location", "state", "name", "description")
    said = [str(definition[name]) for name in names if definition.get(name)]
    return " ".join(dict.fromkeys(said[:3]))


def _history(sql: Session, number: int) -> tuple[HistoryLine, ...]:
    steps = [
        HistoryLine(
            at=instant(row["at"]), what=row["event"], who=row["who"], because=row["because"],
            entry=row["entry"],
        )
        for row in sql.execute(
            "SELECT * FROM transition WHERE proposal = ? ORDER BY n", (number,)
        )
    ]  # fmt: skip
    effects = sql.execute(
        "SELECT number, recorded_at, actor, body FROM journal"
        " WHERE kind <> 'movement' AND kind = 'effect'"
        " AND key IN (SELECT key FROM orders WHERE proposal = ?)",
        (number,),
    )
    for row in effects:
        body = json.loads(row["body"])
        steps.append(
            HistoryLine(
                at=instant(row["recorded_at"]),
                what=f"order {body['order']} {body['state']}",
                who=row["actor"], because=body["because"] or body["reference"] or "",
                entry=row["number"],
            )
        )  # fmt: skip
    return tuple(sorted(steps, key=lambda step: (step.at, step.entry or 0)))


def _orders(sql: Session, number: int) -> tuple[OrderLine, ...]:
    rows = sql.execute("SELECT * FROM orders WHERE proposal = ? ORDER BY key", (number,))
    return tuple(
        OrderLine(
            key=row["key"], target=row["target"], state=row["state"],
            what=what(wire.read(Action, row["action"])), reference=row["reference"],
            attempts=row["attempts"], last_error=row["last_error"],
        )
        for row in rows
    )  # fmt: skip


def what(action: Action) -> str:
    """An action in one line."""
    match action:
        case MoveTask():
            return (
                f"{action.transaction}: {action.quantity} {action.material} from"
                f" {action.from_location} to {action.to_location}"
            )
        case Transfer():
            return (
                f"transfer: {action.quantity} {action.material} from {action.from_site}"
                f" {action.from_location} to {action.site} {action.to_location}"
            )
        case Requisition():
            return f"requisition: {action.quantity} {action.material} from {action.supplier or '?'}"
        case ParameterChange():
            return (
                f"levels of {action.material}: reorder at {action.reorder_point},"
                f" up to {action.order_up_to}"
            )
        case CountTask():
            return f"count: {action.material} at {action.location}"
