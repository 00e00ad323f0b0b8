"""List and close circuit breakers."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from cyclopts import App

from chargehand.cli.context import OK, PLAIN, Common, emit, open_plant, rows_of, say
from chargehand.cli.people import Actor
from chargehand.cli.stopping import Reason, Scope, resume

if TYPE_CHECKING:
    from chargehand.plant.reading import BreakerRow

app = App(name="breaker", help="List what has opened, why, and what closes it.")


@app.command(name="list")
def list_(*, common: Common = PLAIN) -> int:
    """List what is open or on trial, a stop of all automation among it."""
    with closing(open_plant(common.plant)) as plant:
        found = plant.overview().breakers
    emit(
        found,
        json=common.json,
        table=lambda: rows_of(
            ("Decision!", "Site!", "Zone!", "State", "Since", "Because", "Cure"),
            (
                (
                    row.decision, row.site, row.zone, _state(row),
                    f"{row.opened_at:%Y-%m-%d %H:%M}", row.because, row.cure,
                )
                for row in found
            ),
        ),
    )  # fmt: skip
    if not found:
        say("No breaker is open.", quiet=common.quiet)
    return OK


def _state(row: BreakerRow) -> str:
    if row.state == "half_open":
        return f"half open, {row.trials_left} more on trial"
    return "stopped by a person" if row.cause == "stop" else "open"


@app.command
def close(
    *,
    reason: Reason,
    decision: Scope = "*",
    site: Scope = "*",
    zone: Scope = "*",
    as_: Actor = None,
    common: Common = PLAIN,
) -> int:
    """Close a breaker: for good, or with proposals on trial first where its rule says so."""
    return resume(reason=reason, decision=decision, site=site, zone=zone, as_=as_, common=common)
