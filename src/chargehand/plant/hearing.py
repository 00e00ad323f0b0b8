"""A hearing: every question of the decisions in question, and what becomes of the answers."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any

from chargehand.decisions.decision import Answer, Decision, Proposal, hear
from chargehand.governance.phase import Phase
from chargehand.governance.policy import (
    Cleared,
    Policy,
    Ruled,
    Submission,
    rule,
    submit,
)
from chargehand.plant import policies
from chargehand.plant.ordering import place_orders
from chargehand.plant.proposing import write_proposal
from chargehand.plant.rationing import rationed
from chargehand.plant.rulings import (
    PROPOSER,
    deed_digest,
    standing,
    submission_of,
    write_ruling,
)
from chargehand.record.view import RecordView
from chargehand.storage.docket import Docket
from chargehand.storage.store import Store, Undone
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.refusal import Refusal, RefusalCode

QUIET_AFTER_REJECTION = timedelta(days=7)
"""A deed that a person rejected is not proposed again for so long."""
CHUNK = 200

Progress = Callable[[str, int, int], None]


@dataclass(slots=True)
class Tally:
    """What a hearing has come to so far."""

    asked: int = 0
    unchanged: int = 0
    superseded: int = 0
    cleared: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    proposals: list[int] = field(default_factory=list)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """What the answers of one hearing are settled under."""

    store: Store
    owners: Mapping[str, str]
    as_of: datetime
    whole: bool
    """Whether everything was asked: then open proposals that nobody answered for are withdrawn."""
    sites: tuple[str, ...]


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
        sitting.store.write(partial(_all_proposed, sitting, decision, chunk, tally))
    sitting.store.write(lambda docket: _refused(sitting, decision, docket, answers, tally))


def _all_proposed(
    sitting: Sitting,
    decision: Decision[Any],
    answers: Sequence[Answer[Any]],
    tally: Tally,
    docket: Docket,
) -> None:
    policy = policies.within(docket)
    for answer in answers:
        _proposed(sitting, policy, decision, docket, answer, tally)


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
    number = docket.next_number()
    submission = submit(
        proposal, proposal_id=f"P-{number}", version=1, decision=decision.name, proposer=PROPOSER
    )
    ruled = rule(
        submission,
        policy,
        standing=standing(docket, docket.now(), proposal.cost.currency),
        now=docket.now(),
    )
    write_proposal(docket, number, sitting.as_of, decision, answer, submission, ruled)
    tally.proposals.append(number)
    clear_if_ruled(docket, number, submission, ruled, policy, sitting.owners, tally)


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
    tally: Tally,
) -> None:
    """Note the ruling; where policy itself cleared the proposal, place its orders.

    Where an order cannot be placed (the stock has gone), the proposal waits for a person instead.
    """
    ruling = ruled.ruling
    if not isinstance(ruling, Cleared):
        write_ruling(docket, number, submission, ruling, policy, justification="")
        return
    docket.sql("SAVEPOINT clearing")
    leaves = (docket.transaction.tree.size, list(docket.transaction.tree.peaks))
    try:
        ruling_number = write_ruling(docket, number, submission, ruling, policy, justification="")
        docket.transition(number, "clear", "cleared", who="policy", because=ruled.clause)
        place_orders(docket, number, ruling, ruling_number, owners)
        tally.cleared += 1
    except Undone as undone:
        docket.sql("ROLLBACK TO clearing")
        docket.transaction.tree.size, docket.transaction.tree.peaks = leaves
        expires_at = docket.now() + policy.expires_after(submission)
        docket.sql(
            "UPDATE proposal SET verdict = 'awaiting', ruling_text = ?, expires_at = ?"
            " WHERE number = ?",
            (undone.refusal.because, written(expires_at), number),
        )
        write_ruling(docket, number, submission, undone.refusal, policy, justification="")
    docket.sql("RELEASE clearing")


def note_failures(sitting: Sitting, failed: Mapping[str, str], tally: Tally) -> None:
    """Keep what a decision that could not ask its questions said."""
    at = written(sitting.as_of)
    code = RefusalCode.DECISION_FAILED.value
    rows = [(name, "", "*", "all its questions", code, why, at) for name, why in failed.items()]
    if rows:
        tally.refused[code] += len(rows)
        sitting.store.write(lambda docket: docket.put_refusals(rows))


def _refused(
    sitting: Sitting,
    decision: Decision[Any],
    docket: Docket,
    answers: Sequence[Answer[Any]],
    tally: Tally,
) -> None:
    at = written(sitting.as_of)
    refused = [(one, one.answer) for one in answers if isinstance(one.answer, Refusal)]
    rows = [
        (
            decision.name,
            one.subject.site,
            one.subject.key,
            one.subject.label,
            no.code,
            no.because,
            at,
        )
        for one, no in refused
    ]
    docket.put_refusals(rows)
    for one in answers:
        if isinstance(one.answer, Proposal):
            docket.sql(
                "DELETE FROM refusal WHERE decision = ? AND site = ? AND subject = ?",
                (decision.name, one.subject.site, one.subject.key),
            )
    tally.refused.update(no.code.value for _, no in refused)
    _withdraw(sitting, decision, docket, refused, answers, tally)
    summary = {
        "decision": decision.name, "sites": list(sitting.sites), "as_of": at,
        "asked": len(answers), "proposed": len(answers) - len(refused),
        "refusals": sha256(wire.canonical(rows).encode()).hexdigest(),
    }  # fmt: skip
    docket.entry("hearing", decision.name, wire.canonical(summary), actor=PROPOSER)


def _withdraw(
    sitting: Sitting,
    decision: Decision[Any],
    docket: Docket,
    refused: Iterable[tuple[Answer[Any], Refusal]],
    answers: Sequence[Answer[Any]],
    tally: Tally,
) -> None:
    no_longer = {
        (one.subject.site, one.subject.key): no.because
        for one, no in refused
        if no.code is not RefusalCode.DECISION_FAILED
    }
    asked = {(str(one.subject.site), one.subject.key) for one in answers}
    rows = docket.sql(
        "SELECT number, site, subject FROM proposal WHERE decision = ?"
        " AND state IN ('waiting', 'observed')",
        (decision.name,),
    ).fetchall()
    for row in rows:
        subject = (row["site"], row["subject"])
        because = no_longer.get(subject)
        if (
            because is None
            and sitting.whole
            and row["site"] in sitting.sites
            and subject not in asked
        ):
            because = "it is no longer in question"
        if because is not None:
            docket.transition(
                row["number"],
                "supersede",
                "superseded",
                who=PROPOSER,
                because=f"no longer needed: {because}",
            )
            tally.superseded += 1
