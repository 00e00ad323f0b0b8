"""Why somebody stopped or lowered, said after the act: the press comes first, the words may wait.

What was said stands in an entry of its own beside the act's, which stays as it was; rulings look at
the act only.
"""

from __future__ import annotations

from dataclasses import dataclass

from chargehand.plant.journalled import backwards
from chargehand.storage.docket import Docket
from chargehand.storage.personal import Sql, texts_of, tokens_in
from chargehand.vocabulary import wire

NOT_YET = "no reason given yet"
"""How the words of an act end for which nobody has said why."""
NOTES = {"breaker": "breaker_note", "demotion": "demotion_note"}
"""Kind of the entries that say why, by the kind of the acts; the tables are called like these."""
NUMBERED = {"breaker": "id", "demotion": "number"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A stop or a lowering that is in force, as its entry tells it."""

    kind: str
    key: str
    number: int
    who: str
    because: str


def act_of(sql: Sql, kind: str, key: str) -> Act | None:
    """The newest act under a key; None where there is none."""
    for row, fact in backwards(sql, kind, key):
        if "because" in fact and "closed" not in fact and "ended" not in fact:
            return Act(
                kind=kind, key=key, number=row["number"], who=row["actor"], because=fact["because"]
            )
    return None


def said(sql: Sql, act: Act) -> str:
    """Why, with what was said after."""
    for _, fact in backwards(sql, NOTES[act.kind], act.key):
        return str(fact["because"]) if fact["of"] == act.number else act.because
    return act.because


def say(docket: Docket, act: Act, *, by: str, reason: str) -> bool:
    """Note why, in a transaction of the caller's; False where that was said before, or nothing."""
    before = said(docket.sql, act)
    if not reason or reason in texts_of(docket.sql, set(tokens_in(before))).values():
        return False
    token = docket.personal(reason, person=by)
    words = token if by == act.who else f"{by} says: {token}"
    because = before.removesuffix(NOT_YET) if before.endswith(NOT_YET) else f"{before}; "
    because += words
    body = wire.canonical({"of": act.number, "because": because})
    docket.entry(NOTES[act.kind], act.key, body, actor=by)
    docket.sql(
        f"UPDATE {act.kind} SET because = ? WHERE {NUMBERED[act.kind]} = ?", (because, act.number)
    )
    return True
