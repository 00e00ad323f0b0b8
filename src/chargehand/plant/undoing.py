"""Taking back what was cleared: orders that nobody has begun are cancelled, and it waits again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

from chargehand.decisions.decision import Proposal
from chargehand.execution.confirmation import cancelled
from chargehand.execution.order import (
    Misconfigured,
    NotAuthorized,
    OrderState,
    OrderTarget,
    TooLate,
    Unavailable,
    Voided,
    VoidingTarget,
)
from chargehand.execution.routing import EMBEDDED
from chargehand.governance.approval import moved
from chargehand.governance.policy import rule, submit
from chargehand.plant import policies
from chargehand.plant.following import follow
from chargehand.plant.proposing import proposal_row
from chargehand.plant.reading import Done
from chargehand.plant.rulings import PROPOSER, Hand, as_proposed, changers_of, write_ruling
from chargehand.plant.standing import standing
from chargehand.storage.docket import Docket
from chargehand.storage.store import Store
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from chargehand.vocabulary.work import Action

LEASE = timedelta(seconds=120)
"""As long nobody else sends an order whose target is being asked to take it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """What became of a proposal's orders when they were taken back."""

    cancelled: tuple[str, ...] = ()
    """Cancelled here: what they set aside is free again."""
    sent: tuple[str, ...] = ()
    """At an outside target, or perhaps: only the target can take them back."""
    busy: tuple[str, ...] = ()
    """Being sent, or about to be tried again."""
    done: tuple[str, ...] = ()
    """Done or declined: too late."""

    @property
    def whole(self) -> bool:
        """Whether nothing is left of it."""
        return not (self.sent or self.busy or self.done)


def withdraw_orders(docket: Docket, number: int, *, because: str, actor: str) -> Withdrawal:
    """Cancel a proposal's orders that are not sent and that nobody has begun, in a transaction.

    Orders of the plant's own floor and drafts of its own purchasing count as not begun until they
    are confirmed. ``because`` goes into the journal: texts of people as tokens.
    """
    found = standing_of(docket, number)
    rows = {row["key"]: row for row in docket.orders_of(number)}
    for key in found.cancelled:
        cancelled(key, _action(rows[key]), docket, actor=actor, because=because)
    return found


def put_back(docket: Docket, number: int, *, because: str, actor: str) -> Withdrawal:
    """Withdraw what can be, and where nothing is left, let the proposal wait for a person again."""
    found = withdraw_orders(docket, number, because=because, actor=actor)
    if found.whole:
        wait_again(docket, number, who=actor, because=because)
    return found


def standing_of(docket: Docket, number: int) -> Withdrawal:
    """What would become of a proposal's orders; nothing is changed."""
    gone, sent, busy, done = [], [], [], []
    for order in docket.orders_of(number):
        state, key = order["state"], order["key"]
        if state == OrderState.CANCELLED:
            continue
        # What the journal does not tell so is left as it is: nobody ordered it, or it is over.
        if state in {OrderState.CONFIRMED, OrderState.DECLINED} or not docket.is_as_ordered(order):
            done.append(key)
        elif _is_ours(order):
            gone.append(key)
        elif state == OrderState.PENDING and (order["next_at"] or "") > written(docket.now()):
            busy.append(key)
        else:
            sent.append(key)
    return Withdrawal(cancelled=tuple(gone), sent=tuple(sent), busy=tuple(busy), done=tuple(done))


def _is_ours(order: Mapping[str, Any]) -> bool:
    """Whether no outside system can know of an order."""
    if order["state"] == OrderState.HELD or order["target"] in EMBEDDED:
        return True
    return bool(order["state"] == OrderState.PENDING and not order["attempts"])


def _action(order: Mapping[str, Any]) -> Action:
    action: Action = wire.read(Action, order["action"])
    return action


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoing:
    """Under what a proposal is taken back."""

    store: Store
    targets: Mapping[str, OrderTarget]
    number: int
    actor: str
    because: str
    is_personal: bool = False
    """Whether the reason is a person's own words, which are kept beside the journal."""
    check: Callable[[Docket, Mapping[str, Any]], Refusal | None] = lambda _docket, _row: None
    """Whether the actor may, asked within the transaction."""

    def kept(self, docket: Docket) -> str:
        """The reason as it is kept."""
        if not self.is_personal:
            return self.because
        return docket.personal(self.because, person=self.actor) or "taken back"


def take_back(undoing: Undoing) -> Done | Refusal:
    """Take a cleared proposal back whole: it waits again, or nothing has changed and why.

    Where an outside system has let go of some of its orders and not of others, those that it let
    go of are cancelled, and the refusal says so.
    """
    first = undoing.store.write(partial(_begin, undoing))
    if not isinstance(first, Withdrawal):
        return first
    answers = {key: _void(undoing, key) for key in first.sent}
    return undoing.store.write(partial(_conclude, undoing, answers))


