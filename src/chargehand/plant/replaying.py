"""Deriving a past proposal again from its recorded question."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chargehand.decisions.decision import Proposal, answered
from chargehand.plant import installed
from chargehand.plant.fault import PlantFault
from chargehand.plant.probing import probe_of, proven
from chargehand.plant.reading import ReplayReport
from chargehand.storage.personal import Sql
from chargehand.storage.store import Store
from chargehand.vocabulary import wire
from chargehand.vocabulary.refusal import Refusal, RefusalCode

WAS_A_PROBE = "it was a probe, wrong on purpose"


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """One recorded field that does not follow."""

    field: str
    recorded: str
    now: str
    because: str = ""

    def __str__(self) -> str:
        said = f"{self.field}: recorded {self.recorded}, now {self.now}"
        return f"{said} ({self.because})" if self.because else said


def replay(store: Store, number: int) -> ReplayReport | Refusal:
    """Derive a past proposal again from its recorded question; say whether it is identical.

    The question is taken from the journal. Versions that a person changed are compared with the
    decision's own first version.
    """
    name = f"P-{number}"
    with store.snapshot() as sql:
        row = sql.execute(
            "SELECT number, body FROM journal WHERE kind <> 'movement' AND kind = 'proposal'"
            " AND key = ? ORDER BY number LIMIT 1",
            (name,),
        ).fetchone()
        state = "" if row is None else probe_state(sql.execute, number, row["number"])
    if row is None:
        return Refusal(code=RefusalCode.UNKNOWN_PROPOSAL, because=f"there is no proposal {name}")
    try:
        fact = json.loads(row["body"])
        apart = from_question(fact)
    except (TypeError, ValueError, KeyError) as error:
        because = f"its journal entry cannot be read, run 'chargehand audit verify': {error}"
        return ReplayReport(proposal=name, identical=False, difference=because)
    if apart is None or state == "waiting":
        return ReplayReport(proposal=name, identical=True, difference="")
    because = apart.because if apart.field == "proposal" else str(apart)
    return ReplayReport(
        proposal=name, identical=False, difference=WAS_A_PROBE if state else because
    )


def probe_state(sql: Sql, number: int, entry: int) -> str:
    """Where a probe stands behind the proposal of an entry; empty where it is a real proposal.

    A row alone makes no probe: its commitment was journalled before the proposal was.
    """
    probe = probe_of(sql, number)
    try:
        return "" if probe is None or not proven(sql, probe, entry) else probe.state
    except PlantFault:  # edited: nothing in it proves anything
        return ""


def from_question(fact: Mapping[str, Any]) -> Apart | None:
    """Derive a decision's own version of a proposal from its entry; None where it is identical."""
    name, recorded = str(fact["decision"]), str(fact["proposal"])
    if name not in installed.names():
        return _none(f"the decision {name} is not installed any more")
    decision = installed.load(name)
    upgraded = upgrade_of(fact)
    try:
        question = wire.read(decision.question, fact.get("question", ""))
    except wire.WireError as error:
        return _none(f"its question no longer fits {name}: {error}", upgraded)
    answer = answered(decision, question)
    if isinstance(answer, Refusal):
        return _none(f"it is refused now ({answer.code}): {answer.because}", upgraded)
    return apart(wire.write(answer, Proposal), recorded, upgraded)


def upgrade_of(fact: Mapping[str, Any]) -> str:
    """How the decision of a proposal's entry was upgraded since; empty where it was not."""
    name = str(fact["decision"])
    before, now = str(fact.get("release", "")), installed.release(name)
    return f"{name} was upgraded since, from {before} to {now}" if before and before != now else ""


def apart(again: str, recorded: str, because: str = "") -> Apart | None:
    """The first field by which a recorded proposal differs from what is derived now."""
    if again == recorded:
        return None
    try:
        new, old = json.loads(again), dict(json.loads(recorded))
    except (TypeError, ValueError) as error:
        return _none(f"what was recorded cannot be read: {error}", because)
    for name in sorted(set(new) | set(old)):
        if new.get(name) != old.get(name):
            return Apart(
                field=name, recorded=repr(old.get(name)), now=repr(new.get(name)), because=because
            )
    return _none("the texts differ in form only", because)


def _none(because: str, more: str = "") -> Apart:
    said = "; ".join(part for part in (because, more) if part)
    return Apart(field="proposal", recorded="a proposal", now="none", because=said)
