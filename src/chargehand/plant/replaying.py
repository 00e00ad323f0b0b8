"""Deriving a past proposal again from its recorded question."""

from __future__ import annotations

import json

from chargehand.decisions.decision import Proposal, answered
from chargehand.plant import installed
from chargehand.plant.reading import ReplayReport
from chargehand.storage.store import Store
from chargehand.vocabulary import wire
from chargehand.vocabulary.refusal import Refusal, RefusalCode


def replay(store: Store, number: int) -> ReplayReport | Refusal:
    """Derive a past proposal again from its recorded question; say whether it is identical.

    The question is taken from the journal. Versions that a person changed are compared with the
    decision's own first version.
    """
    with store.snapshot() as sql:
        row = sql.execute(
            "SELECT body FROM journal WHERE kind <> 'movement' AND kind = 'proposal' AND key = ?"
            " ORDER BY number LIMIT 1",
            (f"P-{number}",),
        ).fetchone()
    if row is None:
        return Refusal(
            code=RefusalCode.UNKNOWN_PROPOSAL, because=f"there is no proposal P-{number}"
        )
    try:
        fact = json.loads(row["body"])
        name, recorded = str(fact["decision"]), str(fact["proposal"])
    except (TypeError, ValueError, KeyError) as error:
        because = f"its journal entry cannot be read, run 'chargehand audit verify': {error}"
        return ReplayReport(proposal=f"P-{number}", identical=False, difference=because)
    if name not in installed.names():
        because = f"the decision {name} is not installed any more"
        return ReplayReport(proposal=f"P-{number}", identical=False, difference=because)
    decision = installed.load(name)
    try:
        question = wire.read(decision.question, fact.get("question", ""))
    except wire.WireError as error:
        because = f"its question no longer fits {decision.name}: {error}"
        return ReplayReport(proposal=f"P-{number}", identical=False, difference=because)
    answer = answered(decision, question)
    if isinstance(answer, Refusal):
        because = f"it is refused now ({answer.code}): {answer.because}"
        return ReplayReport(proposal=f"P-{number}", identical=False, difference=because)
    difference = _difference(wire.write(answer, Proposal), recorded)
    return ReplayReport(proposal=f"P-{number}", identical=not difference, difference=difference)


def _difference(again: str, recorded: str) -> str:
    if again == recorded:
        return ""
    try:
        new, old = json.loads(again), dict(json.loads(recorded))
    except (TypeError, ValueError) as error:
        return f"what was recorded cannot be read: {error}"
    for name in sorted(set(new) | set(old)):
        if new.get(name) != old.get(name):
            return f"{name}: recorded {old.get(name)!r}, now {new.get(name)!r}"
    return "the texts differ in form only"
