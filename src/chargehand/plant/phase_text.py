"""The policy text in force with one phase raised: what a promotion puts before its signers."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from chargehand.governance.phase import AutomationLimits, Phase
from chargehand.vocabulary.refusal import Refusal, RefusalCode

SCOPE = ("decision", "site", "zone")
LIMITS = (
    "transactions", "cost_max", "confidence_min", "spend_per_day_max", "bases", "count_per_day_max",
)  # fmt: skip

WATCHED = {
    "window_days": 30, "rejection_rate_max": 0.3, "rejection_count_min": 10,
    "outcome_error_max": 0.2, "outcome_count_min": 10, "failure_count_max": 2, "trial_count": 3,
}  # fmt: skip
"""The breaker that a promotion brings along where the text has none for its scope."""


def raised_text(
    text: str,
    scope: tuple[str, str, str],
    to: Phase,
    limits: AutomationLimits | None,
    lifts: int,
) -> str | Refusal:
    """The text with the entry of a scope under ``[[phases]]`` changed or added; version + 1.

    Comments and order stay; a breaker is added where none watches the scope. ``lifts`` is the
    newest demotion that those who sign know of.
    Refused where something is to be automated and neither ``limits`` nor the text say how far.
    """
    # Only what changes policies pays for reading with comments.
    import tomlkit
    from tomlkit.items import AoT, Table

    document = tomlkit.parse(text)
    document["version"] = int(str(tomllib.loads(text)["version"])) + 1
    phases = document.get("phases")
    if not isinstance(phases, AoT):
        phases = tomlkit.aot()
        document["phases"] = phases
    entry = next((one for one in phases.body if _scope(one) == scope), None)
    if entry is None:
        entry = tomlkit.table()
        for name, value in zip(SCOPE, scope, strict=True):
            entry[name] = value
        phases.append(entry)
    assert isinstance(entry, Table)
    entry["phase"] = str(to)
    if to is Phase.AUTOMATE:
        if limits is None and "cost_max" not in entry:
            because = (
                f"{' '.join(scope)} has no limits yet: say within what it may act by itself"
                " (transactions, cost_max, confidence_min, spend_per_day_max)"
            )
            return Refusal(code=RefusalCode.CHANGE_INVALID, because=because)
        if limits is not None:
            _write(entry, limits)
    else:
        for name in LIMITS:
            entry.pop(name, None)
    if lifts:
        entry["lifts"] = lifts
    if to is Phase.AUTOMATE:
        _watch(document, scope)
    # A table of its own stands apart from what is before it.
    return re.sub(r"(?<!\n)\n(?=\[)", "\n\n", tomlkit.dumps(document))


def _watch(document: Any, scope: tuple[str, str, str]) -> None:
    """Add a breaker where none covers the scope: nothing acts by itself unwatched."""
    import tomlkit
    from tomlkit.items import AoT

    breakers = document.get("breakers", [])
    for one in breakers:
        watched = zip(_scope(one), scope, strict=True)
        if all(name in ("*", wanted) for name, wanted in watched):
            return
    if not isinstance(breakers, AoT):
        breakers = tomlkit.aot()
        document["breakers"] = breakers
    table = tomlkit.table()
    for name, value in (*zip(SCOPE, scope, strict=True), *WATCHED.items()):
        table[name] = value
    breakers.append(table)


def _scope(entry: Any) -> tuple[str, ...]:
    return tuple(str(entry.get(name, "")) for name in SCOPE)


def _write(entry: Any, limits: AutomationLimits) -> None:
    entry["transactions"] = sorted(limits.transactions)
    entry["cost_max"] = str(limits.cost_max).replace(",", "")
    entry["confidence_min"] = limits.confidence_min
    entry["spend_per_day_max"] = str(limits.spend_per_day_max).replace(",", "")
    entry["bases"] = sorted(limits.bases)
    if limits.count_per_day_max is not None:
        entry["count_per_day_max"] = limits.count_per_day_max
    else:
        entry.pop("count_per_day_max", None)
