"""Approvals: who may say yes to what, what a yes needs, who is on duty, and who stands in."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from fastapi import APIRouter, Response

from chargehand.governance.delegation import Scope
from chargehand.governance.policy import parse_policy
from chargehand.governance.terms import Policy
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import Refusal
from chargehand.web import words
from chargehand.web.approval_matrix import duty, granted, matrix, needs
from chargehand.web.pages.decision import STATUS_BY_CODE, UNPROCESSABLE
from chargehand.web.pages.stock_filter import read_moment
from chargehand.web.render import Notice, go, page
from chargehand.web.session import Fields, Seen, Visit
from chargehand.web.titles import titled

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = "/approvals"
DELEGATIONS_MAX = 100
ANY = "*"

router = APIRouter(include_in_schema=False)


@router.get("/approvals")
def approvals(seen: Seen) -> Response:
    """Show who approves what, as the policy in force says it."""
    return shown(seen)


@router.post("/approvals/stand-in")
def stand_in(seen: Seen, fields: Fields) -> Response:
    """Let somebody decide in one's stead, for a time and within a scope."""
    until = read_moment(fields.get("until", ""))
    if until is None:
        told = Notice(kind="problem", text="Nothing was done. Say until when they stand in.")
        return shown(seen, told, status=UNPROCESSABLE, typed=fields)
    try:
        scope = _scope(fields)
    except (InvalidOperation, ValueError) as error:
        told = Notice(
            kind="problem", text=f"Nothing was done. Write the limit as EUR 500.00: {error}"
        )
        return shown(seen, told, status=UNPROCESSABLE, typed=fields)
    made = seen.plant.delegate(
        by=str(seen.person.person), to=fields.get("to", ""), until=until, scope=scope,
        because=fields.get("because", "").strip(),
    )  # fmt: skip
    if isinstance(made, Refusal):
        return _refused(seen, made, fields)
    return go(seen, HERE, Notice(text=f"{made.to_person} stands in until {words.day(made.until)}."))


@router.post("/approvals/stand-in/end")
def end(seen: Seen, fields: Fields) -> Response:
    """End a delegation at once."""
    done = seen.plant.end_delegation(fields.get("delegation", ""), by=str(seen.person.person))
    if isinstance(done, Refusal):
        return _refused(seen, done, None)
    return go(seen, HERE, Notice(text=f"{done.to_person} no longer stands in."))


def _refused(seen: Visit, refusal: Refusal, typed: Mapping[str, str] | None) -> Response:
    told = Notice(kind="problem", text=f"Nothing was done. {words.sentence(refusal.because)}")
    status = STATUS_BY_CODE.get(refusal.code, UNPROCESSABLE)
    return shown(seen, told, status=status, typed=typed)


def _scope(fields: Mapping[str, str]) -> Scope:
    decision, limit = fields.get("decision", ""), fields.get("value_max", "").strip()
    currency, _, amount = limit.partition(" ")
    return Scope(
        decisions=frozenset({decision or ANY}),
        value_max=Money.of(Decimal(amount.replace(",", "")), currency) if limit else None,
    )


def shown(
    seen: Visit,
    notice: Notice | None = None,
    *,
    status: int = 200,
    typed: Mapping[str, str] | None = None,
) -> Response:
    """Show the page; ``typed`` is the form to stand in that was refused."""
    version, text = seen.plant.policy_text()
    policy = parse_policy(text, held=True)
    overview = seen.plant.overview()
    known = policy if isinstance(policy, Policy) else None
    rows = matrix(known) if known else ()
    return page(
        seen,
        "screens/approvals.html",
        here=HERE,
        status=status,
        notice=notice,
        overview=overview,
        version=version,
        policy=known,
        rows=rows,
        columns=granted(rows),
        needs=[needs(rule) for rule in known.approvals] if known else (),
        duties=[duty(one, overview.as_of) for one in known.rosters] if known else (),
        names={one.person: one.name for one in known.people} if known else {},
        administrators=known.administrators if known else frozenset(),
        others=[
            (one.person, one.name)
            for one in known.people
            if one.active and not one.service and one.person != seen.person.person
        ]
        if known
        else [],
        delegations=seen.plant.delegations()[:DELEGATIONS_MAX],
        decisions=[(name, titled(name)) for name, _, _ in seen.plant.decisions()],
        typed=typed or {},
        opens=typed is not None,
    )
