"""In what a text lets the policy clear more by itself than the text before it."""

from __future__ import annotations

from collections.abc import Iterator

from chargehand.governance.phase import AutomationLimits
from chargehand.governance.submission import ANY, within


def widened(before: AutomationLimits | None, after: AutomationLimits | None) -> tuple[str, ...]:
    """Every limit of automation that is wider than it was, in words; empty where none is.

    A rule without limits clears nothing. A sum in another currency cannot be compared: it counts
    as wider.
    """
    if after is None:
        return ()
    if before is None:
        return ("limits that there were none of",)
    return tuple(_widened(before, after))


def _widened(before: AutomationLimits, after: AutomationLimits) -> Iterator[str]:
    if ANY not in before.transactions:
        yield from _more("transactions", after.transactions - before.transactions)
    yield from _more("bases", after.bases - before.bases)
    if not within(after.cost_max, before.cost_max):
        yield f"cost_max {before.cost_max} to {after.cost_max}"
    if not within(after.spend_per_day_max, before.spend_per_day_max):
        yield f"spend_per_day_max {before.spend_per_day_max} to {after.spend_per_day_max}"
    if after.confidence_min < before.confidence_min:
        yield f"confidence_min {before.confidence_min:g} to {after.confidence_min:g}"
    old, new = before.count_per_day_max, after.count_per_day_max
    if old is not None and (new is None or new > old):
        yield f"count_per_day_max {old} to {'no limit' if new is None else new}"


def _more(name: str, more: frozenset[str]) -> Iterator[str]:
    if more:
        yield f"{name} with {', '.join(sorted(more))} as well"
