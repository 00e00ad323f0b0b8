"""People's attention is rationed: of a decision with a limit, the most valuable wait first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from chargehand.decisions.decision import Answer, Decision, Proposal
from chargehand.plant.probing import NO_PROBE
from chargehand.storage.session import Session
from chargehand.vocabulary.refusal import Refusal, RefusalCode


def rationed(
    decision: Decision[Any], answers: Sequence[Answer[Any]], sql: Session
) -> Sequence[Answer[Any]]:
    """The answers, with the proposals beyond the decision's limit turned into refusals.

    What waits already keeps its place; free places go to what inaction costs most.
    """
    if decision.open_max is None:
        return answers
    rows = sql.execute(
        "SELECT site, subject FROM proposal WHERE decision = ?"
        " AND state IN ('waiting', 'observed')"
        f" AND {NO_PROBE.format(number='proposal.number')}",
        (decision.name,),
    )
    waiting = {(row["site"], row["subject"]) for row in rows}
    by_site: dict[str, list[Answer[Any]]] = defaultdict(list)
    places: dict[str, int] = defaultdict(lambda: decision.open_max or 0)
    for site, _ in waiting:
        places[site] -= 1
    for answer in answers:
        subject = (answer.subject.site, answer.subject.key)
        if isinstance(answer.answer, Proposal) and subject not in waiting:
            by_site[answer.subject.site].append(answer)
    beyond: set[tuple[str, str]] = set()
    for site, candidates in by_site.items():
        candidates.sort(key=_worth)
        left = candidates[max(0, places[site]) :]
        beyond |= {(site, answer.subject.key) for answer in left}
    return [_turned(a) if (a.subject.site, a.subject.key) in beyond else a for a in answers]


def _worth(answer: Answer[Any]) -> tuple[float, str]:
    assert isinstance(answer.answer, Proposal)
    return (-float(answer.answer.cost_of_inaction.amount), answer.subject.key)


def _turned(answer: Answer[Any]) -> Answer[Any]:
    assert isinstance(answer.answer, Proposal)
    because = (
        f"worth {answer.answer.cost_of_inaction}, and others that are worth more wait first:"
        f" {answer.answer.headline}"
    )
    refusal = Refusal(code=RefusalCode.RATIONED, because=because, transient=True)
    return replace(answer, answer=refusal)
