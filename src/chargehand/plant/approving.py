"""What people do with a proposal: approve, reject, change. Each is one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from chargehand.decisions.decision import Decision, Proposal
from chargehand.decisions.decision import changed as redone
from chargehand.governance.approval import REJECTION_REASONS
from chargehand.governance.authority import Person
from chargehand.governance.policy import (
    Awaiting,
    approve,
    digest_of,
    may_change,
    may_reject,
    rule,
    submit,
)
from chargehand.plant import installed, policies
from chargehand.plant.ordering import place_orders
from chargehand.plant.proposing import proposal_row
from chargehand.plant.reading import Done
from chargehand.plant.rulings import (
    awaiting_of,
    deed_digest,
    is_as_ruled,
    submission_of,
    write_ruling,
)
from chargehand.plant.standing import read_breakers, standing
from chargehand.storage.docket import Docket
from chargehand.storage.store import Store, Undone
from chargehand.vocabulary import wire
from chargehand.vocabulary.quantity import Quantity, Unit
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from chargehand.vocabulary.work import Action, CountTask, ParameterChange


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What every act of a person is done under."""

    store: Store
    owners: Mapping[str, str]
    person: Person
    number: int
    version: int | None
    """The version that the person looked at; None: whichever holds."""


def approve_proposal(act: Act, justification: str) -> Done | Refusal:
    """Approve a waiting proposal: its orders are placed in the same transaction."""
    try:
        return act.store.write(lambda docket: _approve(act, docket, justification))
    except Undone as undone:
        return undone.refusal


def _approve(act: Act, docket: Docket, justification: str) -> Done | Refusal:
    row = waiting(act, docket)
    if isinstance(row, Refusal):
        return row
    if not is_as_ruled(docket, row):
        because = (
            f"P-{act.number} no longer holds the actions that were ruled on; run 'audit verify'"
        )
        return Refusal(code=RefusalCode.NO_RULING, because=because)
    before = awaiting_of(docket, row)
    policy = policies.within(docket)
    ruling = approve(before, act.person, policy, justification=justification, now=docket.now())
    if isinstance(ruling, Refusal):
        return ruling
    who = act.person.person
    said = docket.personal(justification, person=who)
    number = write_ruling(docket, act.number, ruling.submission, ruling, policy, justification=said)
    if isinstance(ruling, Awaiting):
        docket.transition(act.number, "approve_in_part", "waiting", who=who, because=ruling.because)
        return _done(docket, act.number, f"{who} approved; {ruling.because}")
    docket.transition(
        act.number,
        "clear",
        "cleared",
        who=who,
        because=said or "approved",
    )
    docket.sql(
        "UPDATE proposal SET verdict = 'cleared', ruling_text = ?, clause = ? WHERE number = ?",
        (f"cleared by {', '.join(ruling.cleared_by)}", ruling.clause, act.number),
    )
    keys = place_orders(docket, act.number, ruling, number, act.owners)
    return replace(_done(docket, act.number, "approved; its orders are placed"), orders=keys)


def reject_proposal(act: Act, reason: str, text: str) -> Done | Refusal:
    """Reject a waiting proposal with a reason; the reason feeds the breakers and the outcomes."""

    def work(docket: Docket) -> Done | Refusal:
        policy = policies.within(docket)
        row = waiting(act, docket)
        if isinstance(row, Refusal):
            return row
        refusal = may_reject(
            submission_of(row), act.person, policy, reason=reason, text=text, now=docket.now()
        )
        if refusal is not None:
            return refusal
        who, why = act.person.person, REJECTION_REASONS[reason]
        kept = docket.personal(text, person=who)
        docket.transition(
            act.number, "reject", "rejected", who=who, because=f"{why}: {kept}" if kept else why
        )
        read_breakers(docket, policy)
        return _done(docket, act.number, f"rejected: {why}: {text}" if text else f"rejected: {why}")

    return act.store.write(work)


def change_proposal(act: Act, changes: Mapping[str, str]) -> Done | Refusal:
    """Make another version of a waiting proposal; policy rules on it anew, and it waits again."""

    def work(docket: Docket) -> Done | Refusal:
        row = waiting(act, docket)
        if isinstance(row, Refusal):
            return row
        if row["decision"] not in installed.names():
            return _invalid(f"its decision {row['decision']} is not installed any more")
        decision = installed.load(row["decision"])
        refusal = may_change(
            submission_of(row), act.person, policies.within(docket), now=docket.now()
        )
        if refusal is not None:
            return refusal
        changed = changed_proposal(row, changes, decision)
        if isinstance(changed, Refusal):
            return changed
        return _write_version(act, docket, row, decision, changed, changes)

    return act.store.write(work)


