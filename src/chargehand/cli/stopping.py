"""Stop all automation, resume it, and close a breaker that has opened."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from chargehand.cli.context import OK, PLAIN, Common, emit, open_plant, refused
from chargehand.cli.people import Actor, acting
from chargehand.vocabulary.refusal import Refusal

if TYPE_CHECKING:
    from chargehand.plant.plant import Plant
    from chargehand.plant.reading import Done

Reason = Annotated[str, Parameter(help="Why, in a few words; it is kept.")]
Scope = Annotated[str, Parameter(help="As the breaker names it; * is any.")]


def stop(*, reason: Reason = "", as_: Actor = None, common: Common = PLAIN) -> int:
    """Stop all automation at once. Anybody may: nothing is cleared without a person then."""
    return _act(common, as_, lambda plant, by: plant.stop_automation(by=by, reason=reason))


def resume(
    *,
    reason: Reason,
    decision: Scope = "*",
    site: Scope = "*",
    zone: Scope = "*",
    as_: Actor = None,
    common: Common = PLAIN,
) -> int:
    """Resume automation after a stop, or close a breaker."""
    return _act(
        common,
        as_,
        lambda plant, by: plant.close_breaker(decision, site, zone, by=by, reason=reason),
    )


def _act(common: Common, as_: str | None, act: Callable[[Plant, str], Done | Refusal]) -> int:
    with closing(open_plant(common.plant)) as plant:
        by = acting(plant, as_)
        done = by if isinstance(by, Refusal) else act(plant, by)
    if isinstance(done, Refusal):
        return refused(done, json=common.json)
    text = done.text
    emit(done, json=common.json, table=lambda: text)
    return OK
