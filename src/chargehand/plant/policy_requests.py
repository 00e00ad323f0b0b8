"""Change requests in the record: proposed, signed, in force, or at an end. Each step is journalled.

What a request says, who signed it and whether it is open is judged by the journal: whoever edits
its rows neither adds a signature nor opens it again.
"""

from __future__ import annotations

from chargehand.governance.approval import makes_sense
from chargehand.governance.authority import Person
from chargehand.governance.change_request import (
    Need,
    RequestState,
    may_propose,
    may_sign,
    needs,
)
from chargehand.governance.parsing import succession
from chargehand.governance.policy import Policy
from chargehand.governance.promotion import Evidence
from chargehand.plant import phases, policies
from chargehand.plant.locked import locked_out
from chargehand.plant.notices import notice
from chargehand.plant.policy_request_facts import (
    REJECTED,
    SIGNED,
    Request,
    key_of,
    request_of,
)
from chargehand.plant.policy_request_rows import (
    Ask,
    end,
    link_of,
    open_request,
    tell,
    write_signature,
)
from chargehand.plant.reading import Done
from chargehand.storage.docket import Docket
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.refusal import Refusal, RefusalCode


def propose(docket: Docket, ask: Ask) -> Request | Refusal:
    """Put a text before people; where nobody else has to sign, it holds at once.

    The policy that holds at this very moment is asked: another may have come into force meanwhile.
    """
    before = policies.within(docket)
    if (refusal := may_propose(ask.by, before) or _locked(docket, ask.by)) is not None:
        return refusal
    assert ask.by is not None
    if found := succession(before, ask.policy):
        because = f"{found[0].what} {found[0].cure}"
        return Refusal(code=RefusalCode.POLICY_INVALID, because=because)
    evidence = phases.evidence(docket, before, ask.policy)
    if (refusal := _unproven(evidence)) is not None:
        return refusal
    asked = needs(before, ask.by.person, evidence)
    if (refusal := _too_few(before, ask.by.person, asked)) is not None:
        return refusal
    number = open_request(docket, ask, before, evidence)
    if asked:
        text = f"{key_of(number)} waits for a signature: policy version {ask.policy.version}"
        roles = {role for need in asked for role in need.roles}
        notice(docket, "request", text=text, roles=roles, link=link_of(number))
    else:
        because = f"alone: {ask.by.person} is the only administrator"
        _put_in_force(docket, number, ask.policy, ask.by.person, because)
    request = request_of(docket.sql, number)
    assert request is not None
    return request


def _unproven(evidence: tuple[Evidence, ...]) -> Refusal | None:
    for one in evidence:
        failed = [check.text for check in one.checks if not check.passed]
        if failed:
            where = f"{one.decision} at {one.site}, zone {one.zone}"
            because = f"{where} cannot be raised yet ({one.step}): {'; '.join(failed)}"
            return Refusal(code=RefusalCode.EVIDENCE_MISSING, because=because)
    return None


def _too_few(policy: Policy, proposer: str, asked: tuple[Need, ...]) -> Refusal | None:
    for need in asked:
        able = need.able(policy, proposer)
        if len(able) < need.count:
            who = ", ".join(able) or "nobody"
            people = "person has" if need.count == 1 else "people have"
            because = (
                f"{need.count} {people} to sign it beside {proposer} ({need.because}),"
                f" and only {who} may: give {' or '.join(sorted(need.roles))} to more people first"
            )
            return Refusal(code=RefusalCode.SECOND_PERSON_NEEDED, because=because)
    return None


def sign(docket: Docket, number: int, by: Person | None, role: str, because: str) -> Done | Refusal:
    """Sign a request; with the last signature that it needs, its text holds."""
    found = _open_request(docket, number)
    if isinstance(found, Refusal):
        return found
    request, before = found
    text = policies.checked(request.text)
    if not isinstance(text, Policy):
        because = f"its text no longer fits what is installed here: {text[0]}"
        return Refusal(code=RefusalCode.POLICY_INVALID, because=because)
    # Asked anew: what spoke for it when it was proposed may have changed since.
    evidence = phases.evidence(docket, before, text)
    asked = needs(before, request.proposed_by, evidence)
    refusal = (
        may_sign(by, before, request.proposed_by, asked)
        or _locked(docket, by)
        or _unproven(evidence)
    )
    if refusal is not None:
        return refusal
    assert by is not None
    who = str(by.person)
    if who in request.signers:
        return Refusal(code=RefusalCode.NOT_WAITING, because=f"{who} has signed it already")
    own = sorted({one for need in asked for one in need.roles & set(_roles(before, who))})
    if role and role not in own:
        because = f"{who} may sign it as {' or '.join(own)}, not as {role}"
        return Refusal(code=RefusalCode.NOT_AUTHORIZED, because=because)
    write_signature(docket, request, who, role or own[0], SIGNED, because)
    signed = (*request.signers, who)
    if missing := request.missing(before, asked, also=(who,)):
        return Done(
            proposal=key_of(number), version=request.new_version, state=str(RequestState.WAITING),
            text=f"{who} signed; {missing}",
        )  # fmt: skip
    because = f"signed by {', '.join(signed)}"
    _put_in_force(docket, number, text, who, because)
    tell(docket, request, f"holds from now on, {because}")
    return Done(
        proposal=key_of(number), version=request.new_version, state=str(RequestState.IN_FORCE),
        text=f"{because}: policy version {request.new_version} holds from now on",
    )  # fmt: skip


