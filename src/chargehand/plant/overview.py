"""The head of the console: where the plant stands, and how fresh what it knows is."""

from __future__ import annotations

from typing import get_args, get_type_hints

from chargehand.governance.demotion import Demotion, lowering
from chargehand.governance.phase import RANK, Phase
from chargehand.governance.policy import Policy
from chargehand.governance.submission import ANY, Place
from chargehand.plant import installed, policies
from chargehand.plant.breaker_book import states
from chargehand.plant.reading import BreakerRow, Overview
from chargehand.plant.standing import demotions, trials
from chargehand.runtime.clock import now
from chargehand.settings import Settings
from chargehand.signals.kinds import Body
from chargehand.storage.session import Session
from chargehand.vocabulary.instant import instant

SIGNALS = (*(get_type_hints(one)["kind"].__args__[0] for one in get_args(Body)), "movement")
"""Kinds of journal entry that somebody told us."""


def overview(sql: Session, settings: Settings, sites: tuple[str, ...]) -> Overview:
    """Read the overview from one snapshot."""
    marks = ", ".join("?" * len(SIGNALS))
    last = sql.execute(
        f"SELECT recorded_at FROM journal WHERE kind IN ({marks}) ORDER BY number DESC LIMIT 1",
        SIGNALS,
    ).fetchone()
    return Overview(
        enterprise=settings.plant.enterprise,
        sites=sites,
        as_of=now(),
        phases=_phases(sql, sites),
        waiting=_count(sql, "SELECT count(*) FROM proposal WHERE state = 'waiting'"),
        cleared_by_policy=_count(
            sql,
            "SELECT count(*) FROM ruling WHERE verdict = 'cleared' AND cleared_by = '[\"policy\"]'",
        ),
        open_tasks=_count(
            sql,
            "SELECT count(*) FROM orders WHERE state IN ('sent', 'pending', 'needs_person')"
            " AND transaction_type IN ('replenishment', 'staging', 'transfer', 'count')",
        ),
        last_signal_at=None if last is None else instant(last["recorded_at"]),
        breakers=_breakers(sql),
        simulation=settings.plant.simulation,
    )


def _count(sql: Session, statement: str) -> int:
    return int(sql.execute(statement).fetchone()[0])


def _phases(sql: Session, sites: tuple[str, ...]) -> dict[str, str]:
    """The furthest phase that each decision has at any site."""
    row = sql.execute("SELECT text FROM policy ORDER BY version DESC LIMIT 1").fetchone()
    names = installed.names()
    policy = policies.parse(row["text"]) if row else None
    if not isinstance(policy, Policy):
        return dict.fromkeys(names, Phase.OBSERVE.value)
    lowered = demotions(sql.execute)
    places = [Place(site, zone) for site in sites for zone in _zones(policy, site)]
    found = {}
    for name in names:
        phases = [_phase(policy, lowered, name, place) for place in places]
        found[name] = max(phases, key=RANK.__getitem__, default=Phase.OBSERVE).value
    return found


def _zones(policy: Policy, site: str) -> tuple[str | None, ...]:
    """Zones of a site that the policy names, and None for all others."""
    named = {rule.zone for rule in policy.phases if rule.site in (ANY, site)} - {ANY}
    return None, *sorted(named)


def _phase(policy: Policy, lowered: tuple[Demotion, ...], decision: str, place: Place) -> Phase:
    phase = policy.phase(decision, place.site, place.zone)
    demotion = lowering(lowered, decision, (place,), phase)
    return phase if demotion is None else demotion.phase


def _breakers(sql: Session) -> tuple[BreakerRow, ...]:
    rows = sql.execute("SELECT * FROM breaker WHERE closed_at IS NULL ORDER BY opened_at")
    left = {
        (one.decision, one.site, one.zone): one.left
        for one in trials(sql.execute, states(sql.execute))
    }
    return tuple(
        BreakerRow(
            decision=row["decision"], site=row["site"], zone=row["zone"], cause=row["cause"],
            because=row["because"], cure=row["cure"], opened_at=instant(row["opened_at"]),
            state=row["state"],
            trials_left=left.get((row["decision"], row["site"], row["zone"]), 0),
        )
        for row in rows
    )  # fmt: skip
