"""Deriving a past ruling again: from what was recorded of it, and how things stood by the journal.

A justification that was erased since counts as given. A stop by a file beside the database, and
stock that had gone when orders were to be placed, are told by no entry: where more was held back
than the entries tell, that is taken as it was recorded, and counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from chargehand.governance.policy import (
    Awaiting,
    Check,
    Cleared,
    Policy,
    Ruled,
    Ruling,
    Standing,
    Submission,
    approve,
    rule,
    submit,
)
from chargehand.plant.proposing import ruling_text, verdict
from chargehand.plant.queues import queue_columns
from chargehand.plant.replaying import Apart
from chargehand.plant.replaying_lives import Life
from chargehand.plant.replaying_past import Past
from chargehand.plant.rulings import PROPOSER, ruling_fields
from chargehand.storage.personal import MARK, Sql, texts_of
from chargehand.vocabulary import wire
from chargehand.vocabulary.instant import instant, written
from chargehand.vocabulary.refusal import Refusal

ERASED = "a justification that was erased counts as given"
PLACED = "orders that could not be placed are taken as recorded"
STOPPED = "a stop that only a file told of is taken as recorded"
UNNOTED = "how things stood was not noted in an earlier release, and is derived"
GIVEN = "given, and erased since"
READ_MAX = timedelta(hours=1)
"""A hearing reads how things stand at most so long before its rulings."""
NAMES = (
    "version", "verdict", "cleared_by", "clause", "policy_version", "action_digests", "cost",
    "currency", "for_whom",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One recorded ruling, and what was known when it was made."""

    sql: Sql
    entry: int
    fact: Mapping[str, Any]
    life: Life
    past: Past
    policy: Policy
    note: Callable[[str], None]
    """Told of what is taken as it was recorded."""

    @property
    def at(self) -> datetime:
        """The moment that it was made for."""
        return instant(self.fact["at"])

    @property
    def person(self) -> str:
        """Who approved; empty where the policy ruled by itself."""
        said = self.fact["cleared_by"]
        last = said[-1] if said and said != ["policy"] else ""  # earlier releases named nobody else
        by = str(self.fact.get("by", last or "policy"))
        return "" if by == "policy" else by


def differences(case: Case) -> Iterator[Apart]:
    """Every field of a recorded ruling that does not follow, the gravest first."""
    life, fact = case.life, case.fact
    if not life.version:
        yield Apart(
            field="proposal", recorded="a ruling", now="none", because="there is no proposal"
        )
        return
    submission = submit(
        life.proposal(), proposal_id=life.name, version=life.version, decision=life.decision,
        proposer=PROPOSER, changed_by=life.changers if case.person else life.changed_by,
    )  # fmt: skip
    text = fact.get("standing", "")
    stood: Standing = wire.read(Standing, text) if text else Standing()
    if stood.as_of is None:
        case.note(UNNOTED)
        stood = case.past.standing(case.at, fact["currency"])
    else:
        yield from _standing(case, stood)
    if case.person:
        yield from _approved(case, submission, stood)
    else:
        yield from _ruled(case, submission, stood)


def _standing(case: Case, recorded: Standing) -> Iterator[Apart]:
    """How things stood as it was recorded, against what the entries before tell."""
    assert recorded.as_of is not None
    if not timedelta(0) <= case.at - recorded.as_of <= READ_MAX:
        yield Apart(
            field="standing.as_of", recorded=written(recorded.as_of), now=written(case.at),
            because="how things stood was read for another moment",
        )  # fmt: skip
        return
    now = case.past.stood(recorded, case.entry)
    if now is None:
        yield Apart(
            field="standing.entries", recorded=str(recorded.entries), now=str(case.entry),
            because="how things stood was read from another state of the journal",
        )  # fmt: skip
        return
    if not case.person and case.life.version > 1:
        now = replace(now, stopped=True)  # a person is at it: the policy does not clear it
    if recorded.stopped and not now.stopped:
        case.note(STOPPED)
        now = replace(now, stopped=True)
    for one in fields(Standing):
        if one.name in {"as_of", "entries"}:
            continue
        said, is_ = getattr(recorded, one.name), getattr(now, one.name)
        if said != is_:
            yield Apart(field=f"standing.{one.name}", recorded=_short(said), now=_short(is_))


