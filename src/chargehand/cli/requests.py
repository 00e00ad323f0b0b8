"""Change requests: list them, show one whole, sign, reject or withdraw it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter

from chargehand.cli.context import (
    OK,
    PLAIN,
    Common,
    emit,
    open_plant,
    refused,
    rows_of,
)
from chargehand.cli.people import Actor, acting
from chargehand.cli.policy_report import request_report
from chargehand.vocabulary.refusal import Refusal, RefusalCode

if TYPE_CHECKING:
    from chargehand.plant.plant import Plant
    from chargehand.plant.reading import Done

Name = Annotated[str, Parameter(help="Name of the request, such as C-3.")]
State = Literal["waiting", "in_force", "rejected", "withdrawn", "expired", "overtaken", "all"]
COLUMNS = ("request!", "state", "version#", "proposed by", "?signed by", "may sign", "?title")

app = App(name="request", help="List, show and sign changes of the policy.")


@app.command(name="list")
def list_(
    *,
    state: Annotated[State, Parameter(help="Which ones.")] = "waiting",
    common: Common = PLAIN,
) -> int:
    """List change requests, the newest first."""
    with closing(open_plant(common.plant)) as plant:
        rows = plant.change_requests(state=None if state == "all" else state)
    lines = [
        (row.id, row.state.replace("_", " "), row.new_version, row.proposed_by,
         ", ".join(row.signed_by) or "-", ", ".join(row.may_sign) or "-", row.title)
        for row in rows
    ]  # fmt: skip
    emit(rows, json=common.json, table=lambda: rows_of(COLUMNS, lines))
    return OK


@app.command
def show(name: Name, /, *, common: Common = PLAIN) -> int:
    """Show one change request: what it changes, its evidence, and who has signed."""
    with closing(open_plant(common.plant)) as plant:
        request = plant.change_request(name)
    if request is None:
        because = f"there is no change request {name}"
        refusal = Refusal(code=RefusalCode.UNKNOWN_REQUEST, because=because)
        return refused(refusal, json=common.json)
    emit(request, json=common.json, table=lambda: request_report(request))
    return OK


@app.command
def sign(
    name: Name,
    /,
    *,
    because: Annotated[str, Parameter(help="What you looked at.")] = "",
    role: Annotated[str, Parameter(help="In which of your roles you sign.")] = "",
    as_: Actor = None,
    common: Common = PLAIN,
) -> int:
    """Sign a change request; with the last signature that it needs, its text holds."""
    return _act(
        as_,
        common,
        lambda plant, who: plant.sign_request(name, by=who, because=because, role=role),
    )


@app.command
def reject(
    name: Name,
    /,
    *,
    because: Annotated[str, Parameter(help="Why not, in ten characters or more.")],
    as_: Actor = None,
    common: Common = PLAIN,
) -> int:
    """Reject a change request, in the name of somebody who may sign it."""
    return _act(as_, common, lambda plant, who: plant.reject_request(name, by=who, because=because))


@app.command
def withdraw(
    name: Name,
    /,
    *,
    because: Annotated[str, Parameter(help="Why it is withdrawn.")] = "",
    as_: Actor = None,
    common: Common = PLAIN,
) -> int:
    """Withdraw a change request that you made."""
    return _act(
        as_, common, lambda plant, who: plant.withdraw_request(name, by=who, because=because)
    )


def _act(named: str | None, common: Common, act: Callable[[Plant, str], Done | Refusal]) -> int:
    with closing(open_plant(common.plant)) as plant:
        person = acting(plant, named)
        if isinstance(person, Refusal):
            return refused(person, json=common.json)
        answer = act(plant, person)
    if isinstance(answer, Refusal):
        return refused(answer, json=common.json)
    emit(answer, json=common.json, table=lambda: f"{answer.proposal}: {answer.text}")
    return OK
