"""The doors to the engine: mistakes in a plant's own clauses, and what they forbid to automate.

Cedar decides who may do what; ``permission`` asks it for people. Its policies come from the grants
and clauses of the policy text (``cedar_rules``), its vocabulary is in ``cedar_schema``.
"""

from __future__ import annotations

from datetime import datetime

from chargehand.governance.cedar_ask import asks_of, stated
from chargehand.governance.cedar_checking import clause_mistakes, names_in
from chargehand.governance.cedar_engine import AUTOMATION, engine_of
from chargehand.governance.submission import Check, Submission
from chargehand.governance.terms import Policy

__all__ = ["clause_mistakes", "forbidden_automation", "names_in"]
FREE = "no clause of the plant forbids to automate it"


def forbidden_automation(
    submission: Submission, policy: Policy, now: datetime
) -> tuple[Check, ...]:
    """What the plant's own clauses say to automating a submission.

    Empty where none of them can speak of it: nothing is evaluated then. One that cannot be
    evaluated forbids.
    """
    if not policy.clauses:
        return ()
    engine = engine_of(policy)
    found: dict[str, Check] = {}
    looked_at = False
    for ask in asks_of(submission):
        ready = engine.ready(AUTOMATION, "automate", ask, now)
        if ready is None:
            continue
        looked_at = True
        answer = engine.asked(ready, stated(submission))
        for rule in answer.rules:
            found[rule.name] = Check(clause=rule.name, passed=False, text=rule.because)
        if answer.fault:
            text = f"a clause of the plant could not be evaluated: {answer.fault}"
            found[text] = Check(clause="clauses", passed=False, text=text)
    if looked_at and not found:
        return (Check(clause="clauses", passed=True, text=FREE),)
    return tuple(found.values())
