"""What people do with a proposal: approve it, reject it. Each is one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

from chargehand.governance.approval import REJECTION_REASONS
from chargehand.governance.authority import Person
from chargehand.governance.policy import Awaiting, Cleared, approve, may_reject
from chargehand.plant import delegating, policies, probing
from chargehand.plant.freshness import (
    TRIES,
    Look,
    Stale,
    ask_anew,
    is_fresh,
    look_again,
)
from chargehand.plant.locked import locked_out
from chargehand.plant.looking_at import note_reading
from chargehand.plant.ordering import place_orders
from chargehand.plant.reading import Done
from chargehand.plant.rulings import (
    Hand,
    awaiting_of,
    is_as_ruled,
    said_by,
    submission_of,
    write_ruling,
)
from chargehand.plant.standing import read_breakers, standing
from chargehand.storage.docket import Docket
from chargehand.storage.store import Store, Undone
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.refusal import Refusal, RefusalCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What every act of a person is done under."""

    store: Store
    owners: Mapping[str, str]
    person: Person
    number: int
    version: int | None
    """The version that the person looked at; None: whichever holds."""


class LookFirst(Exception):
    """Raised inside a transaction to take it back: the facts must be looked at before it."""


def approve_proposal(act: Act, justification: str) -> Done | Refusal:
    """Approve a waiting proposal: its orders are placed in the same transaction.

    The facts are read again first; where they give another answer, it is refused with what changed,
    and asked anew.
    """
    return on_fresh_facts(act, partial(_approve, act, justification))


def on_fresh_facts(
    act: Act, work: Callable[[Look | None, Docket], Done | Refusal]
) -> Done | Refusal:
    """Run work in a transaction, again after each look at the facts that it asks for."""
    look: Look | None = None
    for _ in range(TRIES):
        try:
            return act.store.write(partial(work, look))
        except LookFirst:
            look = look_again(act.store, act.number)
        except Undone as undone:
            if isinstance(undone.refusal, Stale):
                act.store.write(partial(ask_anew, number=act.number))
            return undone.refusal
    because = f"what P-{act.number} is about changes at this very moment; try again"
    return Refusal(code=RefusalCode.STALE, because=because, transient=True)


def _approve(act: Act, justification: str, look: Look | None, docket: Docket) -> Done | Refusal:
    row = waiting(act, docket)
    if isinstance(row, Refusal):
        return row
    if not is_as_ruled(docket, row):
        because = (
            f"P-{act.number} no longer holds the actions that were ruled on; run 'audit verify'"
        )
        return Refusal(code=RefusalCode.NO_RULING, because=because)
    return approve_row(act, docket, row, justification, look)


def approve_row(
    act: Act, docket: Docket, row: dict[str, Any], justification: str, look: Look | None
) -> Done | Refusal:
    """Approve a proposal's row; raises ``LookFirst`` where its facts may have changed."""
    before = awaiting_of(docket, row)
    policy = policies.within(docket)
    steads = delegating.in_force(docket)
    probe = probing.intercepted(docket, act.number, act.person, policy, steads)
    if probe is not None:
        return probe
    at = docket.now()
    stood = standing(docket, at, row["currency"])
    ruling = approve(
        before, act.person, policy, justification=justification, now=at,
        standing=stood, delegations=steads,
    )  # fmt: skip
    if isinstance(ruling, Refusal):
        return ruling
    if not is_fresh(docket, row, look):
        raise LookFirst
    if look is not None and look.stale is not None:
        raise Undone(look.stale)
    who = str(act.person.person)
    said = docket.personal(justification, person=who)
    note_reading(docket, row, who, policy)
    hand = Hand(by=who, at=at)
    number = write_ruling(
        docket, act.number, ruling.submission, ruling, policy,
        justification=said, stood=stood, hand=hand,
    )  # fmt: skip
    whom = dict(ruling.for_whom).get(who)
    stead = f"for {whom}" if whom else ""
    if isinstance(ruling, Awaiting):
        because = f"{stead}: {ruling.because}" if stead else ruling.because
        docket.transition(act.number, "approve_in_part", "waiting", who=who, because=because)
        return done(docket, act.number, f"{who} approved {stead}".strip() + f"; {ruling.because}")
    because = ": ".join(part for part in (stead, said or "approved") if part)
    return _carry_out(act, docket, ruling, number, because)


