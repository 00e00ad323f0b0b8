"""Show how far decisions have come, lower them, and propose to raise them."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from chargehand.cli.context import (
    FOUND_PROBLEMS,
    OK,
    PLAIN,
    USAGE,
    Common,
    emit,
    open_plant,
    refused,
    rows_of,
    told,
)
from chargehand.cli.people import Actor, acting
from chargehand.vocabulary.money import Money
from chargehand.vocabulary.refusal import Refusal

if TYPE_CHECKING:
    from chargehand.governance.phase import AutomationLimits
    from chargehand.governance.promotion import Evidence
    from chargehand.plant.phase_rows import PhaseRow

Decision = Annotated[str, Parameter(help="Kind of decision; * is any.")]
Site = Annotated[str, Parameter(help="Site; * is any.")]
Zone = Annotated[str, Parameter(help="Zone; * is any.")]
Sum = Annotated[str | None, Parameter(help='As in the policy text, such as "EUR 250.00".')]


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """Within what it may act by itself; nothing said: as the policy text has it."""

    cost_max: Sum = None
    spend_per_day_max: Sum = None
    confidence_min: Annotated[float, Parameter(help="Fraction.")] = 0.9
    transactions: Annotated[str, Parameter(help="Divided by commas; * is any.")] = "*"


AS_BEFORE = Within()

app = App(name="phase", help="Say how far decisions have come; promote and demote them.")


@app.command(name="list")
def list_(
    *,
    site: Annotated[str | None, Parameter(help="Only this site.")] = None,
    common: Common = PLAIN,
) -> int:
    """List every decision at every site and zone, with the last seven days."""
    with closing(open_plant(common.plant)) as plant:
        found = [row for row in plant.phases() if site in (None, row.site)]
    emit(
        found,
        json=common.json,
        table=lambda: rows_of(
            ("Decision!", "Site!", "Zone!", "Phase", "By policy#", "Asked#", "Overruled#"),
            (
                (row.decision, row.site, row.zone or "-", _phase(row), row.cleared, row.asked,
                 row.overruled)
                for row in found
            ),
        ),
    )  # fmt: skip
    return OK


def _phase(row: PhaseRow) -> str:
    if not row.demotions:
        return str(row.phase)
    return f"{row.phase} (set back from {row.policy_phase}: {row.demotions[0].because})"


@app.command
def demote(
    decision: Decision,
    site: Site,
    zone: Zone = "*",
    /,
    *,
    to: Annotated[str, Parameter(help="observe or assist.")] = "assist",
    reason: Annotated[str, Parameter(help="Why, in a few words; it is kept.")] = "",
    as_: Actor = None,
    common: Common = PLAIN,
) -> int:
    """Lower a decision at once; raising it again is a promotion that others sign."""
    with closing(open_plant(common.plant)) as plant:
        by = acting(plant, as_)
        done = (
            by
            if isinstance(by, Refusal)
            else plant.demote(decision, site, zone, to=to, by=by, reason=reason)
        )
    if isinstance(done, Refusal):
        return refused(done, json=common.json)
    text = done.text
    emit(done, json=common.json, table=lambda: text)
    return OK


@app.command
def evidence(
    decision: Decision,
    site: Site,
    zone: Zone = "*",
    /,
    *,
    to: Annotated[str, Parameter(help="assist or automate.")],
    within: Within = AS_BEFORE,
    common: Common = PLAIN,
) -> int:
    """Show what speaks for raising a phase: track record, what is asked, and a dry run."""
    limits = _limits(within)
    if isinstance(limits, str):
        return told(USAGE, limits, json=common.json)
    with closing(open_plant(common.plant)) as plant:
        found = plant.evidence_for(decision, site, zone, to=to, limits=limits)
    if isinstance(found, Refusal):
        return refused(found, json=common.json)
    text = "\n\n".join(map(_said, found)) or "This raises no phase."
    emit(found, json=common.json, table=lambda: text)
    return OK if all(one.passed for one in found) else FOUND_PROBLEMS


@app.command
def promote(
    decision: Decision,
    site: Site,
    zone: Zone = "*",
    /,
    *,
    to: Annotated[str, Parameter(help="assist or automate.")],
    because: Annotated[str, Parameter(help="Why it may do more; those who sign read it.")],
    within: Within = AS_BEFORE,
    as_: Actor = None,
    common: Common = PLAIN,
) -> int:
    """Propose to raise a phase: a change of the policy, with its evidence, that others sign."""
    limits = _limits(within)
    if isinstance(limits, str):
        return told(USAGE, limits, json=common.json)
    with closing(open_plant(common.plant)) as plant:
        by = acting(plant, as_)
        asked = (
            by
            if isinstance(by, Refusal)
            else plant.promote(decision, site, zone, to=to, limits=limits, by=by, because=because)
        )
    if isinstance(asked, Refusal):
        return refused(asked, json=common.json)
    if isinstance(asked, list):
        because = "; ".join(str(one) for one in asked)
        return told(FOUND_PROBLEMS, f"the policy text would be faulty: {because}", json=common.json)
    row = asked.row
    emit(
        asked,
        json=common.json,
        table=lambda: f"{row.id} is {row.state}: {row.missing or 'nothing is missing'}",
    )
    return OK


def _limits(within: Within) -> AutomationLimits | str | None:
    """What may be cleared; None where the text's own limits stay, a sentence where it is wrong."""
    from chargehand.governance.phase import AutomationLimits as Limits

    if within.cost_max is None and within.spend_per_day_max is None:
        return None
    if within.cost_max is None or within.spend_per_day_max is None:
        return "name both --cost-max and --spend-per-day-max, or neither to keep the text's limits"
    most, daily = _sum(within.cost_max), _sum(within.spend_per_day_max)
    if most is None or daily is None:
        return 'write a sum as currency and amount, such as "EUR 250.00"'
    return Limits(
        transactions=frozenset(within.transactions.split(",")), cost_max=most,
        confidence_min=within.confidence_min, spend_per_day_max=daily,
    )  # fmt: skip


def _sum(text: str) -> Money | None:
    currency, _, amount = text.partition(" ")
    try:
        return Money.of(amount.replace(",", ""), currency)
    except (ArithmeticError, ValueError):
        return None


def _said(one: Evidence) -> str:
    """The evidence for one cell, in lines."""
    lines = [f"{one.decision} at {one.site}, zone {one.zone}: {one.step}"]
    lines += [f"  {'ok  ' if c.passed else 'MISS'}  {c.text}" for c in one.checks]
    run = one.dry_run
    if run is not None:
        before, after = (
            " and ".join(map(str, s)) or "nothing" for s in (run.sum_before, run.sum_after)
        )
        lines += [
            f"  dry run over {run.days} days, {run.seen} proposals:",
            f"    the text in force would have cleared {run.cleared_before} ({before})",
            f"    the new text would have cleared {run.cleared_after} ({after})",
            f"    of those, {run.wrong_after} of {run.measured_after} measured turned out wrong"
            + (f": {', '.join(run.wrong)}" if run.wrong else ""),
        ]
    needs = (
        " and ".join(
            f"{sign.count} {'person' if sign.count == 1 else 'people'}"
            f" ({' or '.join(sign.roles) or 'administrators'}; {sign.clause})"
            for sign in one.signing
        )
        or "as any change of the policy"
    )
    return "\n".join([*lines, f"  signed by: {needs}"])
