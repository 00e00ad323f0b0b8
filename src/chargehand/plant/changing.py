"""Changing a proposal: another version of it, ruled on anew, and approved with it where asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

from chargehand.decisions.decision import Decision, Proposal
from chargehand.decisions.decision import changed as redone
from chargehand.governance.four_eyes import authorities
from chargehand.governance.objecting import permission_to_change
from chargehand.governance.policy import digest_of, rule, submit
from chargehand.plant import delegating, installed, policies, probing
from chargehand.plant.approving import Act, approve_row, done, on_fresh_facts, waiting
from chargehand.plant.freshness import Look
from chargehand.plant.looking_at import closed
from chargehand.plant.proposing import proposal_row
from chargehand.plant.reading import Done
from chargehand.plant.rulings import (
    PROPOSER,
    Hand,
    changers_of,
    deed_digest,
    is_as_ruled,
    submission_of,
    write_ruling,
)
from chargehand.plant.standing import standing
from chargehand.storage.docket import Docket
from chargehand.storage.store import Undone
from chargehand.vocabulary import wire
from chargehand.vocabulary.quantity import Quantity, Unit
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from chargehand.vocabulary.work import Action, CountTask, ParameterChange


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How a proposal is to be changed, and whether that is approved in the same act."""

    changes: Mapping[str, str]
    approve: bool = False
    justification: str = ""


def change_proposal(act: Act, wish: Wish) -> Done | Refusal:
    """Make another version of a waiting proposal; policy rules on it anew, and it waits again.

    With ``approve`` the new version is approved in the same transaction, if the policy lets whoever
    changes it do so; where it does not, nothing is changed either.
    """
    if not wish.approve:
        return act.store.write(lambda docket: _change(act, docket, wish.changes))
    return on_fresh_facts(act, partial(_change_and_approve, act, wish))


def _change_and_approve(act: Act, wish: Wish, look: Look | None, docket: Docket) -> Done | Refusal:
    changed = _change(act, docket, wish.changes)
    if isinstance(changed, Refusal):
        return changed
    row = docket.proposal(act.number)
    assert row is not None
    if row["state"] != "waiting":
        return changed  # observed only by now
    if look is not None:
        look = replace(look, version=row["version"])  # its facts are those of the version before
    answer = approve_row(act, docket, row, wish.justification, look)
    if isinstance(answer, Refusal):
        raise Undone(answer)
    return replace(answer, text=f"{changed.text.partition(';')[0]} and {answer.text}")


def _change(act: Act, docket: Docket, changes: Mapping[str, str]) -> Done | Refusal:
    row = waiting(act, docket)
    if isinstance(row, Refusal):
        return row
    if row["decision"] not in installed.names():
        return _invalid(f"its decision {row['decision']} is not installed any more")
    if not is_as_ruled(docket, row):
        because = f"P-{act.number} is no longer what was ruled on; run 'audit verify'"
        return Refusal(code=RefusalCode.NO_RULING, because=because)
    decision = installed.load(row["decision"])
    given = permission_to_change(
        submission_of(row), act.person, policies.within(docket), now=docket.now(),
        delegations=delegating.in_force(docket),
    )  # fmt: skip
    if isinstance(given, Refusal):
        return given
    changed = changed_proposal(row, changes, decision)
    if isinstance(changed, Refusal):
        return changed
    if said := probing.caught(docket, act.number):
        return done(docket, act.number, said)
    closed(docket, row)
    return _write_version(act, docket, row, changed, changes, for_whom=given.for_whom)


def _write_version(
    act: Act,
    docket: Docket,
    row: dict[str, Any],
    changed: Proposal,
    changes: Mapping[str, str],
    *,
    for_whom: str,
) -> Done:
    who = str(act.person.person)
    policy = policies.within(docket)
    submission = submit(
        changed, proposal_id=f"P-{act.number}", version=row["version"] + 1,
        decision=row["decision"], proposer=PROPOSER,
        changed_by=(*changers_of(docket, act.number), *authorities(who, for_whom)),
    )  # fmt: skip
    # A person is at it: the policy does not clear it by itself, whatever it says now.
    stood = replace(standing(docket, docket.now(), changed.cost.currency), stopped=True)
    at = docket.now()
    ruled = rule(submission, policy, standing=stood, now=at)
    body = wire.write(changed)
    said = ", ".join(f"{name} = {value}" for name, value in changes.items())
    fact = {
        "id": f"P-{act.number}", "version": submission.version, "decision": row["decision"],
        "question": row["question"], "proposal": body, "changed_by": who, "for_whom": for_whom,
        "changes": said, "wish": [list(pair) for pair in changes.items()],
    }  # fmt: skip
    entry = docket.entry("proposal", f"P-{act.number}", wire.canonical(fact), actor=who)
    new = row | proposal_row(docket, act.number, submission, ruled, policy)
    new |= {
        "body": body, "entry": entry, "action_digest": deed_digest(changed),
        "created_at": row["created_at"],
    }  # fmt: skip
    docket.put_proposal(new)
    because = f"for {for_whom}: {said}" if for_whom else said
    docket.transition(act.number, "change", new["state"], who=who, because=because)
    write_ruling(
        docket,
        act.number,
        submission,
        ruled.ruling,
        policy,
        justification="",
        stood=stood,
        hand=Hand(by="policy", at=at),
    )
    return done(docket, act.number, f"changed ({said}); it waits for approval again")


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
