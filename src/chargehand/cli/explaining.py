"""Why somebody may do something, or not, by the policy in force."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from chargehand.cli.context import NOT_ALLOWED, OK, PLAIN, Common, emit, open_plant, refused
from chargehand.cli.policy_report import explain_report
from chargehand.vocabulary.refusal import Refusal


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What an explanation is about."""

    decision: Annotated[str | None, Parameter(help="Which decision's proposal.")] = None
    transaction: Annotated[str | None, Parameter(help="What it would do.")] = None
    site: Annotated[str | None, Parameter(help="At which site.")] = None
    zone: Annotated[str | None, Parameter(help="In which zone.")] = None
    value: Annotated[str | None, Parameter(help="What it comes to, such as 'EUR 500'.")] = None
    confidence: Annotated[float, Parameter(help="How sure it is (fraction).")] = 1.0


ANYTHING = About()


def explain(
    who: Annotated[str, Parameter(help="Id of a person of the policy.")],
    what: Annotated[
        str,
        Parameter(help="A proposal (P-12), approve, reject, change, or an act of [[access]]."),
    ],
    /,
    *,
    about: About = ANYTHING,
    common: Common = PLAIN,
) -> int:
    """Say whether somebody may do something, and which clauses say so; exit 4 where not."""
    with closing(open_plant(common.plant)) as plant:
        answer = plant.explain(
            who, what, decision=about.decision, transaction=about.transaction, site=about.site,
            zone=about.zone, value=about.value, confidence=about.confidence,
        )  # fmt: skip
    if isinstance(answer, Refusal):
        return refused(answer, json=common.json)
    emit(answer, json=common.json, table=lambda: explain_report(answer))
    return OK if answer.answer.passed else NOT_ALLOWED