def _begin(undoing: Undoing, docket: Docket) -> Done | Refusal | Withdrawal:
    row = docket.proposal(undoing.number)
    if row is None:
        because = f"there is no proposal P-{undoing.number}"
        return Refusal(code=RefusalCode.UNKNOWN_PROPOSAL, because=because)
    state = moved(row["state"], "undo")
    if isinstance(state, Refusal):
        code = RefusalCode.TOO_LATE if row["state"] == "confirmed" else state.code
        return replace(state, code=code)
    if refusal := undoing.check(docket, row):
        return refusal
    found = standing_of(docket, undoing.number)
    if found.done:
        return _too_late(f"order {found.done[0]} is done already")
    if found.busy:
        because = f"order {found.busy[0]} is on its way at this moment; try again in two minutes"
        return replace(_too_late(because), transient=True)
    if not found.sent:
        return _wait(undoing, docket, undoing.kept(docket))
    lease = written(docket.now() + LEASE)
    for key in found.sent:
        docket.sql(
            "UPDATE orders SET next_at = ? WHERE key = ? AND state = 'pending'", (lease, key)
        )
    return found


def _wait(undoing: Undoing, docket: Docket, because: str) -> Done | Refusal:
    found = put_back(docket, undoing.number, because=because, actor=undoing.actor)
    row = docket.proposal(undoing.number)
    assert row is not None
    keys = ", ".join(found.cancelled)
    return Done(
        proposal=f"P-{undoing.number}", version=row["version"], state=row["state"],
        text=f"taken back; cancelled: {keys or 'nothing, it had no open order'}",
    )  # fmt: skip


def _void(undoing: Undoing, key: str) -> Voided | TooLate:
    """Ask an outside target to take one order back."""
    with undoing.store.snapshot() as sql:
        name = sql.execute("SELECT target FROM orders WHERE key = ?", (key,)).fetchone()[0]
    target = undoing.targets.get(name)
    if not isinstance(target, VoidingTarget):
        return TooLate(because=f"{name} takes no order back")
    try:
        return target.void(key)
    except (Unavailable, NotAuthorized, Misconfigured) as error:
        return TooLate(because=f"{name} could not be asked: {error}")


def _conclude(
    undoing: Undoing, answers: Mapping[str, Voided | TooLate], docket: Docket
) -> Done | Refusal:
    """Cancel what the targets let go of; where that is all, the proposal waits again."""
    late = [(key, one.because) for key, one in answers.items() if isinstance(one, TooLate)]
    rows = {row["key"]: row for row in docket.orders_of(undoing.number)}
    any_gone = any(isinstance(one, Voided) for one in answers.values())
    gone, because = [], undoing.kept(docket) if any_gone else ""
    for key, answer in answers.items():
        open_ = rows[key]["state"] in {OrderState.PENDING, OrderState.SENT, OrderState.NEEDS_PERSON}
        if isinstance(answer, Voided) and open_:
            cancelled(key, _action(rows[key]), docket, actor=undoing.actor, because=because)
            gone.append(key)
        elif open_ and rows[key]["state"] == OrderState.PENDING:
            docket.retry_order(key, docket.now(), rows[key]["last_error"])
    if not late:
        left = standing_of(docket, undoing.number)
        if not (left.done or left.sent or left.busy):
            return _wait(undoing, docket, because)
        late = [(key, "it was done meanwhile") for key in (*left.done, *left.sent, *left.busy)]
    for key in gone:
        follow(docket, key, actor=undoing.actor)
    said = "; ".join(f"order {key}: {why}" for key, why in late)
    return _too_late(said + (f" (taken back: {', '.join(gone)})" if gone else ""))


def _too_late(because: str) -> Refusal:
    return Refusal(code=RefusalCode.TOO_LATE, because=because)


def wait_again(docket: Docket, number: int, *, who: str, because: str) -> Refusal | None:
    """Let a proposal whose orders are all cancelled wait again, under a fresh ruling.

    It is another version, so that earlier approvals and what was read before do not count.
    """
    kept = docket.proposal(number)
    assert kept is not None
    row = as_proposed(docket, kept)
    state = moved(row["state"], "undo")
    if isinstance(state, Refusal):
        return state
    other = docket.open_proposal(row["decision"], row["site"], row["subject"])
    if other is not None:
        because = f"{because}; P-{other['number']} about the same waits already"
        docket.transition(number, "undo", "superseded", who=who, because=because)
        return None
    policy = policies.within(docket)
    proposal = wire.read(Proposal, row["body"])
    submission = submit(
        proposal, proposal_id=f"P-{number}", version=row["version"] + 1,
        decision=row["decision"], proposer=PROPOSER, changed_by=changers_of(docket, number),
    )  # fmt: skip
    # Whoever took it back wants to look again: the policy does not clear it by itself.
    stood = replace(standing(docket, docket.now(), proposal.cost.currency), stopped=True)
    at = docket.now()
    ruled = rule(submission, policy, standing=stood, now=at)
    fact = {
        "id": f"P-{number}", "version": submission.version, "decision": row["decision"],
        "question": row["question"], "proposal": row["body"], "undone_by": who,
    }  # fmt: skip
    entry = docket.entry("proposal", f"P-{number}", wire.canonical(fact), actor=who)
    columns = proposal_row(docket, number, submission, ruled, policy)
    docket.put_proposal(row | columns | {"entry": entry, "created_at": row["created_at"]})
    docket.transition(number, "undo", columns["state"], who=who, because=because)
    write_ruling(
        docket,
        number,
        submission,
        ruled.ruling,
        policy,
        justification="",
        stood=stood,
        hand=Hand(by="policy", at=at),
    )
    return None
