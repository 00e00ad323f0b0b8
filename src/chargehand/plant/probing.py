"""Probes: proposals that are wrong on purpose, planted to see whether people still look.

A probe waits in the inbox like any other proposal. Whoever approves it is told at once, and nothing
happens: it is stopped before any ruling, and the database itself refuses an order for it. It is
noted that it was approved, and not by whom. While it waits, nothing in the journal sets it apart
(see ``probe_tickets``); its salt and what is wrong with it are told when it has ended.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from chargehand.governance.authority import Person
from chargehand.governance.delegation import Delegation
from chargehand.governance.permission import permission
from chargehand.governance.policy import Policy
from chargehand.plant.probe_tickets import (
    commitment_of,
    is_sealed_by,
    salts_told,
    seal_of,
    sealed,
    told,
)
from chargehand.plant.rulings import submission_of
from chargehand.storage.docket import Docket
from chargehand.storage.session import Result
from chargehand.vocabulary.instant import written
from chargehand.vocabulary.refusal import Refusal, RefusalCode
from chargehand.vocabulary.wire import canonical

ProbeState = Literal["waiting", "missed", "caught", "unseen", "withdrawn"]
"""missed: somebody approved it; caught: rejected or changed; unseen: nobody decided in time;
withdrawn: something else took its place."""
ENDED_BY = "chargehand"
NO_PROBE = "NOT EXISTS (SELECT 1 FROM probe WHERE probe.proposal = {number})"
"""Condition that leaves probes out of whatever is counted; put the proposal's number in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One probe, from its row."""

    number: int
    """Of its proposal."""
    commitment: str
    salt: str
    wrong: str
    """What is wrong with it, in one sentence."""
    state: ProbeState

    @property
    def told(self) -> str:
        """What somebody is told who approved it."""
        return (
            f"P-{self.number} was a probe, wrong on purpose to see whether people still look:"
            f" {self.wrong} Nothing was ordered or moved, and who approved it is not kept."
            " Hold the proposal against its reasons before you approve the next one."
        )


def probe_of(sql: Callable[..., Result], number: int) -> Probe | None:
    """The probe behind a proposal, whatever its state; None where it is a real proposal."""
    row = sql("SELECT * FROM probe WHERE proposal = ?", (number,)).fetchone()
    return None if row is None else _probe(row)


def intercepted(
    docket: Docket,
    number: int,
    person: Person,
    policy: Policy,
    delegations: Sequence[Delegation] = (),
) -> Refusal | None:
    """What somebody is answered who approves a probe; None where the proposal is a real one.

    Never None for a probe: who may not approve it is told that, and it goes on waiting.
    """
    probe = _waiting(docket, number)
    if not _all_told(docket, number):
        because = "the probes of this plant were edited in its database; run 'audit verify'"
        return Refusal(code=RefusalCode.NO_RULING, because=because)
    if probe is None:
        return None
    row = docket.proposal(number)
    assert row is not None
    given = permission(
        person, policy, submission_of(row), now=docket.now(), delegations=tuple(delegations)
    )
    if not given.given:
        return Refusal(code=RefusalCode.NOT_AUTHORIZED, because=given.check.text)
    _end(docket, probe, "missed", "it was a probe, and was approved: stopped before any effect")
    return Refusal(code=RefusalCode.WAS_A_PROBE, because=probe.told)


def caught(docket: Docket, number: int) -> str:
    """Note that somebody who may do so rejected or changed a probe.

    Returns what to tell them; empty where the proposal is a real one.
    """
    probe = _waiting(docket, number)
    if probe is None:
        return ""
    _end(docket, probe, "caught", "it was a probe, and was not approved")
    return f"well seen: P-{number} was a probe, wrong on purpose. {probe.wrong}"


def end_probes(docket: Docket) -> int:
    """Note the end of probes that nobody decided on; returns how many there were."""
    rows = docket.sql(
        "SELECT b.*, p.state AS stands FROM probe b JOIN proposal p ON p.number = b.proposal"
        " WHERE b.state = 'waiting' AND p.state <> 'waiting' ORDER BY b.proposal"
    ).fetchall()
    for row in rows:
        _tell(docket, _probe(row), "unseen" if row["stands"] == "expired" else "withdrawn")
    return len(rows)


def proven(sql: Callable[..., Result], probe: Probe, entry: int | None = None) -> bool:
    """Whether the journal bears out that a proposal was a probe from the start: a row makes none.

    Its entry carries the seal, made from a ticket that an entry before it told of.
    """
    first, carried = sealed(sql, probe.number)
    return (
        carried == seal_of(probe.number, probe.salt, probe.wrong)
        and commitment_of(probe.salt) == probe.commitment
        and probe.commitment in told(sql, first if entry is None else entry)
    )


def _all_told(docket: Docket, number: int) -> bool:
    """Whether the rows of tickets and probes say what the journal says, and of a proposal too.

    Whoever takes the row of a probe away does not hide it: its seal gives it away to the tickets.
    """
    salts = salts_told(docket.sql)
    ended = docket.sql(
        "SELECT count(*) AS n FROM journal WHERE kind <> 'movement' AND kind = 'probe_ended'"
    ).fetchone()["n"]
    probes = [_probe(row) for row in docket.sql("SELECT * FROM probe").fetchall()]
    if salts is None or ended != sum(one.state != "waiting" for one in probes):
        return False
    if not all(proven(docket.sql, one) for one in probes if one.state == "waiting"):
        return False
    _, carried = sealed(docket.sql, number)
    is_probe = any(is_sealed_by(carried, number, salt) for salt in salts)
    return is_probe == any(one.number == number for one in probes)


def _waiting(docket: Docket, number: int) -> Probe | None:
    """A probe, as far as it is none that has ended: those do not wait and are refused anyway."""
    probe = probe_of(docket.sql, number)
    return probe if probe is not None and probe.state == "waiting" else None


def _end(docket: Docket, probe: Probe, state: ProbeState, because: str) -> None:
    # Not in the name of whoever decided: a probe tells about all people, not about one.
    docket.transition(probe.number, "supersede", "superseded", who=ENDED_BY, because=because)
    _tell(docket, probe, state)


def _tell(docket: Docket, probe: Probe, state: ProbeState) -> None:
    """Tell the journal what the commitment was made over, and how it ended."""
    fact = {
        "commitment": probe.commitment, "proposal": f"P-{probe.number}", "salt": probe.salt,
        "state": state, "wrong": probe.wrong,
    }  # fmt: skip
    docket.entry("probe_ended", f"P-{probe.number}", canonical(fact), actor=ENDED_BY)
    docket.sql(
        "UPDATE probe SET state = ?, ended_at = ? WHERE proposal = ?",
        (state, written(docket.now()), probe.number),
    )


def _probe(row: Any) -> Probe:
    return Probe(
        number=row["proposal"], commitment=row["commitment"], salt=row["salt"],
        wrong=row["wrong"], state=row["state"],
    )  # fmt: skip
