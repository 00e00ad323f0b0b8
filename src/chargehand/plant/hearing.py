"""A hearing: every question of the decisions in question, and what becomes of the answers."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from chargehand.decisions.decision import Answer, Decision, Proposal, hear
from chargehand.governance.phase import Phase
from chargehand.governance.policy import (
    Cleared,
    Policy,
    Ruled,
    Standing,
    Submission,
    rule,
    submit,
)
from chargehand.plant import policies
from chargehand.plant.ordering import place_orders
from chargehand.plant.proposing import Snapshot, write_proposal
from chargehand.plant.queues import escalate_at
from chargehand.plant.rationing import rationed
from chargehand.plant.refusing import note_refusals
from chargehand.plant.rulings import PROPOSER, Hand, deed_digest, submission_of, write_ruling
from chargehand.plant.sitting import Sitting, Tally
from chargehand.plant.standing import read_breakers
from chargehand.record.view import RecordView
from chargehand.storage.docket import Docket
from chargehand.storage.store import Undone
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.refusal import Refusal

QUIET_AFTER_REJECTION = timedelta(days=7)
"""A deed that a person rejected is not proposed again for so long."""
CHUNK = 200

Progress = Callable[[str, int, int], None]


def collect(
    decisions: Sequence[Decision[Any]],
    view: RecordView,
    progress: Progress | None,
    failed: dict[str, str],
) -> dict[str, list[Answer[Any]]]:
    """Ask every question of every decision, from one snapshot of the record.

    A decision that cannot even ask is left out: what it proposed before stays as it is.
    """
    answers: dict[str, list[Answer[Any]]] = {}
    for number, decision in enumerate(decisions):
        try:
            answers[decision.name] = list(hear(decision, view))
        except Exception:  # noqa: BLE001 - foreign code may fail in any way; the others go on
            failed[decision.name] = traceback.format_exc(limit=-3)
        if progress is not None:
            progress(decision.name, number + 1, len(decisions))
    return answers


def settle(
    sitting: Sitting, decision: Decision[Any], answers: Sequence[Answer[Any]], tally: Tally
) -> None:
    """Write the answers down, a few at a time, and have each new proposal ruled on."""
    tally.asked += len(answers)
    with sitting.store.snapshot() as sql:
        answers = rationed(decision, answers, sql)
    proposed = [answer for answer in answers if isinstance(answer.answer, Proposal)]
    for start in range(0, len(proposed), CHUNK):
        chunk = proposed[start : start + CHUNK]
        sitting.write(partial(_all_proposed, sitting, decision, chunk, tally))
    sitting.write(partial(note_refusals, sitting, decision, answers, tally))


def _all_proposed(
    sitting: Sitting,
    decision: Decision[Any],
    answers: Sequence[Answer[Any]],
    tally: Tally,
    docket: Docket,
    moved_on: frozenset[str],
) -> None:
    policy = policies.within(docket)
    read_breakers(docket, policy)
    for answer in answers:
        if answer_names(answer) & moved_on:
            # From an older record: asked again at once, and answered from the present one.
            docket.trigger(answer.subject.site, answer.subject.key)
            tally.unchanged += 1
        else:
            _proposed(sitting, policy, decision, docket, answer, tally)


def answer_names(answer: Answer[Any]) -> set[str]:
    """What an answer is about: its subject, and every material that it would act on."""
    names: set[str] = {answer.subject.key}
    if isinstance(answer.answer, Proposal):
        names.update(action.material for action in answer.answer.actions)
    return names


def _proposed(
    sitting: Sitting,
    policy: Policy,
    decision: Decision[Any],
    docket: Docket,
    answer: Answer[Any],
    tally: Tally,
) -> None:
    proposal = answer.answer
    assert isinstance(proposal, Proposal)
    subject = answer.subject
    digest = deed_digest(proposal)
    before = docket.open_proposal(decision.name, subject.site, subject.key)
    quiet = docket.now() - QUIET_AFTER_REJECTION
    same = before is not None and before["action_digest"] == digest
    may_wait_now = same and _may_wait_now(before, policy)
    if (same and not may_wait_now) or docket.same_deed(
        decision.name, subject.site, subject.key, digest, quiet
    ):
        tally.unchanged += 1
        return
    if before is not None:
        because = "the facts have changed; a new proposal takes its place"
        if may_wait_now:
            because = f"policy version {policy.version} lets it be more than observed"
        docket.transition(
            before["number"], "supersede", "superseded", who=PROPOSER, because=because
        )
        tally.superseded += 1
    number = docket.next_proposal()
    submission = submit(
        proposal, proposal_id=f"P-{number}", version=1, decision=decision.name, proposer=PROPOSER
    )
    stood = sitting.standing(docket, proposal.cost.currency)
    at = docket.now()
    ruled = rule(submission, policy, standing=stood, now=at)
    snapshot = Snapshot(as_of=sitting.as_of, seen=sitting.seen)
    write_proposal(docket, number, snapshot, decision, answer, submission, ruled, policy)
    tally.proposals.append(number)
    if clear_if_ruled(docket, number, submission, ruled, policy, sitting.owners, stood, at):
        sitting.note_cleared(decision.name, proposal)
        tally.cleared += 1


def _may_wait_now(before: Mapping[str, Any] | None, policy: Policy) -> bool:
    """Whether a proposal that was only observed would be more under the policy of today."""
    if before is None or before["state"] != "observed":
        return False
    return policy.phase_of(submission_of(before)) is not Phase.OBSERVE


def clear_if_ruled(
    docket: Docket,
    number: int,
    submission: Submission,
    ruled: Ruled,
    policy: Policy,
    owners: Mapping[str, str],
    stood: Standing | None = None,
    at: datetime | None = None,
) -> bool:
    """Note the ruling; where policy itself cleared the proposal, place its orders and say so.

    Where an order cannot be placed (the stock has gone), the proposal waits for a person instead.
    """
    ruling = ruled.ruling
    note = partial(
        write_ruling, docket, number, submission, policy=policy, justification="", stood=stood,
        hand=Hand(by="policy", at=at),
    )  # fmt: skip
    if not isinstance(ruling, Cleared):
        note(ruling)
        return False

    def place() -> Refusal | None:
        ruling_number = note(ruling)
        docket.transition(number, "clear", "cleared", who="policy", because=ruled.clause)
        try:
            place_orders(docket, number, ruling, ruling_number, owners)
        except Undone as undone:
            return undone.refusal
        return None

    refusal = docket.attempt(place)
    if refusal is None:
        return True
    at = at or docket.now()
    expires_at = at + policy.expires_after(submission)
    docket.sql(
        "UPDATE proposal SET verdict = 'awaiting', ruling_text = ?, expires_at = ?,"
        " escalate_at = ? WHERE number = ?",
        (
            refusal.because, written(expires_at),
            escalate_at(policy, submission, at), number,
        ),
    )  # fmt: skip
    note(refusal)
    return False