def _ruled(case: Case, submission: Submission, stood: Standing) -> Iterator[Apart]:
    """What the policy ruled by itself."""
    fact, policy, at = case.fact, case.policy, case.at
    if case.life.ruled is not None:
        yield Apart(
            field="verdict", recorded=fact["verdict"], now=case.life.ruled["verdict"],
            because="this version was ruled on before",
        )  # fmt: skip
        return
    ruled = rule(submission, policy, standing=stood, now=at)
    shown = fact.get("shown", {})
    if isinstance(ruled.ruling, Cleared) and fact["verdict"] == "refused":
        if shown.get("verdict") != "awaiting":
            yield Apart(field="verdict", recorded="refused", now="cleared")
            return
        case.note(PLACED)
        until = written(at + policy.expires_after(submission))
        yield from _apart({"expires_at": until}, shown, "shown.")
        return
    yield from _apart(_fields(submission, ruled.ruling, policy), fact)
    yield from _apart(_shown(submission, ruled, policy, at), shown, "shown.")


def _approved(case: Case, submission: Submission, stood: Standing) -> Iterator[Apart]:
    """What a person approved."""
    fact, policy, before, who = case.fact, case.policy, case.life.ruled, case.person
    person = policy.person(who)
    because = ""
    if before is None:
        because = "nothing was ruled on this version before"
    elif case.life.state != "waiting":
        because = f"it did not wait: it was {case.life.state}"
    elif person is None:
        because = f"{who} was not among the people of policy version {policy.version}"
    if because or before is None or person is None:
        yield Apart(field="verdict", recorded=fact["verdict"], now="refused", because=because)
        return
    until = before["shown"]["expires_at"]
    ruling = approve(
        _waiting(submission, before, until), person, policy, justification=_justification(case),
        now=case.at, standing=stood, delegations=case.past.delegations(case.at),
    )  # fmt: skip
    if isinstance(ruling, Refusal):
        yield Apart(
            field="verdict", recorded=fact["verdict"], now=f"refused ({ruling.code})",
            because=ruling.because,
        )  # fmt: skip
        return
    yield from _apart(_fields(submission, ruling, policy), fact)
    kept = {name: before["shown"][name] for name in ("expires_at", "checks_sha256")}
    yield from _apart(kept, fact["shown"], "shown.")


def _waiting(submission: Submission, before: Mapping[str, Any], until: str) -> Awaiting:
    """The proposal as it waited, with the approvals that it had."""
    is_waiting = before["verdict"] == "awaiting"
    return Awaiting(
        submission=submission, because="", clause="", policy_version=before["policy_version"],
        checks=(), needs="approval", expires_at=instant(until),
        approvals=tuple(before["cleared_by"]) if is_waiting else (),
        for_whom=tuple(before.get("for_whom", {}).items()) if is_waiting else (),
    )  # fmt: skip


def _justification(case: Case) -> str:
    said = str(case.fact["justification"])
    if not said.startswith(MARK):
        return said
    text = texts_of(case.sql, [said]).get(said)
    if text is None:
        case.note(ERASED)
        return GIVEN
    return text


def _fields(submission: Submission, ruling: Ruling, policy: Policy) -> dict[str, Any]:
    found = ruling_fields(submission, ruling, policy)
    return {name: found[name] for name in NAMES}


def _shown(submission: Submission, ruled: Ruled, policy: Policy, at: datetime) -> dict[str, Any]:
    """What the proposal showed of its ruling."""
    subject = submission.proposal.subject
    waits = ruled.ruling if isinstance(ruled.ruling, Awaiting) else None
    checks = wire.write(ruled.checks, tuple[Check, ...])
    queue = queue_columns(policy, submission, ruled, at)
    return {
        "verdict": verdict(ruled), "clause": ruled.clause, "ruling_text": ruling_text(ruled),
        "policy_version": ruled.policy_version,
        "expires_at": None if waits is None else written(waits.expires_at),
        "checks_sha256": sha256(checks.encode()).hexdigest(),
        "site": subject.site, "zone": subject.zone, "subject": subject.key, "label": subject.label,
        "owner": queue["owner"], "roster": queue["roster"],
    }  # fmt: skip


def _apart(now: Mapping[str, Any], recorded: Mapping[str, Any], of: str = "") -> Iterator[Apart]:
    """Fields that are not what they should be; those that an earlier release left out are not."""
    for name, value in now.items():
        if name not in recorded or recorded[name] == value:
            continue
        # The first releases named a clause without its place in the text.
        is_old = "verdict" in recorded and not of and "standing" not in recorded
        if not (is_old and name == "clause" and str(value).startswith(f"{recorded[name]}[")):
            yield Apart(field=f"{of}{name}", recorded=_short(recorded[name]), now=_short(value))


def _short(value: object) -> str:
    said = str(value)
    return said if len(said) <= LONG else f"{said[:LONG]}..."


LONG = 200
