"""Writing a proposal down: its row, its journal entry, and how it was ruled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chargehand.decisions.decision import Answer, Decision
from chargehand.governance.listed import columns_of
from chargehand.governance.policy import Awaiting, Check, Cleared, Policy, Ruled, Submission
from chargehand.plant import installed
from chargehand.plant.probe_tickets import chance
from chargehand.plant.queues import queue_columns
from chargehand.plant.rulings import deed_digest
from chargehand.storage.docket import RANKS, Docket
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.refusal import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What an answer was made from."""

    as_of: datetime
    seen: int
    """Size of the journal."""
    carries: str = ""
    """What binds it to a ticket, where it is a probe made from one."""


def write_proposal(
    docket: Docket,
    number: int,
    snapshot: Snapshot,
    decision: Decision[Any],
    answer: Answer[Any],
    submission: Submission,
    ruled: Ruled,
    policy: Policy,
) -> None:
    """Write a new proposal with its question, evidence and ruling: a row and a journal entry."""
    proposal = submission.proposal
    question = wire.write(answer.question, decision.question)
    body = wire.write(proposal)
    fact = {
        "id": f"P-{number}", "version": submission.version, "decision": decision.name,
        "question": question, "proposal": body, "evidence": list(answer.evidence),
        "release": installed.release(decision.name), "seal": snapshot.carries or chance(),
    }  # fmt: skip
    entry = docket.entry("proposal", f"P-{number}", wire.canonical(fact), actor=submission.proposer)
    docket.put_proposal(
        proposal_row(docket, number, submission, ruled, policy)
        | {
            "title": decision.title,
            "as_of": written(snapshot.as_of),
            "seen": snapshot.seen,
            "label": answer.subject.label,
            "zone": answer.subject.zone,
            "site": answer.subject.site,
            "subject": answer.subject.key,
            "question": question,
            "body": body,
            "evidence": wire.canonical(list(answer.evidence)),
            "action_digest": deed_digest(proposal),
            "entry": entry,
        }
    )
    docket.transition(
        number, "propose", _state(ruled), who=submission.proposer, because=ruling_text(ruled)
    )


def proposal_row(
    docket: Docket, number: int, submission: Submission, ruled: Ruled, policy: Policy
) -> dict[str, Any]:
    """The columns of a proposal that follow from what it says and how it was ruled."""
    proposal = submission.proposal
    now = written(docket.now())
    ruling = ruled.ruling
    expires_at = ruling.expires_at if isinstance(ruling, Awaiting) else None
    return {
        "number": number, "version": submission.version, "decision": submission.decision,
        "headline": proposal.headline, "state": _state(ruled),
        "priority": proposal.priority.value, "rank": RANKS[proposal.priority],
        "cost": str(proposal.cost.amount), "inaction": str(proposal.cost_of_inaction.amount),
        "inaction_rank": float(proposal.cost_of_inaction.amount),
        "currency": proposal.cost.currency, "confidence": proposal.confidence,
        "basis": proposal.basis, "decide_before": written(proposal.decide_before),
        "measure_after": written(proposal.measure_after),
        "expires_at": None if expires_at is None else written(expires_at),
        "created_at": now, "updated_at": now, "verdict": verdict(ruled),
        "clause": ruled.clause, "ruling_text": ruling_text(ruled),
        "checks": wire.write(ruled.checks, tuple[Check, ...]),
        "policy_version": ruled.policy_version, "undo_until": None,
        "loss": -float(proposal.cost_of_inaction.amount),
        **columns_of(proposal, submission.decision, submission.proposer),
    } | queue_columns(policy, submission, ruled, docket.now())  # fmt: skip


def verdict(ruled: Ruled) -> str:
    """The ruling in one word."""
    if isinstance(ruled.ruling, Cleared):
        return "cleared"
    return "awaiting" if isinstance(ruled.ruling, Awaiting) else "refused"


def ruling_text(ruled: Ruled) -> str:
    """The ruling in one sentence."""
    if isinstance(ruled.ruling, Cleared):
        return f"cleared by policy version {ruled.policy_version}, {ruled.clause}"
    return ruled.ruling.because


def _state(ruled: Ruled) -> str:
    return "observed" if isinstance(ruled.ruling, Refusal) else "waiting"