def reject(docket: Docket, number: int, by: Person | None, because: str) -> Done | Refusal:
    """Reject a request, in the name of somebody who might have signed it."""
    found = _open_request(docket, number)
    if isinstance(found, Refusal):
        return found
    request, before = found
    asked = needs(before, request.proposed_by, request.evidence)
    refusal = (
        may_sign(by, before, request.proposed_by, asked) or _locked(docket, by) or _unsaid(because)
    )
    if refusal is not None:
        return refusal
    assert by is not None
    who = str(by.person)
    roles = sorted({one for need in asked for one in need.roles & set(_roles(before, who))})
    said = write_signature(docket, request, who, roles[0], REJECTED, because)
    end(docket, number, RequestState.REJECTED, said, who)
    tell(docket, request, f"was rejected by {who}: {said}")
    return _done(request, RequestState.REJECTED, f"rejected by {who}: {because}")


def withdraw(docket: Docket, number: int, by: Person | None, because: str) -> Done | Refusal:
    """Withdraw a request that the person made."""
    found = _open_request(docket, number)
    if isinstance(found, Refusal):
        return found
    request, _ = found
    who = "nobody" if by is None else str(by.person)
    if who != request.proposed_by:
        because = f"{request.proposed_by} proposed it and may withdraw it; others reject it"
        return Refusal(code=RefusalCode.NOT_AUTHORIZED, because=because)
    if (refusal := _locked(docket, by)) is not None:
        return refusal
    said = docket.personal(because, person=who)
    end(docket, number, RequestState.WITHDRAWN, said or "withdrawn", who)
    return _done(request, RequestState.WITHDRAWN, "withdrawn")


def expire(docket: Docket) -> int:
    """End the requests that nobody signed in time; returns how many."""
    rows = docket.sql(
        "SELECT number FROM change_request WHERE state = 'waiting' AND expires_at <= ?",
        (written(docket.now()),),
    ).fetchall()
    for row in rows:
        end(docket, row["number"], RequestState.EXPIRED, "not signed in time", "chargehand")
    return len(rows)


def _open_request(docket: Docket, number: int) -> tuple[Request, Policy] | Refusal:
    request = request_of(docket.sql, number)
    if request is None:
        because = f"there is no change request {key_of(number)}"
        return Refusal(code=RefusalCode.UNKNOWN_REQUEST, because=because)
    before = policies.within(docket)
    if request.state is not RequestState.WAITING:
        state = str(request.state).replace("_", " ")
        because = f"{key_of(number)} does not wait for anybody: it is {state}"
        return Refusal(code=RefusalCode.NOT_WAITING, because=because)
    if docket.now() >= request.expires_at:
        because = f"{key_of(number)} could be signed until {request.expires_at:%Y-%m-%d %H:%M %Z}"
        return Refusal(code=RefusalCode.EXPIRED, because=because)
    if before.version != request.base_version:
        because = f"policy version {before.version} came into force meanwhile; propose it anew"
        return Refusal(code=RefusalCode.STALE, because=because)
    return request, before


def _locked(docket: Docket, by: Person | None) -> Refusal | None:
    return None if by is None else locked_out(docket.sql, str(by.person))


def _roles(policy: Policy, who: str) -> tuple[str, ...]:
    person = policy.person(who)
    return () if person is None else person.roles


def _unsaid(because: str) -> Refusal | None:
    if makes_sense(because):
        return None
    said = "say why, in at least ten characters: whoever proposed it is to learn from it"
    return Refusal(code=RefusalCode.REASON_MISSING, because=said)


def _put_in_force(docket: Docket, number: int, policy: Policy, who: str, because: str) -> None:
    """The text holds from now on, and every other request is overtaken by it."""
    request = request_of(docket.sql, number)
    assert request is not None
    by = {"request": number, "proposed_by": request.proposed_by, "signed_by": request.signers}
    policies.write(docket, policy, request.text, who, request=by)
    end(docket, number, RequestState.IN_FORCE, because, who)
    others = docket.sql(
        "SELECT number FROM change_request WHERE state = 'waiting' AND number <> ?", (number,)
    ).fetchall()
    for row in others:
        because = f"policy version {policy.version} came into force ({key_of(number)})"
        end(docket, row["number"], RequestState.OVERTAKEN, because, "chargehand")


def _done(request: Request, state: RequestState, text: str) -> Done:
    return Done(
        proposal=key_of(request.number), version=request.new_version, state=str(state), text=text
    )