def _write_version(
    act: Act,
    docket: Docket,
    row: dict[str, Any],
    decision: Any,
    changed: Proposal,
    changes: Mapping[str, str],
) -> Done:
    who = str(act.person.person)
    policy = policies.within(docket)
    submission = submit(
        changed, proposal_id=f"P-{act.number}", version=row["version"] + 1,
        decision=decision.name, proposer="chargehand",
    )  # fmt: skip
    ruled = rule(
        submission, policy, standing=replace(
            standing(docket, docket.now(), changed.cost.currency), stopped=True
        ), now=docket.now(),
    )  # fmt: skip
    body = wire.write(changed)
    said = ", ".join(f"{name} = {value}" for name, value in changes.items())
    fact = {
        "id": f"P-{act.number}", "version": submission.version, "decision": decision.name,
        "question": row["question"], "proposal": body, "changed_by": who, "changes": said,
    }  # fmt: skip
    entry = docket.entry("proposal", f"P-{act.number}", wire.canonical(fact), actor=who)
    new = row | proposal_row(docket, act.number, decision, submission, ruled)
    new |= {
        "body": body, "entry": entry, "action_digest": deed_digest(changed),
        "created_at": row["created_at"],
    }  # fmt: skip
    docket.put_proposal(new)
    docket.transition(act.number, "change", new["state"], who=who, because=said)
    write_ruling(docket, act.number, submission, ruled.ruling, policy, justification="")
    return _done(docket, act.number, f"changed ({said}); it waits for approval again")


def changed_proposal(
    row: Mapping[str, Any], changes: Mapping[str, str], decision: Decision[Any]
) -> Proposal | Refusal:
    """The stored proposal with fields of its first action changed, and what it costs then."""
    proposal = wire.read(Proposal, row["body"])
    if not changes:
        return _invalid("name at least one change, such as quantity=8")
    unknown = sorted(set(changes) - set(decision.changeable))
    if unknown:
        allowed = ", ".join(decision.changeable) or "nothing"
        return _invalid(f"{', '.join(unknown)} cannot be changed here; {allowed} can")
    said = ", ".join(f"{name} {text}" for name, text in changes.items())
    action = _changed_action(proposal.actions[0], changes)
    if isinstance(action, Refusal):
        return action
    if decision.changed is None:
        new: Proposal | Refusal = _in_proportion(proposal, action)
    else:
        # From the recorded question: what an approver sees and what limits are held against
        # is the decision's own word on the changed action.
        try:
            question = wire.read(decision.question, row["question"])
        except wire.WireError as error:
            return _invalid(f"its question no longer fits {decision.name}: {error}")
        new = redone(decision, question, action)
    if isinstance(new, Refusal):
        return _invalid(new.because)
    if digest_of(new.actions) == digest_of(proposal.actions):
        return _invalid("that is what it says already")
    headline = f"{new.headline.rstrip('.')}, changed by hand: {said}."
    return replace(new, headline=headline)


def _changed_action(action: Action, changes: Mapping[str, str]) -> Action | Refusal:
    values: dict[str, Any] = {}
    for name, text in changes.items():
        value = _value(action, name, text)
        if isinstance(value, Refusal):
            return value
        values[name] = value
    try:
        return replace(action, **values)
    except ValueError as error:
        return _invalid(str(error))


def _in_proportion(proposal: Proposal, action: Action) -> Proposal:
    """The proposal with another first action, whose cost follows its quantity."""
    before = proposal.actions[0]
    if not isinstance(before, CountTask | ParameterChange):
        share = action.quantity.amount / before.quantity.amount  # type: ignore[union-attr]
        action = replace(action, cost=before.cost * share)
    cost = proposal.cost
    if cost.currency == before.cost.currency:
        cost = cost - before.cost + action.cost
    return replace(proposal, actions=(action, *proposal.actions[1:]), cost=cost)


def _value(action: Action, name: str, text: str) -> Any:
    if name not in {field.name for field in fields(action)}:
        return _invalid(f"the first action has no {name}")
    before = getattr(action, name)
    if not isinstance(before, Quantity | Decimal | int):
        return text
    try:
        number = Decimal(text)
    except InvalidOperation:
        return _invalid(f"{name} must be a number, not {text!r}")
    if not number.is_finite() or number < 0 or (number == 0 and isinstance(before, Quantity)):
        return _invalid(f"{name} must be above 0, not {text}")
    unit = before.unit if isinstance(before, Quantity) else None
    if unit in {"H87", "SET", "PR"} and number != number.to_integral_value():
        return _invalid(f"{name} must be a whole number of {unit}, not {text}")
    quantity = _quantity(name, number, unit or Unit.PIECE)
    return quantity if unit or isinstance(quantity, Refusal) else number


def _quantity(name: str, number: Decimal, unit: Unit) -> Quantity | Refusal:
    try:
        quantity = Quantity(number, unit)
        quantity.scaled()
    except ValueError as error:
        return _invalid(f"{name}: {error}")
    return quantity


def _invalid(because: str) -> Refusal:
    return Refusal(code=RefusalCode.CHANGE_INVALID, because=because)


def waiting(act: Act, docket: Docket) -> dict[str, Any] | Refusal:
    """The waiting proposal that a person acts on, or why it cannot be acted on."""
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


def _done(docket: Docket, number: int, text: str) -> Done:
    row = docket.proposal(number)
    assert row is not None
    return Done(proposal=f"P-{number}", version=row["version"], state=row["state"], text=text)
