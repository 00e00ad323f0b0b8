"""Let somebody stand in for you: make a delegation, list them, end one; say who is on duty."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from chargehand.cli.context import (
    OK,
    PLAIN,
    Common,
    emit,
    open_plant,
    refused,
    rows_of,
    wrong_use,
)
from chargehand.cli.people import Actor, acting
from chargehand.vocabulary.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.table import Table

    from chargehand.plant.delegating import DelegationRow

COLUMNS = ("Id!", "From!", "To!", "Until!", "State!", "?For", "?Because")
Only = Annotated[
    list[str] | None,
    Parameter(negative="", show_default=False, help="Such as site=HALLE3; may be given again."),
]

app = App(name="delegate", help="Let somebody stand in for you.")


@app.command
def make(
    to: Annotated[str, Parameter(help="Who stands in for you.")],
    /,
    *,
    days: Annotated[float, Parameter(help="For so many days from now.")],
    because: Annotated[str, Parameter(help="Why, in ten characters or more.")],
    only: Only = None,
    value_max: Annotated[str, Parameter(help='Such as "EUR 500.00" for one proposal.')] = "",
    as_: Actor = None,
    common: Common = PLAIN,
) -> int:
    """Let somebody decide in your stead for some days, as far as the policy allows."""
    from chargehand.governance.delegation import Scope
    from chargehand.vocabulary.money import Money

    chosen: dict[str, set[str]] = {"decision": set(), "transaction": set(), "site": set()}
    for name, _, value in (part.partition("=") for part in only or ()):
        if name not in chosen or not value:
            because = "--only is written decision=NAME, transaction=NAME or site=NAME."
            return wrong_use(because, json=common.json)
        chosen[name].add(value)
    anything = {"*"}
    currency, _, amount = value_max.partition(" ")
    try:
        most = Money.of(amount.replace(",", ""), currency) if value_max else None
        until = timedelta(days=days)
    except (ValueError, ArithmeticError, OverflowError):
        return wrong_use(
            "--value-max is written EUR 500.00, and --days is a number.", json=common.json
        )
    scope = Scope(
        decisions=frozenset(chosen["decision"] or anything),
        transactions=frozenset(chosen["transaction"] or anything),
        sites=frozenset(chosen["site"] or anything),
        value_max=most,
    )  # fmt: skip
    with closing(open_plant(common.plant)) as plant:
        person = acting(plant, as_)
        if isinstance(person, Refusal):
            return refused(person, json=common.json)
        row = plant.delegate(by=person, to=to, until=until, because=because, scope=scope)
    if isinstance(row, Refusal):
        return refused(row, json=common.json)
    said = f"{row.id}: {to} stands in for {person} until {row.until:%Y-%m-%d %H:%M %Z}"
    emit(row, json=common.json, table=lambda: said)
    return OK


@app.command(name="list")
def list_(
    *,
    person: Annotated[str | None, Parameter(help="Only from or to this person.")] = None,
    common: Common = PLAIN,
) -> int:
    """List delegations, the newest first."""
    with closing(open_plant(common.plant)) as plant:
        rows = plant.delegations(person=person)
    emit(rows, json=common.json, table=lambda: _table(rows))
    return OK


@app.command
def end(
    delegation: Annotated[str, Parameter(help="Such as D-3.")],
    /,
    *,
    as_: Actor = None,
    common: Common = PLAIN,
) -> int:
    """End a delegation at once."""
    with closing(open_plant(common.plant)) as plant:
        person = acting(plant, as_)
        if isinstance(person, Refusal):
            return refused(person, json=common.json)
        row = plant.end_delegation(delegation, by=person)
    if isinstance(row, Refusal):
        return refused(row, json=common.json)
    said = f"{row.id} ended: {row.to_person} stands in for {row.from_person} no more"
    emit(row, json=common.json, table=lambda: said)
    return OK


@app.command
def duty(*, common: Common = PLAIN) -> int:
    """Say who is on duty now, by roster."""
    with closing(open_plant(common.plant)) as plant:
        found = plant.on_duty()
    lines = [(one.roster, ", ".join(one.sites), ", ".join(one.people) or "nobody") for one in found]
    emit(found, json=common.json, table=lambda: rows_of(("Roster!", "Sites", "Now"), lines))
    return OK


def _table(rows: Iterable[DelegationRow]) -> Table:
    return rows_of(
        COLUMNS,
        (
            (row.id, row.from_person, row.to_person, f"{row.until:%Y-%m-%d %H:%M}",
             row.state.replace("_", " "), _scope(row), row.because)
            for row in rows
        ),
    )  # fmt: skip


def _scope(row: DelegationRow) -> str:
    scope = row.scope
    parts = (scope.decisions, scope.transactions, scope.sites)
    said = [", ".join(sorted(part)) for part in parts if part != {"*"}]
    if scope.value_max is not None:
        said.append(f"up to {scope.value_max}")
    return "; ".join(said) or "everything"