def _carry_out(act: Act, docket: Docket, cleared: Cleared, ruling: int, because: str) -> Done:
    """Place the orders of a proposal that people cleared; they are held while it can be undone."""
    who = act.person.person
    policy = policies.within(docket)
    windows = [rule.undo_window for rule in policy.approval_rules(cleared.submission)]
    window = max(windows, default=timedelta(0))
    release_at = docket.now() + window if window else None
    until = None if release_at is None else written(release_at)
    more = None if until is None else {"undo_until": until}
    docket.transition(act.number, "clear", "cleared", who=who, because=because, more=more)
    docket.sql(
        "UPDATE proposal SET verdict = 'cleared', ruling_text = ?, clause = ?, undo_until = ?"
        " WHERE number = ?",
        (
            f"cleared by {said_by(cleared.cleared_by, dict(cleared.for_whom))}", cleared.clause,
            until, act.number,
        ),
    )  # fmt: skip
    keys = place_orders(docket, act.number, cleared, ruling, act.owners, release_at=release_at)
    text = "approved; its orders are placed"
    if release_at is not None:
        text = f"approved; until {release_at:%H:%M:%S %Z} it can be taken back, then it is sent"
    return replace(done(docket, act.number, text), orders=keys, undo_until=release_at)


def reject_proposal(act: Act, reason: str, text: str) -> Done | Refusal:
    """Reject a waiting proposal with a reason; the reason feeds the breakers and the outcomes."""

    def work(docket: Docket) -> Done | Refusal:
        policy = policies.within(docket)
        row = waiting(act, docket)
        if isinstance(row, Refusal):
            return row
        refusal = may_reject(
            submission_of(row), act.person, policy, reason=reason, text=text, now=docket.now(),
            delegations=delegating.in_force(docket),
        )  # fmt: skip
        if refusal is not None:
            return refusal
        if said := probing.caught(docket, act.number):
            return done(docket, act.number, said)
        who, why = act.person.person, REJECTION_REASONS[reason]
        kept = docket.personal(text, person=who)
        docket.transition(
            act.number, "reject", "rejected", who=who, because=f"{why}: {kept}" if kept else why
        )
        read_breakers(docket, policy)
        return done(docket, act.number, f"{why}: {text}" if text else why)

    return act.store.write(work)


def waiting(act: Act, docket: Docket) -> dict[str, Any] | Refusal:
    """The waiting proposal that a person acts on, or why it cannot be acted on."""
    if refusal := locked_out(docket.sql, str(act.person.person)):
        return refusal
    row = docket.proposal(act.number)
    if row is None:
        return Refusal(
            code=RefusalCode.UNKNOWN_PROPOSAL, because=f"there is no proposal P-{act.number}"
        )
    if act.version is not None and act.version != row["version"]:
        because = f"P-{act.number} is at version {row['version']} now; you looked at {act.version}"
        return Refusal(code=RefusalCode.STALE, because=f"{because}: read it again")
    if row["state"] == "observed":
        because = f"P-{act.number} is only observed: {row['ruling_text']}"
        return Refusal(code=RefusalCode.READ_ONLY, because=because)
    if row["state"] != "waiting":
        because = f"P-{act.number} does not wait for anybody: it is {row['state']}"
        return Refusal(code=RefusalCode.NOT_WAITING, because=because)
    return row


def done(docket: Docket, number: int, text: str) -> Done:
    """What an act on a proposal came to, from its row."""
    row = docket.proposal(number)
    assert row is not None
    return Done(proposal=f"P-{number}", version=row["version"], state=row["state"], text=text)
